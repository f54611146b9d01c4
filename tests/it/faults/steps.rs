//! One side is killed, or stands still, at any of its steps.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use nix::{
    fcntl::{Flock, FlockArg},
    libc::SYS_flock,
};
use teleop::{Attach, Config, Error, Obstacle, attach::attacher::Inotify};
use tempfile::TempDir;

use crate::support::{Interruption, Target, Trace, echo, entries, run, until, walk};

fn call(attach: &Attach, pid: u32) -> teleop::Result<String> {
    run(attach.run(pid, async |process| echo(&process, "hi").await))
}

fn attach_to(place: &TempDir) -> Attach {
    Attach::new()
        .directory(place.path())
        .timeout(Duration::from_secs(50))
}

fn in_place(place: &TempDir) -> impl FnOnce(&mut Command) {
    move |command| {
        command.env("TELEOP_TEST_PLACE", place.path());
    }
}

/// Has a process go on that may be dead.
fn nudge(target: &Target) {
    let _ = target.child.stdin.as_ref().unwrap().write_all(b"\n");
}

/// Has another process of this user, which is this one, arm in the place, and sweep.
fn sweep(place: &TempDir) {
    let teleop = Config::new().directory(place.path()).spawn(|_| {}).unwrap();
    assert!(teleop.error().is_none(), "{:?}", teleop.error());
}

/// What processes may leave that are killed: an endpoint, and what is being made or removed.
fn litter(place: &Path) {
    let leave = |name: &str, files: &[(&str, &str)]| {
        let directory = place.join(name);
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
        for (file, text) in files {
            fs::write(directory.join(file), text).unwrap();
        }
    };
    let about = r#"{"protocol": 1, "pid": 1, "name": "dead"}"#;
    let files = [
        ("about.json", about),
        ("attach-0123456789abcdef", ""),
        ("socket.0123456789abcdef", ""),
    ];
    leave("1-1", &files);
    leave(".1-2-0123456789abcdef", &[]);
    leave(".1-3-0123456789abcdef", &[("about.json", "")]);
    leave(".1-4-0123456789abcdef", &[("about.json", &about[..20])]);
    leave(".1-5-0123456789abcdef", &files);
    leave(".1-6-0123456789abcdef", &files[1..]);
    // Of one that was killed as it swept.
    leave("1-7", &[]);
    leave(".1-7-0123456789abcdef", &[]);
}

#[test]
fn a_target_that_is_killed_at_any_step_leaves_nothing_that_is_not_swept() {
    let place = TempDir::new().unwrap();
    walk("a target is killed", |number| {
        litter(place.path());
        let mut target = Target::start_with("comes and goes", in_place(&place));
        let trace = Trace::start(&target, number, Interruption::Kill);
        nudge(&target);
        if target.says("armed") {
            match call(&attach_to(&place), target.pid()) {
                Ok(_) => {}
                Err(
                    Error::NoSuchProcess { .. }
                    | Error::Remote(_)
                    | Error::NotAttachable {
                        obstacle: Obstacle::Zombie,
                        ..
                    },
                ) => {}
                Err(error) => panic!("killed at its call {number}: {error:?}"),
            }
            nudge(&target);
        }
        let was_killed = trace.is_interrupted();
        trace.go_on();
        assert_eq!(target.child.wait().unwrap().success(), !was_killed);
        sweep(&place);
        let left = entries(place.path());
        assert!(left.is_empty(), "killed at its call {number}: {left:?}");
        was_killed
    });
}

#[test]
fn a_target_that_has_lost_its_lock_as_it_ends_has_ended() {
    let mut target = Target::start("ends slowly");
    let about = target.endpoint().join("about.json");
    let mut client = Target::start_with("attaches once told", |command| {
        command
            .env("TELEOP_DIR", target.place.path())
            .env("TELEOP_TEST_PID", target.pid().to_string());
    });
    let trace = Trace::start_to(&client, SYS_flock, Interruption::Freeze);
    client.go_on();
    assert!(trace.is_interrupted(), "it does not look at the lock");
    target.child.kill().unwrap();
    until("its lock is dropped", || {
        let lock = Flock::lock(File::open(&about).unwrap(), FlockArg::LockSharedNonblock);
        lock.is_ok()
    });
    trace.go_on();
    let expected = format!("Err(NoSuchProcess {{ pid: Pid({}) }})", target.pid());
    assert_eq!(client.next_saying(), expected);
}

#[test]
fn a_target_that_stands_still_at_any_step_is_not_swept_and_serves_when_it_goes_on() {
    let place = TempDir::new().unwrap();
    walk("a target stands still", |number| {
        litter(place.path());
        let mut target = Target::start_with("comes and goes", in_place(&place));
        let trace = Trace::start(&target, number, Interruption::Freeze);
        let pid = target.pid();
        let attach = attach_to(&place);
        let is_still = thread::scope(|scope| {
            let served = scope.spawn(|| {
                target.go_on();
                target.expect("armed");
                assert_eq!(call(&attach, pid).unwrap(), "hi");
                target.go_on();
            });
            let is_still = trace.is_interrupted();
            if is_still {
                let attach = attach.clone().timeout(Duration::from_millis(20));
                match run(attach.open(pid)) {
                    // Its socket is open, and in the queue one is connected.
                    Ok(_) | Err(Error::TimedOut { stopped: true, .. }) => {}
                    // It is about to arm, or has withdrawn; or it has ended, and only a thread of it stands still.
                    Err(Error::NotAttachable {
                        obstacle: Obstacle::NoEndpoint | Obstacle::Zombie,
                        ..
                    }) => {}
                    Err(error) => panic!("still at its call {number}: {error:?}"),
                }
                sweep(&place);
            }
            trace.go_on();
            served.join().unwrap();
            is_still
        });
        let ended = target.child.wait().unwrap();
        assert!(ended.success(), "still at its call {number}: {ended}");
        is_still
    });
    sweep(&place);
    assert!(entries(place.path()).is_empty());
}

/// Walks a client through its steps, and looks after each whether the target serves others.
fn walk_client(
    what: &str,
    interruption: Interruption,
    mut goes_on: impl FnMut(&mut Target, Trace, &Target),
) {
    let target = Target::start("default");
    let descriptors = || entries(format!("/proc/{}/fd", target.pid()).as_ref()).len();
    assert_eq!(call(&target.attach(), target.pid()).unwrap(), "hi");
    let armed = || {
        let left = entries(&target.endpoint());
        left.len() == 1 && left[0].ends_with("about.json")
    };
    until("the socket is closed", armed);
    // The listener's own may be among them still.
    let before = descriptors();
    walk(what, |number| {
        let mut client = Target::start_with("calls", |command| {
            command
                .env("TELEOP_TEST_PLACE", target.place.path())
                .env("TELEOP_TEST_PID", target.pid().to_string());
        });
        let trace = Trace::start(&client, number, interruption);
        nudge(&client);
        let is_interrupted = trace.is_interrupted();
        // Others are served.
        assert_eq!(call(&target.attach(), target.pid()).unwrap(), "hi");
        goes_on(&mut client, trace, &target);
        is_interrupted
    });
    // Nothing of any of them is left.
    until("the socket is closed", armed);
    until("all descriptors are closed", || descriptors() <= before);
}

#[test]
fn a_client_that_is_killed_at_any_step_leaves_nothing() {
    walk_client(
        "a client is killed",
        Interruption::Kill,
        |client, trace, _| {
            trace.go_on();
            client.child.wait().unwrap();
        },
    );
}

#[test]
fn a_client_that_stands_still_at_any_step_keeps_nobody_waiting_and_goes_on() {
    walk_client(
        "a client stands still",
        Interruption::Freeze,
        |client, trace, target| {
            // However it was asked, and whoever asks.
            let other = target.attach().attacher(Inotify);
            assert_eq!(call(&other, target.pid()).unwrap(), "hi");
            trace.go_on();
            assert!(client.child.wait().unwrap().success());
        },
    );
}
