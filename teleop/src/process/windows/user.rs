//! [`Uid`]: a user, on Windows.

use std::{
    fmt, io,
    os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle},
    ptr::null_mut,
};

use windows_sys::Win32::{
    Foundation::HANDLE,
    Security::{GetTokenInformation, TOKEN_QUERY, TokenUser},
    System::Threading::{GetCurrentProcess, OpenProcessToken},
};

/// The longest security identifier that is known here: longer than those of users, groups and apps.
/// Windows would allow for 68 bytes, which an error that names two users had to carry about.
const LONGEST: usize = 52;

/// A user of the system: his security identifier (SID).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid([u8; LONGEST]);

impl Uid {
    /// The system itself, which may do what root may do on Unix.
    pub const ROOT: Self = Self::well_known(5, [18, 0], 1);

    /// The administrators: whoever belongs to them owns what he makes in their name.
    pub(crate) const ADMINISTRATORS: Self = Self::well_known(5, [32, 544], 2);

    /// A stand-in, in a directory, for whoever makes a file in it.
    pub(crate) const CREATOR: Self = Self::well_known(3, [0, 0], 1);

    /// A stand-in for the owner of a file.
    pub(crate) const OWNER_RIGHTS: Self = Self::well_known(3, [4, 0], 1);

    /// Nobody: what stands for a user whom one cannot learn any more.
    pub(crate) const NOBODY: Self = Self::well_known(0, [0, 0], 1);

    /// The user on whose behalf this process acts.
    pub fn effective() -> Self {
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: it takes nothing, and what it returns stands for this process as long as it lives.
        let process = unsafe { GetCurrentProcess() };
        of_process(process).expect("a process may always ask for its own user")
    }

    /// The name, which may take a server to tell: it is not asked.
    pub fn name(self) -> Option<String> {
        None
    }

    /// What the system knows him by, without asking it for a name: the identifier.
    pub fn id(self) -> String {
        self.to_string()
    }

    /// The user on whose behalf a process acts.
    pub(super) fn of(process: BorrowedHandle<'_>) -> io::Result<Self> {
        of_process(process.as_raw_handle())
    }

    /// The identifier that begins there, if there is one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let length = 8 + 4 * usize::from(*bytes.get(1)?);
        let bytes = bytes.get(..length).filter(|_| length <= LONGEST)?;
        let mut sid = [0; LONGEST];
        sid[..length].copy_from_slice(bytes);
        Some(Self(sid))
    }

    /// The identifier as Windows takes it.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0[..8 + 4 * usize::from(self.0[1])]
    }

    const fn well_known(authority: u8, parts: [u32; 2], count: u8) -> Self {
        let mut sid = [0; LONGEST];
        sid[0] = 1;
        sid[1] = count;
        sid[7] = authority;
        let (first, second) = (parts[0].to_le_bytes(), parts[1].to_le_bytes());
        let mut at = 0;
        while at < 4 {
            sid[8 + at] = first[at];
            sid[12 + at] = second[at];
            at += 1;
        }
        Self(sid)
    }
}

impl fmt::Display for Uid {
    /// As Windows writes it: `S-1-5-21-…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0[2..8].iter();
        let authority = authority.fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        write!(f, "S-{}-{authority}", self.0[0])?;
        self.as_bytes()[8..].chunks_exact(4).try_for_each(|part| {
            let part = part.try_into().map(u32::from_le_bytes);
            write!(f, "-{}", part.expect("the chunk has four bytes"))
        })
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({self})")
    }
}

/// Room for what a token says of its user: a pointer to the identifier, attributes, the identifier.
#[repr(C, align(8))]
struct TokenText([u8; 128]);

fn of_process(process: HANDLE) -> io::Result<Uid> {
    let mut token: HANDLE = null_mut();
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open while the caller borrows it, and `token` is writable.
    let opened = unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) };
    if opened == 0 {
        return Err(io::Error::last_os_error());
    }
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: it was opened just now, and nobody else closes it.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };

    let mut text = TokenText([0; 128]);
    let mut length = 0;
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open, the buffer is aligned, writable and as long as is said.
    let told = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            text.0.as_mut_ptr().cast(),
            128,
            &raw mut length,
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    // It begins with a pointer to what stands behind it in the same buffer.
    let (pointer, _) = text.0.split_at(size_of::<usize>());
    let pointer = pointer.try_into().map(usize::from_ne_bytes);
    let pointer = pointer.expect("it has been split at the size of a pointer");
    pointer
        .checked_sub(text.0.as_ptr().addr())
        .and_then(|offset| Uid::parse(text.0.get(offset..)?))
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_windows_writes_it() {
        assert_eq!(Uid::ROOT.to_string(), "S-1-5-18");
        assert_eq!(Uid::ADMINISTRATORS.to_string(), "S-1-5-32-544");
        assert!(Uid::effective().to_string().starts_with("S-1-5-"));
    }

    #[test]
    fn one_that_is_cut_off_is_refused() {
        assert_eq!(Uid::parse(Uid::ROOT.as_bytes()), Some(Uid::ROOT));
        assert_eq!(Uid::parse(&Uid::ROOT.as_bytes()[..11]), None);
        assert_eq!(Uid::parse(&[1]), None);
        assert_eq!(Uid::parse(&[255; 200]), None);
    }
}
