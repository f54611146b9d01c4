//! [`Order`]: what a connection is for, which its client says first.

use anyhow::{Result, bail};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Messages, to be sent back.
    Echo,
    /// Items, which the server sends.
    Receive(Amount),
    /// Items, which the client sends.
    Send(Amount),
}

/// So many items of so many bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

const ECHO: u8 = 0;
const RECEIVE: u8 = 1;
const SEND: u8 = 2;

impl Order {
    pub(crate) async fn write(self, stream: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
        let nothing = Amount { items: 0, bytes: 0 };
        let (kind, amount) = match self {
            Self::Echo => (ECHO, nothing),
            Self::Receive(amount) => (RECEIVE, amount),
            Self::Send(amount) => (SEND, amount),
        };
        stream.write_all(&[kind]).await?;
        amount.write(stream).await
    }

    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Self> {
        let mut kind = [0];
        stream.read_exact(&mut kind).await?;
        let amount = Amount::read(stream).await?;
        match kind[0] {
            ECHO => Ok(Self::Echo),
            RECEIVE => Ok(Self::Receive(amount)),
            SEND => Ok(Self::Send(amount)),
            other => bail!("no order {other}"),
        }
    }
}

impl Amount {
    pub(crate) async fn write(self, stream: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
        for number in [self.items, self.bytes] {
            stream.write_all(&(number as u64).to_le_bytes()).await?;
        }
        Ok(())
    }

    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Self> {
        let mut numbers = [0; 2];
        for number in &mut numbers {
            let mut bytes = [0; 8];
            stream.read_exact(&mut bytes).await?;
            *number = u64::from_le_bytes(bytes) as usize;
        }
        let [items, bytes] = numbers;
        Ok(Self { items, bytes })
    }
}
