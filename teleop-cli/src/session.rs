//! [`Session`]: attached to a process, for the time of one command.

use std::{cell::RefCell, mem::ManuallyDrop, pin::pin, time::Duration};

use anyhow::Result;
use clap::ValueEnum;
use futures::{
    channel::oneshot,
    future::{self, Either},
};
use teleop::{
    Attach, Connection, Error, Pid, Remote, Step,
    attach::{Attached, Layout, attacher},
    capnp::{self, ErrorKind},
};

use crate::{
    cli::{AttacherName, Options},
    clock::Clock,
    each,
    exit::{Ended, Usage},
    output::Output,
    peer::{Peer, ends},
    progress::{self, Counted},
    signal::Heard,
    subject::Subject,
    target::{Found, Selection, Targets},
    via::Passage,
    wait::until_there,
};

/// A process that the command is attached to.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) remote: Remote,
    pub(crate) peer: Peer,
    pub(crate) clock: Clock,
    subject: RefCell<Subject>,
}

/// Attaches, and is attached while `operate` runs: within the time that the user gave, and until a
/// signal says otherwise. What the attach creates is gone once it stands; from then on a signal ends the
/// command at once, whatever it waits for, and the target sees its calls cancelled.
///
/// What comes of it is shown. Where several processes are meant, all of it is done with each.
pub(crate) fn attached<T>(
    selection: &Selection,
    options: &Options,
    output: &Output,
    operate: impl AsyncFn(&Session, &Output) -> Result<T>,
    show: impl Fn(T, &Output) -> Result<()>,
) -> Result<()> {
    let attach = attach(options)?;
    let Selection { targets, each } = selection;
    if *each {
        return each::attached(targets, &attach, options, output, operate, show);
    }
    let attach = seen(attach);
    let value = teleop::block_on(progress::during(
        output,
        Box::pin(async {
            let mut heard = Heard::listen()?;
            let opened = Opened::of(targets, &attach, options, output, &mut heard).await;
            heard.end_at_once();
            let operating = opened?.operate(options, output, &operate);
            progress::cleared_by_signals(operating).await
        }),
    ))?;
    show(value, output)
}

/// How the user wants to attach.
pub(crate) fn attach(options: &Options) -> Result<Attach> {
    let attacher = named(options.attacher)?;
    let attach = Attach::new().timeout(options.timeout).attacher(attacher);
    // It asks for nothing, and so nothing would come of waiting.
    Ok(attach.only_open(options.attacher == AttacherName::Dummy))
}

/// The same, with each step shown where it takes long.
pub(crate) fn seen(attach: Attach) -> Attach {
    attach.on_step(|step| progress::step(step.to_string()))
}

/// Attaches to the process that is meant, and to no other.
pub(crate) async fn attach_to(found: Found, attach: &Attach) -> Result<Attached> {
    let attached = attach.open(found.pid).await?;
    found.check(&attached.process)?;
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
    /// Attaches, here or elsewhere, unless a signal arrives first.
    pub(crate) async fn of(
        targets: &Targets,
        attach: &Attach,
        options: &Options,
        output: &Output,
        heard: &mut Heard,
    ) -> Result<Self> {
        match &options.via {
            // It may ask for a password.
            Some(via) => {
                let opening = Passage::open(via, targets, options, output, Some(heard));
                progress::hidden_during(Box::pin(opening)).await
            }
            None => {
                let attempt = async || Self::open(targets.one()?, attach, options).await;
                let opening = until_there(options.wait, targets, output, attempt);
                heard.during(Box::pin(opening)).await
            }
        }
    }

    pub(crate) async fn open(found: Found, attach: &Attach, options: &Options) -> Result<Self> {
        be_on_time();
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

    /// Is attached while `converse` runs, however long that takes; it is told when the connection ends.
    pub(crate) async fn converse<T>(
        self,
        output: &Output,
        converse: impl AsyncFnOnce(&Session, oneshot::Receiver<()>) -> Result<T>,
    ) -> Result<T> {
        let Self {
            session,
            connection,
            how,
        } = self;
        output.detail(|| how);
        let (tell, closed) = oneshot::channel();
        let serving = Box::pin(async {
            let _ = connection.await; // What becomes of it, each call says.
            let _ = tell.send(()); // Who does not wait for it is done.
        });
        let outcome = drive(serving, Box::pin(converse(&session, closed))).await;
        session.peer.leave().await;
        outcome
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
        let operating = drive(connection, Box::pin(operate(&session, output)));
        let outcome = match session.clock.limit(operating).await {
            None => Err(session.timed_out(options.timeout)),
            Some(Err(error)) => Err(session.explain(error).await),
            Some(Ok(value)) => Ok(value),
        };
        let outcome = outcome.map_err(|error| error.context(session.subject.take()));
        session.peer.leave().await;
        outcome
    }
}

/// Has the kernel wake the command when it wants to be woken: it looks for what a process opens after as little as
/// 20 µs, and would else sleep for 50 more. Children would inherit it; there are none where it attaches itself.
fn be_on_time() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_timerslack(1); // Else it takes a little longer.
}

/// Polls the connection for as long as it takes to operate over it.
///
/// What operates is on the heap, as is what attaches: each that waits for a future which it was given holds it
/// twice or thrice, and the stack, all of which is touched, would be of hundreds of kilobytes.
async fn drive<T>(connection: impl Future + Unpin, operating: impl Future<Output = T>) -> T {
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

    /// Notes that it is what was returned that is called.
    pub(crate) fn calls_on(&self, method: &str) {
        self.subject.borrow_mut().method = Some(method.to_owned());
    }

    /// Does one thing, within the time that the user gave.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        operating: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.clock.restart(limit);
        match self.clock.limit(operating).await {
            None => Err(self.timed_out(limit)),
            Some(outcome) => outcome,
        }
    }

    /// What is to be said of a connection that ended while nothing was called. Nobody waits for an answer,
    /// so a process that is busy ending has its time.
    pub(crate) async fn lost(&self) -> anyhow::Error {
        const TRIES: u32 = 4;

        if let Peer::Here(process) = &self.peer {
            for _ in 0..TRIES {
                if ends(process).await {
                    let (pid, was_called) = (process.pid(), false);
                    return Ended { pid, was_called }.into();
                }
            }
        }
        let closed = capnp::Error::disconnected("it was closed".to_owned());
        self.explain(Error::from(closed).into()).await
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
    pub(crate) async fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        let Some(Error::Remote(source)) = error.downcast_ref() else {
            return error;
        };
        let is_of_the_wire = is_of_the_wire(&error);
        match &self.peer {
            Peer::There(passage) if is_of_the_wire => {
                let failure = passage.failure(source).await;
                failure.map_or(error, anyhow::Error::from)
            }
            Peer::Here(process) if source.kind == ErrorKind::Disconnected => {
                if ends(process).await {
                    Ended {
                        pid: process.pid(),
                        was_called: true,
                    }
                    .into()
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

/// Whether an error is about the wire: every one that came over it is marked so.
pub(crate) fn is_of_the_wire(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Remote(source)) if !source.extra.starts_with(REMOTE))
}

/// What capnp-rpc writes before the words of the other side.
pub(crate) const REMOTE: &str = "remote exception: ";

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
    use std::process::{Child, Command, Stdio};

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
            teleop::block_on(Opened::open(Found { pid, start }, &attach, &options))
        };
        open(Pid::this()).unwrap();
        let start = |pid: u32| Process::pin(pid.into()).unwrap().start().unwrap();
        let end = |mut child: Child| {
            child.kill().unwrap();
            child.wait().unwrap();
        };
        // Whatever starts within the same hundredth of a second starts at the same moment.
        let (other, error) = loop {
            let other = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            if start(other.id()) != start(std::process::id()) {
                let error = open(other.id().into()).unwrap_err();
                break (other, error);
            }
            end(other);
        };
        end(other);
        let error = error.downcast_ref::<Error>();
        assert!(
            matches!(error, Some(Error::NoSuchProcess { .. })),
            "{error:?}"
        );
    }
}
