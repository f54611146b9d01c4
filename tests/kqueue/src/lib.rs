//! The attacher `Kqueue`, on Linux: the source of the library, as it is.

use teleop::attach::{Armed, Attacher, Request};

#[path = "../../../teleop/src/attach/attacher/kqueue.rs"]
mod kqueue;

pub use kqueue::Kqueue;

// What the source finds under these names in the library.

mod attach {
    pub(crate) use teleop::attach::{AttachFile, Endpoint};
}

mod directory {
    pub(crate) use teleop::directory::Directory;
}

mod error {
    use std::{io, path::PathBuf};

    pub(crate) use teleop::{Error, Result};

    pub(crate) trait Context<T> {
        fn context(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T>;
    }

    impl<T> Context<T> for io::Result<T> {
        fn context(self, action: &'static str, path: impl Into<PathBuf>) -> Result<T> {
            self.map_err(|source| Error::Io {
                action,
                path: path.into(),
                source,
            })
        }
    }
}

mod process {
    pub(crate) use teleop::process::Process;
}
