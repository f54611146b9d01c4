//! The client: it attaches to a process and speaks to it.

use std::pin::pin;

use futures::future::{self, Either};

use crate::{
    attach::Attach,
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

impl Attach {
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
