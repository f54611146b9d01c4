//! [`Source`], where no thread has a reactor of its own.

use std::{
    convert::Infallible,
    io,
    os::fd::AsFd,
    task::{Context, Waker},
};

use super::Direction;

/// A descriptor that the reactor of this thread waits for: there is none.
#[derive(Debug)]
pub(super) struct Source(Infallible);

impl Source {
    pub(super) fn register(_: impl AsFd) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn is_driven(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn is_ready(&mut self, _: Direction) -> bool {
        match self.0 {}
    }

    pub(super) fn blocks(&mut self, _: Direction) {
        match self.0 {}
    }

    pub(super) fn is_drained(&mut self) {
        match self.0 {}
    }

    pub(super) fn wait(&mut self, _: impl AsFd, _: Direction, _: &Context<'_>) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn deregister(self, _: impl AsFd) -> Vec<Waker> {
        match self.0 {}
    }
}
