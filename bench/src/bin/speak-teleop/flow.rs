//! [`Source`] and [`Count`]: the two ends of a stream.

use std::{cell::Cell, rc::Rc};

use self::generated::flow_capnp::{flow, sink};

#[allow(
    clippy::all,
    clippy::semicolon_if_nothing_returned,
    clippy::unwrap_used,
    dead_code,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub
)]
pub(crate) mod generated {
    capnp::generated_code!(pub mod flow_capnp);
}

/// The schema, compiled.
pub(crate) const FLOW: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flow.cgr"));

/// Sends items, and offers a sink for them.
pub(crate) struct Source;

impl flow::Server for Source {
    async fn receive(
        self: Rc<Self>,
        params: flow::ReceiveParams,
        _: flow::ReceiveResults,
    ) -> capnp::Result<()> {
        let params = params.get()?;
        let text = "x".repeat(params.get_bytes() as usize);
        send(params.get_items(), &text, &params.get_sink()?).await
    }

    async fn send(
        self: Rc<Self>,
        _: flow::SendParams,
        mut results: flow::SendResults,
    ) -> capnp::Result<()> {
        let sink = teleop::new_client(Count::default());
        results.get().set_sink(sink);
        Ok(())
    }
}

/// Sends so many items.
pub(crate) async fn send(items: u64, text: &str, sink: &sink::Client) -> capnp::Result<()> {
    for _ in 0..items {
        let mut request = sink.item_request();
        request.get().set_text(text);
        request.send().await?;
    }
    Ok(())
}

/// Counts what comes. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    items: Rc<Cell<usize>>,
    bytes: Rc<Cell<usize>>,
}

impl Count {
    /// How many items came, and how many bytes in them.
    pub(crate) fn came(&self) -> (usize, usize) {
        (self.items.get(), self.bytes.get())
    }
}

impl sink::Server for Count {
    async fn item(self: Rc<Self>, params: sink::ItemParams) -> capnp::Result<()> {
        let text = params.get()?.get_text()?.to_str()?;
        self.items.set(self.items.get() + 1);
        self.bytes.set(self.bytes.get() + text.len());
        Ok(())
    }

    async fn done(
        self: Rc<Self>,
        _: sink::DoneParams,
        mut results: sink::DoneResults,
    ) -> capnp::Result<()> {
        let (items, bytes) = self.came();
        results.get().set_items(items as u64);
        results.get().set_bytes(bytes as u64);
        Ok(())
    }
}
