//! The arguments of a command as JSON, ready to be filled in.

use serde_json::{Value, json};

use super::{Command, json_schema::JsonSchema};
use crate::operate::dynamic::{Template, ordered::Ordered};

impl Command {
    /// What it takes as JSON, ready to be filled in: what must be there comes first, and everything has
    /// its default, where there is one.
    pub fn template(&self) -> Template {
        let mut sketch = Sketch {
            above: Vec::new(),
            left: MOST_MEMBERS,
        };
        let takes = self.takes();
        if self.parameters.is_empty() {
            return Template(match sketch.value(takes) {
                Ordered::Value(Value::Null) => Ordered::Object(Vec::new()),
                value => value,
            });
        }
        let names = self.parameters.iter().map(String::as_str);
        Template(sketch.members(takes, names.collect()))
    }
}

/// More than anybody fills in.
const MOST_MEMBERS: usize = 1 << 12;
const DEEPEST: usize = 16;

struct Sketch<'a> {
    /// What is referred to and being sketched: within itself it is left to its reader.
    above: Vec<&'a str>,
    left: usize,
}

impl<'a> Sketch<'a> {
    fn value(&mut self, schema: JsonSchema<'a>) -> Ordered {
        if let Some(default) = schema.default() {
            return Ordered::Value(default.clone());
        }
        let name = schema.reference().map(|(name, _)| name);
        if name.is_some_and(|name| self.above.contains(&name)) || self.above.len() > DEEPEST {
            return Ordered::Value(Value::Null);
        }
        self.above.push(name.unwrap_or_default());
        let value = self.one_of(schema.alternatives());
        self.above.pop();
        value
    }

    fn one_of(&mut self, alternatives: Vec<JsonSchema<'a>>) -> Ordered {
        let is_null = |it: &JsonSchema<'_>| it.types().contains(&"null");
        // What may be left out is, until somebody writes something there.
        let first = match alternatives.iter().any(is_null) {
            true => None,
            false => alternatives.first(),
        };
        let Some(schema) = first else {
            return Ordered::Value(Value::Null);
        };
        let here = schema.here;
        let listed = here.get("enum").and_then(|several| several.get(0));
        if let Some(value) = here.get("const").or(listed) {
            return Ordered::Value(value.clone());
        }
        match schema.types().first().copied() {
            Some("string") => Ordered::Value(json!("")),
            Some("integer" | "number") => {
                let least = here.get("minimum").filter(|it| it.as_f64() > Some(0.0));
                Ordered::Value(least.cloned().unwrap_or(json!(0)))
            }
            Some("boolean") => Ordered::Value(json!(false)),
            Some("array") => self.list(*schema),
            Some("object") | None => {
                let mut names: Vec<_> = schema.properties().map(|(name, _)| name).collect();
                names.truncate(self.left);
                match names.is_empty() && schema.types().is_empty() {
                    true => Ordered::Value(Value::Null),
                    false => self.members(*schema, names),
                }
            }
            Some(_) => Ordered::Value(Value::Null),
        }
    }

    fn list(&mut self, schema: JsonSchema<'a>) -> Ordered {
        let prefix = schema.keyword("prefixItems");
        if let Some(prefix) = prefix.and_then(|it| it.here.as_array().map(|list| (it, list))) {
            let (place, elements) = prefix;
            let elements = elements.iter().take(self.left);
            self.left -= elements.len();
            let elements = elements.map(|element| self.value(place.at(element)));
            return Ordered::List(elements.collect());
        }
        let element = schema.keyword("items").map(|items| self.value(items));
        Ordered::List(match element {
            Some(object @ Ordered::Object(_)) => vec![object],
            _ => Vec::new(),
        })
    }

    fn members(&mut self, schema: JsonSchema<'a>, mut names: Vec<&'a str>) -> Ordered {
        let Some(left) = self.left.checked_sub(1 + names.len()) else {
            return Ordered::Object(Vec::new());
        };
        self.left = left;
        let schema = schema.resolve();
        names.sort_by_key(|name| !schema.requires(name));
        let members = names.into_iter().map(|name| {
            let value = schema.property(name).map(|member| self.value(member));
            (
                name.to_owned(),
                value.unwrap_or(Ordered::Value(Value::Null)),
            )
        });
        Ordered::Object(members.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(parameters: &[&str], arguments: Option<Value>) -> String {
        let command = Command::taking(parameters, arguments);
        serde_json::to_string(&command.template()).unwrap()
    }

    #[test]
    fn what_must_be_there_comes_first_and_everything_has_its_default() {
        let schema = json!({"type": "object", "required": ["older_than", "level"], "properties": {
            "dry": {"type": "boolean", "default": true},
            "older_than": {"type": "integer", "minimum": 0},
            "level": {"oneOf": [{"const": "low"}, {"const": "high"}]},
            "share": {"type": ["number", "null"]},
            "limits": {"type": "array", "items": {"$ref": "#/$defs/Limit"}},
            "names": {"type": "array", "items": {"type": "string"}},
        }, "$defs": {"Limit": {"type": "object", "required": ["size"], "properties": {
            "more": {"anyOf": [{"$ref": "#/$defs/Limit"}, {"type": "null"}]}, "size": {"type": "integer", "minimum": 1},
        }}}});
        let names = ["dry", "older_than", "level", "share", "limits", "names"];
        assert_eq!(
            template(&names, Some(schema)),
            r#"{"older_than":0,"level":"low","dry":true,"share":null,"limits":[{"size":1,"more":null}],"names":[]}"#
        );
    }

    #[test]
    fn without_an_object_it_is_what_is_taken() {
        assert_eq!(template(&[], None), "{}");
        assert_eq!(template(&[], Some(json!({"type": "null"}))), "{}");
        assert_eq!(template(&[], Some(json!({"type": "string"}))), "\"\"");
        let pair =
            json!({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]});
        assert_eq!(template(&[], Some(pair)), "[0,\"\"]");
    }

    #[test]
    fn a_schema_without_end_has_one_here() {
        let node = json!({"type": "object", "required": ["a", "b"], "properties":
            {"a": {"$ref": "#/$defs/Node"}, "b": {"$ref": "#/$defs/Node"}}});
        let schema = json!({"$ref": "#/$defs/Node", "$defs": {"Node": node}});
        assert_eq!(template(&[], Some(schema)), r#"{"a":null,"b":null}"#);
        // Names that differ, each of which holds two of the next.
        let mut defs = serde_json::Map::new();
        for level in 0..64 {
            let next = json!({"$ref": format!("#/$defs/L{}", level + 1)});
            let node = json!({"type": "object", "properties": {"a": next, "b": next}});
            defs.insert(format!("L{level}"), node);
        }
        let schema = json!({"$ref": "#/$defs/L0", "$defs": defs});
        assert!(template(&[], Some(schema)).len() < 1 << 20);
    }
}
