//! tarpc, with its codec of bincode, on a runtime of tokio with one thread.

use std::{future::ready, path::Path, process, thread};

use anyhow::Result;
use futures::StreamExt;
use tarpc::{
    client, context,
    serde_transport::unix,
    server::{BaseChannel, Channel},
    tokio_serde::formats::Bincode,
};
use teleop_bench_load::{Connection, Role, attend, obey};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { socket, .. } => serve(&socket).await,
        Role::Client { socket, .. } => {
            obey(async || {
                let transport = unix::connect(&socket, Bincode::default).await?;
                Ok(Caller(
                    EchoClient::new(client::Config::default(), transport).spawn(),
                ))
            })
            .await
        }
    }
}

#[tarpc::service]
trait Echo {
    async fn echo(message: String) -> String;
}

#[derive(Clone)]
struct Server;

impl Echo for Server {
    async fn echo(self, _: context::Context, message: String) -> String {
        message
    }
}

async fn serve(socket: &Path) -> Result<()> {
    let mut connections = unix::listen(socket, Bincode::default).await?;
    thread::spawn(|| {
        // Without whoever started it, there is nothing left to do.
        let _ = attend();
        process::exit(0);
    });
    while let Some(connection) = connections.next().await {
        let requests = BaseChannel::with_defaults(connection?).execute(Server.serve());
        tokio::spawn(requests.for_each(|answer| {
            tokio::spawn(answer);
            ready(())
        }));
    }
    Ok(())
}

struct Caller(EchoClient);

impl Connection for Caller {
    async fn echo(&self, message: &str) -> Result<usize> {
        let reply = self.0.echo(context::current(), message.to_owned()).await?;
        Ok(reply.len())
    }
}
