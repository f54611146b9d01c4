//! [`Ordered`]: JSON whose objects keep their members in order.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::Value;

use crate::error::{Error, Result};

/// JSON whose objects keep their members in the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ordered {
    /// What has no members; or some, in no order that matters.
    Value(Value),
    List(Vec<Ordered>),
    Object(Vec<(String, Ordered)>),
}

impl Ordered {
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::List(parts) => parts.iter().map(Self::to_value).collect(),
            Self::Object(members) => {
                let members = members.iter();
                members
                    .map(|(name, part)| (name.clone(), part.to_value()))
                    .collect()
            }
        }
    }
}

/// Refuses JSON in which a member is there twice: of the two, one would be dropped in silence. `at` is
/// the path of what the text stands for.
pub(super) fn once(at: Option<&str>, text: &str) -> Result<()> {
    let twice = serde_json::from_str(text)
        .ok()
        .and_then(|it: Ordered| it.twice(at.unwrap_or_default()));
    match twice {
        Some(field) => Err(Error::BadArgument {
            field,
            problem: "it is given twice".to_owned(),
        }),
        None => Ok(()),
    }
}

/// The same, where a text was read as JSON that may have members.
pub(super) fn once_within(read: &Value, at: Option<&str>, text: &str) -> Result<()> {
    match read {
        Value::Array(_) | Value::Object(_) => once(at, text),
        _ => Ok(()),
    }
}

impl Ordered {
    /// The path of the first member that is there twice.
    fn twice(&self, at: &str) -> Option<String> {
        match self {
            Self::Value(_) => None,
            Self::List(parts) => {
                let mut parts = parts.iter().enumerate();
                parts.find_map(|(index, part)| part.twice(&format!("{at}[{index}]")))
            }
            Self::Object(members) => {
                let mut names = BTreeSet::new();
                members.iter().find_map(|(name, part)| {
                    let path = match at {
                        "" => name.clone(),
                        at => format!("{at}.{name}"),
                    };
                    match names.insert(name) {
                        true => part.twice(&path),
                        false => Some(path),
                    }
                })
            }
        }
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::List(parts) => parts.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, part) in members {
                    map.serialize_entry(name, part)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

/// What is a value of its own.
macro_rules! values {
    ($($method:ident $ty:ty)*) => {
        $(fn $method<E>(self, value: $ty) -> Result<Ordered, E> {
            Ok(Ordered::Value(Value::from(value)))
        })*
    };
}

impl<'de> Visitor<'de> for Reader {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    values! {
        visit_bool bool
        visit_i64 i64
        visit_u64 u64
        visit_f64 f64
        visit_str &str
        visit_string String
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Value(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Ordered, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = access.next_element()? {
            parts.push(part);
        }
        Ok(Ordered::List(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Ordered, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Ordered::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_there_twice_is_refused_by_its_path() {
        assert!(once(None, r#"{"a": {"b": 1}, "b": [{"a": 1}, {"a": 1}]}"#).is_ok());
        assert!(once(None, "no JSON").is_ok());
        for (at, text, field) in [
            (None, r#"{"a": 1, "a": 1}"#, "a"),
            (None, r#"[{"a": {"b": 1, "c": 2, "b": 3}}]"#, "[0].a.b"),
            (
                Some("it"),
                r#"{"list": [0, {"a": 1, "a": 2}]}"#,
                "it.list[1].a",
            ),
        ] {
            let error = once(at, text).unwrap_err().to_string();
            assert_eq!(error, format!("`{field}`: it is given twice"));
        }
    }

    #[test]
    fn members_stay_in_order_and_values_what_they_are() {
        let text = r#"{"z":[1,-2,0.1,null],"a":{"c":true,"b":"x"}}"#;
        let ordered: Ordered = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&ordered).unwrap(), text);
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(ordered.to_value(), value);
    }
}
