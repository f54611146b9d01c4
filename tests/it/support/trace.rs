//! A process that is interrupted at one of its system calls, whichever it is.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, JoinHandle},
};

use nix::{
    errno::Errno,
    libc::{PTRACE_EVENT_CLONE, PTRACE_SYSCALL_INFO_ENTRY, c_long},
    sys::{
        ptrace::{self, Options},
        signal::{Signal, kill},
        wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid},
    },
    unistd::Pid,
};

use super::Target;

/// What becomes of a process at the system call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// It is killed before it makes it.
    Kill,
    /// It stands still, with all its threads, until it is let go.
    Freeze,
}

/// A process whose system calls are counted from now on, up to one at which it is interrupted. Until it goes on
/// for good, nobody else may wait for its end.
pub struct Trace {
    tracer: JoinHandle<()>,
    interrupted: Receiver<()>,
    go_on: Sender<()>,
}

impl Trace {
    /// Begins to count, in a process that waits for something. Only the thread that begins may go on with
    /// it, and so it has one of its own.
    pub fn start(target: &Target, number: usize, interruption: Interruption) -> Self {
        let mut left = number;
        Self::start_until(target, interruption, move |_| {
            left -= 1;
            left == 0
        })
    }

    /// The same, up to the first call of this kind.
    pub fn start_to(target: &Target, kind: c_long, interruption: Interruption) -> Self {
        Self::start_until(target, interruption, move |thread| {
            let call = fs::read_to_string(format!("/proc/{thread}/syscall"));
            call.is_ok_and(|call| call.split(' ').next() == Some(&kind.to_string()))
        })
    }

    fn start_until(
        target: &Target,
        interruption: Interruption,
        is_it: impl FnMut(Pid) -> bool + Send + 'static,
    ) -> Self {
        let leader = Pid::from_raw(target.pid() as i32);
        let (begun, has_begun) = mpsc::channel();
        let (interrupt, interrupted) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let tracer = thread::spawn(move || {
            let mut tracer = Tracer::seize(leader);
            begun.send(()).unwrap();
            if !tracer.go_to(is_it) {
                return;
            }
            match interruption {
                Interruption::Kill => kill(leader, Signal::SIGKILL).unwrap(),
                Interruption::Freeze => tracer.freeze(),
            }
            let _ = interrupt.send(());
            match interruption {
                Interruption::Kill => tracer.see_it_end(),
                // Also where the test has failed meanwhile.
                Interruption::Freeze => {
                    let _ = may_go_on.recv();
                    tracer.let_go();
                }
            }
        });
        has_begun.recv().expect("it can be traced");
        Self {
            tracer,
            interrupted,
            go_on,
        }
    }

    /// Waits until it is interrupted; `false` where it has ended before.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.recv().is_ok()
    }

    /// Lets it go on, and counts no more.
    pub fn go_on(self) {
        let _ = self.go_on.send(()); // It may have ended before it came so far.
        self.tracer.join().unwrap();
    }
}

/// Interrupts a process at each of its system calls in turn, until it comes to its end before: `step` says
/// whether it was interrupted at the one of this number.
///
/// That takes its time, so it is some of them as a rule. All of them it is with `TELEOP_EXHAUSTIVE=1`.
pub fn walk(what: &str, mut step: impl FnMut(usize) -> bool) {
    let stride = match std::env::var_os("TELEOP_EXHAUSTIVE") {
        Some(_) => 1,
        None => 17,
    };
    let interrupted = (1..).step_by(stride).take_while(|&number| step(number));
    let count = interrupted.count();
    assert!(count > 0, "it makes no system call");
    eprintln!("{what}: at {count} of {} system calls", count * stride);
}

/// The thread that counts.
struct Tracer {
    leader: Pid,
    /// The threads of the process that have not ended.
    threads: BTreeSet<Pid>,
    /// Those that stand still.
    frozen: BTreeSet<Pid>,
}

impl Tracer {
    fn seize(leader: Pid) -> Self {
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_EXITKILL;
        let tasks = super::entries(format!("/proc/{leader}/task").as_ref());
        let threads: BTreeSet<_> = tasks
            .iter()
            .map(|task| task.file_name().unwrap().to_str().unwrap().parse().unwrap())
            .map(Pid::from_raw)
            .collect();
        for &thread in &threads {
            ptrace::seize(thread, options).unwrap();
            ptrace::interrupt(thread).unwrap();
        }
        for &thread in &threads {
            waitpid(thread, Some(WaitPidFlag::__WALL)).unwrap();
            ptrace::syscall(thread, None).unwrap();
        }
        Self {
            leader,
            threads,
            frozen: BTreeSet::new(),
        }
    }

    /// Whether the process has come to the call that is meant, and is about to make it, which it does not yet.
    fn go_to(&mut self, mut is_it: impl FnMut(Pid) -> bool) -> bool {
        while let Some(status) = self.next() {
            if let WaitStatus::PtraceSyscall(thread) = status {
                let is_entry = ptrace::syscall_info(thread)
                    .is_ok_and(|info| info.op == PTRACE_SYSCALL_INFO_ENTRY);
                if is_entry && is_it(thread) {
                    self.frozen.insert(thread);
                    return true;
                }
            }
            resume(status);
        }
        false
    }

    /// What happens next; `None` where it is the end of the process, which stays to be waited for by who
    /// started it.
    fn next(&mut self) -> Option<WaitStatus> {
        // The children of other threads are those of other tests.
        let of_this_thread = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        let looks = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT;
        let thread = match waitid(Id::All, looks | of_this_thread) {
            Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..))
                if pid == self.leader =>
            {
                return None;
            }
            Ok(status) => status.pid().unwrap(),
            Err(Errno::ECHILD) => return None,
            Err(error) => panic!("{error}"),
        };
        let status = waitpid(thread, Some(of_this_thread)).unwrap();
        match status {
            WaitStatus::Exited(..) | WaitStatus::Signaled(..) => self.threads.remove(&thread),
            _ => self.threads.insert(thread),
        };
        if let WaitStatus::PtraceEvent(_, _, PTRACE_EVENT_CLONE) = status {
            // It may have been heard of before, and have ended since; and so may the one that started it.
            if let Ok(started) = ptrace::getevent(thread) {
                if Path::new(&format!("/proc/{}/task/{started}", self.leader)).exists() {
                    self.threads.insert(Pid::from_raw(started as i32));
                }
            }
        }
        Some(status)
    }

    /// Has all threads stand still, wherever they are.
    fn freeze(&mut self) {
        for thread in self.threads.difference(&self.frozen) {
            let _ = ptrace::interrupt(*thread); // It may be ending.
        }
        while !self.threads.is_subset(&self.frozen) {
            let Some(status) = self.next() else {
                return;
            };
            match status {
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => {}
                // It is not to be lost.
                WaitStatus::Stopped(..) => resume(status),
                status => {
                    self.frozen.extend(status.pid());
                }
            }
        }
    }

    fn let_go(self) {
        for thread in self.frozen {
            let _ = ptrace::detach(thread, None); // It may have been killed meanwhile.
        }
    }

    fn see_it_end(&mut self) {
        while let Some(status) = self.next() {
            resume(status);
        }
    }
}

/// Has a thread go on to its next system call.
fn resume(status: WaitStatus) {
    let (thread, signal) = match status {
        WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return,
        WaitStatus::Stopped(thread, signal) => (thread, Some(signal)),
        status => (status.pid().unwrap(), None),
    };
    let _ = ptrace::syscall(thread, signal); // It may have been killed meanwhile.
}
