//! [`Event`]: a named event.

use std::{
    io,
    os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle},
};

use windows_sys::Win32::{
    Foundation::{ERROR_ALREADY_EXISTS, HANDLE},
    Storage::FileSystem::SYNCHRONIZE,
    System::Threading::{CreateEventW, EVENT_MODIFY_STATE, OpenEventW, ResetEvent, SetEvent},
};

use super::descriptor::Descriptor;

/// An event that has a name, by which other processes of this user find it. It is gone when the last
/// who has it open has closed it, or has ended.
#[derive(Debug)]
pub(crate) struct Event(OwnedHandle);

impl Event {
    /// Makes an event, not set, that this user and the system alone may open. Once set it stays so
    /// until it is reset.
    ///
    /// It fails with `AlreadyExists` where there is one of that name.
    pub(crate) fn create(name: &str) -> io::Result<Self> {
        let descriptor = Descriptor::private();
        let name = wide(name);
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the attributes and the name, which ends with a 0, outlive the call.
        let handle = unsafe { CreateEventW(&descriptor.attributes(), 1, 0, name.as_ptr()) };
        let said = io::Error::last_os_error();
        let event = Self::own(handle)?;
        if said.raw_os_error() == Some(ERROR_ALREADY_EXISTS as i32) {
            return Err(said);
        }
        Ok(event)
    }

    /// Opens an event in order to set it. It fails with `NotFound` where there is none.
    pub(crate) fn open(name: &str) -> io::Result<Self> {
        Self::open_for(name, EVENT_MODIFY_STATE)
    }

    /// Whether there is one of that name.
    pub(crate) fn exists(name: &str) -> io::Result<bool> {
        match Self::open_for(name, SYNCHRONIZE) {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => Ok(false),
                // Somebody has it who does not share it.
                io::ErrorKind::PermissionDenied => Ok(true),
                _ => Err(error),
            },
        }
    }

    /// Wakes whoever waits for it.
    pub(crate) fn set(&self) -> io::Result<()> {
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the handle is open.
        let done = unsafe { SetEvent(self.0.as_raw_handle()) };
        succeeded(done)
    }

    /// Lets whoever waits for it wait again.
    pub(crate) fn reset(&self) -> io::Result<()> {
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the handle is open.
        let done = unsafe { ResetEvent(self.0.as_raw_handle()) };
        succeeded(done)
    }

    fn open_for(name: &str, access: u32) -> io::Result<Self> {
        let name = wide(name);
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the name, which ends with a 0, outlives the call.
        let handle = unsafe { OpenEventW(access, 0, name.as_ptr()) };
        Self::own(handle)
    }

    fn own(handle: HANDLE) -> io::Result<Self> {
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: it was opened just now, and nobody else closes it.
        let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
        Ok(Self(handle))
    }
}

impl AsHandle for Event {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.0.as_handle()
    }
}

fn succeeded(done: i32) -> io::Result<()> {
    if done == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn wide(name: &str) -> Vec<u16> {
    name.encode_utf16().chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_of_a_name() {
        let name = format!("Local\\teleop-test-{}", crate::nonce());
        assert!(!Event::exists(&name).unwrap());
        let event = Event::create(&name).unwrap();
        assert!(Event::exists(&name).unwrap());
        assert_eq!(
            Event::create(&name).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        Event::open(&name).unwrap().set().unwrap();
        drop(event);
        assert_eq!(
            Event::open(&name).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
