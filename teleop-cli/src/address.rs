//! [`Address`]: which method of which service is meant.

use anyhow::Result;
use futures::future;
use teleop::{
    Error, Remote,
    capnp::traits::HasTypeId,
    command_capnp::commands,
    operate::dynamic::{Command, Commands, Interface, Method, Schema, nearest},
};

use crate::{
    exit::{Unnamed, Usage},
    given::Given,
};

/// `SERVICE[.METHOD]`, as it stands on the command line. The name of a service may have dots in it,
/// that of a method has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    whole: &'a str,
    /// Service and method, if the last dot parts them.
    parts: Option<(&'a str, &'a str)>,
}

/// What an address leads to.
#[derive(Clone, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: Option<&'a str>,
    pub(crate) interface: Interface,
    /// What the service consists of, where that is commands.
    pub(crate) commands: Option<Commands>,
}

impl<'a> Address<'a> {
    pub(crate) fn parse(whole: &'a str) -> Result<Self, Usage> {
        let parts = whole.rsplit_once('.');
        if whole.is_empty() || parts.is_some_and(|(it, method)| it.is_empty() || method.is_empty())
        {
            let problem = format!("`{whole}` names no method: it is SERVICE or SERVICE.METHOD");
            return Err(Usage(problem));
        }
        Ok(Self { whole, parts })
    }

    /// Asks the process what it has there. Of two services that could be meant, it is the one with the
    /// longer name.
    pub(crate) async fn find(self, remote: &Remote, given: Option<&Given>) -> Result<Found<'a>> {
        let found = self.find_interface(remote, given).await?;
        // Who gives a schema wants the service to be seen by it.
        if given.is_some() || found.interface.id() != commands::Client::TYPE_ID {
            return Ok(found);
        }
        let commands = remote.commands(found.service).await?;
        Ok(Found { commands, ..found })
    }

    async fn find_interface(self, remote: &Remote, given: Option<&Given>) -> Result<Found<'a>> {
        let whole = async || {
            Ok(Found {
                service: self.whole,
                method: None,
                interface: interface(remote, self.whole, given).await?,
                commands: None,
            })
        };
        let Some((service, method)) = self.parts else {
            return whole().await;
        };
        // Both questions go out together.
        let questions = future::join(
            offers(remote, self.whole),
            interface(remote, service, given),
        );
        let (is_whole, interface) = questions.await;
        if is_whole {
            return whole().await;
        }
        match interface {
            Ok(interface) => Ok(Found {
                service,
                method: Some(method),
                interface,
                commands: None,
            }),
            Err(error) => Err(match error.downcast() {
                Ok(Error::NoSuchService { known, .. }) => self.missing(service, known).into(),
                Ok(error) => error.into(),
                Err(error) => error,
            }),
        }
    }

    /// There is neither of the two services: it is the one that somebody may have meant to write.
    fn missing(self, service: &str, known: Vec<String>) -> Error {
        let is_near = |name| nearest(name, known.iter().map(String::as_str)).is_some();
        let name = if !is_near(service) && is_near(self.whole) {
            self.whole
        } else {
            service
        };
        Error::NoSuchService {
            name: name.to_owned(),
            known,
        }
    }
}

impl Found<'_> {
    /// The method that is meant: where none is named, the only one.
    pub(crate) fn method(&self) -> Result<Method> {
        choose(&self.interface, self.service, self.method)
    }
}

/// The method of this name, or the only one.
pub(crate) fn choose(interface: &Interface, owner: &str, name: Option<&str>) -> Result<Method> {
    if let Some(name) = name {
        let method = interface.method(name);
        return method.ok_or_else(|| interface.no_method(owner, name).into());
    }
    match &interface.methods()[..] {
        [method] => Ok(method.clone()),
        methods => Err(Unnamed {
            service: owner.to_owned(),
            known: methods.iter().map(|it| it.name().to_owned()).collect(),
            meant: None,
        }
        .into()),
    }
}

/// The command of this name, or the only one.
pub(crate) fn choose_command<'a>(
    commands: &'a Commands,
    name: Option<&str>,
) -> Result<&'a Command> {
    match (name, commands.list()) {
        (Some(name), _) => Ok(commands.command(name)?),
        (None, [command]) => Ok(command),
        (None, list) => Err(Unnamed {
            service: commands.service().to_owned(),
            known: list.iter().map(|it| it.name().to_owned()).collect(),
            meant: None,
        }
        .into()),
    }
}

/// The interface of the service that every process has, which is known without asking.
pub(crate) fn echo() -> Result<Interface, Error> {
    use teleop::echo_capnp::echo;

    Schema::from_bytes(teleop_schema::ECHO)?.interface(echo::Client::TYPE_ID)
}

/// What a service understands: as a given schema says, or as it says itself.
async fn interface(remote: &Remote, service: &str, given: Option<&Given>) -> Result<Interface> {
    if let Some(given) = given {
        return given.interface(remote, service).await;
    }
    match remote.describe(service).await {
        Err(Error::Predates { .. }) if service == "echo" => Ok(echo()?),
        Err(Error::Predates { .. }) if !offers(remote, service).await => {
            Err(Error::NoSuchService {
                name: service.to_owned(),
                known: Vec::new(),
            }
            .into())
        }
        described => Ok(described?),
    }
}

/// Whether there is such a service: also an old target tells.
pub(crate) async fn offers(remote: &Remote, service: &str) -> bool {
    let mut request = remote.root().service_request();
    request.get().set_name(service);
    request.send().promise.await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn the_last_dot_may_part_service_and_method() {
        let parts = |whole| Address::parse(whole).map(|it| it.parts);
        assert_eq!(parts("echo").unwrap(), None);
        assert_eq!(parts("echo.echo").unwrap(), Some(("echo", "echo")));
        assert_eq!(parts("a.b.c").unwrap(), Some(("a.b", "c")));
        for wrong in ["", ".", "echo.", ".echo"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
