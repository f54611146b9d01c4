//! [`JsonSchema`]: a place in a JSON Schema that somebody else wrote.

use std::collections::HashMap;

use serde_json::Value;

/// A place in a JSON Schema, as far as it helps to read and to show arguments. Whatever it says, it is no
/// more than a hint, and nothing here is checked by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonSchema<'a> {
    root: &'a Value,
    pub(super) here: &'a Value,
}

/// References to references; one may lead to itself.
const MOST_HOPS: usize = 16;
/// What a value may be instead, in all.
const MOST_ALTERNATIVES: usize = 64;

static ANYTHING: Value = Value::Bool(true);

impl<'a> JsonSchema<'a> {
    /// All of it; one that allows everything, where there is none.
    pub(super) fn new(schema: Option<&'a Value>) -> Self {
        let root = schema.unwrap_or(&ANYTHING);
        Self { root, here: root }
    }

    /// What stands in this place, or in the one that it refers to.
    pub(super) fn resolve(mut self) -> Self {
        for _ in 0..MOST_HOPS {
            let all = self.here.get("allOf").and_then(Value::as_array);
            let next = match (self.reference(), all.map(Vec::as_slice)) {
                (Some((_, there)), _) => there,
                (None, Some([only])) => self.at(only),
                _ => return self,
            };
            self = next;
        }
        self.at(&ANYTHING)
    }

    /// The place that this refers to, and what it is called.
    pub(super) fn reference(self) -> Option<(&'a str, Self)> {
        let reference = self.here.get("$ref")?.as_str()?;
        let pointer = reference.strip_prefix('#')?;
        let there = self.root.pointer(pointer)?;
        let name = pointer.rsplit('/').next().filter(|it| !it.is_empty());
        Some((name.unwrap_or("#"), self.at(there)))
    }

    pub(super) fn at(self, here: &'a Value) -> Self {
        Self { here, ..self }
    }

    /// What a keyword of it says.
    pub(super) fn keyword(self, name: &str) -> Option<Self> {
        self.here.get(name).map(|there| self.at(there))
    }

    /// What a value may be: this, or one of several, each without references.
    pub(super) fn alternatives(self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(next) = waiting.pop() {
            if found.len() + waiting.len() > MOST_ALTERNATIVES {
                return vec![self.at(&ANYTHING)];
            }
            let next = next.resolve();
            let several = ["anyOf", "oneOf"]
                .iter()
                .find_map(|keyword| next.here.get(keyword)?.as_array());
            match several {
                // The first is to be looked at first.
                Some(several) => waiting.extend(
                    several
                        .iter()
                        .rev()
                        .take(MOST_ALTERNATIVES + 1)
                        .map(|it| next.at(it)),
                ),
                None => found.push(next),
            }
            // One that is within itself never ends.
            if waiting.len() > MOST_ALTERNATIVES {
                return vec![self.at(&ANYTHING)];
            }
        }
        found
    }

    /// The types that it names.
    pub(super) fn types(self) -> Vec<&'a str> {
        match self.here.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The members that an object has. Those that must be there come first, in the order in which that is
    /// said: most often that of their declaration, which nothing else tells.
    pub(super) fn properties(self) -> impl Iterator<Item = (&'a str, Self)> {
        let required = self.here.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let places: HashMap<_, _> = required.zip(0_usize..).collect();
        let properties = self.here.get("properties").and_then(Value::as_object);
        let mut properties: Vec<_> = properties.into_iter().flatten().collect();
        properties
            .sort_by_key(|(name, _)| places.get(name.as_str()).copied().unwrap_or(usize::MAX));
        let properties = properties.into_iter();
        properties.map(move |(name, there)| (name.as_str(), self.at(there)))
    }

    /// A member of the object that it may be.
    pub(super) fn property(self, name: &str) -> Option<Self> {
        self.alternatives().into_iter().find_map(|it| {
            let there = it.here.get("properties")?.get(name)?;
            Some(it.at(there))
        })
    }

    /// Whether a member must be there.
    pub(super) fn requires(self, name: &str) -> bool {
        let required = self.here.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|it| it == name))
    }

    /// Whether it says anywhere which members must be there: what is known of a type without a schema of
    /// its own does not.
    pub(super) fn knows_required(self) -> bool {
        self.root.get("$schema").is_some() || self.root.get("required").is_some()
    }

    /// Whether an object may have members besides those that are named.
    pub(super) fn is_open(self) -> bool {
        match self.here.get("additionalProperties") {
            Some(Value::Bool(is_open)) => *is_open,
            Some(_) => true,
            None => self.here.get("properties").is_none(),
        }
    }

    pub(super) fn default(self) -> Option<&'a Value> {
        self.here
            .get("default")
            .or_else(|| self.resolve().here.get("default"))
    }

    /// Its comment.
    pub(super) fn description(self) -> Option<&'a str> {
        self.here.get("description")?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_followed_and_never_for_ever() {
        let schema = json!({
            "properties": {"a": {"$ref": "#/$defs/A"}, "loop": {"$ref": "#/$defs/Loop"},
                "self": {"$ref": "#"}, "gone": {"$ref": "#/nowhere"}, "far": {"$ref": "http://x/"}},
            "$defs": {"A": {"type": "integer"}, "Loop": {"$ref": "#/$defs/Loop"},
                "Or": {"anyOf": [{"$ref": "#/$defs/Or"}, {"$ref": "#/$defs/Or"}]}},
        });
        let root = JsonSchema::new(Some(&schema));
        let types = |name| root.property(name).unwrap().resolve().types();
        assert_eq!(types("a"), ["integer"]);
        for odd in ["loop", "self", "gone", "far"] {
            assert!(types(odd).is_empty(), "{odd}");
        }
        let or = root.at(&schema["$defs"]["Or"]);
        assert_eq!(or.alternatives().len(), 1);
    }
}
