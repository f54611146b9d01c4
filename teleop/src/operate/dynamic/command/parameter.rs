//! What may still be given in the call of a command.

use serde_json::Value;

use super::{CommandArguments, accepts::Accepts, arguments::Takes};
use crate::operate::dynamic::{Parameter, Word};

impl CommandArguments {
    /// Adds a word, for whoever wants to know what may follow: one that does not fit is counted, too.
    pub fn skip(&mut self, word: &str) {
        let Ok(Word { name, value }) = self.split(word) else {
            return;
        };
        if self.value(name, value).is_ok() {
            return;
        }
        match (
            name.map(str::to_owned).or_else(|| self.next()),
            self.takes(),
        ) {
            (Some(name), _) => {
                let _ = self.insert(&name, Value::Null); // It may have been given before.
            }
            (None, Takes::List) => self.list.push(Value::Null),
            (None, _) => self.whole = Some(Value::Null),
        }
    }

    /// The parameters that were not given yet, in their order.
    pub fn missing(&self) -> Vec<Parameter> {
        let names = self.command.parameters.iter();
        let missing = names.filter(|name| !self.given.contains_key(*name));
        let describe = |name: &String| {
            let schema = self.parameter(name);
            let doc = schema.description().unwrap_or_default();
            let doc = doc.lines().next().map(str::to_owned);
            Parameter {
                name: name.clone(),
                doc: doc.unwrap_or_else(|| schema.resolve().types().join(" or ")),
            }
        };
        missing.map(describe).collect()
    }

    /// The values of a parameter, or of the next one, where they can be listed.
    pub fn choices(&self, name: Option<&str>) -> Vec<String> {
        let schema = match (name, self.takes()) {
            (Some(name), _) => self.within(name).ok(),
            (None, Takes::Members) => self.next().map(|name| self.parameter(&name)),
            (None, Takes::List) => Some(self.element(self.list.len())),
            (None, Takes::One) if self.whole.is_none() => Some(self.command.takes()),
            (None, _) => None,
        };
        schema.map_or_else(Vec::new, |schema| Accepts::of(schema).choices())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operate::dynamic::Command;

    fn clear() -> CommandArguments {
        let schema = json!({"type": "object", "properties": {
            "older_than": {"type": "integer"},
            "only": {"description": "which of them\nor all", "$ref": "#/$defs/Kind"},
            "dry_run": {"type": "boolean"},
        }, "$defs": {"Kind": {"anyOf": [{"enum": ["page", 7]}, {"type": "null"}]}}});
        CommandArguments::new(&Command::taking(
            &["older_than", "only", "dry_run"],
            Some(schema),
        ))
    }

    fn missing(arguments: &CommandArguments) -> Vec<String> {
        arguments.missing().into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn what_was_given_is_not_offered_again() {
        let mut arguments = clear();
        assert_eq!(arguments.missing()[0].doc, "integer");
        assert_eq!(arguments.missing()[1].doc, "which of them");
        arguments.skip("no number");
        assert_eq!(missing(&arguments), ["only", "dry_run"]);
        arguments.skip("dry_run=maybe");
        assert_eq!(missing(&arguments), ["only"]);
        arguments.skip("page");
        arguments.skip("one too many");
        assert!(missing(&arguments).is_empty());
    }

    #[test]
    fn the_choices_are_those_of_the_next_or_of_the_one_that_is_named() {
        let mut arguments = clear();
        assert!(arguments.choices(None).is_empty());
        assert_eq!(arguments.choices(Some("dry_run")), ["true", "false"]);
        arguments.skip("60");
        assert_eq!(arguments.choices(None), ["page", "7"]);
        assert!(arguments.choices(Some("nobody")).is_empty());
    }

    #[test]
    fn a_command_without_names_has_choices_by_position() {
        let pair = json!({"type": "array", "items": {"enum": ["on", "off"]}});
        let mut list = CommandArguments::new(&Command::taking(&[], Some(pair)));
        list.skip("neither");
        assert_eq!(list.choices(None), ["on", "off"]);
        let one = json!({"enum": ["on", "off"]});
        let mut one = CommandArguments::new(&Command::taking(&[], Some(one)));
        assert_eq!(one.choices(None), ["on", "off"]);
        one.skip("neither");
        assert!(one.choices(None).is_empty());
    }
}
