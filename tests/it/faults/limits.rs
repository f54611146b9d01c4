//! The operating system has no more of something. The program starts all the same, and says why it cannot be
//! attached to; what is served goes on.

use std::{
    error::Error as _,
    fs::File,
    io::Read,
    os::fd::AsRawFd,
    process::{Command, Stdio},
    time::Duration,
};

use rustix::process::{Resource, getrlimit, setrlimit};
use teleop::{Config, process::Uid};

use crate::support::{
    Answer, Raw, Target, as_nobody, entries, idle, open_directory, say, staged, wait,
};

/// What is limited, and to how much: for the role `is limited`.
pub const LIMIT: &str = "TELEOP_TEST_LIMIT";

const UNSHARE: [&str; 3] = ["unshare", "--user", "--map-root-user"];

/// A program that offers Teleop while it may have little of something.
pub fn is_limited(config: Config) {
    let limit = std::env::var(LIMIT).unwrap_or_default();
    let teleop = match limit.split_once('=') {
        Some(("descriptors", number)) => within(
            Resource::Nofile,
            next_descriptor() + number.parse::<u64>().unwrap(),
            || config.spawn(|_| {}),
        ),
        Some(("threads", number)) => within(Resource::Nproc, number.parse().unwrap(), || {
            config.spawn(|_| {})
        }),
        _ => config.spawn(|_| {}),
    };
    let teleop = teleop.unwrap();
    match teleop.error() {
        Some(error) => say(&format!("{error}: {:?}", error.source())),
        None => say("armed"),
    }
    wait();
}

/// A program that has no descriptor left, from one line that it reads to the next.
pub fn starves(config: Config) {
    let _teleop = config
        .linger(Duration::from_secs(1000))
        .spawn(|_| {})
        .unwrap();
    say("ready");
    loop {
        wait();
        within(Resource::Nofile, next_descriptor(), || {
            say("starves");
            wait();
        });
        say("has enough");
    }
}

fn next_descriptor() -> u64 {
    File::open("/dev/null").unwrap().as_raw_fd() as u64
}

fn within<T>(resource: Resource, limit: u64, run: impl FnOnce() -> T) -> T {
    let before = getrlimit(resource);
    let mut less = before;
    less.current = Some(limit);
    setrlimit(resource, less).unwrap();
    let outcome = run();
    setrlimit(resource, before).unwrap();
    outcome
}

/// Starts a program that has so little of something, and returns what it says of it. It goes on then, and has
/// left nothing.
fn said(limit: &str, change: impl FnOnce(&mut Command)) -> String {
    let mut target = Target::start_with("is limited", |command| {
        command.env(LIMIT, limit).stderr(Stdio::piped());
        change(command);
    });
    let said = target.next_saying();
    if said != "armed" {
        let left = entries(target.place.path());
        assert!(left.is_empty(), "{limit}: {said}: {left:?}");
    }
    target.kill();
    let mut printed = String::new();
    let mut stderr = target.child.stderr.take().unwrap();
    stderr.read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "", "{limit}");
    said
}

#[test]
fn without_descriptors_a_program_starts_and_says_why() {
    for number in 0.. {
        let said = said(&format!("descriptors={number}"), |_| {});
        if said == "armed" {
            // As many as it holds by then, and one or two to spare.
            assert!((4..20).contains(&number), "{number}");
            break;
        }
        assert!(said.contains("Too many open files"), "{number}: {said}");
    }
}

#[test]
fn without_threads_a_program_starts_and_says_why() {
    let place = open_directory(0o777);
    let said = said("threads=0", |command| {
        if Uid::effective() == Uid::ROOT {
            // The superuser may have as many as he likes.
            command.env("TELEOP_TEST_PLACE", place.path().join("place"));
            as_nobody(command, place.path());
            command.stderr(Stdio::piped());
        }
    });
    assert!(said.contains("could not start the thread"), "{said}");
    assert!(!place.path().join("place").exists());
}

#[test]
fn without_inotify_a_program_starts_and_says_which_limit_it_is() {
    for (name, limit) in [
        ("max_inotify_instances", "max_user_instances"),
        ("max_inotify_watches", "max_user_watches"),
    ] {
        // The limits are those of a user namespace.
        let set = format!("echo 0 > /proc/sys/user/{name}");
        let mut can = Command::new("true");
        staged(&mut can, &UNSHARE, &set);
        if !can
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
        {
            eprintln!("skipped: there is no user namespace to limit inotify in");
            return;
        }
        let said = said("", |command| {
            staged(command, &UNSHARE, &set);
            command.stderr(Stdio::piped());
        });
        assert!(
            said.contains(&format!("`fs.inotify.{limit}` is reached")),
            "{said}"
        );
    }
}

#[test]
fn without_descriptors_who_is_attached_is_served_and_who_comes_waits() {
    let mut target = Target::start("starves");
    let mut first = Raw::connect(&target);
    first.ask_for("echo");
    for question in 2..5 {
        // What is open only for a moment is closed by then.
        idle(&target);
        target.go_on();
        target.expect("starves");
        let mut other = Raw::connect(&target);
        other.ask_for("echo");
        other.echo(2, "hi");
        first.echo(question, "still");
        assert_eq!(first.answer(question), Answer::Results);
        assert!(other.hears_nothing());
        target.go_on();
        target.expect("has enough");
        assert_eq!(other.answer(2), Answer::Results);
    }
}
