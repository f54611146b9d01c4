//! Items of a stream, in either direction.

use anyhow::{Result, ensure};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{
    frames::{Frames, ROOM, frame},
    order::Amount,
};

/// Writes items, each with its length in front.
pub(crate) async fn write(amount: Amount, stream: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
    let frame = frame(&"x".repeat(amount.bytes));
    let at_once = (ROOM / frame.len()).max(1);
    let mut buffer = Vec::new();
    let mut left = amount.items;
    while left > 0 {
        let items = at_once.min(left);
        left -= items;
        // As if each were another.
        buffer.clear();
        for _ in 0..items {
            buffer.extend_from_slice(&frame);
        }
        stream.write_all(&buffer).await?;
    }
    Ok(())
}

/// Reads so many items, and says what came.
pub(crate) async fn read(amount: Amount, stream: &mut (impl AsyncRead + Unpin)) -> Result<Amount> {
    let mut came = Amount { items: 0, bytes: 0 };
    let mut frames = Frames::new();
    while came.items < amount.items {
        let read = stream.read(frames.room()).await?;
        ensure!(read > 0, "the other side closed the connection");
        frames.fill(read);
        let mut used = 0;
        for item in frames.iter() {
            came.items += 1;
            came.bytes += item.len();
            used += Frames::size_of(item);
        }
        frames.consume(used);
    }
    Ok(came)
}
