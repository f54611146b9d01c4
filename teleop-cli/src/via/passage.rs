//! [`Passage`]: the way to a process elsewhere, through a child that leads there.

use std::{rc::Rc, time::Duration};

use anyhow::Result;
use futures::{
    channel::oneshot,
    future::{self, Either},
};
use teleop::{
    Error, Pid, Remote,
    capnp::{self, ErrorKind},
};

use super::{
    Failure, Via,
    errand::Errand,
    pipes::{Ends, Pipes},
    unless_heard,
};
use crate::{
    cli::Options,
    clock::Clock,
    output::Output,
    peer::Peer,
    progress::Counted,
    session::{Opened, Session},
    signal::Heard,
    target::Targets,
};

/// The way to a process elsewhere: a child whose standard input and output lead to its socket.
#[derive(Debug)]
pub(crate) struct Passage {
    pid: Option<Pid>,
    errand: Errand,
    ends: Rc<Ends>,
}

impl Passage {
    /// Attaches to a process: within the time that the user gave, and until a signal says otherwise.
    ///
    /// It waits for the first answer. Until then the child has to be told when it is to end; later it
    /// sees that nobody is here any more. Where somebody else hears the signals, it is told when this is
    /// dropped.
    pub(crate) async fn open(
        via: &Via,
        targets: &Targets,
        options: &Options,
        output: &Output,
        heard: Option<&mut Heard>,
    ) -> Result<Opened> {
        let limit = Via::limit(options);
        let clock = Clock::start(limit);
        let mut started = None;
        let opening = async {
            let (passage, pipes, answered) = Self::start(via, targets, options, output)?;
            let passage = started.insert(passage);
            let (remote, mut connection) = Remote::over(Counted(pipes));
            match clock.limit(future::select(answered, &mut connection)).await {
                Some(Either::Left(_)) => Ok((remote, connection)),
                Some(Either::Right(_)) => {
                    let closed = capnp::Error::disconnected("it was closed".to_owned());
                    let failure = passage.failure(&closed).await;
                    Err(failure.map_or(Error::from(closed).into(), anyhow::Error::from))
                }
                None => Err(passage.silent(limit).into()),
            }
        };
        let (remote, connection) = match unless_heard(heard, opening).await {
            Ok(opened) => opened,
            Err(error) => {
                if let Some(passage) = started {
                    passage.stop().await;
                }
                return Err(error);
            }
        };
        let passage = started.expect("it is what was opened");
        let elapsed = clock.elapsed().as_secs_f64() * 1e3;
        let line = &passage.errand.line;
        let how = format!("attached to process `{targets}` in {elapsed:.2} ms, by `{line}`");
        let peer = Peer::There(Box::new(passage));
        let session = Session::new(remote, peer, Clock::start(options.timeout));
        Ok(Opened {
            session,
            connection,
            how,
        })
    }

    fn start(
        via: &Via,
        targets: &Targets,
        options: &Options,
        output: &Output,
    ) -> Result<(Self, Pipes, oneshot::Receiver<()>)> {
        let words = Via::words("bridge", targets, options);
        let (errand, stdin, stdout) = Errand::start(via, &words, Via::SHOWN, options, output)?;
        let (pipes, ends, answered) = Pipes::new(stdin, stdout);
        let pid = targets.pid();
        Ok((Self { pid, errand, ends }, pipes, answered))
    }

    /// The id of the process at the other end, where the user gave it.
    pub(crate) fn pid(&self) -> Option<Pid> {
        self.pid
    }

    /// That nothing came.
    pub(crate) fn silent(&self, after: Duration) -> Failure {
        let line = self.errand.line.clone();
        Failure::Silent { line, after }
    }

    /// Tells what the wire says from what became of the child.
    pub(crate) async fn failure(&self, error: &capnp::Error) -> Option<Failure> {
        if let Some(noise) = self.ends.noise() {
            let line = self.errand.line.clone();
            return Some(Failure::Noise { line, noise });
        }
        if error.kind != ErrorKind::Disconnected {
            return None;
        }
        Some(self.errand.failure().await)
    }

    /// Has the child end by itself, as it does when nothing more is to come.
    pub(crate) async fn leave(&self) {
        self.ends.close();
        if self.errand.ended().await.is_none() {
            self.errand.stop().await;
        }
        // What it said last is passed on by then.
        self.errand.said().await;
    }

    async fn stop(&self) {
        self.ends.close();
        self.errand.stop().await;
    }
}
