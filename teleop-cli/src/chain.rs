//! [`Chain`]: a call, and calls of what it returns.

use std::ffi::OsString;

use anyhow::Result;
use serde_json::Value;
use teleop::{
    Error,
    capnp::capability::Client,
    operate::dynamic::{Arguments, Encoded, Interface, Method, Pending, Request},
};

use crate::{
    address::{Found, choose},
    exit::Usage,
    session::Session,
    sinks::Sinks,
    words::Words,
};

/// A call, and calls of what it returns, each made ready before any is sent.
#[derive(Debug)]
pub(crate) struct Chain {
    origin: Origin,
    first: Step,
    then: Vec<Step>,
    sinks: Sinks,
}

/// Of what the first method is called.
enum Origin {
    /// A service, by its name.
    Service(String),
    /// A capability that was returned before.
    Held(Client),
}

/// What follows a `--then`: `METHOD` of the only capability in the result before, or `PATH.METHOD` of
/// the one at that path; and what it is called with.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    path: Option<String>,
    method: String,
    words: Words,
}

/// A method of a capability that was returned before.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) client: Client,
    pub(crate) method: Method,
}

/// A chain that was sent.
pub(crate) struct Sent {
    /// Those before the last: to drop one would cancel it.
    pub(crate) earlier: Vec<Pending>,
    pub(crate) last: Pending,
    pub(crate) sinks: Sinks,
    /// What the sinks were given as.
    pub(crate) played: Vec<Client>,
}

/// One call, ready to be sent.
struct Step {
    /// Where in the result before the capability is that is called.
    path: Option<String>,
    method: Method,
    arguments: Value,
    played: Vec<Client>,
}

impl Link {
    /// Reads the words after a `--then`.
    pub(crate) fn parse(words: Vec<OsString>) -> Result<Self> {
        let words = words.into_iter().map(|word| {
            let refuse =
                |word: OsString| Usage(format!("`{}` is not UTF-8", word.to_string_lossy()));
            word.into_string().map_err(refuse)
        });
        let mut words: Vec<_> = words.collect::<Result<_, _>>()?;
        let literal = match words.iter().position(|word| word == "--") {
            Some(end) => words.split_off(end).split_off(1),
            None => Vec::new(),
        };
        if words.is_empty() {
            return Err(Usage("`--then` is followed by a method".to_owned()).into());
        }
        let target = words.remove(0);
        let (path, method) = match target.rsplit_once('.') {
            Some((path, method)) => (Some(path.to_owned()), method.to_owned()),
            None => (None, target.clone()),
        };
        if method.is_empty() || path.as_ref().is_some_and(String::is_empty) {
            let problem = format!("`{target}` names no method: it is METHOD or PATH.METHOD");
            return Err(Usage(problem).into());
        }
        Ok(Self {
            path,
            method,
            words: Words { words, literal },
        })
    }

    /// What it is called with.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// The name of the method.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }
}

impl Chain {
    /// Makes the first call ready.
    pub(crate) async fn begin(session: &Session, found: &Found<'_>, words: &Words) -> Result<Self> {
        let mut sinks = Sinks::default();
        let method = found.method().map_err(|error| match error.downcast() {
            Ok(unnamed) => words.explain(unnamed).into(),
            Err(error) => error,
        })?;
        session.calls(found.service, Some(method.name()));
        let first = Step::new(session, None, method, words, &mut sinks).await?;
        Ok(Self {
            origin: Origin::Service(found.service.to_owned()),
            first,
            then: Vec::new(),
            sinks,
        })
    }

    /// The same for a method of a capability that was returned before.
    pub(crate) async fn held(session: &Session, held: Held, words: &Words) -> Result<Self> {
        let mut sinks = Sinks::default();
        let first = Step::new(session, None, held.method, words, &mut sinks).await?;
        Ok(Self {
            origin: Origin::Held(held.client),
            first,
            then: Vec::new(),
            sinks,
        })
    }

    /// Makes a call ready of a capability that the last one will return.
    pub(crate) async fn add(&mut self, session: &Session, link: &Link) -> Result<()> {
        session.calls_on(&link.method);
        let interface = self.returned(link.path.as_deref())?;
        let method = choose(&interface, interface.name(), Some(&link.method))?;
        let path = link.path.clone();
        let step = Step::new(session, path, method, &link.words, &mut self.sinks).await?;
        // What does not fit is to be known before anything is called.
        Encoded::new(&step.method.params(), &step.arguments, &step.played)?;
        self.then.push(step);
        Ok(())
    }

    /// The method whose result is printed.
    pub(crate) fn last(&self) -> &Method {
        &self.then.last().unwrap_or(&self.first).method
    }

    /// What the command plays for all of the calls.
    pub(crate) fn sinks(&self) -> &Sinks {
        &self.sinks
    }

    /// Sends all of it, without waiting for an answer.
    pub(crate) fn send(self, session: &Session) -> Result<Sent> {
        let mut client: Client = match self.origin {
            Origin::Service(name) => session.remote.service(&name),
            Origin::Held(client) => client,
        };
        let mut earlier = Vec::new();
        let mut step = self.first;
        let mut played = step.played.clone();
        for next in self.then {
            played.extend_from_slice(&next.played);
            let request = step.request(&client)?;
            let (pending, capability) = request.send_pipelined(next.path.as_deref())?;
            earlier.push(pending);
            client = capability.client;
            step = next;
        }
        Ok(Sent {
            last: step.request(&client)?.send(),
            earlier,
            sinks: self.sinks,
            played,
        })
    }

    /// What can be called on a capability that the last call will return.
    fn returned(&self, path: Option<&str>) -> Result<Interface, Error> {
        let last = self.last();
        let refuse = |problem| Error::BadArgument {
            field: "--then".to_owned(),
            problem,
        };
        let Some(results) = last.results() else {
            return Err(refuse(format!("`{}` returns nothing", last.name())));
        };
        results.capability(path)?.ok_or_else(|| {
            let path = path.unwrap_or("the capability");
            refuse(format!(
                "nobody knows the interface of {path} in the result"
            ))
        })
    }
}

impl Step {
    async fn new(
        session: &Session,
        path: Option<String>,
        method: Method,
        words: &Words,
        sinks: &mut Sinks,
    ) -> Result<Self> {
        let mut arguments = Arguments::new(&method);
        // Before the words: a capability is none of the parameters that values are for.
        let played = sinks.play(&method, words, &mut arguments)?;
        words.add_to(&mut arguments, &session.clock).await?;
        Ok(Self {
            path,
            method,
            arguments: arguments.into_value(),
            played,
        })
    }

    fn request(&self, client: &Client) -> Result<Request, Error> {
        Request::new(client, &self.method, &self.arguments, &self.played)
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(name) => write!(f, "Service({name})"),
            Self::Held(_) => f.write_str("Held"),
        }
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({})", self.method.name())
    }
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Step({} {})", self.method.name(), self.arguments)
    }
}
