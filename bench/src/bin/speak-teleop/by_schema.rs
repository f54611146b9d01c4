//! [`BySchema`]: who calls by schemas that it met at run time, from JSON to JSON.

use anyhow::{Context, Result};
use futures::TryStreamExt;
use serde_json::{Value, json};
use teleop::{
    Remote,
    echo_capnp::echo,
    operate::dynamic::{Interface, Method, Request},
};

/// Who calls by schemas that it asked the process for, each once.
pub(crate) struct BySchema {
    remote: Remote,
    echo: (echo::Client, Method),
    send: Method,
}

impl BySchema {
    pub(crate) async fn new(remote: Remote) -> Result<Self> {
        Ok(Self {
            echo: (
                remote.service("echo"),
                method(&remote.describe("echo").await?, "echo")?,
            ),
            send: method(&remote.describe("flow").await?, "send")?,
            remote,
        })
    }

    pub(crate) async fn echo(&self, message: &str) -> Result<Value> {
        let arguments = json!({ "message": message });
        let (echo, method) = &self.echo;
        let request = Request::new(&echo.client, method, &arguments, &[])?;
        let response = request.send().response().await?;
        Ok(response.results()?.to_value()?["reply"].take())
    }

    pub(crate) async fn receive(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let arguments = json!({ "items": items, "bytes": bytes });
        let items = self.remote.stream("flow", "receive", arguments);
        let came = items.try_fold((0, 0), async |came, item| {
            Ok((
                came.0 + 1,
                came.1 + item["text"].as_str().map_or(0, str::len),
            ))
        });
        Ok(came.await?)
    }

    pub(crate) async fn send(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let request = self.remote.request("flow", &self.send, &json!({}), &[])?;
        let sink = request.send().response().await?.capability(None)?;
        let interface = sink.interface.context("its interface is in the schema")?;
        let (item, done) = (method(&interface, "item")?, method(&interface, "done")?);
        let text = "x".repeat(bytes);
        for _ in 0..items {
            let arguments = json!({ "text": text });
            Request::new(&sink.client, &item, &arguments, &[])?
                .stream()
                .await?;
        }
        let request = Request::new(&sink.client, &done, &json!({}), &[])?;
        let done = request.send().response().await?.results()?.to_value()?;
        Ok((number(&done["items"])?, number(&done["bytes"])?))
    }
}

fn method(interface: &Interface, name: &str) -> Result<Method> {
    let method = interface.method(name);
    method.with_context(|| format!("no method `{name}`"))
}

fn number(value: &Value) -> Result<usize> {
    let number = value.as_u64().context("no number")?;
    Ok(number as usize)
}
