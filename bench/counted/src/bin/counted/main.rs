//! `counted WAY COUNT`: does one thing so many times, for a tool that counts instructions.
//!
//! For calls the process is both sides: the tool runs one thread at a time, and so counts the same each time. The
//! first thread asks, the second one answers. `counted serve` is a target for others; `counted attach COUNT PID`
//! attaches to one, and `counted arm COUNT` is one several times: both stop before each time, and in the end.

#![expect(clippy::print_stdout, reason = "a program")]

mod attaches;
mod calls;
mod server;

use std::{env, io};

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let way = arguments.next().context("no way")?;
    if way == "serve" {
        let _teleop = server::patient().spawn(|_| {})?;
        println!("ready");
        io::copy(&mut io::stdin(), &mut io::sink())?;
        return Ok(());
    }
    let count = arguments.next().context("no count")?.parse()?;
    match way.as_str() {
        "arm" => attaches::arm(count),
        "attach" => {
            let pid: u32 = arguments.next().context("no process")?.parse()?;
            attaches::attach(pid, count)
        }
        "echo" => calls::echo(count),
        "echo-64" => calls::echo_64(count),
        "dynamic" => calls::dynamic(count),
        "command" => calls::command("echo", count),
        "async-command" => calls::command("later", count),
        "items" => calls::items(count),
        other => bail!("no way `{other}`"),
    }
}
