//! Calls, and streams, over one connection.

use std::{hint, pin::pin};

use anyhow::{Result, ensure};
use futures::{
    TryStreamExt,
    future::{Either, select, try_join_all},
};
use serde_json::{Value, json};
use teleop::{
    Remote,
    echo_capnp::echo,
    operate::dynamic::{Method, Request},
};

use crate::server::{COMMANDS, Serving, WORD};

/// Typed, one after the other.
pub(crate) fn echo(count: usize) -> Result<()> {
    attached(async |remote| one_after_the_other(&remote.service("echo"), count).await)
}

/// Typed, 64 at any time.
pub(crate) fn echo_64(count: usize) -> Result<()> {
    const IN_FLIGHT: usize = 64;

    attached(async |remote| {
        let echo = remote.service("echo");
        let slots = (0..IN_FLIGHT).map(|_| one_after_the_other(&echo, count / IN_FLIGHT));
        try_join_all(slots).await?;
        Ok(())
    })
}

/// By a schema that was asked for once, from JSON and back to it.
pub(crate) fn dynamic(count: usize) -> Result<()> {
    attached(async |remote| {
        let echo: echo::Client = remote.service("echo");
        let method = remote.describe("echo").await?.method("echo");
        let method: Method = method.expect("the service `echo` has it");
        for _ in 0..count {
            let arguments = json!({ "message": WORD });
            let request = Request::new(&echo.client, &method, &arguments, &[])?;
            let response = request.send().response().await?;
            let reply: Value = response.results()?.to_value()?;
            hint::black_box(reply);
        }
        Ok(())
    })
}

/// A function of the program, from JSON to JSON.
pub(crate) fn command(method: &str, count: usize) -> Result<()> {
    attached(async |remote| {
        for _ in 0..count {
            let arguments = json!({ "message": WORD });
            hint::black_box(remote.call(COMMANDS, method, arguments).await?);
        }
        Ok(())
    })
}

/// A stream of so many.
pub(crate) fn items(count: usize) -> Result<()> {
    let mut came = 0;
    attached(async |remote| {
        let items = remote.stream(COMMANDS, "items", json!({ "items": count }));
        let counted = items.try_fold(0, async |came, _| Ok(came + 1));
        came = counted.await?;
        Ok(())
    })?;
    ensure!(came == count, "{came} of {count} items came");
    Ok(())
}

/// Has the second thread as the other side; beyond that as `teleop::attach` has it.
fn attached(operate: impl AsyncFnOnce(Remote) -> teleop::Result<()>) -> Result<()> {
    let (serving, stream) = Serving::start()?;
    let (remote, connection) = Remote::over(stream);
    teleop::block_on(async {
        match select(pin!(operate(remote)), connection).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right((_, operating)) => operating.await,
        }
    })?;
    serving.finish()
}

async fn one_after_the_other(echo: &echo::Client, count: usize) -> teleop::Result<()> {
    for _ in 0..count {
        let mut request = echo.echo_request();
        request.get().set_message(WORD);
        let response = request.send().promise.await?;
        let reply = response.get()?.get_reply()?;
        hint::black_box(reply.to_string().map_err(teleop::capnp::Error::from)?);
    }
    Ok(())
}
