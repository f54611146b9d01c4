//! One word that is all of the parameters: a JSON object.

use serde_json::{Map, Value};

use super::nearest::nearest;
use crate::{Error, Result};

/// What the parameter may be whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing that an object could be taken for.
    Other,
    /// Text, which may look like an object.
    Text,
    /// An object.
    Object,
}

/// Reads a word that may be all of the parameters, by their names; `None` where it is meant for the next one.
///
/// With the name of a parameter in it, it is the whole, and what is misspelt in it is told later. Text that is
/// none by a slip, a name or a brace, would be taken in silence: that is refused.
pub(super) fn whole<'a>(
    word: &str,
    names: impl Iterator<Item = &'a str>,
    next: Next,
) -> Result<Option<Map<String, Value>>> {
    if !word.trim_start().starts_with('{') {
        return Ok(None);
    }
    let names: Vec<_> = names.collect();
    let is_known = |name: &str| names.contains(&name);
    let object: Map<String, Value> = match serde_json::from_str(word) {
        Ok(object) => object,
        Err(error) if first_name(word).is_some_and(is_known) => {
            return Err(Error::BadArgument {
                field: "arguments".to_owned(),
                problem: format!("this is no JSON: {error}"),
            });
        }
        Err(_) => return Ok(None),
    };
    let is_near = |name: &str| next == Next::Text && nearest(name, names.iter().copied()).is_some();
    let is_meant = |name: &String| is_known(name) || is_near(name);
    let is_whole = next == Next::Other || object.is_empty() || object.keys().any(is_meant);
    Ok(is_whole.then_some(object))
}

/// The first name in what begins as an object: in quotes, or followed by a colon where a shell, or a slip, has
/// taken them away.
fn first_name(word: &str) -> Option<&str> {
    let members = word.trim_start().strip_prefix('{')?.trim_start();
    if let Some(name) = members.strip_prefix('"') {
        return name.split_once('"').map(|(name, _)| name);
    }
    let (name, _) = members.split_once(':')?;
    Some(name.trim().trim_matches('\''))
}

#[cfg(test)]
mod tests {
    use super::{Next, whole};

    fn is_whole(word: &str, next: Next) -> Result<bool, String> {
        let names = ["name", "priority"].into_iter();
        let whole = whole(word, names, next);
        whole
            .map(|it| it.is_some())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_the_whole_where_a_name_says_so() {
        let object = r#"{"name": "x"}"#;
        for next in [Next::Other, Next::Text, Next::Object] {
            assert_eq!(is_whole(object, next), Ok(true));
            assert_eq!(is_whole("{}", next), Ok(true));
            assert_eq!(is_whole("name", next), Ok(false));
        }
        let other = r#"{"circle": 1}"#;
        assert_eq!(is_whole(other, Next::Object), Ok(false));
        assert_eq!(is_whole(other, Next::Text), Ok(false));
        assert_eq!(is_whole(other, Next::Other), Ok(true));
    }

    #[test]
    fn a_slip_is_no_text() {
        assert_eq!(is_whole(r#"{"nmae": "x"}"#, Next::Text), Ok(true));
        assert_eq!(is_whole(r#"{"nmae": "x"}"#, Next::Object), Ok(false));
        for open in [
            r#"{"name": "x""#,
            r#" { "name""#,
            "{name:x}",
            "{ name : \"x\" }",
            "{'name': 'x'}",
        ] {
            let problem = is_whole(open, Next::Text).unwrap_err();
            assert!(problem.contains("this is no JSON"), "{problem}");
        }
        for text in ["{", "{name", r#"{"nam": "#, "{nobody: x}"] {
            assert_eq!(is_whole(text, Next::Text), Ok(false), "{text}");
        }
    }
}
