//! Embedding Teleop in a program.

use std::{fs, os::unix::fs::MetadataExt};

use serde_json::Value;
use teleop::{Config, Error, Remote};

use crate::support::{Target, echo, entries, run};

fn attach_and_echo(target: &Target) {
    let reply = run(target
        .attach()
        .run(target.pid(), async |process| echo(&process, "hi").await));
    assert_eq!(reply.unwrap(), "hi");
}

#[test]
fn dropping_the_handle_removes_everything() {
    let mut target = Target::start("stops");
    attach_and_echo(&target);
    target.go_on();
    target.expect("stopped");
    assert!(entries(target.place.path()).is_empty());
    let sockets = fs::read_to_string(format!("/proc/{}/net/unix", target.pid())).unwrap();
    assert!(!sockets.contains(target.place.path().to_str().unwrap()));
}

#[test]
fn the_call_that_has_it_stop_is_answered() {
    let mut target = Target::start("quits");
    for _ in 0..20 {
        let quit = async |process: Remote| process.call("program", "quit", Value::Null).await;
        let answer = run(target.attach().run(target.pid(), quit));
        assert_eq!(answer.unwrap(), "good bye");
        target.expect("ready");
    }
}

#[test]
fn a_future_serves_on_any_executor() {
    attach_and_echo(&Target::start("future"));
}

#[test]
fn a_panic_as_services_are_offered_harms_nobody() {
    attach_and_echo(&Target::start("panics"));
}

#[test]
fn a_fork_does_not_answer_for_its_parent() {
    let mut target = Target::start("forks");
    target.go_on();
    // The child has dropped the handle that it inherited, and was refused another.
    let mut lines = vec![];
    while lines.len() < 2 {
        let line = target.next_line();
        if line.starts_with("child: ") || line.starts_with("forked ") {
            lines.push(line);
        }
    }
    let refused = lines.iter().find(|line| line.starts_with("child: "));
    assert!(refused.unwrap().contains("shares its reactor"), "{lines:?}");
    let child: u32 = lines
        .iter()
        .find_map(|line| line.strip_prefix("forked ")?.parse().ok())
        .unwrap();
    attach_and_echo(&target);
    assert!(matches!(
        run(target.attach().open(child)),
        Err(Error::NotAttachable { .. })
    ));
}

#[test]
fn a_fork_removes_nothing_of_its_parents() {
    let mut target = Target::start("forks with a server");
    let about = |target: &Target| {
        let about = fs::metadata(target.endpoint().join("about.json")).unwrap();
        (about.ino(), about.ctime(), about.ctime_nsec())
    };
    let before = about(&target);
    target.go_on();
    target.expect("dropped");
    assert_eq!(about(&target), before, "it was made again");
    attach_and_echo(&target);
}

#[test]
fn nothing_is_inherited_over_exec() {
    let mut target = Target::start("spawns");
    let attached = run(target.attach().open(target.pid())).unwrap();
    target.go_on();
    let child: u32 = loop {
        if let Ok(child) = target.next_line().parse() {
            break child;
        }
    };
    let inherited: Vec<_> = entries(format!("/proc/{child}/fd").as_ref())
        .iter()
        // What the loader of the child has open is closed meanwhile.
        .filter_map(|fd| Some(fs::read_link(fd).ok()?.to_string_lossy().into_owned()))
        .filter(|link| {
            ["socket:", "inotify", "eventpoll", "teleop"]
                .iter()
                .any(|kind| link.contains(kind))
        })
        .collect();
    assert!(inherited.is_empty(), "{inherited:?}");
    drop(attached);
}

#[test]
fn a_program_starts_where_teleop_cannot() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let teleop = Config::new().directory(&file).spawn(|_| {}).unwrap();
    assert!(!teleop.is_armed());
    assert!(matches!(teleop.error(), Some(Error::Io { .. })));
}

#[test]
fn a_process_offers_itself_once() {
    let directory = tempfile::tempdir().unwrap();
    let first = Config::new()
        .directory(directory.path())
        .spawn(|_| {})
        .unwrap();
    let second = Config::new()
        .directory(directory.path())
        .spawn(|_| {})
        .unwrap();
    assert!(first.is_armed());
    assert!(matches!(second.error(), Some(Error::AlreadyOffered { .. })));
    drop(first);
    let third = Config::new()
        .directory(directory.path())
        .spawn(|_| {})
        .unwrap();
    assert!(third.is_armed());
}

#[test]
fn what_a_killed_process_left_is_swept() {
    let mut killed = Target::start("default");
    let left = killed.endpoint();
    killed.kill();
    assert!(left.exists());
    let live = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", killed.place.path());
    });
    crate::support::until("it is swept", || !left.exists());
    drop(live);
}
