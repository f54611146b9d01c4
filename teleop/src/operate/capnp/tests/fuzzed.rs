//! [`fuzz`]: two clients of one host, who do and say whatever any bytes have them do.

use std::{
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use capnp::{message::ReaderOptions, serialize};
use futures::{FutureExt, future::LocalBoxFuture};

use super::{
    keeper::{self, Kept},
    script::{Script, Step},
    wire::Wire,
};
use crate::{
    operate::capnp::{About, Host, Limits, Services},
    services,
};

/// How often a connection may want to be polled. A byte of a message takes one at the most.
const MOST_POLLS: usize = 1 << 20;
/// What may be held beyond the limits, by each: what is refused is told.
const BESIDES: usize = 128 << 10;

/// A byte that says how much room there is, and bytes that say what the clients do: nothing panics, no more
/// is held than may be, and a connection ends when its client is gone, with nothing left of it.
pub fn fuzz(bytes: &[u8]) {
    let Some((setting, bytes)) = bytes.split_first() else {
        return;
    };
    let limits = limits(setting & 1 != 0);
    let most = limits.total_bytes + limits.call_bytes + 2 * BESIDES;
    let (host, kept) = host(limits);
    let piece = [usize::MAX, 1, 7, 1000][usize::from(setting >> 1) % 4];
    let mut clients = [(); 2].map(|()| Client::new(&host, piece));
    let mut script = Script::new(bytes);
    while let Some((which, step)) = script.step() {
        clients[which].take(step);
        assert!(host.held() <= most, "{} bytes are held", host.held());
    }
    for client in clients {
        client.leave();
    }
    assert_eq!(host.held(), 0, "something is left");
    // What connections hold for ever, holds the services.
    drop(kept.take());
    drop(host);
    assert_eq!(Rc::strong_count(&kept), 1, "a connection is not forgotten");
}

/// Time is no limit here: nobody waits.
fn limits(are_narrow: bool) -> Limits {
    let limits = Limits::new()
        .first_request(Duration::MAX)
        .idle(Duration::MAX);
    if are_narrow {
        limits
            .request_bytes(8 << 10)
            .calls(6)
            .call_bytes(24 << 10)
            .capabilities(6)
            .unread_bytes(4 << 10)
            .total_bytes(32 << 10)
    } else {
        limits
    }
}

fn host(limits: Limits) -> (Host, Kept) {
    let about = About::default();
    let mut offered = Services::default();
    services::offer(&mut offered, &about);
    let kept = keeper::offer(&mut offered);
    (Host::impatient(about, offered, limits), kept)
}

/// A client, and what serves it.
struct Client<'a> {
    wire: Wire,
    serving: Option<LocalBoxFuture<'a, capnp::Result<()>>>,
    woken: Arc<Woken>,
    polls: usize,
}

impl<'a> Client<'a> {
    fn new(host: &'a Host, piece: usize) -> Self {
        let wire = Wire::new(piece);
        Self {
            serving: Some(host.serve(wire.clone()).boxed_local()),
            wire,
            woken: Arc::new(Woken(AtomicBool::new(true))),
            polls: 0,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Say(bytes) => self.wire.say(&bytes),
            Step::Wait => self.drive(),
            Step::Hold => self.wire.hold(),
            Step::Read => self.wire.read(),
            Step::Leave => self.wire.close(),
        }
    }

    /// Serves it until there is nothing to be done.
    fn drive(&mut self) {
        let waker = Waker::from(self.woken.clone());
        let mut cx = Context::from_waker(&waker);
        while let Some(serving) = &mut self.serving {
            if !self.woken.0.swap(false, Ordering::SeqCst) {
                break;
            }
            self.polls += 1;
            assert!(self.polls < MOST_POLLS, "it does not come to rest");
            if Pin::new(serving).poll(&mut cx).is_ready() {
                self.serving = None;
            }
        }
    }

    fn leave(mut self) {
        self.wire.read();
        self.drive();
        self.wire.close();
        self.drive();
        assert!(self.serving.is_none(), "it goes on without a client");
        let heard = self.wire.heard();
        let mut heard = &heard[..];
        while !heard.is_empty() {
            serialize::read_message_from_flat_slice(&mut heard, ReaderOptions::new())
                .expect("what is said is said to its end");
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
