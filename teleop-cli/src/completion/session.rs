//! What may come next on a line of a session, whose process is asked over its own connection.

use anyhow::Result;
use teleop::{
    Remote,
    operate::dynamic::{Interface, Method},
};

use super::{Candidate, Context, Line, argument, service};

/// The names of a session that results are bound to.
pub(crate) trait Names {
    /// All of them, in order, without their `$`.
    fn all(&self) -> Vec<String>;

    /// What can be called of `NAME[.PATH]`.
    fn interface(&self, path: &str) -> Result<Interface>;

    /// What `$NAME[.PATH].METHOD` calls.
    fn method(&self, address: &str) -> Result<Method>;
}

/// What a line may begin with, beside a call.
const VERBS: [&str; 7] = [
    "attach", "call", "describe", "exit", "help", "list", "services",
];

/// What may come next; nothing, where that is not known.
pub(crate) async fn in_session(remote: &Remote, line: &Line, names: &impl Names) -> Vec<Candidate> {
    let found = offered(remote, line, names).await.unwrap_or_default();
    let is_next = |it: &Candidate| it.value.starts_with(&line.current) && it.is_plain();
    let mut found: Vec<_> = found.into_iter().filter(is_next).collect();
    found.sort_by(|one, other| one.value.cmp(&other.value));
    found
}

async fn offered(remote: &Remote, line: &Line, names: &impl Names) -> Result<Vec<Candidate>> {
    let current = &*line.current;
    let mut words = &line.words[..];
    let is_bound = matches!(words, [name, equals, ..] if name.starts_with('$') && equals == "=");
    if is_bound {
        words = &words[2..];
    }
    let verb = match words {
        [] => None,
        [first, rest @ ..] if VERBS.contains(&&**first) => {
            words = rest;
            Some(&**first)
        }
        [..] => Some("call"),
    };
    let begun = ["teleop", verb.unwrap_or("call"), "1"].map(str::to_owned);
    let context = Context::of(&[&begun, words].concat());
    match (verb, &context.service) {
        (Some("call" | "describe") | None, None) => {
            let is_service_enough = verb == Some("describe");
            let mut found = service::offered(remote, current, is_service_enough).await?;
            if !is_service_enough {
                found.extend(bound(names, current));
            }
            if verb.is_none() && !is_bound {
                found.extend(VERBS.map(|verb| Candidate::new(verb, "")));
            }
            Ok(found)
        }
        (Some("call"), Some(address)) => match argument::files(current) {
            Some(files) => Ok(files),
            None if address.starts_with('$') => {
                argument::of_method(names.method(address)?, &context, current)
            }
            None => argument::offered(remote, &context, current).await,
        },
        _ => Ok(Vec::new()),
    }
}

/// The names, and what can be called of the one that is there already.
fn bound(names: &impl Names, current: &str) -> Vec<Candidate> {
    let called = current.strip_prefix('$').and_then(|it| it.rsplit_once('.'));
    let Some((path, _)) = called else {
        let names = names.all().into_iter();
        return names
            .map(|it| Candidate::new(format!("${it}"), ""))
            .collect();
    };
    let Ok(interface) = names.interface(path) else {
        return Vec::new();
    };
    let methods = service::of_interface(&interface).into_iter();
    methods
        .map(|(name, doc)| Candidate::new(format!("${path}.{name}"), &doc))
        .collect()
}
