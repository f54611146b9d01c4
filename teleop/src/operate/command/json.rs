//! JSON to arguments, and results to JSON.

use std::io::{self, Write};

use serde::{Serialize, de::DeserializeOwned};

use super::failure::Failure;

/// Of one result, in bytes. A client reads no message that is much larger.
const LARGEST: usize = 32 << 20;

/// Reads what a command takes. Arguments that are left out are `{}`, and that is as much as nothing.
pub(super) fn read<A: DeserializeOwned>(text: &str) -> Result<A, Failure> {
    let text = match text.trim() {
        "" => "{}",
        text => text,
    };
    let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let other = match text {
        "null" => Some("{}"),
        _ => inner
            .is_some_and(|inner| inner.trim().is_empty())
            .then_some("null"),
    };
    parse(text).or_else(|failure| match other.map(parse) {
        Some(Ok(arguments)) => Ok(arguments),
        _ => Err(failure),
    })
}

fn parse<A: DeserializeOwned>(text: &str) -> Result<A, Failure> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| misfit(&error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| misfit(".", &error))?;
    Ok(read)
}

fn misfit(path: &str, error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    if !error.is_data() {
        return Failure::Misfit {
            field: "arguments".to_owned(),
            problem: format!("this is no JSON: {text}"),
        };
    }
    // Nobody who wrote the arguments saw them on one line.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let problem = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    let path = if path == "." { "" } else { path };
    // The path of a member that is not there ends above it.
    let missing = problem
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    let field = match (path, missing) {
        ("", None) => "arguments".to_owned(),
        ("", Some(missing)) => missing.to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(missing)) => format!("{path}.{missing}"),
    };
    Failure::Misfit {
        field,
        problem: match missing {
            Some(_) => "it is missing".to_owned(),
            None => problem,
        },
    }
}

/// Writes what a command returns.
pub(super) fn write(value: &impl Serialize) -> Result<String, Failure> {
    let mut bounded = Bounded(Vec::new());
    serde_json::to_writer(&mut bounded, value).map_err(|error| {
        Failure::of(if error.is_io() {
            format!("the result is larger than {} MiB", LARGEST >> 20)
        } else {
            format!("the result cannot be written as JSON: {error}")
        })
    })?;
    String::from_utf8(bounded.0).map_err(Failure::of)
}

/// Takes no more than is sent.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Clear {
        older_than: u64,
        #[serde(default)]
        limits: Vec<Limit>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Limit {
        bytes: u32,
    }

    #[track_caller]
    fn refused(text: &str) -> (String, String) {
        match read::<Clear>(text).unwrap_err() {
            Failure::Misfit { field, problem } => (field, problem),
            failure => panic!("{failure:?}"),
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let (field, problem) = refused(r#"{"older_than": "x"}"#);
        assert_eq!(field, "older_than");
        assert_eq!(problem, "invalid type: string \"x\", expected u64");
        let (field, problem) = refused("{}");
        assert_eq!((&*field, &*problem), ("older_than", "it is missing"));
        let (field, _) = refused(r#"{"older_than": 1, "limits": [{"bytes": 1}, {}]}"#);
        assert_eq!(field, "limits[1].bytes");
        let (field, problem) = refused(r#"{"older_than": 1, "oler": 1}"#);
        assert_eq!(field, "oler");
        assert!(problem.starts_with("unknown field `oler`"), "{problem}");
        let (field, problem) = refused("[");
        assert_eq!(field, "arguments");
        assert!(problem.starts_with("this is no JSON"), "{problem}");
        refused(r#"{"older_than": 1} 2"#);
    }

    #[test]
    fn an_empty_object_is_as_much_as_nothing() {
        #[derive(Debug, Default, Deserialize, PartialEq)]
        #[serde(default)]
        struct All {
            limit: u8,
        }
        for text in ["", " ", "{}", "{ }", "null"] {
            assert_eq!(read::<()>(text), Ok(()), "{text:?}");
            assert_eq!(read::<Option<String>>(text), Ok(None), "{text:?}");
            assert_eq!(read::<All>(text), Ok(All::default()), "{text:?}");
        }
        assert!(read::<()>(r#"{"a": 1}"#).is_err());
    }

    #[test]
    fn a_tower_of_brackets_is_refused() {
        let tower = "[".repeat(1 << 20);
        refused(&tower);
        let Err(Failure::Misfit { problem, .. }) = read::<serde_json::Value>(&tower) else {
            panic!("it was read");
        };
        assert!(problem.contains("recursion limit"), "{problem}");
    }

    #[test]
    fn a_result_is_bounded_while_it_is_written() {
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(std::iter::repeat("a value"))
            }
        }
        let failure = write(&Endless).unwrap_err();
        let told = Failure::Failed("the result is larger than 32 MiB".to_owned());
        assert_eq!(failure, told);
    }
}
