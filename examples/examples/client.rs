//! A program that attaches to another and has its words echoed: `client PID [MESSAGE]`.

use std::{env, error::Error};

use teleop::echo_capnp::echo;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let pid: u32 = arguments
        .next()
        .ok_or("usage: client PID [MESSAGE]")?
        .parse()?;
    let message = arguments.next().unwrap_or_else(|| "hi".to_owned());

    let reply = async_io::block_on(teleop::attach(pid, async |process| {
        let echo: echo::Client = process.service("echo");
        let mut request = echo.echo_request();
        request.get().set_message(&message);
        let response = request.send().promise.await?;
        let reply = response.get()?.get_reply()?;
        Ok(reply.to_string().map_err(teleop::capnp::Error::from)?)
    }))?;
    println!("{reply}");
    Ok(())
}
