//! [`Clients`]: processes that do something at the same time.

use std::{
    io::{BufRead, BufReader},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, anyhow, ensure};

/// How long a client may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// From what a client says until it waits: it cannot say that it does.
const A_MOMENT: Duration = Duration::from_millis(20);

/// Programs `bench-client` that wait for the same moment; gone on drop.
#[derive(Debug)]
pub(crate) struct Clients {
    children: Vec<(Child, BufReader<UnixStream>)>,
    /// The other end of their common standard input. The kernel closes it when this process ends, even if it is
    /// killed, and so it does that of what each prints to.
    gate: Option<UnixStream>,
}

/// How long they took, in seconds.
#[derive(Debug)]
pub(crate) struct Took {
    /// From when they were let go until the last had its answer.
    pub(crate) all: f64,
    /// Each by itself.
    pub(crate) each: Vec<f64>,
}

impl Clients {
    /// Starts so many, and waits until they wait.
    pub(crate) fn gather(count: usize, command: impl Fn() -> Option<Command>) -> Result<Self> {
        let (gate, input) = UnixStream::pair()?;
        let mut clients = Self {
            children: Vec::with_capacity(count),
            gate: Some(gate),
        };
        for _ in 0..count {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_read_timeout(Some(DEADLINE))?;
            let child = command()
                .context("it is one of many")?
                .stdin(OwnedFd::from(input.try_clone()?))
                .stdout(OwnedFd::from(theirs))
                .stderr(Stdio::null())
                .spawn()
                .context("could not start `bench-client`")?;
            clients.children.push((child, BufReader::new(ours)));
        }
        for (_, said) in &mut clients.children {
            ensure!(line(said)? == "ready", "it is ready first");
        }
        thread::sleep(A_MOMENT);
        Ok(clients)
    }

    /// Lets them go, and waits until each has its answer. Fails where one has none, and says why.
    pub(crate) fn let_go(mut self) -> Result<Took> {
        let count = self.children.len();
        let begin = now()?;
        drop(self.gate.take());
        let (mut each, mut last, mut failures) = (Vec::new(), begin, Vec::new());
        for (_, said) in &mut self.children {
            let line = line(said)?;
            let Some((began, ended)) = line.split_once(' ').and_then(times) else {
                failures.push(line);
                continue;
            };
            each.push((ended - began) as f64 / 1e9);
            last = last.max(ended);
        }
        match failures.first() {
            Some(why) => Err(anyhow!("{} of {count} {why}", failures.len())),
            None => Ok(Took {
                all: (last - begin) as f64 / 1e9,
                each,
            }),
        }
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        drop(self.gate.take());
        for (mut child, said) in self.children.drain(..) {
            drop(said);
            // It ends by itself, unless something failed. An error says that it has ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn line(said: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    said.read_line(&mut line).context("it says nothing")?;
    ensure!(!line.is_empty(), "it has ended");
    Ok(line.trim_end().to_owned())
}

fn times((began, ended): (&str, &str)) -> Option<(u128, u128)> {
    Some((began.parse().ok()?, ended.parse().ok()?))
}

/// By the clock that all processes share.
fn now() -> Result<u128> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())
}
