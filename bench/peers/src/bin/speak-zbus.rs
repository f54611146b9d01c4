//! D-Bus from peer to peer, without a bus between, by zbus on a runtime of tokio with one thread. A stream is made
//! of signals.

use std::{path::Path, process, thread};

use anyhow::Result;
use futures::{StreamExt, future::try_join};
use teleop_bench_load::{Connection, Role, attend, obey};
use tokio::net::{UnixListener, UnixStream};
use zbus::{Guid, connection::Builder, fdo, object_server::SignalEmitter, proxy::CacheProperties};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { socket, .. } => serve(&socket).await,
        Role::Client { socket, .. } => {
            obey(async || {
                let stream = UnixStream::connect(&socket).await?.into_std()?;
                let connection = Builder::unix_stream(stream).p2p().build().await?;
                let proxy = EchoProxy::builder(&connection);
                let proxy = proxy.cache_properties(CacheProperties::No);
                Ok(Caller(proxy.build().await?))
            })
            .await
        }
    }
}

struct Echo;

#[zbus::interface(name = "org.example.Echo")]
impl Echo {
    fn echo(&self, message: String) -> String {
        message
    }

    /// Emits so many signals, and returns after the last.
    async fn send(
        &self,
        items: u64,
        bytes: u64,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        let text = "x".repeat(bytes as usize);
        for _ in 0..items {
            Self::item(&emitter, &text).await?;
        }
        Ok(())
    }

    #[zbus(signal)]
    async fn item(emitter: &SignalEmitter<'_>, text: &str) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.example.Echo",
    default_service = "org.example.Echo",
    default_path = "/org/example/Echo"
)]
trait Echo {
    fn echo(&self, message: &str) -> zbus::Result<String>;

    fn send(&self, items: u64, bytes: u64) -> zbus::Result<()>;

    #[zbus(signal)]
    fn item(&self, text: &str) -> zbus::Result<()>;
}

async fn serve(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket)?;
    thread::spawn(|| {
        // Without whoever started it, there is nothing left to do.
        let _ = attend();
        process::exit(0);
    });
    let guid = Guid::generate();
    loop {
        let (stream, _) = listener.accept().await?;
        let connection = Builder::unix_stream(stream.into_std()?)
            .server(guid.clone())
            .p2p()
            .serve_at("/org/example/Echo", Echo);
        tokio::spawn(async move {
            let connection = connection.build().await?;
            // It is served as long as this is there.
            connection.closed().await;
            zbus::Result::Ok(())
        });
    }
}

struct Caller(EchoProxy<'static>);

impl Connection for Caller {
    async fn echo(&self, message: &str) -> Result<usize> {
        Ok(self.0.echo(message).await?.len())
    }

    async fn receive(&self, items: usize, bytes: usize) -> Result<(usize, usize)> {
        let mut signals = self.0.receive_item().await?.take(items);
        let take = async {
            let mut came = (0, 0);
            while let Some(signal) = signals.next().await {
                came = (came.0 + 1, came.1 + signal.args()?.text.len());
            }
            zbus::Result::Ok(came)
        };
        let (came, ()) = try_join(take, self.0.send(items as u64, bytes as u64)).await?;
        Ok(came)
    }
}
