//! [`Connection`]: what a peer makes of a connection.

use anyhow::{Result, bail};

/// A connection with a server, as somebody who uses the peer would have it.
#[expect(
    async_fn_in_trait,
    reason = "each program has one executor, which is its own, and one thread"
)]
pub trait Connection {
    /// Has a message echoed, and says how long the answer is.
    async fn echo(&self, message: &str) -> Result<usize>;

    /// Has the server send items, and says how many bytes came in how many.
    async fn receive(&self, _items: usize, _bytes: usize) -> Result<(usize, usize)> {
        bail!("no streams")
    }

    /// Sends items, and says how many bytes the server says have come in how many.
    async fn send(&self, _items: usize, _bytes: usize) -> Result<(usize, usize)> {
        bail!("no streams")
    }
}
