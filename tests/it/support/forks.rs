//! A target that forks.

use std::time::Duration;

use teleop::Config;

use super::{role::in_a_future, say, wait};

/// Forks once it is told to. The child drops what it has of Teleop, offers it itself, and waits for its
/// end.
pub(super) fn forks(config: Config) {
    let teleop = config.clone().spawn(|_| {}).unwrap();
    say("ready");
    wait();
    match fork() {
        Some(child) => {
            say(&format!("forked {child}"));
            wait();
            end(child);
        }
        None => {
            drop(teleop);
            let teleop = config.spawn(|_| {}).unwrap();
            say(&format!("child: {:?}", teleop.error()));
            end_with_the_parent();
        }
    }
}

/// The same, but with a future in place of a thread.
pub(super) fn forks_with_a_server(config: Config) {
    let server = config.server().unwrap();
    say("ready");
    wait();
    match fork() {
        Some(child) => {
            in_a_future(server);
            end(child);
        }
        None => {
            drop(server);
            say("dropped");
            end_with_the_parent();
        }
    }
}

/// The child, in the parent.
#[expect(unsafe_code, reason = "fork(2) is what is tested")]
fn fork() -> Option<nix::unistd::Pid> {
    // SAFETY: what the child does takes no lock that another thread may hold: it drops, opens, writes,
    // sleeps and ends.
    match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Parent { child } => Some(child),
        nix::unistd::ForkResult::Child => None,
    }
}

fn end(child: nix::unistd::Pid) {
    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL).unwrap();
    nix::sys::wait::waitpid(child, None).unwrap();
}

/// Ends not later than the parent, which a test may kill.
fn end_with_the_parent() -> ! {
    let parent = nix::unistd::getppid();
    while parent.as_raw() != 1 && nix::unistd::getppid() == parent {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::process::exit(0);
}
