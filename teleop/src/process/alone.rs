//! [`Vantage`] and [`Neighbours`], where all processes see the same files and ids, as far as one can tell.

use std::{iter, time::SystemTime};

use super::{Container, Neighbour, Pid, Process};
use crate::{directory::Directory, error::Result};

/// Where this process is, among others.
#[derive(Debug)]
pub(crate) struct Vantage;

/// The processes that can be seen from here.
#[derive(Debug)]
pub(crate) struct Neighbours<'a>(&'a Vantage);

/// What a process finds at a path: the same as every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View;

impl Vantage {
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
    pub(crate) fn new() -> Result<Self> {
        Ok(Self)
    }

    /// The root directory.
    pub(crate) fn root(&self) -> Option<(View, Directory)> {
        Some((View, Directory::root().ok()?))
    }

    /// Looks who is there, which takes nothing here, and does something else meanwhile.
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
    pub(crate) fn look<T>(&self, meanwhile: impl FnOnce() -> T) -> Result<(Neighbours<'_>, T)> {
        Ok((Neighbours(self), meanwhile()))
    }

    /// Finds the process that has this id and started at that moment.
    pub(crate) fn find(&self, pid: Pid, start: Option<&str>, _: &[View]) -> Option<Neighbour> {
        let process = Process::pin(pid).ok()?;
        let is_it =
            start.is_none_or(|start| process.start().is_ok_and(|it| it.to_string() == start));
        is_it.then(|| Neighbour {
            is_stopped: process.is_stopped(),
            process,
            view: View,
        })
    }

    /// In which container it is, which these platforms do not tell.
    pub(crate) fn container(&self, _: &Neighbour) -> Option<Container> {
        None
    }

    /// When a process started, by the wall clock.
    pub(crate) fn started(&self, process: &Process) -> Option<SystemTime> {
        process.started()
    }
}

impl Neighbours<'_> {
    pub(crate) fn vantage(&self) -> &Vantage {
        self.0
    }

    /// The root directories that there are besides this process's own: none.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (View, Directory)> {
        iter::empty()
    }

    /// Finds the process that has this id and started at that moment.
    pub(crate) fn find(&self, pid: Pid, start: Option<&str>, views: &[View]) -> Option<Neighbour> {
        self.0.find(pid, start, views)
    }
}
