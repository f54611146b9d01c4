//! [`new_client`]: a capability whose panics are nobody else's.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    ptr,
    task::{Context, Poll},
    thread,
};

use capnp::{
    Error, MessageSize, any_pointer,
    capability::{DynClientHook, FromServer, Promise, Request},
    private::capability::{ClientHook, ParamsHook, ResultsHook},
};

use crate::reactor::aside;

/// What a call is answered with whose method panicked. What the panic said is for the host alone, whose
/// panic hook has been told.
pub(crate) const PANICKED: &str = "the service panicked";

/// Makes a capability out of what implements its interface.
///
/// As [`capnp_rpc::new_client`], but for one thing: a method that panics fails that one call, and harms
/// neither the connection nor any other call. That holds where panics unwind, which is the default.
pub fn new_client<C, S>(server: S) -> C
where
    C: FromServer<S>,
{
    let client: C = capnp_rpc::new_client(server);
    C::new(guard(client.into_client_hook()))
}

/// Has whatever panics in a call of this capability fail that call.
pub(super) fn guard(hook: Box<DynClientHook>) -> Box<DynClientHook> {
    if hook.get_brand() == address(&*hook) {
        return hook; // Once is enough, and takes a fortieth of the time of a call.
    }
    Box::new(Guard(hook))
}

/// What is guarded and belongs to no connection has its own address for a brand: whoever wraps it and hands its brand
/// on has another. The brand of a connection is an address, too.
struct Guard(Box<DynClientHook>);

fn address<T: ?Sized>(of: &T) -> usize {
    ptr::from_ref(of).addr()
}

impl ClientHook for Guard {
    fn add_ref(&self) -> Box<DynClientHook> {
        guard(self.0.add_ref())
    }

    /// A call of this very process: a panic is its caller's, as that of any function.
    fn new_call(
        &self,
        interface: u64,
        method: u16,
        size: Option<MessageSize>,
    ) -> Request<any_pointer::Owned, any_pointer::Owned> {
        self.0.new_call(interface, method, size)
    }

    fn call(
        &self,
        interface: u64,
        method: u16,
        params: Box<dyn ParamsHook>,
        results: Box<dyn ResultsHook>,
    ) -> Promise<(), Error> {
        let call = || self.0.call(interface, method, params, results);
        match apart(call) {
            Ok(running) => Promise::from_future(Guarded(Some(running))),
            Err(_) => Promise::err(panicked()),
        }
    }

    fn get_brand(&self) -> usize {
        match self.0.get_brand() {
            0 => address(self),
            connection => connection,
        }
    }

    fn get_ptr(&self) -> usize {
        self.0.get_ptr()
    }

    fn get_resolved(&self) -> Option<Box<DynClientHook>> {
        self.0.get_resolved().map(guard)
    }

    fn when_more_resolved(&self) -> Option<Promise<Box<DynClientHook>, Error>> {
        let resolving = self.0.when_more_resolved()?;
        let guarded = async { resolving.await.map(guard) };
        Some(Promise::from_future(guarded))
    }

    fn when_resolved(&self) -> Promise<(), Error> {
        self.0.when_resolved()
    }
}

/// A call that is being carried out, until it is done or has panicked.
struct Guarded(Option<Promise<(), Error>>);

impl Future for Guarded {
    type Output = capnp::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<capnp::Result<()>> {
        let Some(running) = &mut self.0 else {
            return Poll::Ready(Err(panicked()));
        };
        match apart(|| Pin::new(running).poll(cx)) {
            Ok(polled) => polled,
            Err(_) => {
                self.discard();
                Poll::Ready(Err(panicked()))
            }
        }
    }
}

impl Guarded {
    /// Drops what is running. That, too, may panic.
    fn discard(&mut self) {
        let running = self.0.take();
        let _ = apart(|| drop(running));
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.discard();
    }
}

/// Does what the program gave. It may panic, and wait in whatever way it likes.
fn apart<T>(act: impl FnOnce() -> T) -> thread::Result<T> {
    catch_unwind(AssertUnwindSafe(|| aside(act)))
}

fn panicked() -> Error {
    Error::failed(PANICKED.to_owned())
}
