//! [`Server`]: the process that is tormented.

use std::{
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use teleop::{Answer, Attach, Config, Limits};
use tempfile::TempDir;
use tracing_subscriber::prelude::*;

use crate::reading::Reading;

/// After how long a client that does nothing is let go. Less than a server would have it, so that it happens.
const IDLE: Duration = Duration::from_secs(2);
/// How long the socket stays open, so that it is opened again and again.
const LINGER: Duration = Duration::from_millis(200);
/// Has the allocator of glibc give back at once what is free: else it keeps what was needed when most was to
/// be done, some MiB, in which a leak has room for long.
const GIVES_BACK: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "16384"),
    ("MALLOC_TRIM_THRESHOLD_", "16384"),
];
/// For how long it may not be at rest after all clients are gone: a thread of its pool stays for a while.
const NEVER: Duration = Duration::from_secs(60);

/// What the process does.
pub(crate) fn serve(place: PathBuf) -> Result<()> {
    tracing_subscriber::registry()
        .with(teleop::log::layer().or("off")?)
        .init();
    let limits = Limits::new()
        .first_request(IDLE / 2)
        .idle(IDLE)
        .connections(16);
    let _teleop = Config::new()
        .directory(place)
        .linger(LINGER)
        .limits(limits)
        .spawn(|services| {
            services.command("work.double", |number: u64| {
                Answer::Ok(number.wrapping_mul(2))
            });
            services.command("work.fail", |()| -> Answer<()> { Err("as it should")? });
            services.command("work.panic", |()| -> Answer<()> { panic!("as it should") });
            services.command("work.sleep", |millis: u64| {
                thread::sleep(Duration::from_millis(millis.min(50)));
                Answer::Ok(millis)
            });
            services.command_async("work.wait", async |()| -> Answer<()> {
                std::future::pending().await
            });
            services.command_iter("work.count", |to: u64| Answer::Ok(0..to));
            services.command_stream("work.flow", |to: u64| {
                Answer::Ok(futures::stream::iter(0..to))
            });
        })?;
    std::panic::set_hook(Box::new(|_| {})); // Of `work.panic`.
    thread::spawn(|| {
        for number in 0_u64.. {
            tracing::info!(number, "goes on");
            thread::sleep(Duration::from_millis(2));
        }
    });
    println!("ready");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// The process, and where it publishes its endpoint. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    place: TempDir,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let place = TempDir::new()?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(place.path())
            .envs(GIVES_BACK)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut ready = String::new();
        let output = child.stdout.take().context("it has an output")?;
        BufReader::new(output).read_line(&mut ready)?;
        let server = Self { child, place };
        ensure!(ready == "ready\n", "the server did not start");
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }

    /// What it uses when nobody has anything of it, and after that whether it still answers.
    pub(crate) fn at_rest(&self) -> Result<Reading> {
        let deadline = Instant::now() + NEVER;
        let mut last: Option<Reading> = None;
        let mut since = Instant::now();
        loop {
            let now = Reading::of(self.pid(), self.place())?;
            if last.as_ref().is_none_or(|last| !last.is_as_open_as(&now)) {
                since = Instant::now();
            }
            // No socket, and no thread that waits for work, after this time.
            if since.elapsed() > 2 * LINGER + Duration::from_secs(1) && now.is_armed() {
                self.check()?;
                return Ok(now);
            }
            ensure!(
                Instant::now() < deadline,
                "it does not come to rest: {now:?}"
            );
            last = Some(now);
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn check(&self) -> Result<()> {
        let attach = Attach::new().directory(self.place());
        let answer = async_io::block_on(attach.run(self.pid(), async |process| {
            process.call("work", "double", 21.into()).await
        }))?;
        ensure!(answer == 42, "it answers {answer}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended.
        let _ = self.child.wait();
    }
}
