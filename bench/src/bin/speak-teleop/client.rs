//! The client.

use std::{cell::RefCell, future::poll_fn, hint, pin::pin, task::Poll};

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream::FuturesUnordered};
use serde_json::json;
use teleop::{Attach, Remote, echo_capnp::echo};
use teleop_bench_load::{Connection, obey};

use crate::{
    by_schema::BySchema,
    flow::{Count, generated::flow_capnp::flow, send},
};

pub(crate) fn call(way: &str, pid: u32) -> Result<()> {
    let driven = RefCell::new(FuturesUnordered::new());
    let connect = async || {
        let (remote, connection) = Attach::new().connect(pid).await?;
        driven.borrow_mut().push(connection);
        Caller::new(way, remote).await
    };
    // Beside each other, as `teleop::attach` has it with one connection.
    let mut obeying = pin!(obey(connect));
    teleop::block_on(poll_fn(|cx| {
        if let Poll::Ready(outcome) = obeying.as_mut().poll(cx) {
            return Poll::Ready(outcome);
        }
        // A connection that ends fails its calls, which say why.
        while let Poll::Ready(Some(_)) = driven.borrow_mut().poll_next_unpin(cx) {}
        Poll::Pending
    }))
}

/// Who calls, in one of the ways.
enum Caller {
    Typed(echo::Client, flow::Client),
    Dynamic(BySchema),
    Command {
        remote: Remote,
        echo: &'static str,
        items: &'static str,
    },
}

/// The service that is made of commands.
const COMMANDS: &str = "bench";

impl Caller {
    async fn new(way: &str, remote: Remote) -> Result<Self> {
        Ok(match way {
            "typed" => Self::Typed(remote.service("echo"), remote.service("flow")),
            "dynamic" => Self::Dynamic(BySchema::new(remote).await?),
            "command" => Self::Command {
                remote,
                echo: "echo",
                items: "items",
            },
            "async command" => Self::Command {
                remote,
                echo: "later",
                items: "laterItems",
            },
            other => bail!("no way `{other}`"),
        })
    }
}

impl Connection for Caller {
    async fn echo(&self, message: &str) -> Result<usize> {
        let reply = match self {
            Self::Typed(echo, _) => {
                let mut request = echo.echo_request();
                request.get().set_message(message);
                let response = request.send().promise.await?;
                return Ok(response.get()?.get_reply()?.to_str()?.len());
            }
            Self::Dynamic(caller) => caller.echo(message).await?,
            Self::Command { remote, echo, .. } => {
                let arguments = json!({ "message": message });
                let mut result = remote.call(COMMANDS, echo, arguments).await?;
                result["message"].take()
            }
        };
        Ok(hint::black_box(reply).as_str().map_or(0, str::len))
    }

    async fn receive(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        match self {
            Self::Typed(_, flow) => {
                let count = Count::default();
                let mut request = flow.receive_request();
                request.get().set_items(items as u64);
                request.get().set_bytes(bytes as u32);
                request.get().set_sink(teleop::new_client(count.clone()));
                request.send().promise.await?;
                Ok(count.came())
            }
            Self::Dynamic(caller) => caller.receive(items, bytes).await,
            Self::Command {
                remote,
                items: method,
                ..
            } => {
                let arguments = json!({ "items": items, "bytes": bytes });
                let items = remote.stream(COMMANDS, method, arguments);
                let came = items.try_fold((0, 0), async |came, item| {
                    Ok((came.0 + 1, came.1 + item.as_str().map_or(0, str::len)))
                });
                Ok(came.await?)
            }
        }
    }

    async fn send(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let flow = match self {
            Self::Typed(_, flow) => flow,
            Self::Dynamic(caller) => return caller.send(items, bytes).await,
            Self::Command { .. } => bail!("no streams from the client"),
        };
        let response = flow.send_request().send().promise.await?;
        let sink = response.get()?.get_sink()?;
        send(items as u64, &"x".repeat(bytes), &sink).await?;
        let done = sink.done_request().send().promise.await?;
        let done = done.get()?;
        Ok((done.get_items() as usize, done.get_bytes() as usize))
    }
}
