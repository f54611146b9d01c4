//! [`Offer`]: a process that offers Teleop, as a [`Survey`](super::Survey) finds it.

use std::{path::PathBuf, time::SystemTime};

use super::Layout;
use crate::process::{Container, Pid, Start, Uid};

/// A process that offers Teleop, as it was at the moment of the survey.
///
/// Name and version are the target's word: they may hold any characters, of which at most
/// [`LONGEST`](Self::LONGEST) are kept. The rest is the kernel's.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Offer {
    /// The process, as it is known here; where it is dead, as it knew itself.
    pub pid: Pid,
    /// How its endpoint is laid out.
    pub layout: Layout,
    /// The name that the program gives itself; in the classic layout that of its executable.
    pub name: String,
    /// The version that the program gives itself.
    pub version: Option<String>,
    /// The path of its executable, where it may be seen.
    pub executable: Option<PathBuf>,
    /// Whose process it is.
    pub user: Uid,
    /// Tells it from other processes that had or will have the same id; `None` where it is dead.
    pub start: Option<Start>,
    /// When it started, by the wall clock.
    pub started: Option<SystemTime>,
    /// Where it is, if it is not where this process is.
    pub container: Option<Container>,
    /// What an attach would meet with.
    pub state: State,
}

/// What an attach would meet with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It waits to be asked to open its socket.
    Armed,
    /// Its socket is open.
    Open,
    /// It is stopped, by a signal or by a debugger: nobody would answer.
    Stopped,
    /// Nobody is there any more: the process is dead, or executed another program.
    Stale,
    /// Teleop is turned off in it.
    Disabled,
}

impl Offer {
    /// How many characters are kept of what a program says of itself.
    pub const LONGEST: usize = 256;

    /// Whether the program gives itself this name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name == name
    }

    /// Whether its executable has this name.
    pub(super) fn executes(&self, name: &str) -> bool {
        let file = self.executable.as_ref().and_then(|path| path.file_name());
        // What Linux says of a file that was replaced meanwhile.
        file.is_some_and(|file| file.to_string_lossy().trim_end_matches(" (deleted)") == name)
    }
}

/// What is kept of what a program says of itself.
pub(super) fn bounded(text: String) -> String {
    match text.char_indices().nth(Offer::LONGEST) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_of_itself_is_cut_between_characters() {
        assert_eq!(bounded("short".to_owned()), "short");
        let long = "é".repeat(Offer::LONGEST + 1);
        assert_eq!(bounded(long).chars().count(), Offer::LONGEST);
    }
}
