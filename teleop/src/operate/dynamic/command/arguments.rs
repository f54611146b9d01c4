//! [`CommandArguments`]: the words of a command line as what a command takes.

use serde_json::{Map, Value, json};

use super::{Command, accepts::Accepts, json_schema::JsonSchema};
use crate::{
    error::{Error, Result},
    operate::dynamic::{
        Word,
        argument::one_too_many,
        nearest::nearest,
        ordered::{once, once_within},
        scalar::suggestion,
        whole::{Next, whole},
    },
};

/// Collects the arguments of a command from words, as [`Arguments`](super::super::Arguments) does of a
/// method: values in the order of the parameters, `name=value`, or one JSON object.
///
/// A word is read by the JSON Schema of its parameter. Where nothing is known of that, it is JSON if it
/// can be, and else text.
///
/// A command that takes no object takes one value; or values in their order, where it takes a list.
#[derive(Clone, Debug)]
pub struct CommandArguments {
    pub(super) command: Command,
    pub(super) given: Map<String, Value>,
    pub(super) list: Vec<Value>,
    pub(super) whole: Option<Value>,
    /// Whether values were given by their position.
    is_positional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// An object.
    Members,
    List,
    /// One value, whatever it is.
    One,
}

impl CommandArguments {
    /// None yet.
    pub fn new(command: &Command) -> Self {
        Self {
            command: command.clone(),
            given: Map::new(),
            list: Vec::new(),
            whole: None,
            is_positional: false,
        }
    }

    /// Takes a word apart, for whoever wants to put something else in the place of a value, such as what
    /// a file holds.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] where a name looks misspelt.
    pub fn split<'a>(&self, word: &'a str) -> Result<Word<'a>> {
        let whole = Word {
            name: None,
            value: word,
        };
        let Some((name, value)) = word.split_once('=') else {
            return Ok(whole);
        };
        let first = name.split('.').next().unwrap_or(name);
        let is_name = first.starts_with(|it: char| it.is_alphabetic() || it == '_')
            && first
                .chars()
                .all(|it| it.is_alphanumeric() || it == '_' || it == '-');
        if !is_name || !self.takes_members() {
            return Ok(whole);
        }
        let name = Some(name);
        if self.command.parameters.iter().any(|it| it == first) {
            return Ok(Word { name, value });
        }
        let is_near = nearest(first, self.names()).is_some();
        let takes_text = self
            .next()
            .is_some_and(|it| Accepts::of(self.parameter(&it)).is_text());
        match (is_near, takes_text) {
            (false, true) => Ok(whole),
            (false, false) if self.command.takes().is_open() => Ok(Word { name, value }),
            _ => Err(self.unknown(first)),
        }
    }

    /// Adds a word: a value, `name=value`, or a JSON object with all of the rest.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which parameter it does not fit, and what is expected there.
    pub fn word(&mut self, word: &str) -> Result<()> {
        let Word { name, value } = self.split(word)?;
        self.value(name, value)
    }

    /// Adds a value: of the parameter of this name, or of the next one.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which parameter it does not fit, and what is expected there.
    pub fn value(&mut self, name: Option<&str>, value: &str) -> Result<()> {
        self.add(name, |accepts| accepts.read(value), value)
    }

    /// Adds what a file or the standard input holds: as it is for text, and else as a word would be
    /// read, without the end of the last line.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which parameter it does not fit, and what is expected there.
    pub fn bytes(&mut self, name: Option<&str>, bytes: &[u8]) -> Result<()> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let problem = "what was read is not UTF-8".to_owned();
            return Err(misfit(name.unwrap_or("arguments"), problem));
        };
        let read = |accepts: &Accepts<'_>| match accepts.is_text() {
            true => Ok(json!(text)),
            false => accepts.read(text.trim_end()),
        };
        self.add(name, read, text)
    }

    /// All of them, as [`Commands::call`](super::Commands::call) takes them.
    pub fn into_value(self) -> Value {
        match self.whole {
            Some(whole) => whole,
            None if self.takes() == Takes::List => Value::Array(self.list),
            None => Value::Object(self.given),
        }
    }

    fn add(
        &mut self,
        name: Option<&str>,
        read: impl FnOnce(&Accepts<'_>) -> Result<Value, String>,
        text: &str,
    ) -> Result<()> {
        if let Some(name) = name {
            let schema = self.within(name)?;
            let value = read(&Accepts::of(schema)).map_err(|problem| misfit(name, problem))?;
            once_within(&value, Some(name), text)?;
            return self.insert(name, value);
        }
        if let Some(object) = self.object(text)? {
            once(None, text)?;
            return object
                .into_iter()
                .try_for_each(|(name, value)| self.member(&name, value));
        }
        self.is_positional = true;
        match self.takes() {
            Takes::Nothing => Err(misfit("arguments", "it takes no arguments".to_owned())),
            Takes::Members => {
                let Some(name) = self.next() else {
                    return Err(self.one_too_many());
                };
                let accepts = Accepts::of(self.parameter(&name));
                let value = read(&accepts).map_err(|problem| misfit(&name, problem))?;
                once_within(&value, Some(&name), text)?;
                self.insert(&name, value)
            }
            Takes::List => {
                let index = self.list.len();
                let accepts = Accepts::of(self.element(index));
                if let Some(list) = self.list(text, &accepts) {
                    once(None, text)?;
                    self.list = list;
                    return Ok(());
                }
                let field = format!("[{index}]");
                let value = read(&accepts).map_err(|it| misfit(&field, it))?;
                once_within(&value, Some(&field), text)?;
                self.list.push(value);
                Ok(())
            }
            Takes::One if self.whole.is_some() => Err(misfit(
                "arguments",
                "one argument too many: it takes one value".to_owned(),
            )),
            Takes::One => {
                let accepts = Accepts::of(self.command.takes());
                let value = read(&accepts).map_err(|problem| misfit("arguments", problem))?;
                once_within(&value, None, text)?;
                self.whole = Some(value);
                Ok(())
            }
        }
    }

    pub(super) fn takes(&self) -> Takes {
        let accepts = Accepts::of(self.command.takes());
        if !self.command.parameters.is_empty() || accepts.is_only("object") {
            Takes::Members
        } else if accepts.is_only("null") {
            Takes::Nothing
        } else if accepts.takes("array") && !accepts.is_anything() {
            Takes::List
        } else {
            Takes::One
        }
    }

    /// Whether a name before a `=` may be that of a member.
    fn takes_members(&self) -> bool {
        self.takes() == Takes::Members || Accepts::of(self.command.takes()).is_anything()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.command.parameters.iter().map(String::as_str)
    }

    /// The parameter whose turn it is.
    pub(super) fn next(&self) -> Option<String> {
        let mut names = self.names();
        let next = names.find(|name| !self.given.contains_key(*name));
        next.map(str::to_owned)
    }

    pub(super) fn parameter(&self, name: &str) -> JsonSchema<'_> {
        let takes = self.command.takes();
        let others = || takes.keyword("additionalProperties");
        let known = takes.property(name).or_else(others);
        known.unwrap_or(JsonSchema::new(None))
    }

    /// What stands at a path: `limits.size`.
    pub(super) fn within(&self, path: &str) -> Result<JsonSchema<'_>> {
        let mut steps = path.split('.');
        let first = steps.next().unwrap_or(path);
        let is_known = self.names().any(|name| name == first);
        if !is_known && !self.command.takes().is_open() {
            return Err(self.unknown(first));
        }
        let mut schema = self.parameter(first);
        for name in steps {
            schema = schema.property(name).unwrap_or(JsonSchema::new(None));
        }
        Ok(schema)
    }

    pub(super) fn element(&self, index: usize) -> JsonSchema<'_> {
        let takes = self.command.takes().resolve();
        let prefix = takes.keyword("prefixItems");
        let own = prefix.and_then(|prefix| Some(prefix.at(prefix.here.get(index)?)));
        let element = own.or_else(|| takes.keyword("items"));
        element.unwrap_or(JsonSchema::new(None))
    }

    /// A word that is all the elements.
    fn list(&self, word: &str, accepts: &Accepts<'_>) -> Option<Vec<Value>> {
        let may_be = self.list.is_empty() && !accepts.takes("array");
        let list = may_be.then(|| serde_json::from_str(word).ok()).flatten()?;
        match list {
            Value::Array(list) => Some(list),
            _ => None,
        }
    }

    /// A word that is all the rest of the parameters.
    fn object(&self, word: &str) -> Result<Option<Map<String, Value>>> {
        if self.is_positional || self.takes() != Takes::Members {
            return Ok(None);
        }
        let next = self.next().map_or(Next::Other, |name| {
            let accepts = Accepts::of(self.parameter(&name));
            match accepts.is_anything() || accepts.takes("object") {
                true => Next::Object,
                false => Next::Other,
            }
        });
        whole(word, self.names(), next)
    }

    fn member(&mut self, name: &str, value: Value) -> Result<()> {
        let is_known = self.names().any(|it| it == name);
        if !is_known && !self.command.takes().is_open() {
            return Err(self.unknown(name));
        }
        match self.given.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(misfit(name, "it is given twice".to_owned())),
        }
    }

    pub(super) fn insert(&mut self, path: &str, value: Value) -> Result<()> {
        let twice = || misfit(path, "it is given twice".to_owned());
        let mut object = &mut self.given;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            if steps.peek().is_none() {
                return match object.insert(step.to_owned(), value) {
                    None => Ok(()),
                    Some(_) => Err(twice()),
                };
            }
            let inner = object.entry(step).or_insert_with(|| json!({}));
            object = inner.as_object_mut().ok_or_else(twice)?;
        }
        Ok(())
    }

    fn one_too_many(&self) -> Error {
        let count = self.command.parameters.len();
        let problem = match count {
            0 => "its parameters have no order: NAME=VALUE".to_owned(),
            count => one_too_many(count),
        };
        misfit("arguments", problem)
    }

    fn unknown(&self, name: &str) -> Error {
        let suggestion = suggestion(name, || self.names());
        misfit(name, format!("there is no such parameter; {suggestion}"))
    }
}

fn misfit(field: &str, problem: String) -> Error {
    Error::BadArgument {
        field: field.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear() -> Command {
        let schema = json!({"type": "object", "properties": {
            "older_than": {"type": "integer"},
            "name": {"type": ["string", "null"]},
            "limit": {"$ref": "#/$defs/Limit"},
        }, "$defs": {"Limit": {"type": "object", "properties": {"bytes": {"type": "integer"}}}}});
        Command::taking(&["older_than", "name", "limit"], Some(schema))
    }

    fn read(command: &Command, words: &[&str]) -> Result<Value, String> {
        let mut arguments = CommandArguments::new(command);
        let read = words.iter().try_for_each(|word| arguments.word(word));
        match read {
            Ok(()) => Ok(arguments.into_value()),
            Err(Error::BadArgument { field, problem }) => Err(format!("{field}: {problem}")),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_stand_in_order_and_names_reach_in() {
        let clear = clear();
        let all = json!({"older_than": 60, "name": "42", "limit": {"bytes": 1}});
        let given = |words: &[&str]| read(&clear, words).unwrap();
        assert_eq!(given(&["60", "42", "{\"bytes\": 1}"]), all);
        assert_eq!(given(&["name=42", "60", "limit.bytes=1"]), all);
        assert_eq!(given(&[&all.to_string()]), all);
        assert_eq!(given(&[]), json!({}));
        assert_eq!(given(&["60", "a=b"])["name"], "a=b");
    }

    #[test]
    fn a_slip_is_told_with_what_was_meant() {
        let clear = clear();
        let problem = |words: &[&str]| read(&clear, words).unwrap_err();
        let near = "there is no such parameter; did you mean `older_than`?";
        assert_eq!(problem(&["older_then=1"]), format!("older_then: {near}"));
        assert_eq!(
            problem(&[r#"{"oder_than": 1}"#]),
            format!("oder_than: {near}")
        );
        assert_eq!(
            problem(&["older_than=x"]),
            "older_than: expected integer, found \"x\""
        );
        assert_eq!(
            problem(&["limit.bytes=x"]),
            "limit.bytes: expected integer, found \"x\""
        );
        assert!(problem(&["1", "older_than=2"]).contains("given twice"));
        assert!(problem(&["1", "x", "{}", "2"]).contains("there are 3 parameters"));
    }

    #[test]
    fn what_takes_no_object_takes_values() {
        let of = |schema| Command::taking(&[], schema);
        let nothing = of(Some(json!({"type": "null"})));
        assert_eq!(read(&nothing, &[]), Ok(json!({})));
        let refused = Err("arguments: it takes no arguments".to_owned());
        assert_eq!(read(&nothing, &["1"]), refused);

        let list = of(Some(json!({"type": "array", "items": {"type": "string"}})));
        assert_eq!(read(&list, &["1", "a=b"]), Ok(json!(["1", "a=b"])));
        assert_eq!(read(&list, &["[\"x\"]"]), Ok(json!(["x"])));
        let pair =
            json!({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]});
        assert_eq!(read(&of(Some(pair)), &["1", "2"]), Ok(json!([1, "2"])));

        let one = of(Some(json!({"type": "string"})));
        assert_eq!(read(&one, &["a=1"]), Ok(json!("a=1")));
        assert!(read(&one, &["a", "b"]).is_err());

        assert_eq!(read(&of(None), &["1"]), Ok(json!(1)));
        assert_eq!(read(&of(None), &["a=1"]), Ok(json!({"a": 1})));
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        assert_eq!(
            read(&of(Some(map.clone())), &["a=1"]),
            Ok(json!({"a": "1"}))
        );
        assert!(
            read(&of(Some(map)), &["1"])
                .unwrap_err()
                .contains("NAME=VALUE")
        );
    }

    #[test]
    fn what_a_file_holds_is_taken_whole_for_text() {
        let mut arguments = CommandArguments::new(&clear());
        arguments.bytes(Some("name"), b"a line\n").unwrap();
        arguments.bytes(Some("older_than"), b"60\n").unwrap();
        assert!(arguments.bytes(Some("limit"), &[255]).is_err());
        let given = arguments.into_value();
        assert_eq!(given, json!({"name": "a line\n", "older_than": 60}));
    }
}
