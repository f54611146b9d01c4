//! An attacher of one's own: it looks for a request every now and then.
//!
//! That is what is left on a file system that reports no events, such as one of a network. `server`
//! waits with it, `PID` is the client that asks: `custom_attacher [PID]`.

use std::{env, error::Error, io, time::Duration};

use async_io::Timer;
use futures::{FutureExt, future::BoxFuture};
use teleop::{
    Attach, Config,
    attach::{Armed, AttachFile, Attacher, Endpoint, Request},
    process::Process,
};

/// Looks for requests every so often.
#[derive(Clone, Copy, Debug)]
struct Poll {
    every: Duration,
}

impl Attacher for Poll {
    fn name(&self) -> &str {
        "poll"
    }

    fn arm(&self, _: &Endpoint) -> teleop::Result<Box<dyn Armed>> {
        Ok(Box::new(*self))
    }

    fn request(&self, at: &Endpoint, _: &Process) -> teleop::Result<Box<dyn Request>> {
        Ok(Box::new(AttachFile::create(at)?))
    }
}

impl Armed for Poll {
    fn woken(&mut self) -> BoxFuture<'_, teleop::Result<()>> {
        // Whoever calls this looks for a request afterwards.
        Timer::after(self.every).map(|_| Ok(())).boxed()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let poll = Poll {
        every: Duration::from_millis(50),
    };
    match env::args().nth(1) {
        None => {
            let _teleop = Config::new().attacher(poll).spawn(|_| {})?;
            println!("pid: {}", std::process::id());
            io::stdin().read_line(&mut String::new())?;
        }
        Some(pid) => {
            let pid: u32 = pid.parse()?;
            let attach = Attach::new().attacher(poll);
            let about = attach.run(pid, async |process| process.about().await);
            println!("{} answers", async_io::block_on(about)?.program);
        }
    }
    Ok(())
}
