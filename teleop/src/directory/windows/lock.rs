//! [`Lock`]: a claim on a file, by an event that is named after it.

use std::{fs::File, io};

use super::{Entry, Event};

/// A claim on a file, held for as long as this lives, and the process.
///
/// The file itself is not kept open, and so not locked: Windows renames no directory in which something
/// is open. The event is in the namespace of all sessions, as the user is in each the same.
#[derive(Debug)]
pub(crate) struct Lock {
    entry: Entry,
    _event: Event,
}

impl Lock {
    /// Claims a file of this process's own. It fails with `WouldBlock` where another has claimed it.
    pub(crate) fn take(file: File) -> io::Result<Self> {
        let entry = Entry::of(&file)?;
        let event = Event::create(&name_of(&entry)).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::ErrorKind::WouldBlock.into(),
            _ => error,
        })?;
        Ok(Self {
            entry,
            _event: event,
        })
    }

    /// Whether somebody has claimed the file.
    pub(crate) fn is_held(file: File) -> io::Result<bool> {
        Event::exists(&name_of(&Entry::of(&file)?))
    }

    /// What the file is.
    pub(crate) fn entry(&self) -> io::Result<Entry> {
        Ok(self.entry)
    }
}

fn name_of(entry: &Entry) -> String {
    format!("Global\\teleop-held-{}", entry.identity())
}
