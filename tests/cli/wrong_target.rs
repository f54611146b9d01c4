//! A process that cannot be attached to is told from the others, at once: all timeouts are an hour.

use std::process::{Command, Stdio};
#[cfg(unix)]
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use crate::{place::Place, target::Kind};
#[cfg(unix)]
use crate::{place::eventually, target::CALLED};

const VERBS: [&[&str]; 3] = [&["attach"], &["list"], &["call"]];

/// What each verb says of a process, which is the same.
#[track_caller]
fn refused(place: &Place, pid: &str, status: i32) -> String {
    let messages = VERBS.map(|verb| {
        let service: &[_] = if verb == ["call"] {
            &["echo", "hi"]
        } else {
            &[]
        };
        let arguments = [verb, &[pid], service, &["--timeout", "1h"]].concat();
        place.teleop(arguments).run().failure(status)
    });
    let [message, ..] = messages.clone();
    assert_eq!(messages, [&*message; 3]);
    message
}

#[test]
fn a_process_that_is_not_there() {
    let place = Place::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_teleop"))
        .arg("--help")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.wait().unwrap();
    let message = refused(&place, &child.id().to_string(), 3);
    assert!(message.contains(&format!("no process has the id `{}`", child.id())));
    assert!(message.contains("\nhint: "), "{message}");
}

#[test]
fn a_process_that_does_not_offer_teleop() {
    let place = Place::new();
    let target = place.start(Kind::Bare);
    let message = refused(&place, &target.pid(), 4);
    let expected = format!(
        "teleop: cannot attach to process `{}`: it does not offer Teleop\nhint: ",
        target.pid()
    );
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn a_process_that_has_it_turned_off() {
    let place = Place::new();
    let target = place.start(Kind::Disabled);
    let message = refused(&place, &target.pid(), 4);
    assert!(message.contains("has Teleop disabled"), "{message}");
    assert!(
        message.contains("hint: start it without TELEOP_DISABLE=1"),
        "{message}"
    );
}

#[test]
#[cfg(target_os = "linux")] // Where nix has waitid(2).
fn a_process_that_has_ended_and_is_not_buried() {
    use nix::{
        sys::wait::{Id, WaitPidFlag, waitid},
        unistd::Pid,
    };

    let place = Place::new();
    let mut child = Command::new("true").spawn().unwrap();
    let id = Id::Pid(Pid::from_raw(i32::try_from(child.id()).unwrap()));
    waitid(id, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
    let message = refused(&place, &child.id().to_string(), 4);
    assert!(message.contains("zombie"), "{message}");
    child.wait().unwrap();
}

#[test]
#[cfg(target_os = "linux")] // Elsewhere threads have no such ids.
fn a_thread_of_a_process() {
    let (tell, told) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        tell.send(nix::unistd::gettid().to_string()).unwrap();
        let _ = ended.recv();
    });
    let message = refused(&Place::new(), &told.recv().unwrap(), 4);
    let process = std::process::id();
    let expected = format!("that is the id of a thread of process `{process}`");
    assert!(message.contains(&expected), "{message}");
    let hint = format!("hint: use `{process}` instead");
    assert!(message.contains(&hint), "{message}");
    drop(end);
    thread.join().unwrap();
}

#[test]
#[cfg(unix)]
fn a_process_that_has_executed_another_program_since() {
    let place = Place::new();
    let target = place.start(Kind::Leaving);
    // The kernel takes a moment to close what it had open.
    crate::place::eventually("it is told apart", || {
        let list = place.teleop(["list", &target.pid()]).run();
        list.stderr.contains("executed another program since")
    });
    let message = refused(&place, &target.pid(), 4);
    assert!(
        message.contains("hint: start it again, from the program that offers it"),
        "{message}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_the_kernel_does_not_let_one_look_into() {
    use std::os::unix::process::CommandExt;

    if !nix::unistd::geteuid().is_root() {
        return; // Who is not root needs no capability for what is his own, and is refused the rest.
    }
    let place = Place::new();
    let mut child = Command::new("cat")
        .uid(65534)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-sys_ptrace", "--inh-caps=-all", "--"]);
    command.args([env!("CARGO_BIN_EXE_teleop"), "list", &pid]);
    place.prepare(&mut command);
    let message = crate::command::Teleop::new(command).run().failure(5);
    let expected = format!(
        "teleop: the kernel does not let `root` (uid 0) look into the root directory of process `{pid}`: that takes CAP_SYS_PTRACE\nhint: root has not all rights here: run it in the outermost container, or in one that was started with `--cap-add SYS_PTRACE`\n"
    );
    assert_eq!(message, expected);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_process_that_offers_it_in_another_place() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let other = Place::new();
    let message = refused(&other, &target.pid(), 4);
    let expected = if cfg!(target_os = "linux") {
        format!("it offers Teleop in `{}`", place.endpoints().display())
    } else {
        "it does not offer Teleop".to_owned()
    };
    assert!(message.contains(&expected), "{message}");
}

#[test]
#[cfg(unix)]
fn a_process_that_the_signal_would_kill() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let list = ["list", &target.pid(), "--attacher", "unix"];
    let message = place.teleop(list).run().failure(4);
    assert!(message.contains("does not handle SIGQUIT"), "{message}");
    assert!(
        message.contains("hint: leave `--attacher` out"),
        "{message}"
    );
}

/// A process of another user, and the command about it.
#[cfg(unix)]
pub(crate) fn as_another_user(place: &Place, verb: &[&str]) -> (String, crate::command::Teleop) {
    use nix::unistd::geteuid;

    const NOBODY: u32 = 65534;

    let (pid, user) = if geteuid().is_root() {
        (std::process::id(), NOBODY)
    } else {
        (1, geteuid().as_raw())
    };
    // Where this user may not read the program, somebody else cannot run it either.
    let program = place.path().join("teleop");
    // By another process: a program that is open for writing, be it by a fork of this one that is about
    // to execute something else, cannot be run.
    let mut copy = Command::new("cp");
    copy.arg(env!("CARGO_BIN_EXE_teleop")).arg(&program);
    assert!(copy.status().unwrap().success());
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program);
    command.args(verb);
    command.args([&pid.to_string(), "--timeout", "1h"]);
    place.prepare(&mut command);
    let command = crate::command::Teleop::new(command).user(user);
    (pid.to_string(), command)
}

#[test]
#[cfg(unix)]
fn a_process_of_another_user() {
    let place = Place::new();
    let (_, command) = as_another_user(&place, &["list"]);
    let message = command.run().failure(5);
    assert!(message.contains("belongs to `root` (uid 0)"), "{message}");
    assert!(
        message.contains("attach as that user or as root"),
        "{message}"
    );
}

#[test]
#[cfg(unix)]
fn an_endpoint_that_anybody_could_have_put_there() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    fs::set_permissions(place.endpoints(), Permissions::from_mode(0o777)).unwrap();
    let message = refused(&place, &target.pid(), 5);
    assert!(message.contains("is not to be trusted"), "{message}");
}

#[test]
fn a_process_that_answers_with_nonsense() {
    let place = Place::new();
    let target = place.start(Kind::Garbage);
    let message = refused(&place, &target.pid(), 9);
    assert!(
        message.contains("not what the protocol demands"),
        "{message}"
    );
}

#[test]
#[cfg(unix)]
fn a_process_that_is_stopped() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    target.stop();
    let list = ["list", &target.pid(), "--timeout", "50ms"];
    let message = place.teleop(list).run().failure(6);
    assert!(
        message.contains("waiting for its socket; it is stopped"),
        "{message}"
    );
    assert!(
        message.contains(&format!("hint: `kill -CONT {}`", target.pid())),
        "{message}"
    );
    assert_eq!(place.requests(), Vec::<String>::new());
    target.resume();
}

#[test]
#[cfg(unix)]
fn a_process_that_is_stopped_with_its_socket_open() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    // Whose connection keeps the socket open.
    let waits = ["call", &target.pid(), "silent", "hi", "--timeout", "1h"];
    let waits = place.teleop(waits).spawn();
    eventually("it is called", || place.path().join(CALLED).exists());
    target.stop();
    let call = ["call", &target.pid(), "echo", "hi", "--timeout", "50ms"];
    let message = place.teleop(call).run().failure(6);
    assert!(
        message.contains("waiting for its answer; it is stopped"),
        "{message}"
    );
    target.resume();
    let call = ["call", &target.pid(), "echo", "hi"];
    assert_eq!(place.teleop(call).run().status, Some(0));
    drop(target);
    assert_ne!(waits.wait().status, Some(0));
}

#[test]
fn a_service_that_never_answers() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "silent", "hi", "--timeout", "300ms"];
    let message = place.teleop(call).run().failure(6);
    assert!(
        message.contains("within 300ms: gave up waiting for its answer"),
        "{message}"
    );
    assert!(message.contains("hint: `--timeout 1m`"), "{message}");
    assert_eq!(place.requests(), Vec::<String>::new());
}
