//! [`Terminal`]: how a terminal was before lines were edited on it.

/// How the terminal was: it is put right again where a session ends while a line is edited.
#[derive(Debug)]
pub(super) struct Terminal {
    #[cfg(unix)]
    was: Option<nix::sys::termios::Termios>,
}

#[cfg(unix)]
impl Terminal {
    pub(super) fn look() -> Self {
        let was = nix::sys::termios::tcgetattr(std::io::stdin()).ok();
        Self { was }
    }

    pub(super) fn restore(&self) {
        use nix::sys::termios::{SetArg, tcsetattr};

        if let Some(was) = &self.was {
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, was); // It may be gone.
        }
    }
}

#[cfg(not(unix))]
impl Terminal {
    pub(super) fn look() -> Self {
        Self {}
    }

    /// A shell there sets what it needs by itself.
    pub(super) fn restore(&self) {}
}
