//! [`Attach`]: the client's side of the handshake.

use std::{
    fmt, io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Attacher, Check, Diagnosis, Endpoint, Layout, Request, attacher::Auto, diagnosis::Trail,
    locate::Located, place,
};
use crate::{
    channel::Stream,
    error::{Error, Obstacle, Result, Step},
    process::{Pid, Process, circumstances, refuse_in_fork},
    reactor::{self, Timer},
};

/// A connection with a process, and how it came about.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attached {
    /// The connection.
    pub stream: Stream,
    /// The process at its other end, pinned.
    pub process: Process,
    /// How its endpoint is laid out.
    pub layout: Layout,
    /// Whether a request was made; else the socket was open already.
    pub requested: bool,
    /// Whether a socket stood there that nobody listened on, and was replaced.
    pub healed: bool,
}

/// How to attach.
#[derive(Clone, Debug)]
#[must_use = "nothing is attached to until it is told to"]
pub struct Attach {
    timeout: Duration,
    attacher: Arc<dyn Attacher>,
    directory: Option<PathBuf>,
    only_open: bool,
    on_step: Option<OnStep>,
}

/// Who is told of each step.
#[derive(Clone)]
struct OnStep(Arc<dyn Fn(Step) + Send + Sync>);

impl fmt::Debug for OnStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnStep")
    }
}

impl Attach {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            attacher: Arc::new(Auto),
            directory: place::given(),
            only_open: false,
            on_step: None,
        }
    }

    /// How long the process may take to let this one in. Default: five seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How the process is told. Default: [`Auto`], which sends no signal.
    pub fn attacher(self, attacher: impl Attacher + 'static) -> Self {
        Self {
            attacher: Arc::new(attacher),
            ..self
        }
    }

    /// The directory where the process publishes its endpoint, seen through its root directory.
    /// Default: what the variable `TELEOP_DIR` says, else what follows from its user.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(place::fixed(directory.into()));
        self
    }

    /// Whether to connect only with a process whose socket is open already, because somebody was attached
    /// to it a moment ago: nothing is asked of any other. Default: no.
    pub fn only_open(mut self, only_open: bool) -> Self {
        self.only_open = only_open;
        self
    }

    /// Is told what is waited for, whenever that is another step: for whoever shows that it goes on.
    pub fn on_step(self, tell: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self {
            on_step: Some(OnStep(Arc::new(tell))),
            ..self
        }
    }

    /// Connects with a process, asking it to open its socket where that is needed, and leaves it to
    /// the caller what is spoken.
    ///
    /// Who answers is that process: the kernel says so before a byte is sent. What was created for
    /// the request is gone when this returns. Cancel safe: dropped while it waits, it withdraws the
    /// request.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] that is about a process; [`Error::TimedOut`] where it does not
    /// answer in time; [`Error::Unsupported`] in a process that was forked from one that uses Teleop.
    pub async fn open(&self, pid: impl Into<Pid>) -> Result<Attached> {
        connect(pid.into(), self, &Trail::NONE).await
    }

    /// The same as [`open`](Self::open), and tells what it looks at on the way.
    pub async fn diagnose(&self, pid: impl Into<Pid>) -> Diagnosis {
        let trail = Trail::new();
        let outcome = connect(pid.into(), self, &trail).await;
        trail.diagnosis(outcome)
    }
}

impl Default for Attach {
    fn default() -> Self {
        Self::new()
    }
}

async fn connect(pid: Pid, how: &Attach, trail: &Trail) -> Result<Attached> {
    refuse_in_fork()?;
    reactor::start()?;
    trail.passed(circumstances);
    let deadline = Deadline::after(how.timeout);
    trail.begin(Check::Process);
    let process = Process::pin(pid)?;
    trail.passed(|| described(&process));
    // That it has ended explains whatever else fails.
    let explain = |error| process.check_alive().err().unwrap_or(error);
    let find = |trail: &Trail| {
        Located::find(&process, &*how.attacher, how.directory.as_deref(), trail).map_err(explain)
    };
    let mut located = find(trail)?;
    trail.begin(Check::Socket);

    let mut request: Option<Requested> = None;
    let mut requested_at: Option<Instant> = None;
    let mut healed = false;
    let mut pause = Pause::new();
    let mut told = None;
    loop {
        let endpoint = &located.endpoint;
        let step = match endpoint.connect() {
            Ok(stream) => {
                trail.passed(|| connected(endpoint));
                trail.begin(Check::Peer);
                check_peer(&stream, &process, endpoint, trail)?;
                return Ok(Attached {
                    stream,
                    process,
                    layout: endpoint.layout(),
                    requested: requested_at.is_some(),
                    healed,
                });
            }
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Step::Socket
            }
            // It is bound and not listened on yet, or closing, or nobody is there any more.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::ConnectionRefused => {
                healed |= requested_at.is_none();
                Step::Socket
            }
            // More wait for it than the kernel has room for.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::WouldBlock => {
                Step::Connect
            }
            Err(error) => return Err(error),
        };
        process.check_alive()?;
        let is_due = requested_at.is_none_or(|at| at.elapsed() >= REPEAT);
        if step == Step::Socket && is_due {
            if requested_at.is_some() {
                // What was found may be gone by now, or in another place.
                located = match find(&Trail::NONE) {
                    // It is being made again.
                    Err(error) if error.is_not_found() => located,
                    found => found?,
                };
            } else {
                trail.absent(|| "it is not open".to_owned());
            }
            trail.begin(Check::Request);
            if let Some(obstacle) = located.obstacle {
                return Err(Error::NotAttachable { pid, obstacle });
            }
            if how.only_open {
                let obstacle = Obstacle::NotOpen;
                return Err(Error::NotAttachable { pid, obstacle });
            }
            // A request that was taken in vain, as there was no room for a socket, is made again.
            let stands = |request: &Requested| {
                request.at.is_same(&located.endpoint) && request.request.stands()
            };
            if !request.as_ref().is_some_and(stands) {
                let made = how.attacher.request(&located.endpoint, &process);
                request = Some(Requested {
                    request: made.map_err(explain)?,
                    at: located.endpoint.clone(),
                });
                pause = Pause::new();
                trail.passed(|| asked(&located.endpoint, &*how.attacher));
            }
            trail.begin(Check::Connection);
            requested_at = Some(Instant::now());
        }
        if deadline.is_over() {
            return Err(Error::TimedOut {
                pid,
                step,
                after: how.timeout,
                stopped: process.is_stopped(),
            });
        }
        if let Some(OnStep(tell)) = how.on_step.as_ref().filter(|_| told != Some(step)) {
            tell(step);
            told = Some(step);
        }
        Timer::after(pause.next().min(deadline.left())).await;
    }
}

/// How long a target may take to open its socket before it is looked for anew.
const REPEAT: Duration = Duration::from_millis(100);

/// A request, and where it stands.
#[derive(Debug)]
struct Requested {
    request: Box<dyn Request>,
    at: Endpoint,
}

/// Fails unless it is the process, and still lives, that listens at the other end.
fn check_peer(
    stream: &Stream,
    process: &Process,
    endpoint: &Endpoint,
    trail: &Trail,
) -> Result<()> {
    use crate::error::Context;

    let path = || endpoint.sockets().join(endpoint.socket_name());
    let peer = stream.peer().with_context("ask who listens on", path)?;
    let finding = match peer.pid {
        Some(pid) if pid != process.pid() => {
            format!(
                "process `{pid}` of {} listens on it, not process `{}`",
                peer.uid,
                process.pid()
            )
        }
        None if peer.tells_pid || endpoint.layout() != Layout::Private => format!(
            "a process of {} that cannot be seen from here listens on it",
            peer.uid
        ),
        _ if peer.uid != process.owner() => {
            format!(
                "it was opened for {}, not for {}",
                peer.uid,
                process.owner()
            )
        }
        // The kernel remembers who began to listen. It lives, so its id was not given away.
        _ => {
            process.check_alive()?;
            trail.passed(|| match peer.pid {
                Some(pid) => format!("process {pid} of {} listens", peer.uid),
                None => format!("{} listens, in a directory of its own", peer.uid),
            });
            return Ok(());
        }
    };
    Err(Error::Untrusted {
        path: path(),
        finding,
    })
}

fn described(process: &Process) -> String {
    let mut facts = vec!["it is alive".to_owned()];
    facts.extend(process.state().map(|state| format!("state {state}")));
    let age = process.started().and_then(|at| at.elapsed().ok());
    facts.extend(age.map(|age| format!("started {} s ago", age.as_secs())));
    let executable = process.executable();
    facts.extend(executable.map(|path| format!("`{}`", path.display())));
    facts.join(", ")
}

fn connected(endpoint: &Endpoint) -> String {
    let path = endpoint.sockets().join(endpoint.socket_name());
    format!("connected to `{}`", path.display())
}

fn asked(endpoint: &Endpoint, attacher: &dyn Attacher) -> String {
    let path = endpoint.requests().path().display();
    format!("made by the attacher `{}` in `{path}`", attacher.name())
}

/// When to give up.
#[derive(Debug)]
struct Deadline(Option<Instant>);

impl Deadline {
    fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    fn left(&self) -> Duration {
        self.0.map_or(Duration::MAX, |at| {
            at.saturating_duration_since(Instant::now())
        })
    }

    fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// How long to wait before the next try: a target answers within tens of microseconds, or it is busy.
///
/// It is by trying that a client waits, and not with inotify: closing a descriptor that had a watch
/// takes longer than the whole attach.
#[derive(Debug)]
struct Pause {
    next: Duration,
    waited: Duration,
}

impl Pause {
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_millis(2);
    /// Who has not answered after this is stopped, or has other things to do,
    const SOON: Duration = Duration::from_secs(1);
    /// and is looked for less often.
    const LATER: Duration = Duration::from_millis(20);

    fn new() -> Self {
        Self {
            next: Self::SHORTEST,
            waited: Duration::ZERO,
        }
    }

    fn next(&mut self) -> Duration {
        let longest = match self.waited < Self::SOON {
            true => Self::LONGEST,
            false => Self::LATER,
        };
        let now = self.next.min(longest);
        self.next = now + now / 2;
        self.waited += now;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_soon_is_found_soon_and_who_does_not_costs_little() {
        let mut pause = Pause::new();
        let mut waited = Duration::ZERO;
        let mut looks = 0;
        while waited < Duration::from_secs(3600) {
            let next = pause.next();
            assert!(next <= Pause::LATER && (waited >= Pause::SOON || next <= Pause::LONGEST));
            waited += next;
            looks += 1;
        }
        assert!(looks < 3600 * 60, "{looks}");
    }
}
