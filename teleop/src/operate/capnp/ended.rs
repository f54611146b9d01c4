//! [`Ended`]: why a connection came to its end.

use std::time::Duration;

use capnp::{Error, ErrorKind};

/// Why a connection came to its end. The text is what the client is told, and the audit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Ended {
    #[error("the peer closed the connection")]
    Peer,

    #[error("no request came within {0:?}")]
    FirstRequest(Duration),

    #[error("a request that had begun was not complete within {0:?}")]
    Incomplete(Duration),

    #[error("nothing happened for {0:?}")]
    Idle(Duration),

    #[error("{bytes} bytes were not read for {idle:?}")]
    Unread { bytes: usize, idle: Duration },

    #[error("a message of {bytes} bytes is larger than the {most} that are read")]
    Request { bytes: usize, most: usize },

    #[error("the requests of all connections hold too much memory")]
    NoRoom,

    #[error("the peer sent what the protocol does not allow: {0}")]
    Protocol(String),

    #[error("{0}")]
    Failed(String),

    #[error("a service panicked")]
    Panicked,

    #[error("this process stopped serving")]
    Stopped,
}

impl Ended {
    /// What an error of capnp-rpc, or of the stream, means.
    pub(super) fn of(error: &Error) -> Self {
        match error.kind {
            ErrorKind::Disconnected => Self::Peer,
            _ => Self::Protocol(error.to_string()),
        }
    }

    /// What the audit calls it, for ever.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::FirstRequest(_) => "first_request",
            Self::Incomplete(_) => "incomplete",
            Self::Idle(_) => "idle",
            Self::Unread { .. } => "unread_bytes",
            Self::Request { .. } => "request_bytes",
            Self::NoRoom => "total_bytes",
            Self::Protocol(_) => "protocol",
            Self::Failed(_) => "failed",
            Self::Panicked => "panicked",
            Self::Stopped => "stopped",
        }
    }
}

impl From<Ended> for Error {
    fn from(ended: Ended) -> Self {
        let kind = match ended {
            Ended::Request { .. } | Ended::Protocol(_) | Ended::Failed(_) | Ended::Panicked => {
                ErrorKind::Failed
            }
            Ended::NoRoom => ErrorKind::Overloaded,
            _ => ErrorKind::Disconnected,
        };
        Self {
            kind,
            extra: ended.to_string(),
        }
    }
}

impl From<Error> for Ended {
    /// What cannot be read is nothing that the protocol allows.
    fn from(error: Error) -> Self {
        Self::Protocol(error.to_string())
    }
}
