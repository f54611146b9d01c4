//! Varlink, by zlink on a runtime of tokio with one thread.

#![expect(missing_docs, reason = "what a macro of zlink makes has none")]

use std::{path::Path, process, thread};

use anyhow::{Context, Result, bail};
use futures::{Stream, StreamExt, lock::Mutex, pin_mut, stream};
use serde::{Deserialize, Serialize};
use teleop_bench_load::{Connection, Role, attend, obey};
use zlink::{
    Reply, ReplyError, Server, introspect, proxy, service,
    tokio::unix::{self, Stream as Socket},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { socket, .. } => serve(&socket).await,
        Role::Client { socket, .. } => {
            obey(async || Ok(Caller(Mutex::new(unix::connect(&socket).await?)))).await
        }
    }
}

#[derive(Debug, Serialize, Deserialize, introspect::Type)]
struct Message {
    message: String,
}

/// Nothing fails.
#[derive(Debug, PartialEq, ReplyError, introspect::ReplyError)]
#[zlink(interface = "org.example.Echo")]
enum Failure {
    Never,
}

struct Echo;

#[service(interface = "org.example.Echo")]
impl Echo {
    async fn echo(&mut self, message: String) -> Message {
        Message { message }
    }

    #[zlink(more)]
    async fn send(
        &mut self,
        _more: bool,
        items: u64,
        bytes: u64,
    ) -> impl Stream<Item = Reply<Message>> + Unpin {
        let message = "x".repeat(bytes as usize);
        stream::iter((1..=items).map(move |item| {
            let message = message.clone();
            Reply::new(Some(Message { message })).set_continues(Some(item < items))
        }))
    }
}

#[proxy("org.example.Echo")]
trait EchoProxy {
    async fn echo(&mut self, message: &str) -> zlink::Result<Result<Message, Failure>>;

    #[zlink(more)]
    async fn send(
        &mut self,
        items: u64,
        bytes: u64,
    ) -> zlink::Result<impl Stream<Item = zlink::Result<Result<Message, Failure>>>>;
}

async fn serve(socket: &Path) -> Result<()> {
    let listener = unix::bind(socket)?;
    thread::spawn(|| {
        // Without whoever started it, there is nothing left to do.
        let _ = attend();
        process::exit(0);
    });
    Ok(Server::new(listener, Echo).run().await?)
}

struct Caller(Mutex<zlink::Connection<Socket>>);

impl Connection for Caller {
    async fn echo(&self, message: &str) -> Result<usize> {
        let Some(mut connection) = self.0.try_lock() else {
            bail!("one call at a time on a connection");
        };
        let reply = connection.echo(message).await?;
        Ok(reply.ok().context("it never fails")?.message.len())
    }

    async fn receive(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let mut connection = self.0.lock().await;
        let messages = connection.send(items as u64, bytes as u64).await?;
        pin_mut!(messages);
        let mut came = (0, 0);
        while let Some(message) = messages.next().await {
            let message = message?.ok().context("it never fails")?;
            came = (came.0 + 1, came.1 + message.message.len());
        }
        Ok(came)
    }
}
