//! [`Serving`]: the server's side of one connection, on a thread of its own.
//!
//! Without the handshake, which takes pidfd_open(2): the valgrind of Debian 12 does not know it.

use std::{
    ffi::OsStr,
    iter,
    rc::Rc,
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, Result};
use async_executor::LocalExecutor;
use serde::{Deserialize, Serialize};
use teleop::{
    Answer, Config, Limits, Services,
    channel::{Listener, Stream},
    directory::Directory,
    echo_capnp::echo,
    operate::capnp::{About, Host},
};
use tempfile::TempDir;

/// What the commands belong to: `same.echo`.
pub(crate) const COMMANDS: &str = "same";
/// 16 bytes.
pub(crate) const WORD: &str = "hi, how are you?";

/// Ends when the connection does.
pub(crate) struct Serving {
    thread: JoinHandle<Result<()>>,
    _place: TempDir,
}

impl Serving {
    /// Begins, and is connected.
    pub(crate) fn start() -> Result<(Self, Stream)> {
        let place = tempfile::tempdir()?;
        let directory = Directory::open(place.path())?;
        let name = OsStr::new("socket");
        let listener = Listener::bind(&directory, name)?;
        let thread = thread::spawn(move || serve(&listener));
        let stream = Stream::connect(&directory, name)?;
        let serving = Self {
            thread,
            _place: place,
        };
        Ok((serving, stream))
    }

    pub(crate) fn finish(self) -> Result<()> {
        let ended = self.thread.join();
        ended.ok().context("the server panicked")?
    }
}

/// One for clients that are run step by step: it waits for them as long as it takes.
pub(crate) fn patient() -> Config {
    let long = Duration::from_secs(600);
    let limits = Limits::new().first_request(long).idle(long);
    Config::new().linger(long).limits(limits)
}

/// As a server does it: each connection is a task of its own.
fn serve(listener: &Listener) -> Result<()> {
    teleop::block_on(async {
        let host = Host::new(About::default(), services(), Limits::new());
        let executor = LocalExecutor::new();
        let stream = listener.accept().await?;
        let serving = executor.spawn(async move {
            // It ends as the client goes.
            let _ = host.serve(stream).await;
        });
        executor.run(serving).await;
        Ok(())
    })
}

fn services() -> Services {
    let mut services = Services::default();
    services
        .offer("echo", || -> echo::Client { teleop::new_client(Echo) })
        .schema(teleop_schema::ECHO);
    services.command("same.echo", |message: Message| Answer::Ok(message));
    services.command_async("same.later", async |message: Message| Answer::Ok(message));
    services.command_iter("same.items", |Amount { items }| {
        Answer::Ok(iter::repeat_n(WORD, items))
    });
    services
}

#[derive(Deserialize, Serialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct Amount {
    items: usize,
}

/// As every process has it, where it is not one's own.
struct Echo;

impl echo::Server for Echo {
    async fn echo(
        self: Rc<Self>,
        params: echo::EchoParams,
        mut results: echo::EchoResults,
    ) -> capnp::Result<()> {
        results.get().set_reply(params.get()?.get_message()?);
        Ok(())
    }
}
