//! Where the endpoints of a user may be on Windows.

use std::{ffi::OsString, os::windows::ffi::OsStringExt, path::PathBuf, ptr::null_mut};

use windows_sys::Win32::{
    System::Com::CoTaskMemFree,
    UI::Shell::{FOLDERID_LocalAppData, KF_FLAG_DEFAULT, SHGetKnownFolderPath},
};

use crate::{
    directory::{Directory, Site},
    process::Uid,
};

/// The local application data of the user; of another user's, Windows tells nothing without his token.
pub(in crate::directory) fn sites(user: Uid) -> Vec<Site> {
    (user == Uid::effective())
        .then(local_application_data)
        .flatten()
        // Windows itself keeps others out of it, and may let apps of the user look into it.
        .map(|parent| Site {
            parent,
            name: "teleop".to_owned(),
            own_parent: false,
        })
        .into_iter()
        .collect()
}

/// The users who may have endpoints: this one, as nobody is told where those of others are.
pub(crate) fn users(_: &Directory) -> Vec<Uid> {
    vec![Uid::effective()]
}

/// As the system says; `LOCALAPPDATA` says the same, as a rule, but belongs to the environment.
fn local_application_data() -> Option<PathBuf> {
    let mut text: *mut u16 = null_mut();
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the id outlives the call, and the pointer is writable.
    let outcome = unsafe {
        SHGetKnownFolderPath(
            &FOLDERID_LocalAppData,
            KF_FLAG_DEFAULT as u32,
            null_mut(),
            &raw mut text,
        )
    };
    let path = (outcome >= 0 && !text.is_null()).then(|| {
        let length = (0..)
            .find(|&at| {
                #[expect(unsafe_code, reason = "the text is the system's")]
                // SAFETY: the text ends with a 0, and nothing behind that is looked at.
                let unit = unsafe { text.add(at).read() };
                unit == 0
            })
            .expect("there are more numbers than units in memory");
        #[expect(unsafe_code, reason = "the text is the system's")]
        // SAFETY: so many units were read just now, and nobody changes them.
        let text = unsafe { std::slice::from_raw_parts(text, length) };
        OsString::from_wide(text).into()
    });
    #[expect(unsafe_code, reason = "the text is the system's")]
    // SAFETY: the text is the caller's to free, whatever the outcome, and is not used any more.
    unsafe {
        CoTaskMemFree(text.cast());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_has_a_place_and_a_stranger_has_none() {
        let sites = sites(Uid::effective());
        assert_eq!(sites.len(), 1);
        assert!(sites[0].parent.is_absolute());
        assert!(super::sites(Uid::NOBODY).is_empty());
    }
}
