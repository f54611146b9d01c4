//! [`serve`]: what drives a connection, and what becomes of it when nobody does any more.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use capnp::capability::Client;
use capnp_rpc::{Disconnector, RpcSystem, rpc_twoparty_capnp::Side};
use futures::{
    AsyncRead, AsyncReadExt, AsyncWrite, FutureExt,
    future::{self, Either},
};

use super::{Link, Witness, network::Network};
use crate::{
    operate::capnp::{Limits, budget::Budget, ended::Ended},
    reactor::Timer,
};

/// How long a client that is closed has to read why.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one connection until it ends.
pub(in crate::operate::capnp) async fn serve(
    stream: impl AsyncRead + AsyncWrite + 'static,
    bootstrap: Client,
    limits: &Rc<Limits>,
    budget: &Rc<Budget>,
    witness: Witness,
) -> capnp::Result<()> {
    let (input, output) = stream.split();
    let link = Link::new(input, limits, budget, witness);
    let mut running = Running::new(&link, output, bootstrap);
    match future::select(&mut running, link.watch().boxed_local()).await {
        Either::Left((outcome, _)) => {
            let ended = outcome.as_ref().map_or_else(Ended::of, |()| Ended::Peer);
            link.end(ended);
            outcome
        }
        Either::Right((ended, _)) => {
            // The client is told, if it listens.
            link.end(ended.clone());
            future::select(&mut running, Timer::after(FAREWELL)).await;
            Err(ended.into())
        }
    }
}

/// A connection that is driven by whoever polls this.
struct Running {
    link: Rc<Link>,
    system: RpcSystem<Side>,
    disconnector: Disconnector<Side>,
}

impl Running {
    fn new(link: &Rc<Link>, output: impl AsyncWrite + 'static, bootstrap: Client) -> Self {
        let system = RpcSystem::new(Network::new(link, output), Some(bootstrap));
        Self {
            link: link.clone(),
            disconnector: system.get_disconnector(),
            system,
        }
    }
}

impl Future for Running {
    type Output = capnp::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<capnp::Result<()>> {
        let this = &mut *self;
        // Of what the guard did not make: that of a service without it, or of capnp-rpc.
        match catch_unwind(AssertUnwindSafe(|| this.system.poll_unpin(cx))) {
            Ok(polled) => polled,
            Err(_) => {
                this.link.end(Ended::Panicked);
                Poll::Ready(Err(Ended::Panicked.into()))
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.link.end(Ended::Stopped);
        // A call in flight and its connection hold each other, and the socket, until they are told.
        let disconnect = || (&mut self.disconnector).now_or_never();
        let _ = catch_unwind(AssertUnwindSafe(disconnect));
        // Whoever keeps a capability of the client keeps the link, and not the socket.
        drop(self.link.intake.take());
        self.link.tell_of_the_end();
    }
}
