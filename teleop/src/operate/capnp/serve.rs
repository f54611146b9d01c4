//! The server's side of a connection: the root interface, and what drives it.

use std::{fmt, rc::Rc};

use capnp::capability::Client;
use futures::{AsyncRead, AsyncWrite};
use teleop_schema::teleop_capnp::teleop;

use super::{
    About, Limits, Offer, Services,
    budget::Budget,
    guard::new_client,
    link::{self, Witness},
    names::Names,
};
use crate::audit::Peer;

/// What serves connections: the root interface, and the limits that hold for all of them together.
pub struct Host {
    root: teleop::Client,
    limits: Rc<Limits>,
    budget: Rc<Budget>,
    names: Rc<Names>,
}

impl Host {
    /// Serves these services.
    pub fn new(about: About, services: Services, limits: Limits) -> Self {
        let services = Rc::new(services);
        let names = Names::new(&services);
        let root = new_client(Root { about, services });
        Self::of(root, names, limits)
    }

    fn of(root: teleop::Client, names: Rc<Names>, limits: Limits) -> Self {
        // Where a request is waited for, the one before it is being carried out.
        let most = limits
            .total_bytes
            .max(limits.request_bytes.saturating_mul(2));
        Self {
            root,
            limits: Rc::new(limits),
            budget: Budget::new(most),
            names,
        }
    }

    /// One for which nobody waits for room.
    #[cfg(any(test, fuzzing))]
    pub(super) fn impatient(about: About, services: Services, limits: Limits) -> Self {
        let host = Self::new(about, services, limits);
        host.budget.set_patience(std::time::Duration::ZERO);
        host
    }

    /// How many bytes all connections hold together.
    #[cfg(any(test, fuzzing))]
    pub(super) fn held(&self) -> usize {
        self.budget.held()
    }

    /// Serves one connection until the peer closes it, or goes beyond a limit.
    ///
    /// # Errors
    ///
    /// What the stream says, and what is wrong with what the peer sent. There is nothing left to do then.
    pub async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    ) -> capnp::Result<()> {
        self.serve_peer(stream, Peer::unknown()).await
    }

    /// The same, for somebody of whom the audit is told.
    pub(crate) async fn serve_peer(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        peer: Peer,
    ) -> capnp::Result<()> {
        let bootstrap: Client = self.root.client.clone();
        let witness = Witness::new(peer, self.names.clone());
        link::serve(stream, bootstrap, &self.limits, &self.budget, witness).await
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Serves one connection by a root interface of one's own, until the peer closes it. With the defaults
/// of [`Limits`].
///
/// # Errors
///
/// Those of [`Host::serve`].
pub async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    root: &teleop::Client,
) -> capnp::Result<()> {
    let host = Host::of(root.clone(), Rc::default(), Limits::new());
    host.serve(stream).await
}

#[derive(Debug)]
struct Root {
    about: About,
    services: Rc<Services>,
}

impl teleop::Server for Root {
    async fn service(
        self: Rc<Self>,
        params: teleop::ServiceParams,
        mut results: teleop::ServiceResults,
    ) -> capnp::Result<()> {
        let name = params.get()?.get_name()?.to_str()?;
        let offer = self.offer(name)?;
        results
            .get()
            .init_service()
            .set_as_capability(offer.service()?.hook);
        Ok(())
    }

    async fn services(
        self: Rc<Self>,
        _: teleop::ServicesParams,
        mut results: teleop::ServicesResults,
    ) -> capnp::Result<()> {
        let services = self.services.iter();
        let count = u32::try_from(services.len())
            .map_err(|_| capnp::Error::failed("there are too many services".to_owned()))?;
        let mut list = results.get().init_services(count);
        for (index, (name, offer)) in (0..count).zip(services) {
            let mut service = list.reborrow().get(index);
            service.set_name(name);
            service.set_interface_id(offer.interface_id());
            if let Some(line) = offer.doc_line() {
                service.set_doc(&*line);
            }
            if let Some(Ok(description)) = offer.description() {
                service.set_interface(description.display_name());
                service.set_described(true);
            }
        }
        Ok(())
    }

    async fn about(
        self: Rc<Self>,
        _: teleop::AboutParams,
        mut results: teleop::AboutResults,
    ) -> capnp::Result<()> {
        self.about.write(results.get().init_about());
        Ok(())
    }

    async fn describe(
        self: Rc<Self>,
        params: teleop::DescribeParams,
        mut results: teleop::DescribeResults,
    ) -> capnp::Result<()> {
        let offer = self.offer(params.get()?.get_name()?.to_str()?)?;
        let mut results = results.get();
        results.set_interface(offer.interface_id());
        match offer.description() {
            Some(Ok(description)) => description.write(results.init_schema()),
            Some(Err(error)) => Err(capnp::Error::failed(error.to_string())),
            None => Ok(()),
        }
    }
}

impl Root {
    fn offer(&self, name: &str) -> capnp::Result<&Offer> {
        self.services
            .get(name)
            .ok_or_else(|| capnp::Error::failed(format!("there is no service `{name}`")))
    }
}
