//! Calls to the services of a process by name, from JSON.

use std::collections::BTreeMap;

use capnp::{ErrorKind, capability::Client, traits::HasTypeId};
use futures::{
    FutureExt, Stream, StreamExt, TryStreamExt,
    future::{self, Either},
    stream,
};
use serde_json::Value;
use teleop_schema::command_capnp::commands;

use super::{
    Commands, Interface, Method, Request, Response, Schema,
    serve::{Calls, serve, settle},
};
use crate::{
    error::{Error, Result},
    operate::capnp::Remote,
};

/// What a process has described so far: a service does not change.
#[derive(Default)]
pub(in crate::operate) struct Known {
    interfaces: BTreeMap<String, Interface>,
    commands: BTreeMap<String, Commands>,
}

impl Remote {
    /// What a service understands, in its own words. The process is asked once.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchService`]; [`Error::Undescribed`] where it was offered without its schema;
    /// [`Error::Predates`] where the process is too old to describe anything; [`Error::BadSchema`]
    /// where the schema is not to be used.
    pub async fn describe(&self, service: &str) -> Result<Interface> {
        if let Some(interface) = self.described.borrow().interfaces.get(service) {
            return Ok(interface.clone());
        }
        let mut request = self.root().describe_request();
        request.get().set_name(service);
        let response = match request.send().promise.await {
            Ok(response) => response,
            Err(error) if error.kind == ErrorKind::Unimplemented => {
                return Err(Error::Predates {
                    feature: "describing services",
                });
            }
            Err(error) => return Err(self.explain(service, error.into()).await),
        };
        let results = response.get()?;
        if !results.has_schema() {
            return Err(Error::Undescribed {
                service: service.to_owned(),
            });
        }
        let schema = Schema::from_pointer(results.get_schema())?;
        let interface = schema.interface(results.get_interface())?;
        self.described
            .borrow_mut()
            .interfaces
            .insert(service.to_owned(), interface.clone());
        Ok(interface)
    }

    /// The commands that a service consists of; `None` where it is a service of any other kind. The
    /// process is asked once.
    ///
    /// # Errors
    ///
    /// Those of [`describe`](Self::describe).
    pub async fn commands(&self, service: &str) -> Result<Option<Commands>> {
        if let Some(commands) = self.described.borrow().commands.get(service) {
            return Ok(Some(commands.clone()));
        }
        if self.describe(service).await?.id() != commands::Client::TYPE_ID {
            return Ok(None);
        }
        let commands = Commands::ask(service, self.service(service)).await?;
        self.described
            .borrow_mut()
            .commands
            .insert(service.to_owned(), commands.clone());
        Ok(Some(commands))
    }

    /// Calls a method of a service, or a command: JSON in, JSON out.
    ///
    /// `arguments` is an object with a member for each parameter that is given. Capabilities in the
    /// result are only named: see [`Request`] for calling them.
    ///
    /// ```no_run
    /// # async fn example(process: teleop::Remote) -> teleop::Result<()> {
    /// use serde_json::json;
    ///
    /// let reply = process.call("echo", "echo", json!({"message": "hi"})).await?;
    /// assert_eq!(reply, json!({"reply": "hi"}));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`describe`](Self::describe); [`Error::NoSuchMethod`]; [`Error::BadArgument`];
    /// [`Error::Remote`] where the method failed.
    pub async fn call(&self, service: &str, method: &str, arguments: Value) -> Result<Value> {
        if let Some(commands) = self.commands(service).await? {
            return Ok(commands.call(method, &arguments).await?.to_value());
        }
        let method = self.method(service, method).await?;
        let response = self.request(service, &method, &arguments, &[])?.send();
        response.response().await?.results()?.to_value()
    }

    /// Calls a method that may report to its caller: the parameters of every call that it makes on the
    /// capability that it takes, in their order, and at last its own result, unless that is empty. Of a
    /// command the values that it returns.
    ///
    /// The method waits for whoever reads the stream. Dropping the stream cancels the call.
    ///
    /// # Errors
    ///
    /// Those of [`call`](Self::call), as items; [`Error::BadArgument`] where the method takes more
    /// than one capability.
    pub fn stream(
        &self,
        service: &str,
        method: &str,
        arguments: Value,
    ) -> impl Stream<Item = Result<Value>> + use<> {
        let (remote, service, method) = (self.clone(), service.to_owned(), method.to_owned());
        let begin = async move {
            if let Some(commands) = remote.commands(&service).await? {
                let values = commands.stream(&method, &arguments)?;
                return Ok(Either::Left(values.map_ok(|value| value.to_value())));
            }
            let method = remote.method(&service, &method).await?;
            report(&remote.service(&service), &method, arguments).map(Either::Right)
        };
        begin
            .map(|begun| match begun {
                Ok(reports) => Either::Left(reports),
                Err(error) => Either::Right(stream::once(future::ready(Err(error)))),
            })
            .flatten_stream()
    }

    /// Prepares a call of a method that is known already.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`].
    pub fn request(
        &self,
        service: &str,
        method: &Method,
        arguments: &Value,
        capabilities: &[Client],
    ) -> Result<Request> {
        Request::new(&self.service(service), method, arguments, capabilities)
    }

    async fn method(&self, service: &str, name: &str) -> Result<Method> {
        let interface = self.describe(service).await?;
        interface
            .method(name)
            .ok_or_else(|| interface.no_method(service, name))
    }
}

impl Interface {
    /// What to say where it has no method of this name.
    pub fn no_method(&self, service: &str, name: &str) -> Error {
        Error::NoSuchMethod {
            service: service.to_owned(),
            method: name.to_owned(),
            known: self
                .methods()
                .iter()
                .map(|method| method.name().to_owned())
                .collect(),
        }
    }
}

impl Method {
    /// The one parameter that is a capability, for the caller to implement, and its interface; `None`
    /// where it takes none.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] where there is more than one, or its interface is not known.
    pub fn sink(&self) -> Result<Option<(String, Interface)>> {
        let params = self.params();
        match &params.capabilities()[..] {
            [] => Ok(None),
            [(name, Some(interface))] => Ok(Some(((*name).to_owned(), interface.clone()))),
            _ => Err(Error::BadArgument {
                field: self.name().to_owned(),
                problem: "it takes more than one capability, or one of any interface".to_owned(),
            }),
        }
    }
}

/// What a method reports to its caller, and its result at last.
pub(super) fn report(
    client: &Client,
    method: &Method,
    mut arguments: Value,
) -> Result<impl Stream<Item = Result<Value>> + use<>> {
    let Some((name, interface)) = method.sink()? else {
        let pending = Request::new(client, method, &arguments, &[])?.send();
        return Ok(Either::Left(reports(None, pending.response())));
    };
    let (sink, calls) = serve(&interface);
    let with_sink = arguments
        .as_object_mut()
        .ok_or_else(|| Error::BadArgument {
            field: "arguments".to_owned(),
            problem: "expected is an object".to_owned(),
        })?;
    with_sink.insert(name, serde_json::json!({"$capability": 0}));
    let request = Request::new(client, method, &arguments, std::slice::from_ref(&sink))?;
    let pending = request.send();
    let response = async move {
        let response = pending.response().await;
        settle(&sink).await;
        response
    };
    Ok(Either::Right(reports(Some(calls), response)))
}

/// The calls that arrive until the response does, and the response.
fn reports(
    calls: Option<Calls>,
    response: impl Future<Output = Result<Response>> + 'static,
) -> impl Stream<Item = Result<Value>> {
    let running = Some((calls, Box::pin(response)));
    stream::unfold(running, |running| async {
        let (calls, response) = running?;
        let Some(mut calls) = calls else {
            return Some((last(response.await).transpose()?, None));
        };
        // The calls first: the response is only there when all of them are.
        let (received, response) = match future::select(StreamExt::next(&mut calls), response).await
        {
            Either::Left((Some(received), response)) => (received, response),
            Either::Left((None, response)) => {
                return Some((last(response.await).transpose()?, None));
            }
            Either::Right((response, _)) => return Some((last(response).transpose()?, None)),
        };
        let value = received.params().and_then(|params| params.to_value());
        Some((value, Some((Some(calls), response))))
    })
}

/// The result of a method, unless it has none.
fn last(response: Result<Response>) -> Result<Option<Value>> {
    let value = response?.results()?.to_value()?;
    let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
    Ok((!is_empty).then_some(value))
}
