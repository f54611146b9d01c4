//! A program that logs what it is told to.

use std::{
    fmt, io,
    time::{Duration, Instant},
};

use teleop::{Config, Handle};
use tracing::{Level, Subscriber, debug, debug_span, error, event_enabled, info, info_span, trace};
use tracing_subscriber::{EnvFilter, Layer, filter::LevelFilter, prelude::*, registry::LookupSpan};

use super::say;

/// How its subscriber is made; see [`subscribe`].
pub const STACK: &str = "TELEOP_TEST_STACK";

/// Does what it reads, a line each, and says when it is done.
pub fn logs(config: Config) {
    let _guard = subscribe(&std::env::var(STACK).unwrap());
    let mut teleop = Some(config.spawn(|_| {}).unwrap());
    say("ready");
    for line in io::stdin().lines() {
        let line = line.unwrap();
        let (action, rest) = line.split_once(' ').unwrap_or((&line, ""));
        carry_out(action, rest, &mut teleop);
        say("done");
    }
}

fn carry_out(action: &str, rest: &str, teleop: &mut Option<Handle>) {
    match action {
        "error" => error!(target: "app", "{rest}"),
        "info" => info!(target: "app", "{rest}"),
        "debug" => debug!(target: "app", "{rest}"),
        "trace" => trace!(target: "app", "{rest}"),
        "fields" => debug!(target: "app", user = 7, name = "Ann", "{rest}"),
        "old" => log::debug!(target: "old", "{rest}"),
        "level" => say(&format!("app: {}", log::max_level())),
        "flood" => {
            for number in 0..rest.parse::<u32>().unwrap() {
                debug!(target: "app", number);
            }
        }
        "long" => debug!(target: "app", "{}", rest.repeat(100_000)),
        "spans" => {
            let _outer = info_span!(target: "app", "outer", user = 7).entered();
            let inner = debug_span!(target: "app", "inner", later = tracing::field::Empty);
            inner.record("later", rest);
            let _inner = inner.entered();
            debug!(target: "app", "within");
        }
        "request" => {
            let user: u64 = rest.parse().unwrap();
            let _request = info_span!(target: "app", "request", user).entered();
            debug!(target: "app", "of {user}");
        }
        "talkative" => debug!(target: "app", value = ?Talkative, "{rest}"),
        "broken" => {
            std::panic::set_hook(Box::new(|_| {})); // It is expected.
            debug!(target: "app", value = ?Broken, "{rest}");
        }
        "until" => {
            let holds = || match rest {
                "debug" => event_enabled!(target: "app", Level::DEBUG),
                "no debug" => !event_enabled!(target: "app", Level::DEBUG),
                other => panic!("until what? `{other}`"),
            };
            let deadline = Instant::now() + Duration::from_secs(50);
            while !holds() {
                assert!(Instant::now() < deadline, "never: {rest}");
                std::thread::yield_now();
            }
        }
        "stop" => drop(teleop.take()),
        other => panic!("no action `{other}`"),
    }
}

/// Installs a subscriber that writes to the standard output. What is returned takes one away that is that
/// of this thread alone.
fn subscribe(stack: &str) -> Option<tracing::subscriber::DefaultGuard> {
    let registry = tracing_subscriber::registry;
    let teleop = teleop::log::layer;
    let info = || teleop().or("info").unwrap();
    match stack {
        "plain" => registry().with(write()).with(info()).init(),
        "first" => registry().with(info()).with(write()).init(),
        "single" => registry()
            .with(write().with_filter(LevelFilter::INFO))
            .with(teleop())
            .init(),
        "single, first" => registry()
            .with(teleop())
            .with(write().with_filter(LevelFilter::INFO))
            .init(),
        "single and own" => registry()
            .with(write().with_filter(LevelFilter::INFO))
            .with(info())
            .init(),
        "single and own, first" => registry()
            .with(info())
            .with(write().with_filter(LevelFilter::INFO))
            .init(),
        "wide single and own" => registry()
            .with(write().with_filter(LevelFilter::DEBUG))
            .with(info())
            .init(),
        "beside" => registry()
            .with(write())
            .with(EnvFilter::new("info"))
            .with(teleop())
            .init(),
        "inside" => registry()
            .with(teleop())
            .with(EnvFilter::new("info"))
            .with(write())
            .init(),
        "tree" => registry()
            .with(write().with_filter(LevelFilter::INFO))
            .with(write_alone().and_then(teleop()))
            .init(),
        "twice" => registry()
            .with(write())
            .with(teleop().or("debug").unwrap())
            .with(info())
            .init(),
        "of this thread" => {
            return Some(registry().with(write()).with(info()).set_default());
        }
        "none" => registry().with(write()).with(LevelFilter::INFO).init(),
        other => panic!("no subscriber `{other}`"),
    }
    None
}

fn write<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    tracing_subscriber::fmt::layer()
        .with_writer(io::stdout)
        .without_time()
}

/// The same, without where it comes from.
fn write_alone<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    tracing_subscriber::fmt::layer()
        .with_writer(io::stdout)
        .without_time()
        .with_target(false)
}

/// A value that logs as it is written.
struct Talkative;

impl fmt::Debug for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _span = info_span!(target: "app", "talking").entered();
        info!(target: "app", "of itself");
        f.write_str("Talkative")
    }
}

/// A value that cannot be written.
struct Broken;

impl fmt::Debug for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("as it is written")
    }
}
