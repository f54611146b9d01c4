//! [`Entry`]: what stands in a directory.

use std::{
    fs::File,
    io,
    os::windows::io::{AsHandle, AsRawHandle},
    time::SystemTime,
};

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT,
    FILE_ATTRIBUTE_TAG_INFO, FileAttributeTagInfo, GetFileInformationByHandle,
    GetFileInformationByHandleEx,
};

use super::descriptor::Descriptor;
use crate::process::Uid;

/// An entry of a directory, itself and not what a link would lead to.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    volume: u32,
    index: u64,
    attributes: u32,
    tag: u32,
    owner: Uid,
}

impl Entry {
    /// What an open file is.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        let owner = Descriptor::of(file.as_handle())?.owner();
        let information = information_of(file)?;
        let is_reparse_point = information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT != 0;
        Ok(Self {
            volume: information.dwVolumeSerialNumber,
            index: u64::from(information.nFileIndexHigh) << 32
                | u64::from(information.nFileIndexLow),
            attributes: information.dwFileAttributes,
            tag: if is_reparse_point { tag_of(file)? } else { 0 },
            owner: owner.ok_or(io::ErrorKind::InvalidData)?,
        })
    }

    /// Who owns it.
    pub fn owner(&self) -> Uid {
        self.owner
    }

    /// Who may do what with it, in words.
    pub(crate) fn described(&self) -> String {
        format!("of {}", self.owner())
    }

    /// Whether it is an ordinary file.
    pub fn is_file(&self) -> bool {
        !self.is_directory() && self.attributes & FILE_ATTRIBUTE_REPARSE_POINT == 0
    }

    /// Whether it is a directory, and no link to one.
    pub fn is_directory(&self) -> bool {
        self.attributes & FILE_ATTRIBUTE_DIRECTORY != 0 && !self.is_link()
    }

    /// Whether it leads elsewhere: a link, a junction, a mount point.
    pub fn is_link(&self) -> bool {
        const NAME_SURROGATE: u32 = 0x2000_0000;

        self.tag & NAME_SURROGATE != 0
    }

    /// When it was written last, which nobody asks here.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        None
    }

    /// Whether both are the same file, under whatever names.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.volume, self.index) == (other.volume, other.index)
    }

    /// What no other file has, as long as this one is there.
    pub(crate) fn identity(&self) -> String {
        format!("{:x}-{:x}", self.volume, self.index)
    }
}

fn information_of(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open, and the structure writable.
    let told = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut information) };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(information)
}

fn tag_of(file: &File) -> io::Result<u32> {
    let mut tag = FILE_ATTRIBUTE_TAG_INFO::default();
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open, the structure writable and as long as is said.
    let told = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileAttributeTagInfo,
            (&raw mut tag).cast(),
            size_of::<FILE_ATTRIBUTE_TAG_INFO>() as u32,
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(tag.ReparseTag)
}
