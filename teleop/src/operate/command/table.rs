//! [`Table`]: the commands of one service, by name.

use std::{cell::OnceCell, collections::BTreeMap, fmt::Write, panic::catch_unwind};

use serde_json::Value;

use super::{probe::Shape, run::Run};

/// The commands of one service, by the last part of their names.
#[derive(Clone, Debug, Default)]
pub(in crate::operate) struct Table {
    pub(super) entries: BTreeMap<String, Entry>,
}

/// One command.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) run: Run,
    pub(super) doc: Option<String>,
    /// What it takes, as far as `Deserialize` tells. Nobody is asked before a client asks.
    pub(super) shape: fn() -> Shape,
    /// What it takes and returns, as JSON Schema.
    pub(super) schemas: Option<fn() -> [Value; 2]>,
    pub(super) description: OnceCell<Description>,
}

/// What a command says of itself.
#[derive(Clone, Debug)]
pub(super) struct Description {
    pub(super) parameters: Vec<String>,
    pub(super) arguments: Option<String>,
    pub(super) result: Option<String>,
}

/// More names than anybody reads on one line.
const MOST_NAMED: usize = 8;

impl Table {
    /// Whether there is a command of this name.
    pub(in crate::operate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// What the service is for, in one line: what its only command is for, or what they are called.
    pub(in crate::operate) fn doc_line(&self) -> String {
        let count = self.entries.len();
        let first = self.entries.values().next();
        if let (1, Some(doc)) = (count, first.and_then(|entry| entry.doc.as_ref())) {
            return doc.clone();
        }
        let mut line = format!("{count} command{}", if count == 1 { "" } else { "s" });
        for (index, name) in self.entries.keys().take(MOST_NAMED).enumerate() {
            let before = if index == 0 { ": " } else { ", " };
            let _ = write!(line, "{before}{name}"); // A string takes everything.
        }
        if count > MOST_NAMED {
            line.push_str(", …");
        }
        line
    }
}

impl Entry {
    pub(super) fn describe(&self) -> &Description {
        self.description.get_or_init(|| {
            let shape = (self.shape)();
            let mut parameters: Vec<_> = shape.parameters.into_iter().map(str::to_owned).collect();
            // Types that panic as they describe themselves do not.
            let schemas = self.schemas.and_then(|schemas| catch_unwind(schemas).ok());
            let Some([arguments, result]) = schemas else {
                return Description {
                    parameters,
                    arguments: shape.schema.map(|schema| schema.to_string()),
                    result: None,
                };
            };
            if let Some(properties) = arguments.get("properties").and_then(Value::as_object) {
                // `Deserialize` names the members in their order, and other names that they may have;
                // it has not those of a flattened part.
                parameters.retain(|name| properties.contains_key(name));
                for name in properties.keys() {
                    if !parameters.contains(name) {
                        parameters.push(name.clone());
                    }
                }
            }
            Description {
                parameters,
                arguments: Some(arguments.to_string()),
                result: Some(result.to_string()),
            }
        })
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("doc", &self.doc)
            .finish_non_exhaustive()
    }
}
