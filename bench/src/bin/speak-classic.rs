//! Crate `teleop` 0.4.1, as that crate's own example has it: on an executor of the crate `futures`, beside the
//! thread of the reactor.

use std::{error::Error, pin::pin, process, thread};

use anyhow::{Result, anyhow};
use capnp_rpc_classic as capnp_rpc;
use classic::{
    attach::{attacher::DefaultAttacher, connect, listen},
    operate::capnp::{
        TeleopServer, client_connection,
        echo::{EchoServer, echo_capnp},
        run_server_connection, teleop_capnp,
    },
};
use futures::{AsyncReadExt, FutureExt, StreamExt, executor::LocalPool, poll, task::LocalSpawnExt};
use teleop_bench_load::{Connection, Role, attend, obey};

fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { .. } => serve(),
        Role::Client { pid, .. } => call(pid),
    }
}

fn serve() -> Result<()> {
    let mut executor = LocalPool::new();
    let spawner = executor.spawner();
    executor.run_until(async {
        let mut server = TeleopServer::new();
        server.register_service::<echo_capnp::echo::Client, _, _>("echo", || EchoServer);
        let server: teleop_capnp::teleop::Client = capnp_rpc::new_client(server);

        let mut connections = pin!(listen::<DefaultAttacher>());
        // It waits for requests from its first poll on, not before.
        assert!(poll!(connections.next()).is_pending());
        thread::spawn(|| {
            // Without whoever started it, there is nothing left to do.
            let _ = attend();
            process::exit(0);
        });

        while let Some(connection) = connections.next().await {
            let (stream, _address) = connection.map_err(told)?;
            let root = server.client.hook.clone();
            spawner.spawn_local(async move {
                let (input, output) = stream.split();
                // A client that went away is no concern of the others.
                let _ = run_server_connection(input, output, root).await;
            })?;
        }
        Ok(())
    })
}

fn call(pid: u32) -> Result<()> {
    let mut executor = LocalPool::new();
    let spawner = executor.spawner();
    executor.run_until(obey(async || {
        let stream = connect::<DefaultAttacher>(pid).await.map_err(told)?;
        let (input, output) = stream.split();
        let (rpc, teleop) = client_connection(input, output).await;
        spawner.spawn_local(rpc.map(drop))?;

        let mut request = teleop.service_request();
        request.get().set_name("echo");
        let service = request.send().promise.await?;
        Ok(Caller(service.get()?.get_service().get_as()?))
    }))
}

/// Its errors cannot go from thread to thread.
fn told(error: Box<dyn Error>) -> anyhow::Error {
    anyhow!("{error}")
}

struct Caller(echo_capnp::echo::Client);

impl Connection for Caller {
    async fn echo(&self, message: &str) -> Result<usize> {
        let mut request = self.0.echo_request();
        request.get().set_message(message);
        let response = request.send().promise.await?;
        Ok(response.get()?.get_reply()?.to_str()?.len())
    }
}
