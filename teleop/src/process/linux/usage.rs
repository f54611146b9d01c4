//! What this process uses, as `/proc` says.

use std::{fs, time::Duration};

use procfs::{
    Current, FromBufRead, FromRead, Uptime, page_size,
    process::{Process, Stat, Status, Syscall, Task},
    ticks_per_second,
};

use crate::process::{
    CpuTime, Thread, ThreadState, Usage,
    resources::{cpu_time, open_files_limit},
};

impl Usage {
    /// What is used at this moment.
    pub(crate) fn now() -> Self {
        // Before anything is opened here.
        let open_files = open_files();
        let stat = stat();
        Self {
            resident: stat
                .as_ref()
                .and_then(|stat| stat.rss.checked_mul(page_size())),
            peak_resident: peak_resident(),
            virtual_memory: stat.as_ref().map(|stat| stat.vsize),
            cpu: cpu_time(),
            open_files,
            open_files_limit: Some(open_files_limit()),
            thread_count: stat.as_ref().and_then(count),
            threads: threads(Self::MOST_THREADS).unwrap_or_default(),
        }
    }
}

/// How many threads this process has.
pub(crate) fn thread_count() -> Option<u64> {
    count(&stat()?)
}

/// How long ago this process started, whatever the clock was set to meanwhile.
pub(crate) fn uptime() -> Option<Duration> {
    // The first thread's: others start later.
    let stat = read_stat("/proc/self/stat")?;
    let now = Uptime::current().ok()?.uptime_duration();
    Some(now.saturating_sub(from_ticks(stat.starttime)))
}

/// What is said of this thread and of the process as a whole. The first thread may be gone, and the
/// memory of the process is no longer told of it.
fn stat() -> Option<Stat> {
    read_stat("/proc/thread-self/stat")
}

fn read_stat(path: &str) -> Option<Stat> {
    parse_stat(&fs::read(path).ok()?)
}

/// What such a file says. One that is not written as the kernel writes it makes procfs panic.
pub(super) fn parse_stat(text: &[u8]) -> Option<Stat> {
    let name = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let state = text.iter().rposition(|&byte| byte == b')')? + 2;
    let is_whole = name > 0
        && text[name..].starts_with(b" (")
        && text[..state.min(text.len())].ends_with(b") ")
        && text.get(state).is_some_and(u8::is_ascii_alphabetic);
    is_whole.then(|| Stat::from_read(text).ok())?
}

fn count(stat: &Stat) -> Option<u64> {
    u64::try_from(stat.num_threads).ok()
}

fn peak_resident() -> Option<u64> {
    let text = fs::read("/proc/thread-self/status").ok()?;
    // It begins with the name of the thread, which may be any bytes.
    let status = Status::from_buf_read(String::from_utf8_lossy(&text).as_bytes()).ok()?;
    status.vmhwm?.checked_mul(1024)
}

/// How many descriptors are open, but those that it takes to count them.
fn open_files() -> Option<u64> {
    const OPEN: &str = "/proc/self/fd";

    match fs::metadata(OPEN).ok()?.len() {
        // Before Linux 6.2 nobody has counted them.
        0 => u64::try_from(fs::read_dir(OPEN).ok()?.count())
            .ok()?
            .checked_sub(1),
        count => Some(count),
    }
}

fn threads(most: usize) -> Option<Vec<Thread>> {
    let tasks = Process::myself().ok()?.tasks().ok()?;
    // Those that end meanwhile are not there any more.
    let threads = tasks.filter_map(|task| thread(&task.ok()?)).take(most);
    Some(threads.collect())
}

fn thread(task: &Task) -> Option<Thread> {
    let id = u64::try_from(task.tid).ok()?;
    // Of all that tells the name, this has no trouble with bytes that are no text.
    let stat = read_stat(&format!("/proc/self/task/{id}/stat"))?;
    Some(told(id, stat, task.syscall().ok()))
}

pub(super) fn told(id: u64, stat: Stat, syscall: Option<Syscall>) -> Thread {
    let state = state(stat.state);
    let system_call = match syscall {
        // The one that looks is in one, too.
        Some(Syscall::Blocked { syscall_number, .. }) if state != Some(ThreadState::Running) => {
            Some(syscall_number).filter(|&number| number >= 0)
        }
        _ => None,
    };
    Thread {
        id,
        name: stat.comm,
        state,
        cpu: CpuTime {
            user: from_ticks(stat.utime),
            system: from_ticks(stat.stime),
        },
        system_call,
    }
}

fn state(letter: char) -> Option<ThreadState> {
    match letter {
        'R' => Some(ThreadState::Running),
        'S' => Some(ThreadState::Sleeping),
        'D' => Some(ThreadState::Blocked),
        'T' => Some(ThreadState::Stopped),
        't' => Some(ThreadState::Traced),
        'X' | 'x' | 'Z' => Some(ThreadState::Ended),
        _ => None,
    }
}

fn from_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(1000) / ticks_per_second().max(1))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        thread::{Builder, scope},
        time::Instant,
    };

    use super::*;

    fn this_thread() -> u64 {
        nix::unistd::gettid().as_raw() as u64
    }

    fn find(id: u64) -> Option<Thread> {
        let mut threads = threads(usize::MAX).unwrap().into_iter();
        threads.find(|thread| thread.id == id)
    }

    #[test]
    fn a_thread_that_waits_is_told_from_one_that_runs() {
        let this = find(this_thread()).unwrap();
        assert_eq!(this.state, Some(ThreadState::Running));
        assert_eq!(this.system_call, None);

        let (wake, woken) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        scope(|scope| {
            let waits = move || {
                tell.send(this_thread()).unwrap();
                let _ = woken.recv();
            };
            let builder = Builder::new().name("stage-7".to_owned());
            builder.spawn_scoped(scope, waits).unwrap();
            let id = told.recv().unwrap();
            let deadline = Instant::now() + Duration::from_secs(60);
            loop {
                let waits = find(id).unwrap();
                assert_eq!(waits.name, "stage-7");
                // It may not have got so far.
                if waits.system_call == Some(nix::libc::SYS_futex) {
                    assert_eq!(waits.state, Some(ThreadState::Sleeping));
                    break;
                }
                assert!(Instant::now() < deadline, "{waits:?}");
            }
            drop(wake);
        });
    }

    #[test]
    fn a_name_that_is_no_text_hides_nothing() {
        let rename = || {
            fs::write("/proc/thread-self/comm", b"\xff) Z:\x1b[2J\n\xe2 1").unwrap();
            (this_thread(), find(this_thread()).unwrap(), peak_resident())
        };
        let (id, thread, peak) = std::thread::spawn(rename).join().unwrap();
        assert_eq!(thread.id, id);
        assert_eq!(thread.name, "\u{fffd}) Z:\u{1b}[2J\n\u{fffd} 1");
        assert_eq!(thread.state, Some(ThreadState::Running));
        assert!(peak.unwrap() > 1 << 16, "{peak:?}");
    }

    #[test]
    fn a_stat_that_no_kernel_writes_is_refused() {
        let numbers = " 1".repeat(50);
        assert!(parse_stat(format!("7 (a) S{numbers}").as_bytes()).is_some());
        for text in [
            "",
            "7 (a)",
            "7 (a) ",
            "(a) S",
            "7) (a",
            "7 (a) \u{2028}",
            "7 (a)\u{2028}S",
        ] {
            assert!(parse_stat(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn no_more_threads_are_looked_at_than_may_be() {
        let (wake, woken) = mpsc::channel::<()>();
        scope(|scope| {
            scope.spawn(move || woken.recv());
            assert_eq!(threads(1).unwrap().len(), 1);
            assert!(thread_count().unwrap() > 1);
            drop(wake);
        });
    }

    #[test]
    fn it_has_been_running_for_a_while_and_not_for_long() {
        let uptime = uptime().unwrap();
        assert!(uptime < Duration::from_secs(3600), "{uptime:?}");
        let later = Instant::now() + Duration::from_millis(20);
        while Instant::now() < later {
            std::thread::yield_now();
        }
        assert!(super::uptime().unwrap() > uptime);
    }
}
