//! Other processes to attach to, and how to speak to them.

mod container;
mod forks;
#[cfg(feature = "log")]
mod listener;
#[cfg(feature = "log")]
mod logging;
mod raw;
mod role;
mod services;
mod target;
mod trace;
mod wander;

use std::{
    fs,
    future::Future,
    path::Path,
    pin::pin,
    time::{Duration, Instant},
};

use async_io::Timer;
use futures::future::{Either, select};
use teleop::{Remote, Result, echo_capnp::echo};

pub use container::{Contained, Container, put_before, reach};
#[cfg(feature = "log")]
pub use listener::{Act, Log, STACKS, attached, start};
#[cfg(feature = "log")]
pub use logging::STACK;
pub use raw::{Answer, Raw, set_message};
pub use role::{say, wait};
pub use target::{NOBODY, Target, am_root, as_nobody, entries, open_directory, staged};
pub use trace::{Interruption, Trace, walk};

/// How long anything may take before it counts as never.
pub const NEVER: Duration = Duration::from_secs(60);

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

/// Waits until whatever starts next starts at another moment. In one hundredth of a second, processes that
/// share a place and have the same id in their containers would have the same name.
pub fn pass_a_tick() {
    std::thread::sleep(Duration::from_millis(20));
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
        fs::read_to_string(&state).unwrap().contains(") T ")
    });
}

/// Lets a process that was stopped go on.
pub fn go_on(target: &Target) {
    let pid = nix::unistd::Pid::from_raw(target.pid() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGCONT).unwrap();
}

/// Waits until the target has slept, been woken and sleeps again, all of it.
pub fn idle(target: &Target) {
    // How often its threads went to sleep; none where one of them does not sleep.
    let switches = || {
        let tasks = entries(format!("/proc/{}/task", target.pid()).as_ref());
        let mut sum = 0;
        for task in tasks {
            // A thread that has ended meanwhile is none.
            let Ok(status) = fs::read_to_string(task.join("status")) else {
                continue;
            };
            let field = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap().split_whitespace().next().unwrap().to_owned()
            };
            if field("State:") != "S" {
                return None;
            }
            sum += field("voluntary_ctxt_switches:").parse::<u64>().unwrap();
        }
        Some(sum)
    };
    let mut last = None;
    let mut calm = 0;
    until("the target is idle", || {
        std::thread::sleep(Duration::from_millis(5));
        let now = switches();
        let is_calm = now.is_some() && now == last;
        calm = if is_calm { calm + 1 } else { 0 };
        last = now;
        calm > 20
    });
}

/// A target with limits, such as `calls=20 idle=300`, and services that misbehave when they are told to.
pub fn bounded(limits: &str) -> Target {
    Target::start_with("bounded", |command| {
        command.env("TELEOP_TEST_LIMITS", limits);
    })
}

/// Whether this process may have as many files open as tests with a crowd need, side by side. Where it may
/// not, it says that the test is skipped.
pub fn may_open_thousands(test: &str) -> bool {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    let may = limit.maximum.is_none_or(|most| most >= 8192);
    if may {
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit).unwrap();
    } else {
        eprintln!("skipped: `{test}` needs more open files than are allowed");
    }
    may
}
