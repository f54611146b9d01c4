//! [`Words`]: what a method is called with, as it stands on the command line.

use std::{fs, io, io::Read, path::PathBuf, thread};

use anyhow::Result;
use clap::Args;
use futures::channel::oneshot;
use teleop::{
    Error,
    operate::dynamic::{Arguments, CommandArguments, Parameter, Word},
};

use crate::{clock::Clock, exit::Unnamed};

// The arguments of one call: values, `name=value`, a JSON object. A value `@file` is what the file
// holds, `-` what the standard input has, and `@@` stands for an `@`.
//
// No doc comment: clap would take it for the help of the verb.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Words {
    /// What to call it with: VALUE, NAME=VALUE, a JSON object or @FILE
    #[arg(id = "arguments", value_name = "ARG", allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,
    /// Arguments that are taken as they are
    // What stood after `--`: there, `@` and `-` are what they are.
    #[arg(value_name = "ARG", last = true, hide = true)]
    pub(crate) literal: Vec<String>,
}

/// What arguments are collected in.
pub(crate) trait Collect {
    fn split<'a>(&self, word: &'a str) -> Result<Word<'a>, Error>;
    fn value(&mut self, name: Option<&str>, value: &str) -> Result<(), Error>;
    fn bytes(&mut self, name: Option<&str>, bytes: &[u8]) -> Result<(), Error>;
    fn skip(&mut self, word: &str);
    fn missing(&self) -> Vec<Parameter>;
    fn choices(&self, name: Option<&str>) -> Vec<String>;
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source<'a> {
    Here(&'a str),
    Elsewhere(Input),
}

/// What is read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Input {
    File(PathBuf),
    Standard,
}

impl Words {
    /// The only word, where it is one that means nothing but itself.
    pub(crate) fn plain(&self) -> Option<&str> {
        match (&self.words[..], &self.literal[..]) {
            ([word], []) if !word.starts_with(['@', '{', '-']) && !word.contains('=') => Some(word),
            _ => None,
        }
    }

    /// Where no method is named, it may stand among the words, as a verb of its own.
    pub(crate) fn explain(&self, unnamed: Unnamed) -> Unnamed {
        let first = self.words.first();
        let meant = first.filter(|word| unnamed.known.contains(word)).cloned();
        Unnamed { meant, ..unnamed }
    }

    /// Whether one of them stands for the standard input.
    pub(crate) fn read_input(&self) -> bool {
        let values = self.words.iter().map(|word| word.rsplit('=').next());
        values.flatten().any(|value| value == "-")
    }

    /// Whether one of them is JSON but for its quotes, which a shell takes away that is not kept from it.
    pub(crate) fn have_lost_quotes(&self) -> bool {
        let mut values = self.words.iter().map(|word| {
            let named = word.split_once('=').filter(|(name, _)| is_name(name));
            named.map_or(&**word, |(_, value)| value)
        });
        values.any(|value| {
            let begins = value.starts_with('{') || value.starts_with("[{");
            let is_list = value.starts_with('[') && value.ends_with(']');
            let is_json = || serde_json::from_str::<serde_json::Value>(value).is_ok();
            (begins || is_list) && !value.contains('"') && !is_json()
        })
    }

    /// Whether a parameter is given by its name.
    pub(crate) fn name(&self, parameter: &str) -> bool {
        let mut words = self.words.iter().chain(&self.literal);
        words.any(|word| {
            word.split_once('=')
                .is_some_and(|(name, _)| name == parameter)
        })
    }

    /// Adds them to the arguments. While something is read from elsewhere, the clock stands.
    pub(crate) async fn add_to(&self, arguments: &mut impl Collect, clock: &Clock) -> Result<()> {
        let mut has_read_input = false;
        for word in &self.words {
            let Word { name, value } = arguments.split(word)?;
            let input = match Source::of(value) {
                Source::Here(value) => {
                    arguments.value(name, value)?;
                    continue;
                }
                Source::Elsewhere(input) => input,
            };
            if input == Input::Standard && std::mem::replace(&mut has_read_input, true) {
                let problem = "the standard input was read already, to its end".to_owned();
                let field = name.unwrap_or("-").to_owned();
                return Err(Error::BadArgument { field, problem }.into());
            }
            let bytes = clock.stopped_during(input.read()).await;
            let bytes = bytes.map_err(|error| Error::BadArgument {
                field: name.unwrap_or(value).to_owned(),
                problem: match name {
                    Some(_) => format!("`{value}` cannot be read: {error}"),
                    None => format!("cannot be read: {error}"),
                },
            })?;
            arguments.bytes(name, &bytes)?;
        }
        for word in &self.literal {
            let Word { name, value } = arguments.split(word)?;
            arguments.value(name, value)?;
        }
        Ok(())
    }
}

/// Whether a word may be the name of a parameter.
pub(crate) fn is_name(word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    !word.is_empty() && word.chars().all(is_part)
}

/// Both do the same, each by a schema of its kind.
macro_rules! collect {
    ($($arguments:ty)*) => {
        $(impl Collect for $arguments {
            fn split<'a>(&self, word: &'a str) -> Result<Word<'a>, Error> {
                self.split(word)
            }

            fn value(&mut self, name: Option<&str>, value: &str) -> Result<(), Error> {
                self.value(name, value)
            }

            fn bytes(&mut self, name: Option<&str>, bytes: &[u8]) -> Result<(), Error> {
                self.bytes(name, bytes)
            }

            fn skip(&mut self, word: &str) {
                self.skip(word);
            }

            fn missing(&self) -> Vec<Parameter> {
                self.missing()
            }

            fn choices(&self, name: Option<&str>) -> Vec<String> {
                self.choices(name)
            }
        })*
    };
}

collect!(Arguments CommandArguments);

impl<'a> Source<'a> {
    fn of(value: &'a str) -> Self {
        match value.strip_prefix('@') {
            Some(literal) if literal.starts_with('@') => Self::Here(literal),
            Some(path) if !path.is_empty() => Self::Elsewhere(Input::File(path.into())),
            _ if value == "-" => Self::Elsewhere(Input::Standard),
            _ => Self::Here(value),
        }
    }
}

impl Input {
    /// Reads all of it, on a thread of its own: it may take any time, and meanwhile signals are heard.
    async fn read(self) -> io::Result<Vec<u8>> {
        let (sender, receiver) = oneshot::channel();
        thread::Builder::new().spawn(move || {
            // Nobody waits any more where the command has ended.
            let _ = sender.send(match self {
                Self::File(path) => fs::read(path),
                Self::Standard => {
                    let mut bytes = Vec::new();
                    io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
                }
            });
        })?;
        receiver
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, Source, Words};

    #[test]
    fn a_value_tells_where_it_comes_from() {
        assert_eq!(Source::of("hi"), Source::Here("hi"));
        assert_eq!(Source::of("-5"), Source::Here("-5"));
        assert_eq!(Source::of("-"), Source::Elsewhere(Input::Standard));
        let file = Input::File("a b".into());
        assert_eq!(Source::of("@a b"), Source::Elsewhere(file));
        assert_eq!(Source::of("@@a"), Source::Here("@a"));
        assert_eq!(Source::of("@"), Source::Here("@"));
    }

    #[test]
    fn json_without_quotes_has_lost_them() {
        let have_lost = |word: &str| {
            let words = vec![word.to_owned()];
            let literal = Vec::new();
            Words { words, literal }.have_lost_quotes()
        };
        for lost in [
            "steps=[{command: tar}]",
            "{name: mail}",
            "[{name:",
            "[red]",
            "{",
        ] {
            assert!(have_lost(lost), "{lost}");
        }
        for kept in [
            "[1, 2]",
            "a=[]",
            r#"{"name": "mail"#,
            "a={}",
            "hi",
            "a b=[x]",
            "a=[x",
        ] {
            assert!(!have_lost(kept), "{kept}");
        }
    }

    #[test]
    fn a_plain_word_is_taken_as_it_is() {
        let plain = |word: &str| {
            let words = vec![word.to_owned()];
            Words {
                words,
                literal: Vec::new(),
            }
            .plain()
            .is_some()
        };
        assert!(plain("hi there"));
        for other in ["-", "@file", "{}", "message=hi"] {
            assert!(!plain(other), "{other}");
        }
    }
}
