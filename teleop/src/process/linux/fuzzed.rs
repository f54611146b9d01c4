//! [`fuzz`]: what is read of `/proc`.

use std::time::UNIX_EPOCH;

use procfs::{
    FromBufRead, FromRead, Uptime,
    process::{Status as ProcStatus, Syscall},
};
use rustix::process::Signal;

use super::{
    account, cgroup,
    facts::{Stat, Status, boot, boot_offset, map_uid, started},
    usage::{parse_stat, told},
    watches::Watch,
};
use crate::process::{Pid, Start, Uid};

/// A byte that chooses a file, and bytes that may be what it says.
pub fn fuzz(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    // As they are read.
    let text = String::from_utf8_lossy(bytes);
    match choice % 8 {
        0 => status(&text),
        1 => stat(&text),
        2 => maps(&text),
        3 => watches(&text),
        4 => users(bytes),
        5 => usage(bytes),
        6 => names(&text),
        _ => clock(&text),
    }
}

fn status(text: &str) {
    if let Some(status) = Status::parse(text) {
        let _ = status.handles(Signal::QUIT);
        let is_said = |pid: Pid| text.contains(&*pid.to_string());
        // In a number, a plus may stand before it, and zeros.
        assert!(is_said(status.process) && is_said(status.inner_pid));
    }
}

fn stat(text: &str) {
    if let Some(stat) = Stat::parse(text) {
        assert!(!(stat.is_zombie() && stat.is_stopped()));
        started(UNIX_EPOCH, stat.start, 100);
    }
}

/// A line of a map is of those that it maps, and of nobody else.
fn maps(text: &str) {
    for uid in [0, 1, 1000, u32::MAX - 1, u32::MAX] {
        let _ = map_uid(text, Uid::from(uid));
        let others = format!("7 {} 0\n{text}", u32::MAX);
        assert_eq!(
            map_uid(&others, Uid::from(uid)),
            map_uid(text, Uid::from(uid))
        );
    }
}

fn watches(text: &str) {
    let watch = Watch {
        inode: "ino:2".to_owned(),
        device: Some("sdev:800001".to_owned()),
    };
    for line in text.lines() {
        let is_said = line.starts_with("inotify ") && line.contains("ino:2");
        assert!(is_said || !watch.is_in(line), "{line:?}");
    }
}

fn users(bytes: &[u8]) {
    for uid in [0, 1000, u32::MAX] {
        if let Some(name) = account::find(bytes, Uid::from(uid)) {
            assert!(!name.contains([':', '\n']), "{name:?}");
        }
    }
}

/// Three files, parted by bytes that none of them has.
fn usage(bytes: &[u8]) {
    let mut files = bytes.split(|&byte| byte == 0);
    let mut next = || files.next().unwrap_or_default();
    let (stat, syscall, status) = (next(), next(), next());
    let syscall = Syscall::from_read(syscall).ok();
    if let Some(stat) = parse_stat(stat) {
        let _ = told(7, stat, syscall);
    }
    let status = String::from_utf8_lossy(status);
    let _ = ProcStatus::from_buf_read(status.as_bytes());
    let _ = Uptime::from_read(bytes).map(|uptime| uptime.uptime);
}

/// Whatever a program calls itself, it hides nothing of what the kernel says.
fn names(name: &str) {
    let numbers = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
    let stat = Stat::parse(&format!("7 ({name}) {numbers}")).expect("it is whole");
    assert_eq!(stat.start, Start(4711));
    assert!(!stat.is_stopped() && !stat.is_zombie());
    // The kernel writes the end of a line in another way.
    let name = name.replace('\n', "\\n");
    let status = format!(
        "Name:\t{name}\nTgid:\t42\nNSpid:\t42\t7\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nSigCgt:\t0004\n"
    );
    let status = Status::parse(&status).expect("it is whole");
    assert_eq!((status.process, status.inner_pid), (Pid(42), Pid(7)));
    assert_eq!(status.effective_uid, Uid::from(2));
}

fn clock(text: &str) {
    let _ = cgroup::container(text);
    for start in [0, 1, u64::MAX / 1000, u64::MAX] {
        for ticks in [0, 1, 100, u64::MAX] {
            let _ = boot(text).and_then(|boot| started(boot, Start(start), ticks));
        }
        let _ = boot_offset(text).map(|offset| Start(start).shifted(offset));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_file_of_the_corpus_does_harm() {
        crate::corpus::replay("proc", super::fuzz);
    }
}
