//! `teleop call`: call a method of a service.

use anyhow::Result;
use clap::Args;
use teleop::{
    Error, Pid, Remote,
    capnp::{ErrorKind, traits::HasTypeId},
    echo_capnp::echo,
    operate::dynamic::{Arguments, Interface, Method, Response, Schema},
};

use crate::{
    cli::{self, Options},
    exit::Usage,
    output::Output,
    session::attached,
};

/// Call a method of a service, and print its result
#[derive(Args, Debug)]
#[command(after_help = "\
Arguments are values in the order of the method's parameters, name=value, or one
JSON object. The method may be left out where the service has but one.

Examples:
  teleop call 4242 echo hi
  teleop call 4242 echo.echo message=hi
  teleop call 4242 echo -- --help")]
pub(crate) struct Call {
    /// The id of the process
    #[arg(value_parser = cli::pid, allow_negative_numbers = true)]
    pub(crate) pid: Pid,
    /// What to call
    #[arg(value_name = "SERVICE[.METHOD]")]
    service: String,
    /// What to call it with
    #[arg(value_name = "ARG", allow_negative_numbers = true)]
    arguments: Vec<String>,
}

/// A call as it stands on the command line, before anything is known of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request<'a> {
    service: &'a str,
    method: Option<&'a str>,
    arguments: &'a [String],
}

impl Call {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let request = Request::parse(&self.service, &self.arguments)?;
        let answer = attached(self.pid, options, output, async |session| {
            request.send(&session.remote).await
        });
        let answer = answer.map_err(|error| match error.downcast_ref() {
            Some(Error::Remote(_)) => error.context(format!("`{}` failed", self.service)),
            _ => error,
        })?;
        output.json(&answer.results()?)
    }
}

impl<'a> Request<'a> {
    /// Takes `SERVICE[.METHOD]` apart. The name of a service may have dots in it, that of a method has
    /// none.
    fn parse(target: &'a str, arguments: &'a [String]) -> Result<Self> {
        let (service, method) = match target.rsplit_once('.') {
            Some((service, method)) => (service, Some(method)),
            None => (target, None),
        };
        if service.is_empty() || method.is_some_and(str::is_empty) {
            let problem = format!("`{target}` names no method: it is SERVICE or SERVICE.METHOD");
            return Err(Usage(problem).into());
        }
        Ok(Self {
            service,
            method,
            arguments,
        })
    }

    /// Calls the method, and returns its answer.
    async fn send(self, remote: &Remote) -> Result<Response, Error> {
        // Every process has this one, old ones too. It need not be asked for its schema, and so the
        // call goes out with the request for the service.
        if self.service == ECHO {
            let echo = Schema::from_bytes(teleop_schema::ECHO)?.interface(echo::Client::TYPE_ID)?;
            match self.send_to(remote, &echo).await {
                // This one has another service of that name.
                Err(Error::Remote(error)) if error.kind == ErrorKind::Unimplemented => {}
                outcome => return outcome,
            }
        }
        let interface = remote.describe(self.service).await?;
        self.send_to(remote, &interface).await
    }

    async fn send_to(self, remote: &Remote, interface: &Interface) -> Result<Response, Error> {
        let method = self.method_of(interface)?;
        let mut arguments = Arguments::new(&method);
        for word in self.arguments {
            arguments.word(word)?;
        }
        let request = remote.request(self.service, &method, &arguments.into_value(), &[])?;
        match request.send().response().await {
            Err(error) => Err(remote.explain(self.service, error).await),
            answered => answered,
        }
    }

    /// The method that is meant: the one that is named, or the only one.
    fn method_of(self, interface: &Interface) -> Result<Method, Error> {
        let service = self.service;
        if let Some(name) = self.method {
            let method = interface.method(name);
            return method.ok_or_else(|| interface.no_method(service, name));
        }
        let mut methods = interface.methods();
        if methods.len() > 1 {
            let names: Vec<_> = methods.iter().map(Method::name).collect();
            return Err(Error::BadArgument {
                field: service.to_owned(),
                problem: format!("it has several methods: {}", names.join(", ")),
            });
        }
        methods
            .pop()
            .ok_or_else(|| interface.no_method(service, ""))
    }
}

/// The name of the service that every process has.
const ECHO: &str = "echo";

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn the_last_dot_parts_service_and_method() {
        let parse = |target| Request::parse(target, &[]).map(|it| (it.service, it.method));
        assert_eq!(parse("echo").unwrap(), ("echo", None));
        assert_eq!(parse("echo.echo").unwrap(), ("echo", Some("echo")));
        assert_eq!(parse("a.b.c").unwrap(), ("a.b", Some("c")));
        for wrong in ["", ".", "echo.", ".echo"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
