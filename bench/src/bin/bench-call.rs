//! `bench-call PID ROUNDS IN_A_ROW WAY…`: has a word echoed in several ways, in turn, over one connection, and prints
//! a line for each round: how many nanoseconds a call in each of them took.
//!
//! Each way is gone so many times in a row: whoever has carried out a command looks for another for a moment.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{env, hint, time::Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use teleop::{
    Remote,
    echo_capnp::echo,
    operate::dynamic::{Method, Request},
};

const WORD: &str = "hi, and how are you?";

fn main() -> Result<()> {
    const USAGE: &str = "usage: bench-call PID ROUNDS IN_A_ROW WAY…";

    let mut arguments = env::args().skip(1);
    let mut number = || -> Result<u32> { Ok(arguments.next().context(USAGE)?.parse()?) };
    let (pid, rounds, in_a_row) = (number()?, number()?, number()?);
    let ways = arguments.map(|way| Way::named(&way));
    let ways: Vec<Way> = ways.collect::<Result<_>>()?;
    teleop::block_on(teleop::attach(pid, async |remote| {
        let callee = Callee::new(remote).await?;
        let mut took = vec![0; ways.len()];
        for round in 0..rounds as usize {
            // Each goes first once, so that none always follows the same other.
            for way in (0..ways.len()).map(|way| (way + round) % ways.len()) {
                let begin = Instant::now();
                for _ in 0..in_a_row {
                    callee.call(ways[way]).await?;
                }
                took[way] = (begin.elapsed() / in_a_row).as_nanos();
            }
            let took: Vec<String> = took.iter().map(u128::to_string).collect();
            println!("{}", took.join(" "));
        }
        Ok(())
    }))?;
    Ok(())
}

/// How it is called.
#[derive(Clone, Copy)]
enum Way {
    /// By the code that was generated from the schema.
    Typed,
    /// By the schema that the process has told once: from JSON, and back to it.
    Dynamic,
    /// By names, from JSON to JSON.
    Named,
    /// A command, on the pool.
    Sync,
    /// A command, on the thread of Teleop.
    Async,
}

impl Way {
    fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "typed" => Self::Typed,
            "dynamic" => Self::Dynamic,
            "named" => Self::Named,
            "sync" => Self::Sync,
            "async" => Self::Async,
            other => bail!("no way `{other}`"),
        })
    }
}

struct Callee {
    remote: Remote,
    echo: echo::Client,
    method: Method,
}

impl Callee {
    async fn new(remote: Remote) -> teleop::Result<Self> {
        let method = remote.describe("echo").await?.method("echo");
        Ok(Self {
            echo: remote.service("echo"),
            method: method.expect("the service `echo` has it"),
            remote,
        })
    }

    async fn call(&self, way: Way) -> teleop::Result<()> {
        match way {
            Way::Typed => self.typed().await,
            Way::Dynamic => self.dynamic().await,
            Way::Named => self.named("echo", "echo").await,
            Way::Sync => self.named("same", "sync").await,
            Way::Async => self.named("same", "async").await,
        }
    }

    async fn typed(&self) -> teleop::Result<()> {
        let mut request = self.echo.echo_request();
        request.get().set_message(WORD);
        let response = request.send().promise.await?;
        let reply = response.get()?.get_reply()?;
        hint::black_box(reply.to_string().map_err(teleop::capnp::Error::from)?);
        Ok(())
    }

    async fn dynamic(&self) -> teleop::Result<()> {
        let arguments = json!({ "message": WORD });
        let request = Request::new(&self.echo.client, &self.method, &arguments, &[])?;
        let response = request.send().response().await?;
        let reply: Value = response.results()?.to_value()?;
        hint::black_box(reply);
        Ok(())
    }

    async fn named(&self, service: &str, method: &str) -> teleop::Result<()> {
        let arguments = json!({ "message": WORD });
        hint::black_box(self.remote.call(service, method, arguments).await?);
        Ok(())
    }
}
