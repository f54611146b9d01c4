//! By Teleop.

use std::error::Error;

use teleop::{Attach, Remote, block_on, echo_capnp::echo};

use crate::now;

/// Says when it had the answer.
pub(crate) fn ask(target: &str) -> Result<u128, Box<dyn Error>> {
    let pid: u32 = target.parse()?;
    block_on(Attach::new().run(pid, async |process: Remote| {
        let echo: echo::Client = process.service("echo");
        let mut request = echo.echo_request();
        request.get().set_message("hi");
        request.send().promise.await?.get()?.get_reply()?;
        Ok(now())
    }))?
}
