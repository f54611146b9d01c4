//! [`Session`]: attached to a process, for the time of one command.

use std::{
    cell::{Cell, RefCell},
    mem::ManuallyDrop,
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::Result;
use async_io::Timer;
use clap::ValueEnum;
use futures::future::{self, Either};
use teleop::{
    Attach, Connection, Error, Pid, Remote, Step,
    attach::{Attached, Layout, attacher},
    capnp::ErrorKind,
};

use crate::{
    cli::{AttacherName, Options},
    each,
    exit::{Ended, Usage},
    output::Output,
    peer::{Peer, ends},
    progress::{self, Counted},
    signal,
    subject::Subject,
    target::{Found, Targets},
    via::Passage,
    wait::until_there,
};

/// A process that the command is attached to.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) remote: Remote,
    pub(crate) peer: Peer,
    pub(crate) clock: Clock,
    /// What is being called, for an error to tell.
    subject: RefCell<Subject>,
}

/// Attaches, and is attached while `operate` runs: within the time that the user gave, and until a
/// signal says otherwise. What the attach creates is gone once it stands; from then on a signal ends the
/// command at once, whatever it waits for, and the target sees its calls cancelled.
///
/// What comes of it is shown. Where several processes are meant, all of it is done with each.
pub(crate) fn attached<T>(
    targets: &Targets,
    options: &Options,
    output: &Output,
    operate: impl AsyncFn(&Session, &Output) -> Result<T>,
    show: impl Fn(T, &Output) -> Result<()>,
) -> Result<()> {
    let attach = attach(options)?;
    if targets.is_each() {
        if options.via.is_some() {
            let problem = "`--each` is not understood together with `--via`: name one process";
            return Err(Usage(problem.to_owned()).into());
        }
        return each::attached(targets, &attach, options, output, operate, show);
    }
    let attach = attach.on_step(|step| progress::step(step.to_string()));
    let value = async_io::block_on(progress::during(output, async {
        let opened = match &options.via {
            // It may ask for a password.
            Some(via) => {
                let opening = Passage::open(via, targets, options, output);
                progress::hidden_during(opening).await?
            }
            None => {
                let attempt = async || Opened::open(targets.one()?, &attach, options).await;
                let opening = until_there(options.wait, targets, output, attempt);
                signal::until_interrupted(opening).await?
            }
        };
        let operating = opened.operate(options, output, &operate);
        progress::cleared_by_signals(operating).await
    }))?;
    show(value, output)
}

/// How the user wants to attach.
pub(crate) fn attach(options: &Options) -> Result<Attach> {
    let attacher = named(options.attacher)?;
    Ok(Attach::new().timeout(options.timeout).attacher(attacher))
}

/// Attaches to the process that is meant, and to no other.
pub(crate) async fn attach_to(found: Found, attach: &Attach) -> Result<Attached> {
    let Found { pid, start } = found;
    let attached = attach.open(pid).await?;
    // The name was that of a process which is no more, and whose id another has.
    if start.is_some_and(|start| attached.process.start().ok() != Some(start)) {
        return Err(Error::NoSuchProcess { pid }.into());
    }
    Ok(attached)
}

/// Attached to the process that is meant.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) connection: Connection,
    /// How it came about.
    pub(crate) how: String,
}

impl Opened {
    pub(crate) async fn open(found: Found, attach: &Attach, options: &Options) -> Result<Self> {
        let clock = Clock::start(options.timeout);
        let attached = attach_to(found, attach).await?;
        let how = how(&attached, clock.elapsed());
        let (remote, connection) = Remote::over(Counted(attached.stream));
        let peer = Peer::Here(attached.process);
        let session = Session::new(remote, peer, clock);
        Ok(Self {
            session,
            connection,
            how,
        })
    }

    pub(crate) async fn operate<T>(
        self,
        options: &Options,
        output: &Output,
        operate: &impl AsyncFn(&Session, &Output) -> Result<T>,
    ) -> Result<T> {
        let Self {
            session,
            connection,
            how,
        } = self;
        output.detail(|| how);
        progress::step(Step::Answer.to_string());
        let operating = drive(connection, operate(&session, output));
        let outcome = match session.clock.limit(operating).await {
            None => Err(session.timed_out(options.timeout)),
            Some(Err(error)) => Err(session.explain(error).await),
            Some(Ok(value)) => Ok(value),
        };
        let outcome = outcome.map_err(|error| error.context(session.subject.take()));
        if let Peer::There(passage) = &session.peer {
            passage.leave().await;
        }
        outcome
    }
}

/// Polls the connection for as long as it takes to operate over it.
async fn drive<T>(connection: Connection, operating: impl Future<Output = T>) -> T {
    // Not dropped: the command is over when this is, and the kernel closes the socket.
    let mut connection = ManuallyDrop::new(connection);
    match future::select(pin!(operating), &mut *connection).await {
        Either::Left((outcome, _)) => outcome,
        // Every call that is still to be made fails, and says so.
        Either::Right((_, operating)) => operating.await,
    }
}

impl Session {
    pub(crate) fn new(remote: Remote, peer: Peer, clock: Clock) -> Self {
        let subject = Subject {
            pid: peer.pid().map(Pid::as_u32),
            ..Subject::default()
        };
        Self {
            remote,
            peer,
            clock,
            subject: RefCell::new(subject),
        }
    }

    /// Notes what is called from now on: what goes wrong is about that.
    pub(crate) fn calls(&self, service: &str, method: Option<&str>) {
        let mut subject = self.subject.borrow_mut();
        subject.service = Some(service.to_owned());
        subject.method = method.map(str::to_owned);
    }

    fn timed_out(&self, after: Duration) -> anyhow::Error {
        match &self.peer {
            Peer::Here(process) => Error::TimedOut {
                pid: process.pid(),
                step: Step::Answer,
                after,
                stopped: process.is_stopped(),
            }
            .into(),
            Peer::There(passage) => passage.silent(after).into(),
        }
    }

    /// Tells what the process said from what became of the connection.
    async fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        let Some(Error::Remote(source)) = error.downcast_ref() else {
            return error;
        };
        // Every error that came over the wire is marked so: any other is about the wire.
        let is_of_the_wire = !source.extra.starts_with(REMOTE);
        match &self.peer {
            Peer::There(passage) if is_of_the_wire => {
                let failure = passage.failure(source).await;
                failure.map_or(error, anyhow::Error::from)
            }
            Peer::Here(process) if source.kind == ErrorKind::Disconnected => {
                if ends(process).await {
                    Ended(process.pid()).into()
                } else {
                    error
                }
            }
            _ if is_of_the_wire => {
                let problem = source.extra.clone();
                Error::Protocol { problem }.into()
            }
            _ => error,
        }
    }
}

/// What capnp-rpc writes before the words of the other side.
pub(crate) const REMOTE: &str = "remote exception: ";

/// What is left of the time that the user gave.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// `None` where there is no limit.
    deadline: Cell<Option<Instant>>,
}

impl Clock {
    pub(crate) fn start(limit: Duration) -> Self {
        let started = Instant::now();
        let deadline = Cell::new(started.checked_add(limit));
        Self { started, deadline }
    }

    /// From now on there is no limit.
    pub(crate) fn stop(&self) {
        self.deadline.set(None);
    }

    /// Waits for what the target has no part in: the time that it takes does not count.
    pub(crate) async fn stopped_during<T>(&self, future: impl Future<Output = T>) -> T {
        let deadline = self.deadline.take();
        let started = Instant::now();
        // It may be typed.
        let value = progress::hidden_during(future).await;
        let later = deadline.and_then(|at| at.checked_add(started.elapsed()));
        self.deadline.set(later);
        value
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits for a future no longer than what is left.
    pub(crate) async fn limit<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            let timer = self.deadline.get().map_or_else(Timer::never, Timer::at);
            if let Either::Left((value, _)) = future::select(&mut future, timer).await {
                return Some(value);
            }
            // It may have been put off meanwhile.
            if self.deadline.get().is_some_and(|at| at <= Instant::now()) {
                return None;
            }
        }
    }
}

fn named(name: AttacherName) -> Result<impl attacher::Attacher> {
    let find = |name: AttacherName| attacher::named(name.as_str());
    find(name).ok_or_else(|| {
        let here: Vec<_> = AttacherName::value_variants()
            .iter()
            .filter(|name| find(**name).is_some())
            .map(|name| format!("`{}`", name.as_str()))
            .collect();
        let wanted = name.as_str();
        Usage(format!(
            "there is no attacher `{wanted}` on this platform; there are {}",
            here.join(", ")
        ))
        .into()
    })
}

fn how(attached: &Attached, elapsed: Duration) -> String {
    let pid = attached.process.pid();
    let layout = match attached.layout {
        Layout::Private => "private",
        Layout::Classic => "classic",
        _ => "unknown",
    };
    let asked = match (attached.requested, attached.healed) {
        (_, true) => "a stale socket stood there, so it was asked to open another",
        (true, false) => "it was asked to open its socket",
        (false, false) => "its socket was open already",
    };
    let elapsed = elapsed.as_secs_f64() * 1e3;
    format!("attached to process `{pid}` in {elapsed:.2} ms ({layout} layout): {asked}")
}

#[cfg(all(test, unix))]
mod tests {
    use clap::Parser;
    use teleop::{Attach, Config, Error, Pid, process::Process};

    use super::Opened;
    use crate::{cli::Cli, target::Found};

    #[test]
    fn a_process_that_has_the_id_of_the_one_that_was_found_is_not_taken_for_it() {
        let place = tempfile::tempdir().unwrap();
        let config = Config::new().directory(place.path());
        let _teleop = config.spawn(|_| {}).unwrap();
        let options = Cli::parse_from(["teleop", "ps"]).options;
        let attach = Attach::new().directory(place.path());
        let open = |of: Pid| {
            let start = Process::pin(of).unwrap().start().unwrap();
            let (pid, start) = (Pid::this(), Some(start));
            async_io::block_on(Opened::open(Found { pid, start }, &attach, &options))
        };
        open(Pid::this()).unwrap();
        let other = std::os::unix::process::parent_id();
        let error = open(other.into()).unwrap_err();
        let error = error.downcast_ref::<Error>();
        assert!(
            matches!(error, Some(Error::NoSuchProcess { .. })),
            "{error:?}"
        );
    }
}
