//! The server.

use std::iter;

use anyhow::Result;
use futures::stream;
use serde::{Deserialize, Serialize};
use teleop::{Answer, Config, Limits};
use teleop_bench_load::attend;

use crate::flow::{FLOW, Source, generated::flow_capnp::flow};

#[derive(Deserialize, Serialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct Amount {
    items: usize,
    bytes: usize,
}

pub(crate) fn serve(way: &str) -> Result<()> {
    if way == "alone" {
        return Ok(attend()?);
    }
    let _teleop = Config::new().limits(limits()).spawn(|services| {
        services.command("bench.echo", |message: Message| Answer::Ok(message));
        services.command_async("bench.later", async |message: Message| Answer::Ok(message));
        services.command_iter("bench.items", |Amount { items, bytes }| {
            Answer::Ok(iter::repeat_n("x".repeat(bytes), items))
        });
        services.command_stream("bench.laterItems", |Amount { items, bytes }| {
            Answer::Ok(stream::iter(iter::repeat_n("x".repeat(bytes), items)))
        });
        services
            .offer("flow", || -> flow::Client { teleop::new_client(Source) })
            .schema(FLOW);
    })?;
    attend()?;
    Ok(())
}

/// Room for 64 messages of a mebibyte. A message of exactly the largest size does not fit, as there is something
/// around it.
fn limits() -> Limits {
    Limits::new()
        .request_bytes(2 << 20)
        .call_bytes(256 << 20)
        .unread_bytes(256 << 20)
        .total_bytes(512 << 20)
}
