//! What a client is told where it cannot attach; at once, and without harm to anybody.

use std::{
    os::fd::AsRawFd,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, socket};
use teleop::{Attach, Error, Obstacle, Step, attach::attacher::Unix};

use crate::support::{Target, echo, run, stop, until};

/// Makes a socket that nobody listens on. One that was listened on might be by a child that another test
/// forks meanwhile, until that executes its program.
fn leave_socket(path: &Path) {
    let (kind, flags) = (SockType::Stream, SockFlag::SOCK_CLOEXEC);
    let socket = socket(AddressFamily::Unix, kind, flags, None).unwrap();
    bind(socket.as_raw_fd(), &UnixAddr::new(path).unwrap()).unwrap();
}

fn refusal(attach: &Attach, pid: u32) -> Error {
    run(attach.open(pid)).unwrap_err()
}

fn obstacle(attach: &Attach, pid: u32) -> Obstacle {
    match refusal(attach, pid) {
        Error::NotAttachable { obstacle, .. } => obstacle,
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_process_that_ended_is_no_process() {
    let mut target = Target::start("nothing");
    target.kill();
    assert!(matches!(
        refusal(&target.attach(), target.pid()),
        Error::NoSuchProcess { .. }
    ));
    assert!(matches!(
        refusal(&target.attach(), u32::MAX),
        Error::NoSuchProcess { .. }
    ));
}

#[test]
fn a_process_that_ends_meanwhile_is_no_process() {
    let mut target = Target::start("default");
    stop(&target);
    let attach = target.attach();
    let pid = target.pid();
    let attaching = std::thread::spawn(move || refusal(&attach, pid));
    let endpoint = target.endpoint();
    until("a request stands", || {
        crate::support::requests(&endpoint) > 0
    });
    target.kill();
    let error = attaching.join().unwrap();
    assert!(matches!(error, Error::NoSuchProcess { .. }), "{error:?}");
    assert_eq!(crate::support::requests(&endpoint), 0);
}

#[test]
fn a_process_that_offers_nothing_is_told_so() {
    let target = Target::start("nothing");
    assert_eq!(
        obstacle(&target.attach(), target.pid()),
        Obstacle::NoEndpoint
    );
}

#[test]
fn a_disabled_process_says_so() {
    let target = Target::start("disabled");
    assert!(matches!(
        refusal(&target.attach(), target.pid()),
        Error::Disabled { .. }
    ));
    let target = Target::start_with("default", |command| {
        command.env("TELEOP_DISABLE", "1");
    });
    assert!(matches!(
        refusal(&target.attach(), target.pid()),
        Error::Disabled { .. }
    ));
}

#[test]
fn a_process_that_executed_another_program_is_told_apart() {
    let mut target = Target::start("executes");
    run(target.attach().open(target.pid())).unwrap();
    target.go_on();
    let pid = target.pid();
    // Until it has, it may still let one in, and the kernel takes a moment to close what it had open.
    until("it is told apart", || {
        matches!(
            run(target.attach().open(pid)),
            Err(Error::NotAttachable {
                obstacle: Obstacle::Abandoned,
                ..
            })
        )
    });
}

#[test]
fn a_stopped_process_runs_into_the_timeout() {
    let target = Target::start("default");
    stop(&target);
    let attach = target.attach().timeout(Duration::from_millis(50));
    let error = refusal(&attach, target.pid());
    assert!(
        matches!(
            error,
            Error::TimedOut {
                step: Step::Socket,
                stopped: true,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(crate::support::requests(&target.endpoint()), 0);
}

#[test]
fn a_stale_socket_is_replaced() {
    let target = Target::start("default");
    leave_socket(&target.endpoint().join("socket"));
    let attached = run(target.attach().open(target.pid())).unwrap();
    assert!(attached.healed);
    let reply = run(target
        .attach()
        .run(target.pid(), async |process| echo(&process, "hi").await));
    assert_eq!(reply.unwrap(), "hi");
}

#[test]
fn a_stale_classic_socket_of_a_process_that_offers_nothing_costs_no_wait() {
    let target = Target::start("nothing");
    let stale = std::env::temp_dir().join(format!(".teleop_pid_{}", target.pid()));
    leave_socket(&stale);
    assert_eq!(
        obstacle(&target.attach(), target.pid()),
        Obstacle::NoEndpoint
    );
    std::fs::remove_file(stale).unwrap();
}

#[test]
fn a_target_that_waits_for_a_signal_gets_none_unasked() {
    for role in ["unix", "classic unix"] {
        let target = Target::start(role);
        assert_eq!(
            obstacle(&target.attach(), target.pid()),
            Obstacle::NeedsSignal,
            "{role}"
        );
    }
}

#[test]
fn a_process_that_would_die_of_the_signal_gets_none() {
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let attach = Attach::new().attacher(Unix);
    assert_eq!(
        obstacle(&attach, child.id()),
        Obstacle::SignalNotHandled { signal: "SIGQUIT" }
    );
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}
