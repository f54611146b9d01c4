//! A socket and nothing else, the floor of everything: `blocking`, on a thread for each connection; `smol`, on
//! one thread that drives the reactor of async-io; `reactor`, on one that drives Teleop's.
//!
//! A message has its length in front of it. Whoever echoes one has read all of it before; items of a stream are
//! written as many at a time as fit into a buffer.

mod client;
mod exchange;
mod frames;
mod items;
mod listen;
mod order;
mod server;

use std::{os::unix::net::UnixStream, path::Path};

use anyhow::{Result, bail};
use async_io::Async;
use futures::{executor, io::AllowStdIo};
use teleop::channel::Stream;
use teleop_bench_load::Role;

fn main() -> Result<()> {
    match Role::of_this_process()? {
        Role::Server { way, socket } => match &*way {
            "blocking" => server::serve_blocking(&socket),
            "smol" => async_io::block_on(server::serve(listen::Smol::bind(&socket)?)),
            "reactor" => teleop::block_on(server::serve(listen::Reactor::bind(&socket)?)),
            other => bail!("no way `{other}`"),
        },
        Role::Client { way, socket, .. } => match &*way {
            "blocking" => executor::block_on(client::call(|| blocking(&socket), Some(1))),
            "smol" => async_io::block_on(client::call(|| smol(&socket), None)),
            "reactor" => teleop::block_on(client::call(|| reactor(&socket), None)),
            other => bail!("no way `{other}`"),
        },
    }
}

fn blocking(socket: &Path) -> Result<AllowStdIo<UnixStream>> {
    Ok(AllowStdIo::new(UnixStream::connect(socket)?))
}

fn smol(socket: &Path) -> Result<Async<UnixStream>> {
    Ok(Async::new(UnixStream::connect(socket)?)?)
}

fn reactor(socket: &Path) -> Result<Stream> {
    let (directory, name) = listen::place(socket)?;
    Ok(Stream::connect(&directory, name)?)
}
