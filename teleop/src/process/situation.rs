//! What may explain that an attach fails, where the kernel tells no more than this.

use super::{Process, Uid};

impl Process {
    /// The state that the kernel shows.
    pub(crate) fn state(&self) -> Option<String> {
        self.is_stopped().then(|| "stopped".to_owned())
    }

    /// Which namespaces it has of its own: there are none.
    pub(crate) fn namespaces(&self) -> Option<String> {
        None
    }
}

/// Who this process is to the kernel, and which one that is.
pub(crate) fn circumstances() -> String {
    format!("{}, {}", Uid::effective(), std::env::consts::OS)
}
