//! [`difference`]: what doing something once takes, by callgrind.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::place::Place;

/// How many instructions each thread takes for doing something once: what doing it many times takes more than
/// doing it a few times. So what is done once, and the start of the program, is no part of it.
pub(crate) fn difference(place: &Place, way: &str, few: u64, many: u64) -> Result<Vec<f64>> {
    let (fewer, more) = (count(place, way, few)?, count(place, way, many)?);
    ensure!(
        fewer.len() == more.len(),
        "`{way}` has another number of threads where there is more of it"
    );
    let threads = fewer.iter().zip(&more);
    let once = threads.map(|(&fewer, &more)| (more as f64 - fewer as f64) / (many - few) as f64);
    Ok(once.collect())
}

/// How many instructions each thread takes, the first thread first.
fn count(place: &Place, way: &str, count: u64) -> Result<Vec<u64>> {
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

    let mut threads = Vec::new();
    // One file for each thread; that without a number has nothing.
    loop {
        let path = format!("{}-{:02}", out.display(), threads.len() + 1);
        let Ok(profile) = fs::read_to_string(&path) else {
            break;
        };
        let mut lines = profile.lines();
        let total = lines.find_map(|line| line.strip_prefix("totals: "));
        threads.push(
            total
                .with_context(|| format!("no total in {path}"))?
                .parse()?,
        );
    }
    ensure!(!threads.is_empty(), "{valgrind:?} left nothing");
    Ok(threads)
}
