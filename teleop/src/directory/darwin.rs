//! Where the endpoints of a user may be on macOS.

use std::{
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt, fs::MetadataExt},
    path::PathBuf,
};

use nix::libc;

use super::Site;
use crate::process::Uid;

/// The directory for temporary files that the user has of his own, else the one for all.
pub(super) fn sites(user: Uid) -> Vec<Site> {
    let own = if user == Uid::effective() {
        own_temporary()
    } else {
        temporary_of(user)
    };
    let own = own.map(|parent| Site {
        parent,
        name: "teleop".to_owned(),
        own_parent: true,
    });
    let shared = Site {
        parent: "/tmp".into(),
        name: format!("teleop-{}", user.as_u32()),
        own_parent: false,
    };
    own.into_iter().chain([shared]).collect()
}

/// As the system says, which makes it where it is not there. `TMPDIR` says the same, as a rule, but
/// belongs to the environment.
fn own_temporary() -> Option<PathBuf> {
    let mut path = vec![0_u8; 1024];
    #[expect(unsafe_code, reason = "no crate in use wraps confstr(3)")]
    // SAFETY: the buffer is as long as is said, and written to by nobody else.
    let length = unsafe {
        libc::confstr(
            libc::_CS_DARWIN_USER_TEMP_DIR,
            path.as_mut_ptr().cast(),
            path.len(),
        )
    };
    // With the NUL; 0 where there is none, and more than there is room where it does not fit.
    let length = length.checked_sub(1).filter(|&end| end < path.len())?;
    path.truncate(length);
    Some(OsString::from_vec(path).into())
}

/// For root, who may attach to everybody: the system tells each user his own alone, but the directory
/// above it belongs to him.
fn temporary_of(user: Uid) -> Option<PathBuf> {
    let buckets = fs::read_dir("/private/var/folders").ok()?;
    buckets
        .flatten()
        .filter_map(|bucket| fs::read_dir(bucket.path()).ok())
        .flat_map(Iterator::flatten)
        .find(|home| {
            home.metadata()
                .is_ok_and(|metadata| metadata.uid() == user.as_u32())
        })
        .map(|home| home.path().join("T"))
}
