//! `bench-call PID ROUNDS`: has a word echoed by the service and by commands, in turn, over one
//! connection, and prints a line for each round: how many nanoseconds a call of each of them took.
//!
//! Each is called some times in a row: whoever has carried out a command looks for another for a moment.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{env, error::Error, hint, time::Instant};

use serde_json::json;
use teleop::{Remote, echo_capnp::echo};

const WORD: &str = "hi, and how are you?";
const IN_A_ROW: u32 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<u32> = env::args()
        .skip(1)
        .map(|it| it.parse())
        .collect::<Result<_, _>>()?;
    let &[pid, rounds] = &arguments[..] else {
        return Err("usage: bench-call PID ROUNDS".into());
    };
    teleop::block_on(teleop::attach(pid, async |remote| {
        let echo: echo::Client = remote.service("echo");
        for round in 0..rounds {
            let mut took = [0; 4];
            // Each goes first once, so that none always follows the same other.
            for way in 0..4 {
                let way = (way + round as usize) % 4;
                let begin = Instant::now();
                for _ in 0..IN_A_ROW {
                    match way {
                        0 => typed(&echo).await?,
                        1 => named(&remote, "echo", "echo").await?,
                        2 => named(&remote, "same", "sync").await?,
                        _ => named(&remote, "same", "async").await?,
                    }
                }
                took[way] = (begin.elapsed() / IN_A_ROW).as_nanos();
            }
            let [typed, echo, sync, later] = took;
            println!("{typed} {echo} {sync} {later}");
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

/// By names, from JSON to JSON.
async fn named(remote: &Remote, service: &str, method: &str) -> teleop::Result<()> {
    let arguments = json!({ "message": WORD });
    hint::black_box(remote.call(service, method, arguments).await?);
    Ok(())
}
