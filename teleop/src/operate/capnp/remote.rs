//! [`Remote`]: the client's side of a connection.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use capnp::{ErrorKind, capability::FromClientHook};
use capnp_rpc::{RpcSystem, rpc_twoparty_capnp::Side};
use futures::{AsyncRead, AsyncWrite, FutureExt};
use teleop_schema::teleop_capnp::{service, teleop};

use super::{About, about::text, network::Network};
use crate::error::{Error, Result};

/// A process that one is attached to.
///
/// Clones share the connection. Everything here waits for the process to answer, for as long as it
/// takes and as long as the [`Connection`] is driven; dropping a future cancels the call.
#[derive(Clone)]
pub struct Remote {
    root: teleop::Client,
    /// What the process has described so far: a service does not change.
    #[cfg(feature = "dynamic")]
    pub(in crate::operate) described: Described,
}

#[cfg(feature = "dynamic")]
type Described = std::rc::Rc<std::cell::RefCell<crate::operate::dynamic::Known>>;

/// What drives a connection: a future that has to be polled for anything to happen on it.
///
/// It ends when the process closes the connection; dropping it closes the connection.
#[must_use = "nothing happens on the connection unless this is polled"]
pub struct Connection(RpcSystem<Side>);

/// A service that a process offers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// What it is asked for by.
    pub name: String,
    /// The id of its interface.
    pub interface_id: u64,
    /// The display name of its interface, such as `echo.capnp:Echo`, where it is known.
    pub interface: Option<String>,
    /// One line that says what it is for, where there is one.
    pub doc: Option<String>,
    /// Whether the process has a schema of it.
    pub described: bool,
}

impl Remote {
    /// Speaks to a process over a stream that leads to it.
    pub fn over(stream: impl AsyncRead + AsyncWrite + Unpin + 'static) -> (Self, Connection) {
        let network = Network::new(stream);
        let mut system = RpcSystem::new(network, None);
        let root = system.bootstrap(Side::Server);
        let remote = Self {
            root,
            #[cfg(feature = "dynamic")]
            described: Described::default(),
        };
        (remote, Connection(system))
    }

    /// The root interface itself.
    pub fn root(&self) -> &teleop::Client {
        &self.root
    }

    /// A service, by name.
    ///
    /// It does not wait: where there is no such service, or it is of another interface, the first
    /// call of it says so.
    pub fn service<C: FromClientHook>(&self, name: &str) -> C {
        let mut request = self.root.service_request();
        request.get().set_name(name);
        // From the pipeline: the calls go out with this request, and wait for no answer.
        C::new(request.send().pipeline.get_service().as_cap())
    }

    /// The services that the process offers, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`Error::Predates`] where it is too old to tell.
    pub async fn services(&self) -> Result<Vec<Service>> {
        let response = self.root.services_request().send().promise.await;
        let response = response.map_err(|error| refused(error, "listing"))?;
        let list = response.get()?.get_services()?;
        // A list of empty structs takes no room in a message, however long it is.
        if list.len() > MOST_SERVICES {
            return Err(Error::Protocol {
                problem: format!("it says that it has {} services", list.len()),
            });
        }
        list.iter().map(Service::read).collect()
    }

    /// The service of this name, as the process lists it.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchService`], with what there is; [`Error::Predates`] where the process is too old
    /// to tell.
    pub async fn find(&self, name: &str) -> Result<Service> {
        let services = self.services().await?;
        match services.iter().position(|service| service.name == name) {
            Some(position) => Ok(services[position].clone()),
            None => Err(Error::NoSuchService {
                name: name.to_owned(),
                known: services.into_iter().map(|service| service.name).collect(),
            }),
        }
    }

    /// Why a call of a service failed: where there is no such service, that; else the error itself.
    ///
    /// On the wire the two cannot be told apart.
    pub async fn explain(&self, service: &str, error: Error) -> Error {
        match error {
            Error::Remote(_) => match self.find(service).await {
                Err(missing @ Error::NoSuchService { .. }) => missing,
                _ => error,
            },
            error => error,
        }
    }

    /// Who answers.
    ///
    /// # Errors
    ///
    /// [`Error::Predates`] where it is too old to tell.
    pub async fn about(&self) -> Result<About> {
        let response = self.root.about_request().send().promise.await;
        let response = response.map_err(|error| refused(error, "saying who it is"))?;
        About::read(response.get()?.get_about()?)
    }
}

/// More than any honest process has.
const MOST_SERVICES: u32 = 100_000;

/// An old target does not know the method at all.
fn refused(error: capnp::Error, feature: &'static str) -> Error {
    match error.kind {
        ErrorKind::Unimplemented => Error::Predates { feature },
        _ => error.into(),
    }
}

impl Service {
    fn read(reader: service::Reader<'_>) -> Result<Self> {
        Ok(Self {
            name: text(reader.get_name())?,
            interface_id: reader.get_interface_id(),
            interface: reader
                .has_interface()
                .then(|| text(reader.get_interface()))
                .transpose()?,
            doc: reader
                .has_doc()
                .then(|| text(reader.get_doc()))
                .transpose()?,
            described: reader.get_described(),
        })
    }
}

impl Future for Connection {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.0.poll_unpin(cx).map_err(Error::from)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
