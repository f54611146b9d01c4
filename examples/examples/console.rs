//! A program that attaches to another and draws what it is doing: `console PID --output chain.svg`.
//!
//! The other is `pipeline`, or whatever offers a service `state` of the same kind.

use std::{
    ffi::OsString,
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    pin::pin,
    process::{self, ExitCode},
    time::{Duration, SystemTime},
};

use anyhow::Context;
use async_io::Timer;
use clap::Parser;
use futures::future::{self, Either};
use teleop::{Error, Remote, Step, capnp::ErrorKind};
use teleop_examples::{Layout, Page, Picture, Snapshot, plain, state_capnp::state};

/// Draws the chain of a process while it works
#[derive(Parser)]
struct Arguments {
    /// The process
    pid: u32,

    /// The file to draw into: a picture, or a page if it ends in `.html`
    #[arg(long, value_name = "FILE", default_value = "chain.svg")]
    output: PathBuf,

    /// How often to look
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    every: humantime::Duration,
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match async_io::block_on(console(&Arguments::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // On one line, whatever of it comes from the other process.
            eprintln!("console: {}", plain(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

async fn console(arguments: &Arguments) -> anyhow::Result<()> {
    let watched = teleop::attach(arguments.pid, async |process| {
        Ok(watch(&process, arguments).await)
    });
    watched.await?
}

/// Draws a picture whenever something has changed, until there is nothing more to come.
async fn watch(process: &Remote, arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments { pid, output, every } = arguments;
    let program = plain(&answer(*pid, process.about()).await?.program);
    let state: state::Client = process.service("state");
    let draw = |snapshot: &Snapshot, layout: &Layout, is_gone| {
        let picture = Picture {
            program: &program,
            pid: *pid,
            time: SystemTime::now(),
            is_gone,
            snapshot,
            layout,
        };
        let text = match output.extension() {
            Some(extension) if extension == "html" => Page(picture).to_string(),
            _ => picture.to_string(),
        };
        let written = replace(output, &text);
        written.with_context(|| format!("could not write `{}`", output.display()))
    };

    let mut drawn: Option<(Snapshot, Layout)> = None;
    loop {
        let snapshot = match (answer(*pid, Snapshot::take(&state)).await, &drawn) {
            (Ok(snapshot), _) => snapshot,
            (Err(error), Some((last, layout))) if is_gone(&error) => {
                draw(last, layout, true)?;
                return say(format_args!("process {pid} is gone"));
            }
            (Err(error), _) => return Err(process.explain("state", error).await.into()),
        };
        let is_over = snapshot.is_over();
        if drawn.as_ref().is_none_or(|(last, _)| *last != snapshot) {
            let layout = match drawn {
                Some((_, layout)) if layout.fits(&snapshot) => layout,
                _ => Layout::of(&snapshot)?,
            };
            draw(&snapshot, &layout, false)?;
            say(format_args!("{}: {}", output.display(), snapshot.summary()))?;
            drawn = Some((snapshot, layout));
        }
        if is_over {
            return say(format_args!("the chain of process {pid} has ended"));
        }
        Timer::after(**every).await;
    }
}

/// What a process answers, unless it takes too long.
async fn answer<T>(pid: u32, call: impl Future<Output = teleop::Result<T>>) -> teleop::Result<T> {
    match future::select(pin!(call), Timer::after(PATIENCE)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Error::TimedOut {
            pid: pid.into(),
            step: Step::Answer,
            after: PATIENCE,
            stopped: false,
        }),
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Remote(error) if error.kind == ErrorKind::Disconnected)
}

/// Writes a file in one go: who looks at it sees the old one or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    name.push(format!(".{}", process::id()));
    let beside = path.with_file_name(name);
    // Never through a link that somebody has put there.
    let mut file = File::create_new(&beside)?;
    let written = file.write_all(text.as_bytes());
    drop(file);
    let replaced = written.and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        let _ = fs::remove_file(&beside); // The error that was first is the one to tell.
    }
    replaced
}

fn say(line: fmt::Arguments<'_>) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{line}").context("could not say it")
}
