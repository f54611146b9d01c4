//! The two-party network of capnp-rpc, kept from printing.

use capnp::{Error, ErrorKind, capability::Promise, message::ReaderOptions};
use capnp_rpc::{
    Connection, FlowController, IncomingMessage, OutgoingMessage, VatNetwork,
    rpc_twoparty_capnp::Side, twoparty,
};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite};

/// A network of two parties over a stream of bytes.
///
/// capnp-rpc prints to the standard output what goes wrong as a connection is shut down, and the
/// standard output belongs to the program. Nobody can act on it either: the connection is gone.
pub(super) struct Network(Box<dyn VatNetwork<Side>>);

impl Network {
    pub(super) fn new(
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        side: Side,
        options: ReaderOptions,
    ) -> Box<Self> {
        let (input, output) = stream.split();
        Box::new(Self(Box::new(twoparty::VatNetwork::new(
            input, output, side, options,
        ))))
    }
}

impl VatNetwork<Side> for Network {
    fn connect(&mut self, side: Side) -> Option<Box<dyn Connection<Side>>> {
        self.0.connect(side).map(quiet)
    }

    fn accept(&mut self) -> Promise<Box<dyn Connection<Side>>, Error> {
        let accepted = self.0.accept();
        Promise::from_future(async { accepted.await.map(quiet) })
    }

    fn drive_until_shutdown(&mut self) -> Promise<(), Error> {
        self.0.drive_until_shutdown()
    }
}

struct Quiet(Box<dyn Connection<Side>>);

fn quiet(connection: Box<dyn Connection<Side>>) -> Box<dyn Connection<Side>> {
    Box::new(Quiet(connection))
}

impl Connection<Side> for Quiet {
    fn get_peer_vat_id(&self) -> Side {
        self.0.get_peer_vat_id()
    }

    fn new_outgoing_message(&mut self, words: u32) -> Box<dyn OutgoingMessage> {
        self.0.new_outgoing_message(words)
    }

    fn receive_incoming_message(&mut self) -> Promise<Option<Box<dyn IncomingMessage>>, Error> {
        let message = self.0.receive_incoming_message();
        Promise::from_future(async {
            message.await.map_err(|error| match error.kind {
                // Who ends in the midst of a message is as gone as who ends between two.
                ErrorKind::PrematureEndOfFile => Error::disconnected(error.to_string()),
                _ => error,
            })
        })
    }

    fn new_stream(&mut self) -> (Box<dyn FlowController>, Promise<(), Error>) {
        self.0.new_stream()
    }

    fn shutdown(&mut self, result: capnp::Result<()>) -> Promise<(), Error> {
        let shutdown = self.0.shutdown(result);
        Promise::from_future(async {
            let _ = shutdown.await; // See above.
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use async_io::block_on;
    use futures::io::Cursor;

    use super::*;

    #[test]
    fn a_message_that_is_cut_off_is_a_connection_that_is_closed() {
        let stream = Cursor::new(vec![0; 4]);
        let mut network = Network::new(stream, Side::Client, ReaderOptions::new());
        let mut connection = network.connect(Side::Server).unwrap();
        let error = block_on(connection.receive_incoming_message()).err();
        assert_eq!(error.unwrap().kind, ErrorKind::Disconnected);
    }
}
