//! Commands as text, for people to read.

use std::borrow::Cow;

use serde_json::Value;

use super::{Command, Commands, json_schema::JsonSchema};
use crate::operate::dynamic::{Class, Text};

impl Commands {
    /// The commands as text: the comment of each, what it takes and what it returns.
    pub fn text(&self) -> Text {
        let mut text = Text::default();
        for (index, command) in self.list.iter().enumerate() {
            if index > 0 {
                text.plain("\n");
            }
            command.write(&mut text);
        }
        text
    }
}

impl Command {
    /// The command as text: its comment, what it takes and what it returns.
    pub fn text(&self) -> Text {
        let mut text = Text::default();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut Text) {
        let mut writer = Writer {
            text,
            left: MOST_PARTS,
            named: Vec::new(),
        };
        writer.command(self);
        // What is referred to stands below, each once; it may refer to more.
        let mut shown = 0;
        while let Some(&(name, schema)) = writer.named.get(shown) {
            shown += 1;
            writer.definition(name, schema);
        }
    }
}

/// Of one command: more than anybody reads.
const MOST_PARTS: usize = 1 << 12;
/// Types within types that have no name.
const DEEPEST: usize = 8;

struct Writer<'a, 'b> {
    text: &'b mut Text,
    left: usize,
    /// What was referred to.
    named: Vec<(&'a str, JsonSchema<'a>)>,
}

impl<'a> Writer<'a, '_> {
    fn command(&mut self, command: &'a Command) {
        if let Some(doc) = &command.doc {
            self.comment("", doc);
        }
        let (takes, returns) = (command.takes(), command.returns());
        for name in &command.parameters {
            if let Some(doc) = takes.property(name).and_then(JsonSchema::description) {
                self.comment(&format!("  {name}: "), doc);
            }
        }
        for (name, member) in returns.resolve().properties().take(MOST_PARTS) {
            if let Some(doc) = member.description() {
                self.comment(&format!("  -> {name}: "), doc);
            }
        }
        let name = format!("{}.{}", command.service, command.name);
        self.text.push(Class::Name, word(&name));
        self.text.plain("(");
        if command.parameters.is_empty() {
            if !takes.types().contains(&"null") {
                self.ty(takes, 0);
            }
        } else {
            let object = takes.resolve();
            let names = command.parameters.iter();
            let members = names.map(|name| (name.as_str(), takes.property(name)));
            self.members(object, members, 0);
        }
        self.text.plain(")");
        let is_known = command.result.is_some();
        if is_known || command.is_streaming {
            self.text.plain(" -> ");
        }
        if command.is_streaming {
            self.text.push(Class::Keyword, "stream");
            self.text.plain(if is_known { " of " } else { "" });
        }
        if is_known {
            self.ty(returns, 0);
        }
        self.text.plain("\n");
    }

    fn definition(&mut self, name: &str, schema: JsonSchema<'a>) {
        if let Some(doc) = schema.description() {
            self.comment("  ", doc);
        }
        self.name(name);
        self.text.plain(" = ");
        self.ty(schema, 0);
        self.text.plain("\n");
    }

    /// A comment, each of its lines below the one before.
    fn comment(&mut self, before: &str, doc: &str) {
        for (index, line) in doc.lines().enumerate() {
            let before = match index {
                0 => Cow::Borrowed(before),
                _ => Cow::Owned(" ".repeat(before.chars().count())),
            };
            let line = format!("# {before}{}", line.trim());
            self.text.push(Class::Comment, line.trim_end()).plain("\n");
        }
    }

    fn members(
        &mut self,
        schema: JsonSchema<'a>,
        members: impl Iterator<Item = (&'a str, Option<JsonSchema<'a>>)>,
        depth: usize,
    ) {
        for (index, (name, member)) in members.enumerate() {
            if !self.take() {
                break;
            }
            self.text.plain(if index > 0 { ", " } else { "" });
            let may_be_missing = schema.knows_required() && !schema.requires(name);
            let default = member.and_then(JsonSchema::default);
            let mark = if may_be_missing && default.is_none() {
                "?"
            } else {
                ""
            };
            self.text.plain(&format!("{}{mark}", word(name)));
            if let Some(member) = member.filter(|member| *member.here != Value::Bool(true)) {
                self.text.plain(": ");
                self.ty(member, depth + 1);
            }
            if let Some(default) = default {
                self.text.plain(" = ");
                self.text.push(Class::Literal, default.to_string());
            }
        }
    }

    fn ty(&mut self, schema: JsonSchema<'a>, depth: usize) {
        if depth > DEEPEST || !self.take() {
            self.text.plain("…");
            return;
        }
        if let Some((name, there)) = schema.reference() {
            self.name(name);
            if self.named.iter().all(|(known, _)| *known != name) {
                self.named.push((name, there));
            }
            return;
        }
        let here = schema.here;
        let several = |keyword: &str| here.get(keyword).and_then(Value::as_array);
        if let Some(one) = here.get("const") {
            self.text.push(Class::Literal, one.to_string());
        } else if let Some(values) = several("enum") {
            for (index, value) in values.iter().enumerate() {
                self.text.plain(if index > 0 { " | " } else { "" });
                if !self.take() {
                    break;
                }
                self.text.push(Class::Literal, value.to_string());
            }
        } else if let Some(several) = ["anyOf", "oneOf", "allOf"]
            .iter()
            .find_map(|it| several(it))
        {
            for (index, one) in several.iter().enumerate() {
                self.text.plain(if index > 0 { " | " } else { "" });
                if !self.take() {
                    break;
                }
                self.ty(schema.at(one), depth + 1);
            }
        } else {
            self.types(schema, depth);
        }
    }

    fn types(&mut self, schema: JsonSchema<'a>, depth: usize) {
        let types = schema.types();
        if types.is_empty() {
            let is_object = schema.properties().next().is_some();
            if is_object {
                self.object(schema, depth);
            } else {
                self.name("any");
            }
        }
        for (index, ty) in types.into_iter().enumerate() {
            if index > 0 {
                self.text.plain(" | ");
            }
            match ty {
                "array" => self.list(schema, depth),
                "object" => self.object(schema, depth),
                other => self.name(other),
            }
        }
    }

    fn list(&mut self, schema: JsonSchema<'a>, depth: usize) {
        let prefix = schema.keyword("prefixItems");
        let elements = prefix.and_then(|it| Some((it, it.here.as_array()?)));
        self.text.plain("[");
        if let Some((place, elements)) = elements {
            for (index, element) in elements.iter().enumerate() {
                self.text.plain(if index > 0 { ", " } else { "" });
                if !self.take() {
                    break;
                }
                self.ty(place.at(element), depth + 1);
            }
        } else if let Some(items) = schema.keyword("items") {
            self.ty(items, depth + 1);
        } else {
            self.text.plain("…");
        }
        self.text.plain("]");
    }

    fn object(&mut self, schema: JsonSchema<'a>, depth: usize) {
        if schema.properties().next().is_none() {
            match schema.keyword("additionalProperties") {
                Some(values) if values.here.is_object() => {
                    self.text.plain("{");
                    self.name("string");
                    self.text.plain(": ");
                    self.ty(values, depth + 1);
                    self.text.plain("}");
                }
                _ => self.name("object"),
            }
            return;
        }
        self.text.plain("{");
        let members = schema.properties().map(|(name, it)| (name, Some(it)));
        self.members(schema, members, depth);
        self.text.plain("}");
    }

    fn name(&mut self, name: &str) {
        self.text.push(Class::Type, word(name));
    }

    /// Pays for a part before it is written.
    fn take(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

/// A name, on one line whatever is in it.
fn word(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_control) {
        Cow::Owned(format!("{name:?}"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(parameters: &[&str], arguments: Value, result: Option<Value>) -> String {
        let command = Command {
            service: "cache".into(),
            name: "clear".to_owned(),
            doc: Some("Drops what is old".to_owned()),
            parameters: parameters.iter().map(|&it| it.to_owned()).collect(),
            arguments: Some(arguments),
            result,
            is_streaming: false,
        };
        command.text().to_string()
    }

    #[test]
    fn a_command_is_shown_as_it_is_called() {
        let arguments = json!({"$schema": "…", "type": "object", "required": ["older_than"], "properties": {
            "older_than": {"type": "integer", "description": "in seconds"},
            "level": {"$ref": "#/$defs/Level", "default": "low"},
            "only": {"type": "array", "items": {"$ref": "#/$defs/Limit"}},
        }, "$defs": {
            "Level": {"description": "how much", "enum": ["low", "high"]},
            "Limit": {"type": "object", "properties": {"more": {"anyOf": [{"$ref": "#/$defs/Limit"}, {"type": "null"}]}}},
        }});
        let result = json!({"type": "object", "properties": {"left": {"type": "integer", "description": "how many"}}});
        let text = shown(&["older_than", "level", "only"], arguments, Some(result));
        let expected = "\
# Drops what is old
#   older_than: in seconds
#   -> left: how many
cache.clear(older_than: integer, level: Level = \"low\", only?: [Limit]) -> {left: integer}
#   how much
Level = \"low\" | \"high\"
Limit = {more?: Limit | null}
";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_much_of_a_schema_it_is_shown_as_far_as_it_is_known() {
        let end = |parameters: &[&str], arguments| {
            let text = shown(parameters, arguments, None);
            text.lines().last().unwrap().to_owned()
        };
        let properties =
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": true}});
        assert_eq!(end(&["a", "b"], properties), "cache.clear(a: integer, b)");
        assert_eq!(end(&[], json!({"type": "null"})), "cache.clear()");
        assert_eq!(end(&[], json!(true)), "cache.clear(any)");
        assert_eq!(end(&["a"], json!(7)), "cache.clear(a)");
    }

    #[test]
    fn a_schema_without_end_and_a_name_with_lines_do_no_harm() {
        let deep = (0..100).fold(json!({}), |inner, _| json!({"anyOf": [inner, {}]}));
        assert!(shown(&[], deep, None).contains('…'));
        let node = json!({"type": "array", "items": {"$ref": "#"}});
        assert!(shown(&[], node, None).contains("[#]"));
        let wide: Vec<_> = (0..100_000).map(|it| json!({"const": it})).collect();
        assert!(shown(&[], json!({"anyOf": wide}), None).len() < 1 << 20);
        let text = shown(&["a\nb"], json!({}), None);
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
