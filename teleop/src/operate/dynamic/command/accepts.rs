//! What a word on a command line may stand for, by a JSON Schema.

use serde_json::{Number, Value, json};

use super::json_schema::JsonSchema;
use crate::operate::dynamic::{argument::integer, scalar::suggestion};

/// What values fit.
#[derive(Debug, Default)]
pub(super) struct Accepts<'a> {
    /// These, whatever else.
    values: Vec<&'a Value>,
    types: Vec<&'a str>,
    /// Everything: nothing is known.
    anything: bool,
}

/// Enumerated values that are looked at.
const MOST_VALUES: usize = 4096;

impl<'a> Accepts<'a> {
    pub(super) fn of(schema: JsonSchema<'a>) -> Self {
        let mut accepts = Self::default();
        for alternative in schema.alternatives() {
            let here = alternative.here;
            if let Some(one) = here.get("const") {
                accepts.values.push(one);
            } else if let Some(several) = here.get("enum").and_then(Value::as_array) {
                accepts.values.extend(several.iter().take(MOST_VALUES));
            } else {
                let types = alternative.types();
                let is_object = types.is_empty() && here.get("properties").is_some();
                accepts.anything |= types.is_empty() && !is_object;
                accepts.types.extend(types);
                accepts.types.extend(is_object.then_some("object"));
            }
        }
        accepts
    }

    /// What may be written, where that can be listed.
    pub(super) fn choices(&self) -> Vec<String> {
        let mut choices: Vec<_> = self.values.iter().map(|it| written(it)).collect();
        if self.takes("boolean") {
            choices.extend(["true", "false"].map(str::to_owned));
        }
        choices
    }

    pub(super) fn takes(&self, ty: &str) -> bool {
        self.types.contains(&ty)
    }

    pub(super) fn is_anything(&self) -> bool {
        self.anything
    }

    /// Whether text is taken as it is, whatever it looks like.
    pub(super) fn is_text(&self) -> bool {
        !self.anything && self.takes("string") && !self.takes("number") && !self.takes("integer")
    }

    /// Whether it takes this and nothing else.
    pub(super) fn is_only(&self, ty: &str) -> bool {
        !self.anything && self.values.is_empty() && self.types == [ty]
    }

    /// Reads a word.
    pub(super) fn read(&self, word: &str) -> Result<Value, String> {
        let literal = serde_json::from_str(word).ok();
        let is_one_of_them = |it: &&&Value| {
            it.as_str() == Some(word) || (!it.is_string() && literal.as_ref() == Some(**it))
        };
        if let Some(one) = self.values.iter().find(is_one_of_them) {
            return Ok((*one).clone());
        }
        if self.takes("integer") || self.takes("number") {
            if let Some(number) = integer(word) {
                return Ok(number);
            }
        }
        if self.takes("number") {
            let float = word.parse::<f64>().ok().and_then(Number::from_f64);
            if let Some(number) = float {
                return Ok(Value::Number(number));
            }
        }
        let fits = |it: &Value| match it {
            Value::Bool(_) => self.takes("boolean"),
            Value::Array(_) => self.takes("array"),
            Value::Object(_) => self.takes("object"),
            Value::Null => self.takes("null") && !self.takes("string"),
            _ => false,
        };
        match literal {
            Some(literal) if self.anything || fits(&literal) => Ok(literal),
            _ if self.takes("string") || self.anything => Ok(json!(word)),
            literal => Err(self.misfit(word, literal.as_ref())),
        }
    }

    fn misfit(&self, word: &str, literal: Option<&Value>) -> String {
        let names = || self.values.iter().filter_map(|it| it.as_str());
        if names().next().is_some() && literal.is_none() {
            return format!(
                "there is no `{}`; {}",
                shorten(word),
                suggestion(word, names)
            );
        }
        let mut expected = self.types.clone();
        expected.dedup();
        let expected = expected.join(" or ");
        if literal.is_none() && word.starts_with(['[', '{']) {
            return format!("expected {expected}; this is no JSON: {}", shorten(word));
        }
        format!("expected {expected}, found {:?}", shorten(word))
    }
}

/// A value as a word: text needs no quotes.
fn written(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: Value, word: &str, expected: Result<Value, &str>) {
        let read = Accepts::of(JsonSchema::new(Some(&schema))).read(word);
        match expected {
            Ok(value) => assert_eq!(read, Ok(value)),
            Err(part) => assert!(read.as_ref().is_err_and(|it| it.contains(part)), "{read:?}"),
        }
    }

    #[test]
    fn a_word_is_read_by_what_it_is_for() {
        check(json!({"type": "string"}), "42", Ok(json!("42")));
        check(json!({"type": "integer"}), "0x2a", Ok(json!(42)));
        check(
            json!({"type": "integer"}),
            "x",
            Err("expected integer, found \"x\""),
        );
        check(json!({"type": "integer"}), "1.5", Err("expected integer"));
        check(json!({"type": "number"}), "1.5", Ok(json!(1.5)));
        check(json!({"type": "number"}), "2", Ok(json!(2)));
        check(json!({"type": "boolean"}), "true", Ok(json!(true)));
        check(json!({"type": "boolean"}), "yes", Err("expected boolean"));
        check(json!({"type": "array"}), "[1]", Ok(json!([1])));
        check(json!({"type": "array"}), "[1", Err("this is no JSON"));
        check(
            json!({"type": ["integer", "null"]}),
            "null",
            Ok(Value::Null),
        );
        check(
            json!({"type": ["string", "null"]}),
            "null",
            Ok(json!("null")),
        );
    }

    #[test]
    fn enumerated_values_are_suggested() {
        let level = json!({"anyOf": [{"const": "low"}, {"enum": ["high", 7]}, {"type": "null"}]});
        check(level.clone(), "high", Ok(json!("high")));
        check(level.clone(), "7", Ok(json!(7)));
        check(level.clone(), "null", Ok(Value::Null));
        check(level.clone(), "hgih", Err("did you mean `high`?"));
        check(level, "none", Err("there are: low, high"));
    }

    #[test]
    fn where_nothing_is_known_json_is_json_and_the_rest_is_text() {
        for (word, value) in [
            ("42", json!(42)),
            ("true", json!(true)),
            ("[1]", json!([1])),
            ("\"42\"", json!("42")),
            ("hi there", json!("hi there")),
            ("[1", json!("[1")),
        ] {
            check(Value::Bool(true), word, Ok(value.clone()));
            check(json!({}), word, Ok(value));
        }
    }
}
