//! [`Neighbours`], where all processes see the same files and ids, as far as one can tell.

use std::{iter, time::SystemTime};

use super::{Container, Pid, Process};
use crate::{directory::Directory, error::Result};

/// The processes that can be seen from here.
#[derive(Debug)]
pub(crate) struct Neighbours;

/// What a process finds at a path: the same as every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View;

impl Neighbours {
    /// Looks who is there, which takes nothing here.
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
    pub(crate) fn look() -> Result<Self> {
        Ok(Self)
    }

    /// The root directory.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (View, Directory)> {
        iter::once(Directory::root()).filter_map(|root| Some((View, root.ok()?)))
    }

    /// Finds the process that has this id and started at that moment.
    pub(crate) fn find(&self, pid: Pid, start: Option<&str>, _: &[View]) -> Option<Process> {
        let process = Process::pin(pid).ok()?;
        let is_it =
            start.is_none_or(|start| process.start().is_ok_and(|it| it.to_string() == start));
        is_it.then_some(process)
    }

    /// In which container it is, which these platforms do not tell.
    pub(crate) fn container(&self, _: &Process) -> Option<Container> {
        None
    }

    /// When a process started, by the wall clock.
    pub(crate) fn started(&self, process: &Process) -> Option<SystemTime> {
        process.started()
    }
}
