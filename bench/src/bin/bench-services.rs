//! `bench-services COUNT [SCHEMA]`: a program that offers so many services besides those that every process has; and
//! `described`, which the schema of a file describes.
//!
//! It prints its id, and how many milliseconds it took to offer all of them.

#![expect(clippy::print_stdout, reason = "a program")]

use std::{env, error::Error, fs, io, process, rc::Rc, sync::mpsc, time::Instant};

use teleop::{Config, Limits, echo_capnp::echo};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let count: usize = arguments
        .next()
        .ok_or("usage: bench-services COUNT [SCHEMA]")?
        .parse()?;
    let schema = arguments.next().map(fs::read).transpose()?;
    let (offered, took) = mpsc::channel();
    // So many clients are measured that the default would have them wait.
    let config = Config::new().limits(Limits::new().connections(1000));
    let _teleop = config.spawn(move |services| {
        let make = || -> echo::Client { teleop::new_client(Echo) };
        let begin = Instant::now();
        for number in 0..count {
            services.offer(format!("service-{number}"), make);
        }
        // It is waited for.
        let _ = offered.send(begin.elapsed());
        if let Some(schema) = schema {
            services.offer("described", make).schema(schema);
        }
    })?;
    println!("pid: {}", process::id());
    println!("{}", took.recv()?.as_secs_f64() * 1e3);
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

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
