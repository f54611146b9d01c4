//! [`Descriptor`]: whose something is, and who may do what with it.

use std::{
    ffi::c_void,
    io,
    os::windows::io::{AsRawHandle, BorrowedHandle},
};

use windows_sys::Win32::{
    Foundation::GENERIC_ALL,
    Security::{
        CONTAINER_INHERIT_ACE, DACL_SECURITY_INFORMATION, GetKernelObjectSecurity,
        INHERIT_ONLY_ACE, OBJECT_INHERIT_ACE, OWNER_SECURITY_INFORMATION, SE_DACL_PRESENT,
        SE_DACL_PROTECTED, SE_SELF_RELATIVE, SECURITY_ATTRIBUTES,
    },
};

use crate::process::Uid;

/// A security descriptor in one piece: the header, the owner and the list of who is allowed what, each
/// found by its offset. It is read and written as bytes, so that nothing here follows a pointer.
#[derive(Debug)]
pub(super) struct Descriptor {
    /// Aligned as Windows wants it.
    words: Vec<u32>,
}

/// What somebody is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Who; `None` where it is said in a way that is not understood here.
    pub(super) user: Option<Uid>,
    /// What, as an access mask.
    pub(super) rights: u32,
}

impl Descriptor {
    /// For something that this user owns, and that he and the system alone may use. Below a directory
    /// it holds for everything that is made there.
    pub(super) fn private() -> Self {
        let owner = Uid::effective();
        let inherited = (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE) as u8;
        let entries: Vec<u8> = [owner, Uid::ROOT]
            .iter()
            .flat_map(|user| {
                let length = (8 + user.as_bytes().len()) as u16;
                let mut entry = vec![ALLOWANCE, inherited];
                entry.extend(length.to_le_bytes());
                entry.extend(GENERIC_ALL.to_le_bytes());
                entry.extend(user.as_bytes());
                entry
            })
            .collect();
        let list_at = (HEADER + owner.as_bytes().len()) as u32;
        let control = SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED;

        let mut bytes = vec![1, 0];
        bytes.extend(control.to_le_bytes());
        bytes.extend((HEADER as u32).to_le_bytes());
        bytes.extend([0; 8]); // Neither a group nor what is audited.
        bytes.extend(list_at.to_le_bytes());
        bytes.extend(owner.as_bytes());
        bytes.extend([2, 0]);
        bytes.extend(((8 + entries.len()) as u16).to_le_bytes());
        bytes.extend([2, 0, 0, 0]); // As many as there are entries.
        bytes.extend(entries);
        let words = bytes.chunks(4).map(|word| {
            let mut padded = [0; 4];
            padded[..word.len()].copy_from_slice(word);
            u32::from_ne_bytes(padded)
        });
        Self {
            words: words.collect(),
        }
    }

    /// That of something that is open.
    pub(super) fn of(handle: BorrowedHandle<'_>) -> io::Result<Self> {
        // More than the longest list has room for.
        let mut words = vec![0_u32; 0x1_1000 / 4];
        let mut needed = 0;
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the handle is open, the buffer aligned, writable and as long as is said.
        let told = unsafe {
            GetKernelObjectSecurity(
                handle.as_raw_handle(),
                OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                words.as_mut_ptr().cast(),
                (words.len() * 4) as u32,
                &raw mut needed,
            )
        };
        if told == 0 {
            return Err(io::Error::last_os_error());
        }
        words.truncate((needed as usize).div_ceil(4));
        Ok(Self { words })
    }

    /// The attributes by which something is made with this descriptor, while that lives.
    pub(super) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.words.as_ptr().cast::<c_void>().cast_mut(),
            bInheritHandle: 0,
        }
    }

    /// Who owns it.
    pub(super) fn owner(&self) -> Option<Uid> {
        let bytes = self.bytes();
        let at = u32_at(&bytes, 4)? as usize;
        Uid::parse(bytes.get(at..).filter(|_| at >= HEADER)?)
    }

    /// What is allowed, and to whom; `None` where everybody is allowed everything.
    pub(super) fn allowances(&self) -> Option<Vec<Allowance>> {
        let bytes = self.bytes();
        let list_at = u32_at(&bytes, 16)? as usize;
        if u16_at(&bytes, 2)? & SE_DACL_PRESENT == 0 || list_at < HEADER {
            return None;
        }
        let count = u16_at(&bytes, list_at + 4)?;
        let mut at = list_at + 8;
        let mut allowances = Vec::new();
        for _ in 0..count {
            let (kind, flags) = (*bytes.get(at)?, *bytes.get(at + 1)?);
            let user = (kind == ALLOWANCE)
                .then(|| Uid::parse(bytes.get(at + 8..)?))
                .flatten();
            let concerns_others = u32::from(flags) & INHERIT_ONLY_ACE != 0;
            if !concerns_others && !DENIALS.contains(&kind) {
                let rights = u32_at(&bytes, at + 4)?;
                allowances.push(Allowance { user, rights });
            }
            at += usize::from(u16_at(&bytes, at + 2)?);
        }
        Some(allowances)
    }

    fn bytes(&self) -> Vec<u8> {
        self.words
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect()
    }
}

const HEADER: usize = 20;

/// The kind of an entry that allows something; others that do are not understood here.
const ALLOWANCE: u8 = 0;

/// The kinds of entries that forbid something: plain, for an object, and two with a condition.
const DENIALS: [u8; 4] = [1, 6, 10, 12];

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_one_allows_the_user_and_the_system() {
        let descriptor = Descriptor::private();
        assert_eq!(descriptor.owner(), Some(Uid::effective()));
        let allowed = descriptor.allowances().unwrap();
        let users: Vec<_> = allowed.iter().map(|allowance| allowance.user).collect();
        assert_eq!(users, [Some(Uid::effective()), Some(Uid::ROOT)]);
        assert!(allowed.iter().all(|allowed| allowed.rights == GENERIC_ALL));
    }

    #[test]
    fn one_without_a_list_allows_everybody() {
        let mut descriptor = Descriptor::private();
        descriptor.words[4] = 0;
        assert_eq!(descriptor.allowances(), None);
    }

    #[test]
    fn one_that_is_cut_off_is_never_trusted() {
        let whole = Descriptor::private();
        for length in 0..whole.words.len() - 1 {
            let words = whole.words[..length].to_vec();
            let allowances = Descriptor { words }.allowances();
            assert!(allowances.is_none_or(|list| list.iter().any(|one| one.user.is_none())));
        }
    }
}
