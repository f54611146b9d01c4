use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use teleop::{Answer, Services};

/// What was computed before; and the commands that look after it.
#[derive(Clone)]
pub struct Cache(Arc<Mutex<BTreeMap<String, Entry>>>);

/// What is kept of an answer.
#[derive(Clone, Serialize, JsonSchema)]
struct Entry {
    key: String,
    kind: Kind,
    /// when it was used for the last time, in seconds ago
    age: u64,
}

#[derive(Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Page,
    Image,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Clear {
    /// since when they were not used, in seconds
    older_than: u64,
    /// which of them; all, where it is left out
    only: Option<Kind>,
    /// says what it would do, and does nothing
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, JsonSchema)]
struct Cleared {
    removed: usize,
    left: usize,
}

#[derive(Deserialize)]
struct Key {
    key: String,
}

impl Cache {
    /// One that was used for a while.
    pub fn new() -> Self {
        let entry = |(key, kind, age): (&str, Kind, u64)| {
            let key = key.to_owned();
            (key.clone(), Entry { key, kind, age })
        };
        let entries = [
            ("index", Kind::Page, 5),
            ("about", Kind::Page, 3600),
            ("logo", Kind::Image, 90),
        ];
        Self(Arc::new(Mutex::new(entries.map(entry).into())))
    }

    /// Offers the commands.
    pub fn offer(&self, services: &mut Services) {
        let cache = self.clone();
        services
            .command("cache.clear", move |args: Clear| -> Answer<Cleared> {
                Ok(cache.clear(&args))
            })
            .doc("Drops what was not used for a while")
            .json_schema();
        let cache = self.clone();
        services
            .command("cache.kind", move |Key { key }| {
                match cache.entries().get(&key) {
                    Some(entry) => Ok(entry.kind),
                    None => Err(format!("there is no `{key}`")),
                }
            })
            .doc("Says what is kept under a key");
        let cache = self.clone();
        services
            .command_async("cache.warm", async move |Key { key }| -> Answer<()> {
                cache.use_again(&key);
                Ok(())
            })
            .doc("Uses an answer, so that it is kept for longer");
        let cache = self.clone();
        services
            .command_iter("cache.list", move |()| -> Answer<Vec<Entry>> {
                Ok(cache.entries().values().cloned().collect())
            })
            .doc("Lists what is kept, a line each")
            .json_schema();
    }

    fn clear(&self, args: &Clear) -> Cleared {
        let mut entries = self.entries();
        let is_old = |entry: &Entry| {
            entry.age > args.older_than && args.only.is_none_or(|only| only == entry.kind)
        };
        let removed = entries.values().filter(|entry| is_old(entry)).count();
        if !args.dry_run {
            entries.retain(|_, entry| !is_old(entry));
        }
        Cleared {
            removed,
            left: entries.len(),
        }
    }

    fn use_again(&self, key: &str) {
        let mut entries = self.entries();
        let entry = entries.entry(key.to_owned()).or_insert_with(|| Entry {
            key: key.to_owned(),
            kind: Kind::Page,
            age: 0,
        });
        entry.age = 0;
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}
