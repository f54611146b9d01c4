//! kqueue(2) under the names of nix, over the stand-in.

use std::{
    ffi::{c_int, c_void},
    io,
    ops::BitOr,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    ptr::{null, null_mut},
};

use libc::timespec;

extern crate kqshim as _;

unsafe extern "C" {
    fn kqueue() -> c_int;
    fn kevent(
        queue: c_int,
        changes: *const KEvent,
        change_count: c_int,
        events: *mut KEvent,
        event_count: c_int,
        timeout: *const timespec,
    ) -> c_int;
}

#[derive(Debug)]
pub struct Kqueue(OwnedFd);

impl Kqueue {
    pub fn new() -> io::Result<Self> {
        // SAFETY: it takes nothing.
        let queue = checked(unsafe { kqueue() })?;
        // SAFETY: it was opened just now, and nobody else closes it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(queue) }))
    }

    pub fn kevent(
        &self,
        changes: &[KEvent],
        events: &mut [KEvent],
        timeout: Option<timespec>,
    ) -> io::Result<usize> {
        // SAFETY: both lists are as long as is said, and outlive the call, as the timeout does.
        let told = unsafe {
            kevent(
                self.0.as_raw_fd(),
                changes.as_ptr(),
                changes.len() as c_int,
                events.as_mut_ptr(),
                events.len() as c_int,
                timeout.as_ref().map_or(null(), |timeout| timeout),
            )
        };
        Ok(checked(told)? as usize)
    }
}

impl AsFd for Kqueue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct KEvent {
    ident: usize,
    filter: i16,
    flags: u16,
    fflags: u32,
    data: i64,
    udata: *mut c_void,
}

// SAFETY: the pointer is null.
unsafe impl Send for KEvent {}

impl KEvent {
    pub fn new(
        ident: usize,
        filter: EventFilter,
        flags: EvFlags,
        fflags: FilterFlag,
        _: isize,
        _: isize,
    ) -> Self {
        Self {
            ident,
            filter: filter as i16,
            flags: flags.0,
            fflags: fflags.0,
            data: 0,
            udata: null_mut(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
#[repr(i16)]
#[expect(non_camel_case_types, reason = "nix calls it so")]
pub enum EventFilter {
    EVFILT_VNODE = -4,
}

#[derive(Clone, Copy, Debug)]
pub struct EvFlags(u16);

impl EvFlags {
    pub const EV_ADD: Self = Self(0x1);
    pub const EV_CLEAR: Self = Self(0x20);
}

impl BitOr for EvFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct FilterFlag(u32);

impl FilterFlag {
    pub const NOTE_DELETE: Self = Self(0x1);
    pub const NOTE_WRITE: Self = Self(0x2);
    pub const NOTE_RENAME: Self = Self(0x20);
}

impl BitOr for FilterFlag {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

fn checked(outcome: c_int) -> io::Result<c_int> {
    if outcome < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(outcome)
    }
}
