//! What the files of `/proc/<pid>` say, as text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;

use crate::process::{Pid, Start, Uid};

/// Finds what a user of this namespace is called in the one that the map belongs to.
pub(super) fn map_uid(map: &str, uid: Uid) -> Option<Uid> {
    map.lines().find_map(|line| {
        let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
        let (inner, outer, count): (u32, u32, u32) =
            (numbers.next()??, numbers.next()??, numbers.next()??);
        let offset = uid.0.checked_sub(outer).filter(|&offset| offset < count)?;
        inner.checked_add(offset).map(Uid)
    })
}

/// By how many nanoseconds the time since boot is off, in a time namespace with such offsets.
pub(super) fn boot_offset(offsets: &str) -> Option<i128> {
    let line = offsets
        .lines()
        .find_map(|line| line.strip_prefix("boottime"))?;
    let mut numbers = line.split_whitespace().map(str::parse);
    let (seconds, nanoseconds): (i64, i64) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds))
}

/// When the machine started, by the wall clock, as `/proc/stat` says.
pub(super) fn boot(stat: &str) -> Option<SystemTime> {
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds.trim().parse().ok()?))
}

/// When a process started, so many ticks of a second after the machine did.
pub(super) fn started(boot: SystemTime, start: Start, ticks: u64) -> Option<SystemTime> {
    boot.checked_add(Duration::from_millis(
        start.0.checked_mul(1000)? / ticks.max(1),
    ))
}

/// What `/proc/<pid>/status` says, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) process: Pid,
    pub(super) inner_pid: Pid,
    /// Whether it has more ids than that which `/proc` shows: it is in a PID namespace below.
    pub(super) is_nested: bool,
    pub(super) effective_uid: Uid,
    pub(super) effective_gid: u32,
    handled_signals: u64,
}

impl Status {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let [process, ids, uids, gids, handled] =
            fields(text, ["Tgid", "NSpid", "Uid", "Gid", "SigCgt"]);
        let process: Pid = process?.parse().ok()?;
        // Not there where the kernel was built without PID namespaces.
        let mut ids = ids.unwrap_or_default().split_whitespace();
        let inner_pid = ids.next_back().and_then(|pid| pid.parse().ok());
        Some(Self {
            process,
            inner_pid: inner_pid.unwrap_or(process),
            is_nested: ids.next().is_some(),
            effective_uid: Uid(uids?.split_whitespace().nth(1)?.parse().ok()?),
            effective_gid: gids?.split_whitespace().nth(1)?.parse().ok()?,
            handled_signals: u64::from_str_radix(handled?, 16).ok()?,
        })
    }

    /// Whether it has a handler of its own for the signal.
    pub(super) fn handles(&self, signal: Signal) -> bool {
        self.handled_signals & (1 << (signal.as_raw() - 1)) != 0
    }
}

/// What stands after each of these names. No more is read than has to be: each attach begins with it.
fn fields<'a, const N: usize>(text: &'a str, names: [&str; N]) -> [Option<&'a str>; N] {
    let mut fields = [None; N];
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        if let Some(position) = names.iter().position(|&it| it == name) {
            fields[position].get_or_insert(value.trim());
            if fields.iter().all(Option::is_some) {
                break;
            }
        }
    }
    fields
}

/// What `/proc/<pid>/stat` says, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stat {
    state: char,
    flags: u32,
    pub(super) start: Start,
}

impl Stat {
    pub(super) fn parse(text: &str) -> Option<Self> {
        // The program's name stands in parentheses, and may hold some itself.
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        Some(Self {
            state: fields.next()?.chars().next()?,
            flags: fields.nth(5)?.parse().ok()?,
            start: Start(fields.nth(12)?.parse().ok()?),
        })
    }

    pub(super) fn state(&self) -> char {
        self.state
    }

    pub(super) fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    pub(super) fn is_stopped(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }

    /// Whether it is on its way to its end, or there.
    pub(super) fn is_ending(&self) -> bool {
        /// In `linux/sched.h`; it has never been another one.
        const PF_EXITING: u32 = 0x4;

        self.flags & PF_EXITING != 0
    }
}

impl Start {
    /// What a clock reads that is ahead by so many nanoseconds. A tick is a hundredth of a second.
    pub(super) fn shifted(self, nanoseconds: i128) -> Vec<Self> {
        const TICK: i128 = 10_000_000;

        let ticks = nanoseconds.div_euclid(TICK);
        let more = i128::from(nanoseconds.rem_euclid(TICK) != 0);
        (ticks..=ticks + more)
            .filter_map(|ticks| u64::try_from(i128::from(self.0) + ticks).ok())
            .map(Self)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_hide_the_start() {
        let stat = "7 (a) S 1 (x) 2) T 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        let parsed = Stat::parse(stat).unwrap();
        assert_eq!(parsed.start, Start(4711));
        assert!(parsed.is_stopped() && parsed.is_ending());
        let living = Stat::parse(&stat.replace(" 6 ", " 4194560 ")).unwrap();
        assert!(!living.is_ending());
    }

    #[test]
    fn a_cut_off_stat_is_refused() {
        assert_eq!(Stat::parse("7 (a) S 1 2 3"), None);
        assert_eq!(Stat::parse(""), None);
    }

    #[test]
    fn a_start_that_no_clock_has_is_none() {
        let at = |seconds| Some(UNIX_EPOCH + Duration::from_millis(seconds));
        let seven = boot("cpu 1\nbtime 7\n").unwrap();
        assert_eq!(started(seven, Start(250), 100), at(9_500));
        for stat in ["btime 18446744073709551615", "btime 9223372036854775807"] {
            let started = boot(stat).and_then(|boot| started(boot, Start(100), 100));
            assert_eq!(started, None);
        }
        assert_eq!(started(seven, Start(u64::MAX), 100), None);
    }

    #[test]
    fn the_last_namespace_is_the_process_own() {
        let status = "Name:\tx\nTgid:\t42\nNSpid:\t42\t7\t1\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nSigCgt:\t0004\n";
        let parsed = Status::parse(status).unwrap();
        assert_eq!(parsed.inner_pid, Pid(1));
        assert!(parsed.is_nested);
        for plain in [
            status.replace("NSpid:\t42\t7\t1", "NSpid:\t42"),
            status.replace("NSpid:\t42\t7\t1\n", ""),
        ] {
            let parsed = Status::parse(&plain).unwrap();
            assert_eq!((parsed.inner_pid, parsed.is_nested), (Pid(42), false));
        }
        assert_eq!(parsed.effective_uid, Uid(2));
        assert_eq!(parsed.effective_gid, 6);
        assert_eq!(parsed.handled_signals, 4);
    }

    #[test]
    fn a_start_is_told_as_another_clock_counts() {
        let offsets = "monotonic           5         0\nboottime          -86400   5000000\n";
        assert_eq!(boot_offset(offsets), Some(-86_399_995_000_000));
        assert_eq!(boot_offset("monotonic 5 0\n"), None);
        assert_eq!(Start(700).shifted(0), [Start(700)]);
        assert_eq!(Start(700).shifted(3_000_000_000), [Start(1000)]);
        assert_eq!(Start(700).shifted(-3_000_000_000), [Start(400)]);
        assert_eq!(Start(700).shifted(5_000_000), [Start(700), Start(701)]);
        assert_eq!(Start(700).shifted(-5_000_000), [Start(699), Start(700)]);
        assert_eq!(Start(1).shifted(-3_000_000_000), []);
    }

    #[test]
    fn a_user_has_another_number_in_a_namespace() {
        let map = "         0     100000      65536\n     65536   1000  1\n";
        assert_eq!(map_uid(map, Uid(100_033)), Some(Uid(33)));
        assert_eq!(map_uid(map, Uid(1000)), Some(Uid(65536)));
        assert_eq!(map_uid(map, Uid(1001)), None);
        assert_eq!(map_uid("0 0 4294967295", Uid(7)), Some(Uid(7)));
    }
}
