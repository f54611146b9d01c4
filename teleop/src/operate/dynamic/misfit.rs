//! [`Misfit`]: which part of a JSON value does not fit its field, while it is being encoded.

use serde_json::Value;

use super::{scalar::found, words::TooLarge};
use crate::Error;

pub(super) type Fit = Result<(), Misfit>;

/// What does not fit, and where: the path grows on the way out, so that it costs nothing otherwise.
pub(super) struct Misfit {
    /// The innermost first.
    path: Vec<String>,
    problem: String,
}

impl Misfit {
    pub(super) fn new(problem: String) -> Self {
        Self {
            path: Vec::new(),
            problem,
        }
    }

    pub(super) fn anything(value: &Value) -> Self {
        Self::new(format!(
            "expected an AnyPointer (text, {{\"$capability\": n}}, {{\"$data\": base64}} or \
             {{\"$type\": struct, \"value\": …}}), found {}",
            found(value)
        ))
    }

    pub(super) fn within(mut self, field: &str) -> Self {
        self.path.push(format!(".{field}"));
        self
    }

    pub(super) fn at(mut self, index: usize) -> Self {
        self.path.push(format!("[{index}]"));
        self
    }

    pub(super) fn into_error(self) -> Error {
        let path: String = self.path.into_iter().rev().collect();
        let field = path.strip_prefix('.').unwrap_or(&path).to_owned();
        Error::BadArgument {
            field: if field.is_empty() {
                "arguments".to_owned()
            } else {
                field
            },
            problem: self.problem,
        }
    }
}

impl From<TooLarge> for Misfit {
    fn from(_: TooLarge) -> Self {
        Self::new("the message would be larger than the receiver accepts".to_owned())
    }
}
