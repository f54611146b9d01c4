//! [`serve`]: a capability of any interface, whose calls are answered here.

use std::{
    ops::Deref,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use capnp::{
    any_pointer,
    capability::{
        Client, DispatchCallResult, DynClientHook, FromClientHook, FromServer, Params, Promise,
        Results, Server,
    },
};
use futures::{
    Stream, StreamExt,
    channel::{mpsc, oneshot},
    future,
};
use serde_json::Value;

use super::{
    decode::Decoded,
    encode::Encoded,
    interface::{Interface, Method},
};
use crate::Result;

/// Calls that wait to be looked at. A peer that respects flow control never has as many.
const MOST_WAITING: usize = 4096;
/// In which a connection hands on more calls than a window holds, and which take no millisecond.
const TURNS: u32 = 256;

/// Makes a capability of this interface: a sink or a callback to be given to a call. What is called on
/// it arrives at [`Calls`].
///
/// A call is answered when its [`Received`] is dropped, so that whoever streams waits for whoever
/// reads.
pub fn serve(interface: &Interface) -> (Client, Calls) {
    let (calls, receiver) = mpsc::unbounded();
    let handler = Handler {
        interface: interface.clone(),
        calls,
    };
    let AnyClient(client) = capnp_rpc::new_client(handler);
    (client, Calls(receiver))
}

/// Waits until every call that has arrived at a capability that was made by [`serve`] is among its
/// [`Calls`].
///
/// A streamed call is held back until the one before it is answered. So when a method returns, some
/// that it made before may be still to come: they come while this is waited for.
pub async fn settle(client: &Client) {
    // What was read together with the answer, up to a window full of calls, is handed on by tasks of the
    // connection, some in each turn of the executor.
    let mut turns = 0;
    future::poll_fn(|cx| {
        if turns == TURNS {
            return Poll::Ready(());
        }
        turns += 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    // No interface has this method: it is refused, but not before its turn has come.
    let last = client.new_call::<any_pointer::Owned, any_pointer::Owned>(0, u16::MAX, None);
    let _ = last.send().promise.await;
}

/// The calls of a capability that was made by [`serve`], in their order. It ends when nobody has the
/// capability any more. Dropping it refuses all further calls.
#[derive(Debug)]
pub struct Calls(mpsc::UnboundedReceiver<Received>);

impl Calls {
    /// The next call; `None` when no more can come. Cancelling it loses no call.
    pub async fn next(&mut self) -> Option<Received> {
        // Whoever called may have given up meanwhile.
        StreamExt::next(self).await
    }
}

impl Stream for Calls {
    type Item = Received;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Received>> {
        loop {
            match Pin::new(&mut self.0).poll_next(cx) {
                Poll::Ready(Some(received)) if received.is_cancelled() => {}
                other => return other,
            }
        }
    }
}

/// A call that arrived. Dropping it answers it with nothing.
pub struct Received {
    method: Method,
    params: Params<any_pointer::Owned>,
    results: Results<any_pointer::Owned>,
    done: Option<oneshot::Sender<capnp::Result<()>>>,
}

impl Received {
    /// What is called.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// With what, to be serialized where it is wanted.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`](crate::Error::Remote) where there is nothing to be read.
    pub fn params(&self) -> Result<Decoded<'_>> {
        Ok(Decoded::new(&self.method.params(), self.params.get()?))
    }

    /// Answers it with results, a JSON object; see [`Encoded::new`].
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) says which result does not fit; the call has failed then.
    pub fn answer(mut self, results: &Value, capabilities: &[Client]) -> Result<()> {
        let answer = self.method.results().map_or(Ok(()), |structure| {
            Encoded::new(&structure, results, capabilities)?.copy_to(self.results.hook.get()?)
        });
        self.finish(match &answer {
            Ok(()) => Ok(()),
            Err(error) => Err(capnp::Error::failed(error.to_string())),
        });
        answer
    }

    /// Answers that it failed.
    pub fn fail(mut self, reason: String) {
        self.finish(Err(capnp::Error::failed(reason)));
    }

    fn is_cancelled(&self) -> bool {
        self.done.as_ref().is_some_and(oneshot::Sender::is_canceled)
    }

    fn finish(&mut self, outcome: capnp::Result<()>) {
        if let Some(done) = self.done.take() {
            // Nobody waits for it any more: then there is nobody to be told.
            let _ = done.send(outcome);
        }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.finish(Ok(()));
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Received({})", self.method.name())
    }
}

struct Handler {
    interface: Interface,
    calls: mpsc::UnboundedSender<Received>,
}

impl Handler {
    fn receive(
        &self,
        method: Method,
        params: Params<any_pointer::Owned>,
        results: Results<any_pointer::Owned>,
    ) -> Promise<(), capnp::Error> {
        if self.calls.len() >= MOST_WAITING {
            let reason = "too many calls wait for an answer";
            return Promise::err(capnp::Error::overloaded(reason.to_owned()));
        }
        let (done, outcome) = oneshot::channel();
        let received = Received {
            method,
            params,
            results,
            done: Some(done),
        };
        if self.calls.unbounded_send(received).is_err() {
            let reason = "nobody listens to these calls any more";
            return Promise::err(capnp::Error::disconnected(reason.to_owned()));
        }
        Promise::from_future(async move { outcome.await.unwrap_or(Ok(())) })
    }
}

/// What `capnp-rpc` needs to make a client of a server without generated code.
struct AnyClient(Client);

impl FromClientHook for AnyClient {
    fn new(hook: Box<DynClientHook>) -> Self {
        Self(Client::new(hook))
    }

    fn into_client_hook(self) -> Box<DynClientHook> {
        self.0.into_client_hook()
    }

    fn as_client_hook(&self) -> &DynClientHook {
        self.0.hook.as_ref()
    }
}

impl FromServer<Handler> for AnyClient {
    type Dispatch = Dispatch;

    fn from_server(handler: Rc<Handler>) -> Dispatch {
        Dispatch(handler)
    }
}

#[derive(Clone)]
struct Dispatch(Rc<Handler>);

impl Deref for Dispatch {
    type Target = Handler;

    fn deref(&self) -> &Handler {
        &self.0
    }
}

impl Server for Dispatch {
    fn dispatch_call(
        self,
        interface_id: u64,
        method_id: u16,
        params: Params<any_pointer::Owned>,
        results: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        match self.interface.method_at(interface_id, method_id) {
            Some(method) => {
                let is_streaming = method.is_streaming();
                DispatchCallResult::new(self.receive(method, params, results), is_streaming)
            }
            None => {
                let name = self.interface.display_name();
                let reason = format!("{name} has no method {method_id} of @{interface_id:#x}");
                let error = capnp::Error::unimplemented(reason);
                DispatchCallResult::new(Promise::err(error), false)
            }
        }
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}
