//! [`Sinks`]: capabilities that the command plays for the process that it calls.

use futures::{Stream, StreamExt, stream};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::json;
use teleop::{
    Result, capnp,
    operate::dynamic::{Arguments, Calls, Decoded, Interface, Method, Received, serve},
};

use crate::words::Words;

/// What the command implements: every parameter that is a capability and was not given.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    sinks: Vec<Sink>,
}

#[derive(Debug)]
struct Sink {
    parameter: String,
    interface: Interface,
    calls: Calls,
}

/// A call that arrived at one of them. It is answered when this is dropped.
#[derive(Debug)]
pub(crate) struct Report {
    /// The parameter, where there are several sinks.
    parameter: Option<String>,
    /// Whether there is but one method that it can be.
    is_only: bool,
    received: Received,
}

/// A report as it is printed: what the method was called with; below the name of the method, where
/// there are several, and below that of the parameter, where there are several sinks.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    names: Vec<&'a str>,
    params: Decoded<'a>,
}

impl Sinks {
    /// Makes what a call of this method takes, and puts it among its arguments.
    pub(crate) fn play(
        &mut self,
        method: &Method,
        words: &Words,
        arguments: &mut Arguments,
    ) -> Result<Vec<capnp::capability::Client>> {
        let mut clients = Vec::new();
        for (parameter, interface) in method.params().capabilities() {
            // One of any interface is left out: nobody knows what it would be called with.
            let Some(interface) = interface.filter(|_| !words.name(parameter)) else {
                continue;
            };
            let (client, calls) = serve(&interface);
            arguments.json(parameter, json!({"$capability": clients.len()}))?;
            clients.push(client);
            self.sinks.push(Sink {
                parameter: parameter.to_owned(),
                interface,
                calls,
            });
        }
        Ok(clients)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sinks.is_empty()
    }

    /// Whether all that arrives can be printed raw: text, data, or nothing.
    pub(crate) fn is_raw(&self) -> bool {
        let mut methods = self.sinks.iter().flat_map(|sink| sink.interface.methods());
        methods.all(|method| {
            let params = method.params();
            params.is_raw() || params.field_names().next().is_none()
        })
    }

    /// All that arrives, until nobody can call any more.
    pub(crate) fn reports(self) -> impl Stream<Item = Report> {
        let is_only_sink = self.sinks.len() == 1;
        stream::select_all(self.sinks.into_iter().map(|sink| {
            let is_only = sink.interface.methods().len() == 1;
            let parameter = (!is_only_sink).then_some(sink.parameter);
            sink.calls.map(move |received| Report {
                parameter: parameter.clone(),
                is_only,
                received,
            })
        }))
    }
}

impl Report {
    /// What is to be printed of it.
    pub(crate) fn line(&self) -> Result<Line<'_>> {
        let method = (!self.is_only).then(|| self.received.method().name());
        Ok(Line {
            names: self
                .parameter
                .as_deref()
                .into_iter()
                .chain(method)
                .collect(),
            params: self.params()?,
        })
    }

    /// What it was called with.
    pub(crate) fn params(&self) -> Result<Decoded<'_>> {
        self.received.params()
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Nested(&self.names, &self.params).serialize(serializer)
    }
}

struct Nested<'a>(&'a [&'a str], &'a Decoded<'a>);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(names, params) = self;
        let [name, rest @ ..] = names else {
            return params.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(name, &Nested(rest, params))?;
        map.end()
    }
}
