//! [`difference`]: what doing something once takes, by callgrind.

use std::{
    array, fs,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::place::Place;

/// The first thread of `counted`, the second one, and all those of the pool: now one, now two.
pub(crate) const ROLES: usize = 3;

/// How many instructions each of them takes for doing something once: what doing it many times takes more than
/// doing it a few times. So what is done once, and the start of the program, is no part of it.
pub(crate) fn difference(place: &Place, way: &str, few: u64, many: u64) -> Result<[f64; ROLES]> {
    let (fewer, more) = (count(place, way, few)?, count(place, way, many)?);
    let once = |role: usize| (more[role] as f64 - fewer[role] as f64) / (many - few) as f64;
    Ok(array::from_fn(once))
}

fn count(place: &Place, way: &str, count: u64) -> Result<[u64; ROLES]> {
    let out = place.path().join(format!("callgrind-{way}-{count}"));
    let mut valgrind = place.given(Command::new("/usr/bin/env"));
    valgrind
        .arg("PATH=/usr/local/bin:/usr/bin:/bin")
        .args(["valgrind", "-q", "--tool=callgrind"])
        .arg("--separate-threads=yes")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(place.program("counted"))
        .args([way, &count.to_string()])
        .stdin(Stdio::null());
    let output = valgrind.output()?;
    ensure!(output.status.success(), "{valgrind:?}: {output:?}");

    let mut roles = [0; ROLES];
    // One file for each thread; that without a number has nothing.
    for thread in 1.. {
        let path = format!("{}-{thread:02}", out.display());
        let Ok(profile) = fs::read_to_string(&path) else {
            break;
        };
        let mut lines = profile.lines();
        let total = lines.find_map(|line| line.strip_prefix("totals: "));
        let total: u64 = total
            .with_context(|| format!("no total in {path}"))?
            .parse()?;
        roles[ROLES.min(thread) - 1] += total;
    }
    ensure!(roles[0] > 0, "{valgrind:?} left nothing");
    Ok(roles)
}
