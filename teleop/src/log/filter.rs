//! [`Filter`]: what a program logs.

use std::{env, str::FromStr};

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing_subscriber::filter::{EnvFilter, Targets};

use crate::error::{Error, Result};

/// What a program logs, by the directives of an [`EnvFilter`].
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// Whatever the other layers of the program let through.
    Everything,
    /// What the directives name.
    Only(Box<Only>),
}

#[derive(Clone, Debug)]
pub(crate) struct Only {
    directives: String,
    /// A clone of it begins anew: it knows of no span that is open.
    pub(super) filter: EnvFilter,
}

/// How the value of a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    /// As `EnvFilter` does it by default.
    Patterns,
    /// Letter by letter: what a client sends may not cost more than it looks.
    Literally,
}

impl Filter {
    /// What `RUST_LOG` says; everything, where it says nothing that is understood.
    pub(super) fn of_environment() -> Self {
        let said = env::var(EnvFilter::DEFAULT_ENV).ok();
        said.and_then(|said| Self::of_program(&said).ok())
            .unwrap_or(Self::Everything)
    }

    /// A filter that the program gives itself.
    pub(super) fn of_program(directives: &str) -> Result<Self> {
        let within: Vec<_> = parts(directives)
            .map(|part| within(part, STATIC_MAX_LEVEL))
            .collect();
        Self::parse(&within.join(","), Values::Patterns)
    }

    /// A filter that a client asks for.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which directive is none, or is about what is not compiled in.
    pub(crate) fn of_client(directives: &str) -> Result<Self> {
        /// What the filter costs each event is in proportion to its length.
        const LONGEST: usize = 4096;

        if directives.len() > LONGEST {
            return Err(bad(format!("it is longer than {LONGEST} bytes")));
        }
        for part in parts(directives) {
            if within(part, STATIC_MAX_LEVEL) != part {
                return Err(bad(format!(
                    "`{part}` goes beyond `{STATIC_MAX_LEVEL}`, and the program is compiled without that (a feature of its crate `tracing`)"
                )));
            }
        }
        Self::parse(directives, Values::Literally)
    }

    fn parse(directives: &str, values: Values) -> Result<Self> {
        let builder = || EnvFilter::builder().with_regex(values == Values::Patterns);
        let mut known = Vec::new();
        // One after the other: the error of `EnvFilter` does not say which.
        for part in parts(directives) {
            if builder().parse(part).is_err() {
                return Err(no_directive(part, "target[span{field=value}]=level"));
            }
            known.push(part);
        }
        if known.is_empty() {
            return Err(bad("there is no directive in it; `off` is nothing"));
        }
        let directives = known.join(",");
        let filter = builder()
            .parse(&directives)
            .map_err(|_| no_directive(&directives, "target[span{field=value}]=level"))?;
        Ok(Self::Only(Box::new(Only { directives, filter })))
    }

    /// As it is written.
    pub(crate) fn directives(&self) -> &str {
        match self {
            Self::Everything => "trace",
            Self::Only(only) => &only.directives,
        }
    }

    /// Whether it has to be told of spans.
    pub(super) fn heeds_spans(&self) -> bool {
        self.directives().contains('[')
    }
}

/// What a client listens to: levels and targets alone, so that what is within a span needs no watch.
///
/// # Errors
///
/// [`Error::BadArgument`] says which directive is none, or asks for more.
pub(crate) fn targets(directives: &str) -> Result<Targets> {
    let mut targets = Targets::new();
    let mut is_empty = true;
    for part in parts(directives) {
        if part.contains(['[', '{', ']', '}']) {
            return Err(bad(format!(
                "`{part}` is about spans or fields: who listens chooses by level and target"
            )));
        }
        let Ok(parsed) = Targets::from_str(part) else {
            return Err(no_directive(part, "target=level"));
        };
        is_empty = false;
        if let Some(level) = parsed.default_level() {
            targets = targets.with_default(level);
        }
        targets = targets.with_targets(parsed);
    }
    if is_empty {
        return Err(bad("there is no directive in it"));
    }
    Ok(targets)
}

/// The directives of a filter. `EnvFilter` may panic at white space around them.
fn parts(directives: &str) -> impl Iterator<Item = &str> {
    directives
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// A directive that lets the same through where nothing beyond `most` is compiled in. Of others
/// `EnvFilter` prints a warning.
fn within(directive: &str, most: LevelFilter) -> String {
    let after_span = directive.rfind(']').map_or(0, |end| end + 1);
    let (head, level) = match directive[after_span..].split_once('=') {
        Some((target, level)) => (&directive[..after_span + target.len()], level),
        None if after_span == 0 && directive.parse::<LevelFilter>().is_ok() => ("", directive),
        None => (directive, ""),
    };
    let level = match level {
        "" => LevelFilter::TRACE,
        level => match level.parse() {
            Ok(level) => level,
            Err(_) => return directive.to_owned(),
        },
    };
    match head {
        _ if level <= most => directive.to_owned(),
        "" => most.to_string(),
        head => format!("{head}={most}"),
    }
}

fn no_directive(part: &str, form: &str) -> Error {
    bad(format!(
        "`{part}` is no directive: that is a level (off, error, warn, info, debug, trace), a target, or `{form}`"
    ))
}

fn bad(problem: impl Into<String>) -> Error {
    Error::BadArgument {
        field: "filter".to_owned(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(result: Result<impl Sized>) -> String {
        result.err().expect("it is refused").to_string()
    }

    #[test]
    fn what_is_no_directive_is_named() {
        assert!(problem(Filter::of_client("info,app=loud")).contains("`app=loud` is no directive"));
        assert!(problem(Filter::of_client("info,[x=")).contains("`[x=` is no directive"));
        assert!(problem(targets("info,app=loud")).contains("`app=loud` is no directive"));
        for empty in ["", " ", ",,", " , "] {
            assert!(problem(Filter::of_client(empty)).contains("no directive in it"));
            assert!(problem(targets(empty)).contains("no directive in it"));
        }
    }

    #[test]
    fn white_space_around_directives_does_not_count() {
        // Such as that of three bytes, at which `EnvFilter` panics.
        let filter = Filter::of_client("\u{3000}app=debug ,\u{3000} info").unwrap();
        assert_eq!(filter.directives(), "app=debug,info");
        let targets = targets("\u{3000}app=debug , info").unwrap();
        assert!(targets.would_enable("app", &tracing::Level::DEBUG));
        assert!(!targets.would_enable("other", &tracing::Level::DEBUG));
    }

    #[test]
    fn who_listens_asks_for_no_spans() {
        for filter in [
            "[request]=debug",
            "app[{user}]=debug",
            "app[request{user=7}]",
        ] {
            assert!(problem(targets(filter)).contains("level and target"));
            assert!(Filter::of_client(filter).unwrap().heeds_spans());
        }
    }

    #[test]
    fn a_filter_of_a_client_is_short() {
        let filter = "a=debug,".repeat(600);
        assert!(problem(Filter::of_client(&filter)).contains("longer than 4096 bytes"));
    }

    #[test]
    fn levels_that_are_not_compiled_in_are_cut() {
        let info = LevelFilter::INFO;
        for (written, cut) in [
            ("debug", "info"),
            ("TRACE", "info"),
            ("5", "info"),
            ("warn", "warn"),
            ("app", "app=info"),
            ("app=", "app=info"),
            ("app=trace", "app=info"),
            ("app=error", "app=error"),
            ("app=loud", "app=loud"),
            ("[request]", "[request]=info"),
            ("app[request{user=7}]=debug", "app[request{user=7}]=info"),
            ("app[request{user=7}]=warn", "app[request{user=7}]=warn"),
        ] {
            assert_eq!(within(written, info), cut, "{written}");
            assert_eq!(within(written, LevelFilter::TRACE), written);
        }
    }
}
