//! `bench-echo PID ROUNDS`: has a word echoed in three ways, in turn, over one connection, and prints
//! a line for each round: how many nanoseconds each of them took.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{env, error::Error, hint, time::Instant};

use serde_json::{Value, json};
use teleop::{
    Remote,
    echo_capnp::echo,
    operate::dynamic::{Method, Request},
};

const WORD: &str = "hi, and how are you?";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<u32> = env::args()
        .skip(1)
        .map(|it| it.parse())
        .collect::<Result<_, _>>()?;
    let &[pid, rounds] = &arguments[..] else {
        return Err("usage: bench-echo PID ROUNDS".into());
    };
    teleop::block_on(teleop::attach(pid, async |remote| {
        let echo: echo::Client = remote.service("echo");
        let method = remote.describe("echo").await?.method("echo");
        let method = method.expect("the service `echo` has it");
        for round in 0..rounds {
            let mut took = [0; 3];
            // Each goes first once, so that none always follows the same other.
            for way in 0..3 {
                let way = (way + round as usize) % 3;
                let begin = Instant::now();
                match way {
                    0 => typed(&echo).await?,
                    1 => dynamic(&echo, &method).await?,
                    _ => named(&remote).await?,
                }
                took[way] = begin.elapsed().as_nanos();
            }
            println!("{} {} {}", took[0], took[1], took[2]);
        }
        Ok(())
    }))?;
    Ok(())
}

/// By the code that was generated from the schema.
async fn typed(echo: &echo::Client) -> teleop::Result<()> {
    let mut request = echo.echo_request();
    request.get().set_message(WORD);
    let response = request.send().promise.await?;
    let reply = response.get()?.get_reply()?;
    hint::black_box(reply.to_string().map_err(teleop::capnp::Error::from)?);
    Ok(())
}

/// By the schema that the process has told once: from JSON, and back to it.
async fn dynamic(echo: &echo::Client, method: &Method) -> teleop::Result<()> {
    let arguments = json!({ "message": WORD });
    let request = Request::new(&echo.client, method, &arguments, &[])?;
    let response = request.send().response().await?;
    let reply: Value = response.results()?.to_value()?;
    hint::black_box(reply);
    Ok(())
}

/// By names alone: the process is asked for the schema each time.
async fn named(remote: &Remote) -> teleop::Result<()> {
    let reply = remote
        .call("echo", "echo", json!({ "message": WORD }))
        .await?;
    hint::black_box(reply);
    Ok(())
}
