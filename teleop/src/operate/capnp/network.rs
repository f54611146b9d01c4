//! [`Network`]: a connection with a server, as capnp-rpc wants it.

use std::{cell::RefCell, rc::Rc};

use capnp::{
    Error, ErrorKind, any_pointer,
    capability::Promise,
    message::{Builder, HeapAllocator},
};
use capnp_rpc::{
    Connection, IncomingMessage, OutgoingMessage, VatNetwork, rpc_capnp::message,
    rpc_twoparty_capnp::Side,
};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, future};

use super::{
    budget::{Account, Budget, Charge},
    ended::Ended,
    intake::{Intake, Message, Read},
    outlet::{Outlet, message_of},
    suspect::Suspect,
};

/// A longer answer ends the connection before it is read, in bytes.
const MOST: usize = 64 << 20;
/// While so much of what the server was answered is unread, nothing more of it is read, in bytes. What it is asked
/// does not count: both sides might wait for each other.
const MOST_UNREAD: usize = 1 << 20;

/// The network of a client and one server.
///
/// That of capnp-rpc takes a system call for each part of each message, and prints to the standard output
/// what goes wrong as a connection is shut down.
pub(super) struct Network {
    connection: Option<Box<dyn Connection<Side>>>,
    writing: Option<Promise<(), Error>>,
}

impl Network {
    pub(super) fn new(stream: impl AsyncRead + AsyncWrite + 'static) -> Box<Self> {
        let (input, output) = stream.split();
        let outlet = Outlet::new();
        let input = Rc::new(RefCell::new(Some(Intake::new(input, MOST))));
        let (writing, open) = (outlet.clone().write(output), Open(input.clone()));
        let outgoing = outlet.clone();
        Box::new(Self {
            writing: Some(Promise::from_future(async move {
                let _open = open;
                match writing.await {
                    // The server has closed it: what it has answered before is read first, up to where that ends.
                    Err(error) if error.kind == ErrorKind::Disconnected => {
                        outgoing.finished().await
                    }
                    written => written,
                }
            })),
            connection: Some(Box::new(Link {
                input,
                server: Rc::default(),
                account: Account::new(&Budget::new(usize::MAX)),
                answers: Account::new(&Budget::new(usize::MAX)),
                outlet,
            })),
        })
    }
}

impl VatNetwork<Side> for Network {
    fn connect(&mut self, _: Side) -> Option<Box<dyn Connection<Side>>> {
        self.connection.take()
    }

    /// A server asks for nothing of its own accord.
    fn accept(&mut self) -> Promise<Box<dyn Connection<Side>>, Error> {
        Promise::from_future(future::pending())
    }

    fn drive_until_shutdown(&mut self) -> Promise<(), Error> {
        let writing = self.writing.take();
        writing.unwrap_or_else(|| Promise::from_future(future::pending()))
    }
}

/// What is read from; away while a message is waited for.
type Input = Rc<RefCell<Option<Intake>>>;

/// Dropped, it closes the connection, which calls in flight keep.
struct Open(Input);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.take();
    }
}

/// The connection.
struct Link {
    input: Input,
    /// What is thought of the server.
    server: Rc<RefCell<Suspect>>,
    /// It is not bounded: what is asked for is wanted.
    account: Rc<Account>,
    /// What the server was answered and has not read.
    answers: Rc<Account>,
    outlet: Rc<Outlet<Option<Charge>>>,
}

impl Connection<Side> for Link {
    fn get_peer_vat_id(&self) -> Side {
        Side::Server
    }

    fn new_outgoing_message(&mut self, words: u32) -> Box<dyn OutgoingMessage> {
        Box::new(Outgoing {
            message: message_of(words),
            answers: self.answers.clone(),
            outlet: self.outlet.clone(),
        })
    }

    fn receive_incoming_message(&mut self) -> Promise<Option<Box<dyn IncomingMessage>>, Error> {
        // At once: it is dropped with what waits for the message.
        let Some(mut intake) = self.input.take() else {
            return Promise::err(Error::disconnected("it was closed".to_owned()));
        };
        if self.answers.held() <= MOST_UNREAD {
            if let Some(message) = intake.next_at_once(&self.account) {
                self.input.replace(Some(intake));
                return match self.server.borrow_mut().check(&message) {
                    Ok(()) => Promise::ok(Some(Box::new(message))),
                    Err(ended) => Promise::err(ended.into()),
                };
            }
        }
        let (input, server) = (self.input.clone(), self.server.clone());
        let (account, answers) = (self.account.clone(), self.answers.clone());
        let outlet = self.outlet.clone();
        Promise::from_future(async move {
            let most = || match answers.held() <= MOST_UNREAD {
                true => usize::MAX,
                false => 0,
            };
            outlet.read_down_to(most).await;
            let message = next(&mut intake, &account).await?;
            input.replace(Some(intake));
            let Some(message) = message else {
                return Ok(None);
            };
            server.borrow_mut().check(&message)?;
            Ok(Some(Box::new(message) as _))
        })
    }

    fn shutdown(&mut self, result: capnp::Result<()>) -> Promise<(), Error> {
        self.outlet.finish(result);
        Promise::ok(())
    }
}

/// The next message; `None` where the server has closed the connection.
async fn next(intake: &mut Intake, account: &Rc<Account>) -> Result<Option<Message>, Ended> {
    if !intake.begins().await? {
        return Ok(None);
    }
    if let Some(message) = intake.next_at_once(account) {
        return Ok(Some(message));
    }
    match intake.next(account).await? {
        Read::Message(message) => Ok(Some(message)),
        Read::Skipped(_) => Err(Ended::NoRoom),
    }
}

/// A message that is being made.
struct Outgoing {
    message: Builder<HeapAllocator>,
    answers: Rc<Account>,
    outlet: Rc<Outlet<Option<Charge>>>,
}

impl Outgoing {
    /// Whether it is here because the server has said something.
    fn is_answer(&self) -> bool {
        use message::{Bootstrap, Call, Finish, Resolve};

        let said = self.message.get_root_as_reader::<message::Reader<'_>>();
        let is_asked = |said: message::Reader<'_>| {
            let which = said.which();
            matches!(which, Ok(Call(_) | Bootstrap(_) | Finish(_) | Resolve(_)))
        };
        // Also what nobody here knows is answered: with a copy of it.
        !said.is_ok_and(is_asked)
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
        let bytes = self.size_in_words() * size_of::<capnp::Word>();
        let charge = self.is_answer().then(|| self.answers.charge(bytes));
        let message = Rc::new(self.message);
        self.outlet.send(message.clone(), bytes, charge);
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

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        io,
        pin::Pin,
        task::{Context, Poll},
    };

    use async_io::block_on;
    use futures::{FutureExt, io::Cursor};

    use super::*;

    #[test]
    fn a_message_that_is_cut_off_is_a_connection_that_is_closed() {
        let mut network = Network::new(Cursor::new(vec![0; 4]));
        let mut connection = network.connect(Side::Server).unwrap();
        let error = block_on(connection.receive_incoming_message()).err();
        assert_eq!(error.unwrap().kind, ErrorKind::Disconnected);
    }

    fn said(say: impl Fn(message::Builder<'_>)) -> Vec<u8> {
        let mut message = message_of(1);
        say(message.init_root());
        capnp::serialize::write_message_to_words(&message)
    }

    /// How many messages are read before the connection ends with an error.
    fn read_of(said: Vec<u8>) -> usize {
        let mut network = Network::new(Cursor::new(said));
        let mut connection = network.connect(Side::Server).unwrap();
        let mut read = 0;
        while let Ok(Some(_)) = block_on(connection.receive_incoming_message()) {
            read += 1;
        }
        read
    }

    #[test]
    fn a_server_that_asks_and_finishes_nothing_is_let_go() {
        let ask = |question| said(|message| message.init_bootstrap().set_question_id(question));
        let finish = |question| said(|message| message.init_finish().set_question_id(question));
        let many = 0..10_000;
        let unfinished = many.clone().flat_map(ask).collect();
        assert_eq!(read_of(unfinished), 1 << 13);
        let finished = many.flat_map(|question| [ask(question), finish(question)].concat());
        assert_eq!(read_of(finished.collect()), 20_000);
    }

    /// A server that has said something, and does with what it is told what it is to do. Of what it said is known how
    /// much was read, and for as long as that is held it is open.
    struct Server {
        said: Cursor<Vec<u8>>,
        read: Rc<Cell<usize>>,
        write: fn(usize) -> Poll<io::Result<usize>>,
    }

    impl Server {
        fn new(said: Vec<u8>, write: fn(usize) -> Poll<io::Result<usize>>) -> Self {
            Self {
                said: Cursor::new(said),
                read: Rc::default(),
                write,
            }
        }
    }

    impl AsyncRead for Server {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            into: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let read = Pin::new(&mut self.said).poll_read(cx, into);
            if let Poll::Ready(Ok(count)) = read {
                self.read.set(self.read.get() + count);
            }
            read
        }
    }

    impl AsyncWrite for Server {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            (self.write)(bytes.len())
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn what_a_server_said_before_it_closed_the_connection_is_read() {
        let said = said(|message| message.init_release().set_id(1));
        let mut network = Network::new(Server::new(said, |_| {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }));
        let mut writing = network.drive_until_shutdown();
        let mut connection = network.connect(Side::Server).unwrap();
        let mut asked = connection.new_outgoing_message(1);
        let body = asked.get_body().unwrap();
        body.init_as::<message::Builder<'_>>().init_bootstrap();
        drop(asked.send());
        // It cannot be written, and that is not the end.
        assert!((&mut writing).now_or_never().is_none());
        let mut receive = || connection.receive_incoming_message().now_or_never();
        assert!(receive().unwrap().unwrap().is_some());
        assert!(receive().unwrap().unwrap().is_none());
        drop(connection.shutdown(Ok(())));
        assert!(matches!(writing.now_or_never(), Some(Ok(()))));
    }

    #[test]
    fn a_server_that_says_what_nobody_knows_and_reads_no_answer_is_not_read_on() {
        let text = "x".repeat(MOST_UNREAD / 4);
        let odd = said(|message| message.init_obsolete_save().set_as(&*text).unwrap());
        let server = Server::new(odd.repeat(32), |_| Poll::Pending);
        let read = server.read.clone();
        let (_remote, mut connection) = crate::Remote::over(server);
        for _ in 0..1000 {
            assert!((&mut connection).now_or_never().is_none());
        }
        let read = read.get();
        assert!(
            (MOST_UNREAD..2 * MOST_UNREAD).contains(&read),
            "{read} bytes"
        );
    }

    #[test]
    fn what_is_dropped_is_closed_though_there_is_more_to_be_read_and_calls_keep_it() {
        let said = said(|message| message.init_release().set_id(1)).repeat(3);
        let server = Server::new(said, |count| Poll::Ready(Ok(count)));
        let open = server.read.clone();
        let mut network = Network::new(server);
        let mut writing = network.drive_until_shutdown();
        assert!((&mut writing).now_or_never().is_none());
        let mut kept = network.connect(Side::Server).unwrap();
        // The first is waited for, and the next one is there at once.
        for _ in 0..2 {
            let received = kept.receive_incoming_message().now_or_never();
            assert!(received.unwrap().unwrap().is_some());
        }
        drop((network, writing));
        assert_eq!(Rc::strong_count(&open), 1);
    }
}
