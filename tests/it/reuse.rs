//! An id that is given to another process in the midst of an attach: the client says that the process is
//! gone, and never speaks to the other one.
//!
//! Each test runs in a PID namespace of its own, where the kernel can be told which id is next.

use std::{fmt, path::Path, sync::Mutex, time::Instant};

use teleop::{
    Attach, Error,
    attach::{
        Armed, Attacher, Endpoint, Request,
        attacher::{Auto, Unix},
    },
    process::Process,
};

use crate::support::{Container, NEVER, Target, entries, reach, run, say, stop, until};

/// Has a role of this file run in such a namespace, and waits until it has passed.
fn passes(role: &str) {
    let container = Container::with(&["pid"]);
    if container.is_possible(role) {
        let mut driver = container.start(role);
        driver.target.expect("passed");
    }
}

/// Starts a process that has an id which was given back.
fn start_as(pid: u32, start: impl Fn() -> Target) -> Target {
    let deadline = Instant::now() + NEVER;
    loop {
        // A thread of this process may take it first.
        std::fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).unwrap();
        let next = start();
        if next.pid() == pid {
            return next;
        }
        assert!(Instant::now() < deadline, "the id is not to be had");
    }
}

/// When the process is replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gap {
    /// As its endpoint is looked at.
    Finding,
    /// Its endpoint was found.
    Found,
    /// The request stands.
    Requested,
}

/// An attacher in whose hands the process is replaced.
struct Meanwhile {
    gap: Gap,
    asks: Box<dyn Attacher>,
    replace: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Meanwhile {
    fn new(gap: Gap, role: &str, replace: impl FnOnce() + Send + 'static) -> Self {
        Self {
            gap,
            asks: if role == "unix" {
                Box::new(Unix)
            } else {
                Box::new(Auto)
            },
            replace: Mutex::new(Some(Box::new(replace))),
        }
    }

    fn reach(&self, gap: Gap) {
        if gap == self.gap {
            if let Some(replace) = self.replace.lock().unwrap().take() {
                replace();
            }
        }
    }
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gap.fmt(f)
    }
}

impl Attacher for Meanwhile {
    /// A client asks for it as it looks at the endpoint of a target that waits for a signal.
    fn name(&self) -> &str {
        self.reach(Gap::Finding);
        "unix"
    }

    fn arm(&self, _: &Endpoint) -> teleop::Result<Box<dyn Armed>> {
        unreachable!("it is the client's")
    }

    fn request(&self, at: &Endpoint, process: &Process) -> teleop::Result<Box<dyn Request>> {
        self.reach(Gap::Found);
        let request = self.asks.request(at, process)?;
        self.reach(Gap::Requested);
        Ok(request)
    }
}

/// Attaches to a target that is replaced in the gap, by what is started so with the endpoint that it
/// leaves; that process, and the target that was.
fn attach_while(
    gap: Gap,
    role: &str,
    start: impl Fn(&Target, &Path) -> Target + Send + 'static,
) -> (Target, Target) {
    let mut target = Target::start(role);
    stop(&target);
    let (pid, attach, endpoint) = (target.pid(), target.attach(), target.endpoint());
    let left = endpoint.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let meanwhile = Meanwhile::new(gap, role, move || {
        target.kill();
        let next = start_as(pid, || start(&target, &left));
        sender.send((next, target)).unwrap();
    });
    let error = run(attach.attacher(meanwhile).open(pid)).unwrap_err();
    assert!(
        matches!(error, Error::NoSuchProcess { .. }),
        "{gap:?}: {error:?}"
    );
    // It may have been swept.
    let names = std::fs::read_dir(&endpoint).into_iter().flatten().flatten();
    let mut names = names.map(|entry| entry.file_name().into_string().unwrap());
    assert!(!names.any(|name| name.starts_with("attach-")), "{gap:?}");
    receiver.try_recv().expect("it was replaced")
}

const GAPS: [(Gap, &str); 5] = [
    (Gap::Finding, "unix"),
    (Gap::Found, "default"),
    (Gap::Found, "unix"),
    (Gap::Requested, "default"),
    (Gap::Requested, "unix"),
];

/// By one that offers Teleop in the same place, and sweeps it.
pub fn is_replaced_by_a_target() {
    say("ready");
    for (gap, role) in GAPS {
        let (next, before) = attach_while(gap, role, |before, left| {
            let next = Target::start_with("patient", |command| {
                command.env("TELEOP_TEST_PLACE", before.place.path());
                command.env("TELEOP_TEST_NAME", "the next");
            });
            // Within a hundredth of a second it has the same name, too, and is in its place.
            let is_same = left.ends_with(name_of(&next));
            until("it is swept", || {
                is_same || !left.join("about.json").exists()
            });
            next
        });
        // Nobody has asked it, and no signal has ended it.
        let endpoint = before.place.path().join(name_of(&next));
        assert_eq!(entries(&endpoint).len(), 1, "{gap:?}");
        // Who attaches now means it.
        let attach = Attach::new().directory(before.place.path());
        assert_eq!(reach(&attach, next.pid()).unwrap(), "the next");
    }
    say("passed");
}

/// What the endpoint of a process is called.
fn name_of(target: &Target) -> String {
    let process = Process::pin(target.pid().into()).unwrap();
    format!("{}-{}", target.pid(), process.start().unwrap())
}

/// By one of the same user that listens where the socket of the target would be.
pub fn is_replaced_by_a_squatter() {
    say("ready");
    for (gap, role) in GAPS {
        let (mut next, _before) = attach_while(gap, role, |_, left| {
            let socket = left.join("socket");
            let _ = std::fs::remove_file(&socket);
            Target::start_with("squats", |command| {
                command.env("TELEOP_TEST_SQUAT", socket);
            })
        });
        if gap == Gap::Requested {
            next.expect("got 0 bytes");
        }
    }
    say("passed");
}

pub fn is_replaced_once_pinned() {
    say("ready");
    let mut target = Target::start("default");
    let pid = target.pid();
    let process = Process::pin(pid.into()).unwrap();
    target.kill();
    let next = start_as(pid, || Target::start("default"));
    let is_gone = |error| matches!(error, Err(Error::NoSuchProcess { .. }));
    assert!(!process.is_alive());
    assert!(is_gone(process.check_alive()));
    assert!(is_gone(process.start().map(drop)));
    assert!(is_gone(process.root().map(drop)));
    assert!(is_gone(process.working_directory().map(drop)));
    assert!(is_gone(process.quit()));
    assert_eq!(process.executable(), None);
    assert_eq!(process.handles_quit(), None);
    assert!(Process::pin(pid.into()).unwrap().is_alive());
    drop(next);
    say("passed");
}

#[test]
fn t7_a_process_that_takes_the_id_over_is_not_attached_to_whenever_it_does() {
    passes("is replaced by a target");
}

#[test]
fn t7_a_process_that_takes_the_id_and_the_socket_over_gets_no_byte() {
    passes("is replaced by a squatter");
}

#[test]
fn t7_what_is_asked_of_a_pinned_process_is_not_told_of_the_next() {
    passes("is replaced once pinned");
}
