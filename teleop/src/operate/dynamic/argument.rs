//! [`Arguments`]: the words of a command line as the parameters of a method.

use serde_json::{Map, Number, Value, json};

use super::{
    interface::Method,
    nearest::nearest,
    node::{Field, FieldKind, Scalar, Type},
    ordered::{once, once_within},
    scalar::suggestion,
    structure::Structure,
    whole::{Next, whole},
};
use crate::{Error, Result};

/// Collects the arguments of a call from words, each read by the type of its parameter.
///
/// A word is a value, in the order of the parameters; `name=value`, where a name may reach into a
/// struct (`shape.circle=2`); or one JSON object with all the parameters. Text needs no quotes and is
/// taken as it is; numbers may be `42`, `-1`, `0x2a`, `0b101`, `0o17` or `1_000`; enumerants are names
/// or numbers; data is base64; lists, structs and groups are JSON.
///
/// ```
/// # use teleop::operate::dynamic::{Arguments, Schema};
/// # fn main() -> teleop::Result<()> {
/// let schema = Schema::from_bytes(teleop_schema::ECHO)?;
/// let echo = schema.interface(0xd36a86369fa1a198)?;
/// let echo = echo.method("echo").expect("Echo has it");
///
/// let mut arguments = Arguments::new(&echo);
/// arguments.word("hello there")?;
/// assert_eq!(arguments.into_value()["message"], "hello there");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Arguments {
    pub(super) params: Structure,
    given: Map<String, Value>,
    /// Whether values were given by their position.
    is_positional: bool,
}

/// A word, taken apart: the parameter that it names, and the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The path of a parameter; `None` where the position tells.
    pub name: Option<&'a str>,
    /// What stands after the `=`, or all of it.
    pub value: &'a str,
}

impl Arguments {
    /// None yet.
    pub fn new(method: &Method) -> Self {
        Self {
            params: method.params(),
            given: Map::new(),
            is_positional: false,
        }
    }

    /// Takes a word apart, for whoever wants to put something else in the place of a value, such as what
    /// a file holds.
    ///
    /// A word is taken to have a name if that is one of a parameter. Other text before a `=` belongs to
    /// the value, where it does not look like a slip.
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
        let is_name = first.starts_with(|it: char| it.is_ascii_alphabetic())
            && first
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Ok(whole);
        }
        let name = Some(name);
        if self.params.strukt().by_name.contains_key(first) {
            return Ok(Word { name, value });
        }
        let takes_text = self
            .next()
            .is_some_and(|field| matches!(type_of(field), Some(Type::Text)));
        match nearest(first, self.params.field_names()) {
            None if takes_text => Ok(whole),
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

    /// Adds a value: of the parameter of this path, or of the next one.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which parameter it does not fit, and what is expected there.
    pub fn value(&mut self, name: Option<&str>, value: &str) -> Result<()> {
        if name.is_none() {
            if let Some(object) = self.whole(value)? {
                once(None, value)?;
                return self.object(object);
            }
        }
        let (path, field) = self.parameter(name)?;
        let read = read(field, value).map_err(|problem| misfit(&path, problem))?;
        once_within(&read, Some(&path), value)?;
        self.insert(&path, read)
    }

    /// Adds what a file or the standard input holds: as it is for text and data, and else as a word
    /// would be read, without the end of the last line.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which parameter it does not fit, and what is expected there.
    pub fn bytes(&mut self, name: Option<&str>, bytes: &[u8]) -> Result<()> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let text = std::str::from_utf8(bytes);
        if let (None, Ok(text)) = (name, text) {
            if let Some(object) = self.whole(text)? {
                once(None, text)?;
                return self.object(object);
            }
        }
        let (path, field) = self.parameter(name)?;
        let value = match (type_of(field), text) {
            (Some(Type::Data), _) => json!(STANDARD.encode(bytes)),
            (_, Err(_)) => return Err(misfit(&path, "what was read is not UTF-8".to_owned())),
            (Some(Type::Text), Ok(text)) => json!(text),
            (_, Ok(text)) => {
                read(field, text.trim_end()).map_err(|problem| misfit(&path, problem))?
            }
        };
        once_within(&value, Some(&path), text.unwrap_or_default())?;
        self.insert(&path, value)
    }

    /// Adds a value that is JSON already, such as a capability.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] where there is no such parameter, or where it has been given.
    pub fn json(&mut self, name: &str, value: Value) -> Result<()> {
        let (path, _) = self.parameter(Some(name))?;
        self.insert(&path, value)
    }

    /// Whether a parameter was given, in whole or in part.
    pub fn has(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// All of them, as the JSON object that [`Request::new`](super::Request::new) takes.
    pub fn into_value(self) -> Value {
        Value::Object(self.given)
    }

    /// The parameter whose turn it is.
    pub(super) fn next(&self) -> Option<&Field> {
        let fields = self.open();
        // Of a union, the first member stands for it, until one of them is named.
        fields
            .filter(|field| field.tag.is_none_or(|tag| tag == 0))
            .min_by_key(|field| field.code_order)
    }

    /// The parameters that may still be given. Of a union, one member is, or none.
    pub(super) fn open(&self) -> impl Iterator<Item = &Field> {
        let has_member = self.has_member();
        let fields = self.params.fields().iter();
        fields
            .filter(|field| !self.given.contains_key(&field.name))
            .filter(move |field| field.tag.is_none() || !has_member)
    }

    fn has_member(&self) -> bool {
        let mut fields = self.params.fields().iter();
        fields.any(|field| field.tag.is_some() && self.given.contains_key(&field.name))
    }

    /// A word that is all the rest of the parameters.
    fn whole(&self, word: &str) -> Result<Option<Map<String, Value>>> {
        if self.is_positional {
            return Ok(None);
        }
        let next = match self.next().map(type_of) {
            None => Next::Other,
            Some(Some(Type::Text)) => Next::Text,
            Some(Some(ty)) if ty.data_bits().is_some() => Next::Other,
            Some(_) => Next::Object,
        };
        whole(word, self.params.field_names(), next)
    }

    fn object(&mut self, object: Map<String, Value>) -> Result<()> {
        for (name, value) in object {
            self.insert(&name, value)?;
        }
        Ok(())
    }

    pub(super) fn parameter(&mut self, name: Option<&str>) -> Result<(String, &Field)> {
        let Some(path) = name else {
            self.is_positional = true;
            return match self.next() {
                Some(field) => Ok((field.name.clone(), field)),
                None => {
                    let count = self.params.fields().len();
                    Err(misfit("arguments", one_too_many(count)))
                }
            };
        };
        let schema = &self.params.schema;
        let mut index = self.params.index;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            let strukt = schema.strukt(index);
            let Some(field) = strukt.by_name.get(step).map(|at| &strukt.fields[*at]) else {
                let names = || strukt.fields.iter().map(|field| field.name.as_str());
                let problem = format!("there is no such field; {}", suggestion(step, names));
                return Err(misfit(path, problem));
            };
            if steps.peek().is_none() {
                return Ok((path.to_owned(), field));
            }
            index = match &field.kind {
                FieldKind::Group(group) => *group,
                FieldKind::Slot(slot) => match &slot.ty {
                    Type::Struct(index, _) => *index,
                    _ => return Err(misfit(path, format!("`{step}` has no fields"))),
                },
            };
        }
        Err(self.unknown(path))
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

    fn unknown(&self, name: &str) -> Error {
        let suggestion = suggestion(name, || self.params.field_names());
        misfit(name, format!("there is no such parameter; {suggestion}"))
    }
}

/// Its type; `None` for a group.
fn type_of(field: &Field) -> Option<&Type> {
    match &field.kind {
        FieldKind::Slot(slot) => Some(&slot.ty),
        FieldKind::Group(_) => None,
    }
}

/// Reads a word as a value of this field. What it cannot read it leaves as text: encoding knows better
/// what to say.
fn read(field: &Field, word: &str) -> Result<Value, String> {
    let Some(ty) = type_of(field) else {
        return structured(word, "an object");
    };
    Ok(match ty {
        Type::Text | Type::Data | Type::Enum(_) => json!(word),
        Type::Scalar(Scalar::Void) if word.is_empty() => Value::Null,
        Type::Scalar(Scalar::Void | Scalar::Bool) => {
            serde_json::from_str(word).unwrap_or_else(|_| json!(word))
        }
        Type::Scalar(Scalar::Float32 | Scalar::Float64) => match word {
            "nan" => json!("NaN"),
            "inf" | "+inf" => json!("Infinity"),
            "-inf" => json!("-Infinity"),
            _ => json!(word),
        },
        Type::Scalar(_) => integer(word).unwrap_or_else(|| json!(word)),
        Type::List(element) => {
            let expected = format!("a list, as JSON: {}", example(element));
            return structured(word, &expected);
        }
        Type::Struct(..) => return structured(word, "an object, as JSON: {\"name\": …}"),
        Type::Interface(..) => return structured(word, "a capability"),
        Type::AnyPointer(_) | Type::Parameter { .. } => match serde_json::from_str(word) {
            Ok(object @ (Value::Object(_) | Value::Null)) => object,
            _ => json!(word),
        },
    })
}

/// A list of such elements.
fn example(element: &Type) -> &'static str {
    match element {
        Type::Scalar(Scalar::Bool) => "[true, false]",
        Type::Scalar(_) => "[1, 2]",
        Type::List(_) => "[[…], […]]",
        Type::Struct(..) => "[{\"name\": …}]",
        _ => "[\"a\", \"b\"]",
    }
}

fn structured(word: &str, expected: &str) -> Result<Value, String> {
    serde_json::from_str(word)
        .map_err(|error| format!("expected {expected}; this is no JSON: {error}"))
}

/// `42`, `-1`, `0x2a`, `0b101`, `0o17`, `1_000`.
pub(super) fn integer(word: &str) -> Option<Value> {
    let (sign, digits) = match word.as_bytes().first()? {
        b'-' => (-1, &word[1..]),
        b'+' => (1, &word[1..]),
        _ => (1, word),
    };
    let (digits, radix) = match digits.get(..2) {
        Some("0x" | "0X") => (&digits[2..], 16),
        Some("0b" | "0B") => (&digits[2..], 2),
        Some("0o" | "0O") => (&digits[2..], 8),
        _ => (digits, 10),
    };
    if digits.starts_with('_') || digits.ends_with('_') || digits.starts_with(['+', '-']) {
        return None;
    }
    let number = sign * i128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Number::from_i128(number).map(Value::Number)
}

/// What is said where there are more values than parameters.
pub(super) fn one_too_many(count: usize) -> String {
    match count {
        1 => "one argument too many: there is 1 parameter".to_owned(),
        count => format!("one argument too many: there are {count} parameters"),
    }
}

fn misfit(field: &str, problem: String) -> Error {
    Error::BadArgument {
        field: field.to_owned(),
        problem,
    }
}
