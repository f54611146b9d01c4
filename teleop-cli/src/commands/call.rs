//! `teleop call`: call a method of a service.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use teleop::{Error, Pid, Remote, capnp::traits::HasTypeId, echo_capnp::echo};

use crate::{
    cli::{self, Options},
    exit::Usage,
    output::Output,
    session::attached,
};

/// Call a method of a service, and print its result
#[derive(Args, Debug)]
#[command(after_help = "\
Arguments are given in the order of the method's parameters, or as name=value.
The method may be left out where the service has but one.

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
        let result = attached(self.pid, options, output, async |session| {
            request.send(&session.remote).await
        })?;
        output.json(&result)
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

    /// Calls the method, and returns its result.
    async fn send(self, remote: &Remote) -> Result<Value, Error> {
        // Every process has this one: the call goes out with the request for the service.
        if self.service == "echo" {
            return match self.echo(remote).await {
                Err(error @ Error::Remote(_)) => Err(self.diagnose(remote, error).await),
                outcome => outcome,
            };
        }
        self.check(remote).await?;
        self.echo(remote).await
    }

    /// Calls a service whose interface is that of `echo`.
    async fn echo(self, remote: &Remote) -> Result<Value, Error> {
        if let Some(method) = self.method.filter(|method| *method != "echo") {
            return Err(Error::NoSuchMethod {
                service: self.service.to_owned(),
                method: method.to_owned(),
                known: vec!["echo".to_owned()],
            });
        }
        let [message] = self.arguments else {
            return Err(Error::BadArgument {
                field: "message".to_owned(),
                problem: match self.arguments.len() {
                    0 => "it is missing; a text is expected".to_owned(),
                    more => format!("one text is expected, and there are {more} arguments"),
                },
            });
        };
        let client: echo::Client = remote.service(self.service);
        let mut request = client.echo_request();
        let message = message.strip_prefix("message=").unwrap_or(message);
        request.get().set_message(message);
        let response = request.send().promise.await?;
        let reply = response.get()?.get_reply()?;
        let reply = reply.to_string().map_err(teleop::capnp::Error::from)?;
        Ok(json!({ "reply": reply }))
    }

    /// Tells the wrong name of a service from a call that failed.
    async fn diagnose(self, remote: &Remote, error: Error) -> Error {
        match self.check(remote).await {
            Err(found @ (Error::NoSuchService { .. } | Error::Undescribed { .. })) => found,
            _ => error,
        }
    }

    /// Fails unless there is such a service, and it can be called.
    async fn check(self, remote: &Remote) -> Result<(), Error> {
        let services = remote.services().await?;
        match services.iter().find(|service| service.name == self.service) {
            Some(found) if found.interface_id == echo::Client::TYPE_ID => Ok(()),
            Some(_) => Err(Error::Undescribed {
                service: self.service.to_owned(),
            }),
            None => Err(Error::NoSuchService {
                name: self.service.to_owned(),
                known: services.into_iter().map(|service| service.name).collect(),
            }),
        }
    }
}

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
