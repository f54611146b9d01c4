//! A client of the field: `classic-client <PID> <MESSAGE>` attaches and calls `echo` through crate
//! `teleop` 0.4.1, as that crate's own example does, and prints the reply.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{env, error::Error};

use classic::{
    attach::{
        attacher::{Attacher, DefaultAttacher, unix::UnixAttacher},
        connect,
    },
    operate::capnp::{client_connection, echo::echo_capnp},
};
use futures::{AsyncReadExt, FutureExt, executor::LocalPool, task::LocalSpawnExt};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [pid, message] => call::<DefaultAttacher>(pid.parse()?, message),
        [pid, message, "unix"] => call::<UnixAttacher>(pid.parse()?, message),
        _ => Err("usage: classic-client <PID> <MESSAGE> [unix]".into()),
    }
}

fn call<A: Attacher>(pid: u32, message: &str) -> Result<(), Box<dyn Error>> {
    let mut executor = LocalPool::new();
    let spawner = executor.spawner();
    executor.run_until(async {
        let stream = connect::<A>(pid).await?;
        let (input, output) = stream.split();
        let (rpc, teleop) = client_connection(input, output).await;
        let disconnect = rpc.get_disconnector();
        spawner.spawn_local(rpc.map(drop))?;

        let mut request = teleop.service_request();
        request.get().set_name("echo");
        let service = request.send().promise.await?;
        let echo: echo_capnp::echo::Client = service.get()?.get_service().get_as()?;

        let mut request = echo.echo_request();
        request.get().set_message(message);
        let reply = request.send().promise.await?;
        println!("{}", reply.get()?.get_reply()?.to_str()?);

        disconnect.await?;
        Ok(())
    })
}
