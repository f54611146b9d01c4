//! [`Network`]: a [`Link`] as capnp-rpc wants it.

use std::{pin::pin, rc::Rc};

use capnp::{
    Error, any_pointer,
    capability::Promise,
    message::{Builder, HeapAllocator},
};
use capnp_rpc::{
    Connection, IncomingMessage, OutgoingMessage, VatNetwork,
    rpc_capnp::{exception, message, return_},
    rpc_twoparty_capnp::Side,
};
use futures::{
    AsyncWrite,
    future::{self, Either},
};

use super::{Link, Refused};
use crate::operate::capnp::{ended::Ended, outlet::message_of};

/// The network of a server and one client.
pub(super) struct Network {
    link: Option<Rc<Link>>,
    writing: Option<Promise<(), Error>>,
}

impl Network {
    pub(super) fn new(link: &Rc<Link>, output: impl AsyncWrite + 'static) -> Box<Self> {
        Box::new(Self {
            link: Some(link.clone()),
            writing: Some(Promise::from_future(link.outlet.clone().write(output))),
        })
    }
}

impl VatNetwork<Side> for Network {
    /// A server asks nothing of its own accord.
    fn connect(&mut self, _: Side) -> Option<Box<dyn Connection<Side>>> {
        None
    }

    fn accept(&mut self) -> Promise<Box<dyn Connection<Side>>, Error> {
        match self.link.take() {
            Some(link) => Promise::ok(Box::new(Guarded(link))),
            None => Promise::from_future(future::pending()),
        }
    }

    fn drive_until_shutdown(&mut self) -> Promise<(), Error> {
        let writing = self.writing.take();
        writing.unwrap_or_else(|| Promise::from_future(future::pending()))
    }
}

/// The connection, guarded by what the [`Link`] knows.
struct Guarded(Rc<Link>);

impl Connection<Side> for Guarded {
    fn get_peer_vat_id(&self) -> Side {
        Side::Client
    }

    fn new_outgoing_message(&mut self, words: u32) -> Box<dyn OutgoingMessage> {
        Box::new(Outgoing::new(&self.0, words))
    }

    fn receive_incoming_message(&mut self) -> Promise<Option<Box<dyn IncomingMessage>>, Error> {
        let link = self.0.clone();
        match link.receive_at_once() {
            Ok(Some(message)) => return Promise::ok(Some(Box::new(message))),
            Ok(None) => {}
            Err(ended) => {
                link.end(ended.clone());
                return Promise::err(ended.into());
            }
        }
        Promise::from_future(async move {
            let received = match future::select(pin!(link.receive()), pin!(link.closed())).await {
                Either::Left((received, _)) => received,
                Either::Right((ended, _)) => Err(ended),
            };
            match received {
                Ok(Some(message)) => Ok(Some(Box::new(message) as _)),
                Ok(None) => {
                    link.end(Ended::Peer);
                    Ok(None)
                }
                Err(ended) => {
                    link.end(ended.clone());
                    Err(ended.into())
                }
            }
        })
    }

    fn shutdown(&mut self, result: capnp::Result<()>) -> Promise<(), Error> {
        // Unless it is known already, it is what capnp-rpc found in a message.
        if let Err(error) = &result {
            self.0.end(Ended::of(error));
        }
        self.0.outlet.finish(result);
        Promise::ok(())
    }
}

/// A message that is being made.
pub(super) struct Outgoing {
    message: Builder<HeapAllocator>,
    link: Rc<Link>,
}

impl Outgoing {
    pub(super) fn new(link: &Rc<Link>, words: u32) -> Self {
        Self {
            message: message_of(words),
            link: link.clone(),
        }
    }
}

impl OutgoingMessage for Outgoing {
    fn get_body(&mut self) -> capnp::Result<any_pointer::Builder<'_>> {
        self.message.get_root()
    }

    fn get_body_as_reader(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.message.get_root_as_reader()
    }

    fn send(self: Box<Self>) -> (Promise<(), Error>, Rc<Builder<HeapAllocator>>) {
        let Self { message, link } = *self;
        if let Some(refused) = link.refuses(&message) {
            drop(message);
            return instead(&link, &refused);
        }
        let charge = link.note(&message);
        let message = Rc::new(message);
        link.outlet.send(message.clone(), charge.bytes(), charge);
        // What goes wrong ends the connection, and nobody waits for each.
        (Promise::ok(()), message)
    }

    fn take(self: Box<Self>) -> Builder<HeapAllocator> {
        self.message
    }

    fn size_in_words(&self) -> usize {
        self.message.size_in_words()
    }
}

/// Tells the client that there is no room for an answer. For capnp-rpc it was an empty one: calls of what
/// would have been in it fail.
fn instead(link: &Rc<Link>, refused: &Refused) -> (Promise<(), Error>, Rc<Builder<HeapAllocator>>) {
    let answer = |mut answer: return_::Builder<'_>| {
        answer.set_answer_id(refused.question);
        answer.set_release_param_caps(false);
        answer.set_no_finish_needed(refused.is_released);
    };
    link.tell(|message| {
        let mut told = message.init_return();
        answer(told.reborrow());
        let mut exception = told.init_exception();
        exception.set_type(exception::Type::Overloaded);
        exception.set_reason("too much of what this connection was answered is unread");
    });
    let mut empty = Builder::new_default();
    let mut kept = empty.init_root::<message::Builder<'_>>().init_return();
    answer(kept.reborrow());
    kept.init_results();
    (Promise::ok(()), Rc::new(empty))
}
