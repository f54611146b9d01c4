//! The server's side of a connection: the root interface, and what drives it.

use std::{panic::AssertUnwindSafe, rc::Rc};

use capnp::{capability::Client, message::ReaderOptions};
use capnp_rpc::{RpcSystem, rpc_twoparty_capnp::Side};
use futures::{AsyncRead, AsyncWrite, FutureExt};
use teleop_schema::teleop_capnp::teleop;

use super::{About, Offer, Services, network::Network};

/// The root interface of a process that offers these services. Connections share it.
pub fn root(about: About, services: Services) -> teleop::Client {
    capnp_rpc::new_client(Root { about, services })
}

/// Serves one connection until the peer closes it.
///
/// A panic in a service ends the connection, and nothing else.
///
/// # Errors
///
/// What the stream says, and what is wrong with what the peer sent. There is nothing left to do then.
pub async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    root: &teleop::Client,
) -> capnp::Result<()> {
    let network = Network::new(stream, Side::Server, requests());
    let bootstrap: Client = root.client.clone();
    let system = RpcSystem::new(network, Some(bootstrap));
    AssertUnwindSafe(system)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(capnp::Error::failed("a service panicked".to_owned())))
}

/// What is read of one request: a mebibyte.
fn requests() -> ReaderOptions {
    let mut options = ReaderOptions::new();
    options.traversal_limit_in_words(Some((1 << 20) / 8));
    options
}

#[derive(Debug)]
struct Root {
    about: About,
    services: Services,
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
                service.set_doc(line);
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
