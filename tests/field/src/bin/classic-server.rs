//! A target of the field: it offers `echo` through crate `teleop` 0.4.1, as that crate's own example
//! does, until its standard input ends.
//!
//! Prints `PID: <pid>` once it waits for requests.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program")]

use std::{env, error::Error, io, pin::pin, process, thread};

use capnp_rpc_classic as capnp_rpc;
use classic::{
    attach::{
        attacher::{Attacher, DefaultAttacher, unix::UnixAttacher},
        listen,
    },
    operate::capnp::{
        TeleopServer,
        echo::{EchoServer, echo_capnp},
        run_server_connection, teleop_capnp,
    },
};
use futures::{AsyncReadExt, StreamExt, executor::LocalPool, poll, task::LocalSpawnExt};

fn main() -> Result<(), Box<dyn Error>> {
    let serve = match env::args().nth(1).as_deref() {
        None => serve::<DefaultAttacher>,
        Some("unix") => serve::<UnixAttacher>,
        Some(other) => return Err(format!("no attacher `{other}`").into()),
    };
    // Beside a main thread with work of its own, so that it compares with programs that embed ours.
    thread::spawn(move || {
        if let Err(error) = serve() {
            eprintln!("{error}");
            process::exit(1);
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn serve<A: Attacher>() -> Result<(), Box<dyn Error>> {
    let mut executor = LocalPool::new();
    let spawner = executor.spawner();
    executor.run_until(async {
        let mut server = TeleopServer::new();
        server.register_service::<echo_capnp::echo::Client, _, _>("echo", || EchoServer);
        let server: teleop_capnp::teleop::Client = capnp_rpc::new_client(server);

        let mut connections = pin!(listen::<A>());
        // It waits for requests from its first poll on, not before.
        assert!(poll!(connections.next()).is_pending());
        println!("PID: {}", process::id());

        while let Some(connection) = connections.next().await {
            let (stream, _address) = connection?;
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
