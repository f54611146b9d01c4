//! An attacher that does not wait.

use futures::{FutureExt, future, future::BoxFuture};

use super::{Armed, Attacher, Request};
use crate::{attach::Endpoint, error::Result, process::Process};

/// Has the socket open from the beginning until the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dummy;

impl Attacher for Dummy {
    fn name(&self) -> &str {
        "dummy"
    }

    fn arm(&self, _: &Endpoint) -> Result<Box<dyn Armed>> {
        Ok(Box::new(Self))
    }

    fn request(&self, _: &Endpoint, _: &Process) -> Result<Box<dyn Request>> {
        Ok(Box::new(Self))
    }
}

impl Armed for Dummy {
    fn woken(&mut self) -> BoxFuture<'_, Result<()>> {
        future::pending().boxed()
    }

    fn is_always_open(&self) -> bool {
        true
    }
}

impl Request for Dummy {
    fn stands(&self) -> bool {
        true
    }
}
