//! What a command takes, as far as `Deserialize` tells without a value: the names of the members, in
//! the order of their declaration, and of what kind each of them is.
//!
//! The type is asked to deserialize itself from something that notes what it is asked for, and then
//! fails. What JSON Schema would say besides (comments, defaults, what may be left out, what is within)
//! nobody knows here.

use std::{
    cell::{Cell, RefCell},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value},
};
use serde_json::{Map, Value, json};

/// What a type takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    /// The members of an object, as they are declared.
    pub(super) parameters: Vec<&'static str>,
    /// The same as a JSON Schema; `None` where nothing is known.
    pub(super) schema: Option<Value>,
}

impl Shape {
    /// Asks a type. A panic of its is no answer.
    pub(super) fn of<A: DeserializeOwned>() -> Self {
        let kind = ask::<A>(None);
        let Kind::Struct(members) = kind else {
            return Self {
                parameters: Vec::new(),
                schema: kind.schema(),
            };
        };
        let mut properties = Map::new();
        for member in members {
            let schema = ask::<A>(Some(member)).schema();
            properties.insert((*member).to_owned(), schema.unwrap_or(Value::Bool(true)));
        }
        Self {
            parameters: members.to_vec(),
            schema: Some(json!({"type": "object", "properties": properties})),
        }
    }
}

/// What a type asks for; or what the member of this name does.
fn ask<A: DeserializeOwned>(member: Option<&'static str>) -> Kind {
    let notes = Notes::default();
    let probe = Probe {
        notes: &notes,
        member,
        depth: 0,
    };
    let _ = catch_unwind(AssertUnwindSafe(|| A::deserialize(probe).is_ok()));
    let kind = notes.kind.take().unwrap_or(Kind::Unknown);
    match (kind, notes.is_optional.get()) {
        (kind @ (Kind::Unknown | Kind::Struct(_)), _) | (kind, false) => kind,
        (kind, true) => Kind::Optional(Box::new(kind)),
    }
}

#[derive(Debug)]
enum Kind {
    Unknown,
    /// What stands in a schema.
    Simple(Value),
    Struct(&'static [&'static str]),
    Optional(Box<Kind>),
}

impl Kind {
    fn schema(self) -> Option<Value> {
        match self {
            Self::Unknown => None,
            Self::Simple(schema) => Some(schema),
            Self::Struct(_) => Some(json!({"type": "object"})),
            Self::Optional(kind) => {
                let schema = kind.schema()?;
                Some(match schema.get("type") {
                    Some(Value::String(of)) => {
                        let mut schema = schema.clone();
                        schema["type"] = json!([of, "null"]);
                        schema
                    }
                    _ => json!({"anyOf": [schema, {"type": "null"}]}),
                })
            }
        }
    }
}

#[derive(Default)]
struct Notes {
    kind: RefCell<Option<Kind>>,
    is_optional: Cell<bool>,
}

/// Types around types, such as an option of an option. A type may even be around itself.
const DEEPEST: u8 = 16;

#[derive(Clone, Copy)]
struct Probe<'a> {
    notes: &'a Notes,
    member: Option<&'static str>,
    depth: u8,
}

impl Probe<'_> {
    fn note<T>(self, kind: Kind) -> Result<T, Stop> {
        // What is asked for first counts: an untagged enum asks again and again.
        self.notes.kind.borrow_mut().get_or_insert(kind);
        Err(Stop)
    }

    fn simple<T>(self, schema: Value) -> Result<T, Stop> {
        self.note(Kind::Simple(schema))
    }

    fn deeper(self) -> Result<Self, Stop> {
        match self.depth {
            DEEPEST => self.note(Kind::Unknown),
            depth => Ok(Self {
                depth: depth + 1,
                ..self
            }),
        }
    }
}

/// Types that are asked for without more ado, and the JSON Schema of each.
macro_rules! simple {
    ($($method:ident $schema:tt)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
            self.simple(json!($schema))
        })*
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;

    simple! {
        deserialize_bool {"type": "boolean"}
        deserialize_i8 {"type": "integer", "minimum": (i8::MIN), "maximum": (i8::MAX)}
        deserialize_i16 {"type": "integer", "minimum": (i16::MIN), "maximum": (i16::MAX)}
        deserialize_i32 {"type": "integer"}
        deserialize_i64 {"type": "integer"}
        deserialize_i128 {"type": "integer"}
        deserialize_u8 {"type": "integer", "minimum": 0, "maximum": (u8::MAX)}
        deserialize_u16 {"type": "integer", "minimum": 0, "maximum": (u16::MAX)}
        deserialize_u32 {"type": "integer", "minimum": 0}
        deserialize_u64 {"type": "integer", "minimum": 0}
        deserialize_u128 {"type": "integer", "minimum": 0}
        deserialize_f32 {"type": "number"}
        deserialize_f64 {"type": "number"}
        deserialize_char {"type": "string"}
        deserialize_str {"type": "string"}
        deserialize_string {"type": "string"}
        deserialize_identifier {"type": "string"}
        deserialize_bytes {"type": "array"}
        deserialize_byte_buf {"type": "array"}
        deserialize_unit {"type": "null"}
        deserialize_seq {"type": "array"}
        deserialize_map {"type": "object"}
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        self.note(Kind::Unknown)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        self.note(Kind::Unknown)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.notes.is_optional.set(true);
        visitor.visit_some(self.deeper()?)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self.deeper()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match self.member {
            None => self.note(Kind::Struct(members)),
            Some(name) => visitor.visit_map(Only { name, probe: self }),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        // One that holds something is an object, and which ones do is not told.
        self.simple(json!({"anyOf": [{"enum": variants}, {"type": "object"}]}))
    }
}

/// An object with one member.
struct Only<'a> {
    name: &'static str,
    probe: Probe<'a>,
}

impl<'de> MapAccess<'de> for Only<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        let name: value::StrDeserializer<'_, Stop> = self.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        seed.deserialize(Probe {
            member: None,
            ..self.probe
        })
    }
}

/// Enough is known.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no value")
    }
}

impl std::error::Error for Stop {}

impl serde::de::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    enum Level {
        _Low,
        _High,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape is looked at")]
    struct Clear {
        zeta: u64,
        alpha: String,
        #[serde(default)]
        dry: bool,
        share: Option<f32>,
        level: Level,
        #[serde(rename = "kinds")]
        only: Vec<String>,
        more: Option<Level>,
        anything: Value,
        #[serde(skip)]
        hidden: u8,
    }

    fn simple<A: DeserializeOwned>() -> Option<Value> {
        let shape = Shape::of::<A>();
        assert!(shape.parameters.is_empty());
        shape.schema
    }

    #[test]
    fn members_are_known_in_the_order_of_their_declaration() {
        let shape = Shape::of::<Clear>();
        let names = [
            "zeta", "alpha", "dry", "share", "level", "kinds", "more", "anything",
        ];
        assert_eq!(shape.parameters, names);
        let level = json!({"anyOf": [{"enum": ["_Low", "_High"]}, {"type": "object"}]});
        let properties = json!({
            "zeta": {"type": "integer", "minimum": 0},
            "alpha": {"type": "string"},
            "dry": {"type": "boolean"},
            "share": {"type": ["number", "null"]},
            "level": level,
            "kinds": {"type": "array"},
            "more": {"anyOf": [level, {"type": "null"}]},
            "anything": true,
        });
        assert_eq!(shape.schema.unwrap()["properties"], properties);
    }

    #[test]
    fn what_is_around_a_type_does_not_hide_it() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "as above")]
        struct Around(Box<Clear>);
        assert_eq!(Shape::of::<Around>(), Shape::of::<Clear>());
        assert_eq!(Shape::of::<Option<Clear>>().parameters.len(), 8);
    }

    #[test]
    fn kinds_are_told_apart() {
        #[derive(Deserialize)]
        struct Nothing;
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "as above")]
        struct Flat {
            name: String,
            #[serde(flatten)]
            rest: BTreeMap<String, String>,
        }
        for nothing in [simple::<()>(), simple::<Nothing>()] {
            assert_eq!(nothing, Some(json!({"type": "null"})));
        }
        assert_eq!(simple::<(u8, String)>(), Some(json!({"type": "array"})));
        assert_eq!(simple::<Flat>(), Some(json!({"type": "object"})));
        assert_eq!(simple::<Value>(), None);
        assert_eq!(
            simple::<Option<i64>>(),
            Some(json!({"type": ["integer", "null"]}))
        );
        assert_eq!(
            simple::<u8>(),
            Some(json!({"type": "integer", "minimum": 0, "maximum": 255}))
        );
    }

    #[test]
    fn a_type_that_is_odd_is_unknown_and_harms_nobody() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "as above")]
        struct Itself(Option<Box<Itself>>);
        struct Panics;
        impl<'de> Deserialize<'de> for Panics {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                std::panic::resume_unwind(Box::new("no"));
            }
        }
        assert_eq!(simple::<Itself>(), None);
        assert_eq!(simple::<Panics>(), None);
    }
}
