//! Other processes to attach to, and how to speak to them.

mod target;

use std::{
    future::Future,
    path::Path,
    pin::pin,
    time::{Duration, Instant},
};

use async_io::Timer;
use futures::future::{Either, select};
use teleop::{Remote, Result, echo_capnp::echo};

pub use target::{NOBODY, Target, am_root, entries, say, wait};

/// How long anything may take before it counts as never.
const NEVER: Duration = Duration::from_secs(60);

/// Runs a future, and panics where it takes for ever.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    async_io::block_on(async {
        match select(pin!(future), Timer::after(NEVER)).await {
            Either::Left((output, _)) => output,
            Either::Right(_) => panic!("it takes for ever"),
        }
    })
}

/// Waits until something holds, and panics where it never does.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + NEVER;
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::yield_now();
    }
}

/// Has a message echoed.
pub async fn echo(process: &Remote, message: &str) -> Result<String> {
    let echo: echo::Client = process.service("echo");
    let mut request = echo.echo_request();
    request.get().set_message(message);
    let response = request.send().promise.await?;
    let reply = response.get()?.get_reply()?.to_string();
    Ok(reply.map_err(teleop::capnp::Error::from)?)
}

/// How many requests stand in the directory of an endpoint.
pub fn requests(endpoint: &Path) -> usize {
    entries(endpoint)
        .iter()
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("attach-")
        })
        .count()
}

/// Stops a process, and waits until it is stopped.
pub fn stop(target: &Target) {
    let pid = nix::unistd::Pid::from_raw(target.pid() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).unwrap();
    let state = format!("/proc/{pid}/stat");
    until("it is stopped", || {
        std::fs::read_to_string(&state).unwrap().contains(") T ")
    });
}
