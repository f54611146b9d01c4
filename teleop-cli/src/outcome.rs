//! [`Outcome`]: what a call brought, before it is shown.

use anyhow::Result;
use serde::{Serialize, Serializer, ser::Error as _};
use teleop::{
    Error,
    operate::dynamic::{Decoded, Json, Response},
};

use crate::{exit::Usage, output::Output};

/// What a call brought.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All of it was printed as it came.
    Printed,
    /// The result of a method.
    Response(Response),
    /// The same, after what it reported: one more line.
    Last(Response),
    /// The result of a command.
    Json(Json),
}

/// What becomes of values that come one by one, while the call runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Streams {
    /// Each is a line.
    Printed,
    /// There are to be none: what it says why.
    Refused(&'static str),
}

impl Streams {
    /// Refuses a call, before it is made.
    pub(crate) fn check(self, method: &str, is_streaming: bool) -> Result<(), Usage> {
        match self {
            Self::Refused(why) if is_streaming => {
                Err(Usage(format!("`{method}` reports while it runs: {why}")))
            }
            _ => Ok(()),
        }
    }
}

impl Outcome {
    /// Prints it, unless that has been done.
    pub(crate) fn show(&self, is_raw: bool, output: &Output) -> Result<()> {
        match self {
            Self::Printed => Ok(()),
            Self::Response(response) if is_raw => output.raw(raw(&response.results()?)?),
            Self::Response(response) => output.json(&response.results()?),
            Self::Last(response) => {
                let results = response.method().results();
                let is_empty = results.is_none_or(|it| it.field_names().next().is_none());
                if is_raw || is_empty {
                    return Ok(());
                }
                output.line(&response.results()?)
            }
            Self::Json(json) => match json.as_str() {
                Some(text) if is_raw => output.raw(text.as_bytes()),
                _ => output.json(json),
            },
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Printed => serializer.serialize_unit(),
            Self::Response(response) | Self::Last(response) => {
                let results = response.results().map_err(S::Error::custom)?;
                results.serialize(serializer)
            }
            Self::Json(json) => json.serialize(serializer),
        }
    }
}

/// The only text or data there is: nothing, where it was left out.
pub(crate) fn raw<'a>(value: &Decoded<'a>) -> Result<&'a [u8], Error> {
    match value.raw() {
        Some(bytes) => Ok(bytes),
        // Or it is something else than the schema says.
        None => value.to_value().map(|_| &[][..]),
    }
}
