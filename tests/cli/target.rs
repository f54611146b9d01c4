//! [`Target`]: a process to attach to. It is this very program, run again.

use std::{
    env, future,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    rc::Rc,
    thread,
    time::Duration,
};

use futures::AsyncWriteExt;
use serde_json::json;
use teleop::{
    Config, Limits, Services,
    attach::{About, Layout, Listen, Listener},
    capnp,
    echo_capnp::echo,
    new_client,
    teleop_capnp::teleop as root,
};

use crate::{place::Place, services};

const KIND: &str = "TELEOP_CLI_TEST_TARGET";
const ECHO: &[u8] = include_bytes!("../../schema/echo.cgr");
const ROOT: &[u8] = include_bytes!("../../schema/teleop.cgr");
const READY: &str = "the target is ready";

/// The classic layout; on Windows, where no client finds it, the only one.
const CLASSIC: Layout = if cfg!(windows) {
    Layout::Private
} else {
    Layout::Classic
};

/// What a target is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It offers nothing.
    Bare,
    /// It offers `echo`, and some services that behave badly.
    Armed,
    /// The same in the classic layout.
    Classic,
    /// What the example server is.
    Server,
    /// The same, and services with names that a shell would obey; its socket stays open.
    Patient,
    /// What `Armed` is, and closes a connection over which nothing is said for a moment.
    Hasty,
    /// It offers services that take their time; see [`services`](crate::services).
    Slow,
    /// It has commands that behave badly; see [`services`](crate::services).
    Commands,
    /// It has the classic layout, and lies about what it offers.
    Liar,
    /// It offers `echo`, and executes another program at once.
    Leaving,
    /// Teleop is turned off in it.
    Disabled,
    /// It has the classic layout, and knows of no method but the first.
    Old,
    /// It accepts, and answers with what is no Cap'n Proto.
    Garbage,
}

const KINDS: [Kind; 13] = [
    Kind::Bare,
    Kind::Armed,
    Kind::Classic,
    Kind::Server,
    Kind::Patient,
    Kind::Hasty,
    Kind::Slow,
    Kind::Commands,
    Kind::Liar,
    Kind::Leaving,
    Kind::Disabled,
    Kind::Old,
    Kind::Garbage,
];

/// What it says of itself to steer a terminal.
pub(crate) const HOSTILE: &str = "red \u{1b}[31m, back \u{202e}, \u{9b}2J";

/// The file that the service `silent` creates in the place when it is called.
pub(crate) const CALLED: &str = "called";

/// A process to attach to. It ends when this is dropped, or when the test dies.
#[derive(Debug)]
pub(crate) struct Target(Child);

impl Target {
    pub(crate) fn start(place: &Place, kind: Kind) -> Self {
        Self::start_by(place, kind, &[])
    }

    /// The same, by another program where one is given.
    pub(crate) fn start_by(place: &Place, kind: Kind, by: &[&str]) -> Self {
        let mut target = Self::begin(place, kind, by);
        let output = target.0.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines();
        assert!(lines.any(|line| line.unwrap() == READY), "no target");
        target
    }

    /// Starts a process that becomes a target, by another program where one is given.
    pub(crate) fn begin(place: &Place, kind: Kind, by: &[&str]) -> Self {
        let program = env::current_exe().unwrap();
        let mut command = match by {
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            [] => Command::new(program),
        };
        command
            .args(["target::serve", "--exact", "--ignored", "--nocapture"])
            .env(KIND, format!("{kind:?}"))
            .env("TEST_TOKEN", "hunter2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        place.prepare(&mut command);
        Self(command.spawn().unwrap())
    }

    /// Writes a line to its standard input.
    #[cfg(unix)]
    pub(crate) fn tell(&mut self, line: &str) {
        let mut stdin = self.0.stdin.as_ref().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not a test: what runs in a target.
#[test]
#[ignore = "what the targets of the other tests run"]
fn serve() {
    let Ok(kind) = env::var(KIND) else {
        return;
    };
    let kind = KINDS.into_iter().find(|it| format!("{it:?}") == kind);
    let config = Config::new().name("target").version("1.2.3");
    let _serving = match kind.unwrap() {
        Kind::Bare => None,
        Kind::Armed | Kind::Leaving => Some(config.spawn(offer).unwrap()),
        Kind::Hasty => {
            let limits = Limits::new().idle(Duration::from_millis(20));
            Some(config.limits(limits).spawn(offer).unwrap())
        }
        Kind::Classic => Some(config.layouts([CLASSIC]).spawn(offer).unwrap()),
        Kind::Disabled => Some(config.enabled(false).spawn(offer).unwrap()),
        Kind::Server => {
            let config = config.name("server").version(env!("CARGO_PKG_VERSION"));
            Some(config.spawn(services::examples).unwrap())
        }
        Kind::Slow => Some(config.spawn(services::slow).unwrap()),
        Kind::Patient => {
            let config = config.linger(Duration::MAX);
            Some(config.spawn(services::obeyed).unwrap())
        }
        Kind::Commands => Some(config.spawn(services::commands).unwrap()),
        Kind::Liar => {
            serve_root(|| new_client(services::Liar));
            None
        }
        Kind::Old => {
            serve_root(|| new_client(Old));
            None
        }
        Kind::Garbage => {
            listen(async |listener| {
                loop {
                    let mut stream = listener.accept().await.stream.clone();
                    let _ = stream.write_all(&[0x5a; 1024]).await;
                }
            });
            None
        }
    };
    writeln!(io::stdout(), "\n{READY}").unwrap();
    #[cfg(unix)]
    if kind == Some(Kind::Leaving) {
        crate::unix::execute_another_program();
    }
    // Whoever started it holds the other end.
    let _ = io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}

fn offer(services: &mut Services) {
    let mut echo = |name: &str, behaviour| {
        let make = move || -> echo::Client { new_client(behaviour) };
        let offer = services.offer(name, make);
        offer.doc(format!("{behaviour:?}")).schema(ECHO);
    };
    echo("broken", Behaviour::Fails);
    echo("silent", Behaviour::NeverAnswers);
    echo("doomed", Behaviour::Dies);
    echo("hostile.echo", Behaviour::Echoes);
    services
        .offer("root", || -> root::Client { new_client(Old) })
        .schema(ROOT);
    services
        .offer("hostile", || -> root::Client { new_client(Old) })
        .doc(HOSTILE);
}

#[derive(Clone, Copy, Debug)]
enum Behaviour {
    Echoes,
    Fails,
    NeverAnswers,
    Dies,
}

impl echo::Server for Behaviour {
    async fn echo(
        self: Rc<Self>,
        params: echo::EchoParams,
        mut results: echo::EchoResults,
    ) -> capnp::Result<()> {
        match *self {
            Self::Echoes => {
                results.get().set_reply(params.get()?.get_message()?);
                Ok(())
            }
            Self::Fails => Err(capnp::Error::failed(format!("the disk is {HOSTILE}\nfull"))),
            Self::NeverAnswers => {
                std::fs::write(CALLED, "").unwrap();
                future::pending().await
            }
            Self::Dies => std::process::exit(0),
        }
    }
}

/// The root interface as it was before there were listings.
#[derive(Debug)]
struct Old;

impl root::Server for Old {
    async fn service(
        self: Rc<Self>,
        params: root::ServiceParams,
        mut results: root::ServiceResults,
    ) -> capnp::Result<()> {
        let name = params.get()?.get_name()?.to_str()?;
        if name != "echo" {
            return Err(capnp::Error::failed(format!("Unknown service: {name}")));
        }
        let echo: echo::Client = new_client(Behaviour::Echoes);
        results
            .get()
            .init_service()
            .set_as_capability(echo.client.hook);
        Ok(())
    }
}

/// Serves a root interface of its own in the classic layout.
fn serve_root(root: impl FnOnce() -> root::Client + Send + 'static) {
    listen(async |listener| {
        let root = root();
        loop {
            let connection = listener.accept().await;
            let stream = connection.stream.clone();
            let _ = teleop::operate::capnp::serve(stream, &root).await;
        }
    });
}

/// Listens in the classic layout, on a thread of its own.
fn listen(serve: impl AsyncFnOnce(&mut Listener) + Send + 'static) {
    let about =
        json!({"protocol": 1, "pid": std::process::id(), "name": "old", "attacher": "auto"});
    let about: About = serde_json::from_value(about).unwrap();
    let listen = Listen::new().layout(CLASSIC);
    let mut listener = listen.arm(&about).unwrap();
    thread::spawn(move || async_io::block_on(serve(&mut listener)));
}
