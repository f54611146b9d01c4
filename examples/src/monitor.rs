//! [`Monitor`]: what can be asked how a [`Chain`](crate::Chain) is doing.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use crate::chain::Stop;

/// What can be asked how a chain is doing. Clones are of the same chain.
#[derive(Clone, Default)]
pub struct Monitor(Arc<Mutex<Report>>);

/// How a chain is doing.
#[derive(Clone, Default)]
pub struct Report {
    pub stages: Vec<StageReport>,
    pub edges: Vec<EdgeReport>,
}

#[derive(Clone)]
pub struct StageReport {
    pub name: &'static str,
    pub doc: &'static str,
    pub status: Status,
    /// How many it is done with.
    pub items: u64,
    /// When it came to this status.
    pub since: SystemTime,
    /// When it got its first item.
    pub began: Option<Instant>,
    pub ended: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Waiting,
    Running,
    Success,
    Error(String),
    Stopped,
}

#[derive(Clone)]
pub struct EdgeReport {
    /// The index of a stage.
    pub from: usize,
    pub to: usize,
    pub count: u64,
}

impl Monitor {
    /// How the chain is doing now.
    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    pub(crate) fn begin(&self, stage: usize, number: u64) {
        let stage = &mut self.lock().stages[stage];
        if number == 1 {
            stage.began = Some(Instant::now());
            stage.change(Status::Running);
        }
    }

    pub(crate) fn end(&self, stage: usize, outcome: Result<(), Stop>) {
        let mut report = self.lock();
        let is_complete = report
            .edges
            .iter()
            .filter(|edge| edge.to == stage)
            .all(|edge| report.stages[edge.from].status == Status::Success);
        let stage = &mut report.stages[stage];
        stage.ended = Some(Instant::now());
        stage.change(match outcome {
            Ok(()) if is_complete => Status::Success,
            Ok(()) | Err(Stop::Unwanted) => Status::Stopped,
            Err(Stop::Failed(problem)) => Status::Error(problem),
        });
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Report> {
        // Nothing is left half done that others could see.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StageReport {
    fn change(&mut self, status: Status) {
        self.status = status;
        self.since = SystemTime::now();
    }
}
