//! The client: it attaches to a process and speaks to it.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::future::{self, Either};

use crate::{
    attach::{self, Attached, Attacher, attacher::Auto},
    error::Result,
    operate::capnp::{Connection, Remote},
    process::Pid,
};

/// Attaches to a process, and is attached while `operate` runs. With the defaults of [`Attach`].
///
/// ```no_run
/// # async fn example() -> teleop::Result<()> {
/// use teleop::echo_capnp::echo;
///
/// teleop::attach(4242, async |process| {
///     let echo: echo::Client = process.service("echo");
///     let mut request = echo.echo_request();
///     request.get().set_message("hi");
///     let response = request.send().promise.await?;
///     assert_eq!(response.get()?.get_reply()?, "hi");
///     Ok(())
/// })
/// .await
/// # }
/// ```
///
/// # Errors
///
/// Those of [`Attach::open`], and what `operate` returns.
pub async fn attach<T>(
    pid: impl Into<Pid>,
    operate: impl AsyncFnOnce(Remote) -> Result<T>,
) -> Result<T> {
    Attach::new().run(pid, operate).await
}

/// Attaches to a process, with the defaults of [`Attach`].
///
/// The connection has to be driven by whoever calls this, in a task of its own.
///
/// # Errors
///
/// Those of [`Attach::open`].
pub async fn connect(pid: impl Into<Pid>) -> Result<(Remote, Connection)> {
    Attach::new().connect(pid).await
}

/// How to attach.
#[derive(Clone, Debug)]
#[must_use = "nothing is attached to until it is told to"]
pub struct Attach {
    timeout: Duration,
    attacher: Arc<dyn Attacher>,
}

impl Attach {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            attacher: Arc::new(Auto),
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

    /// Connects with a process, and leaves it to the caller what is spoken.
    ///
    /// Cancel safe: dropped while it waits, it withdraws the request.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`](crate::Error) that is about a process;
    /// [`TimedOut`](crate::Error::TimedOut) where it does not answer in time.
    pub async fn open(&self, pid: impl Into<Pid>) -> Result<Attached> {
        attach::connect(pid.into(), &*self.attacher, self.timeout).await
    }

    /// Attaches to a process. The connection has to be driven by whoever calls this.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub async fn connect(&self, pid: impl Into<Pid>) -> Result<(Remote, Connection)> {
        let attached = self.open(pid).await?;
        Ok(Remote::over(attached.stream))
    }

    /// Attaches to a process, and is attached while `operate` runs.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), and what `operate` returns.
    pub async fn run<T>(
        &self,
        pid: impl Into<Pid>,
        operate: impl AsyncFnOnce(Remote) -> Result<T>,
    ) -> Result<T> {
        let (remote, connection) = self.connect(pid).await?;
        let operating = pin!(operate(remote));
        match future::select(operating, connection).await {
            Either::Left((outcome, _)) => outcome,
            // Every call that is still to be made fails, and says so.
            Either::Right((_, operating)) => operating.await,
        }
    }
}

impl Default for Attach {
    fn default() -> Self {
        Self::new()
    }
}
