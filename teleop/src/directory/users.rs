//! The users who may have endpoints.

use std::path::Path;

use super::Directory;
use crate::process::Uid;

/// This user, and whoever has a directory where endpoints may be: as seen from a root directory.
///
/// Names alone are looked at. Whose a directory is, and what is in it, is still to be checked.
pub(crate) fn users(root: &Directory) -> Vec<Uid> {
    let directories = [
        ("/run/user", ""),
        ("/var/run/user", ""),
        ("/tmp", "teleop-"),
    ];
    let named = directories.iter().flat_map(|(path, prefix)| {
        // What is not there, or may not be listed, names nobody.
        let names = root.descend(Path::new(path)).and_then(|it| it.names());
        names
            .unwrap_or_default()
            .into_iter()
            .filter_map(move |name| {
                let uid = name.to_str()?.strip_prefix(prefix)?;
                let is_number = uid.bytes().all(|byte| byte.is_ascii_digit());
                Some(Uid::from(uid.parse::<u32>().ok().filter(|_| is_number)?))
            })
    });
    let mut users: Vec<_> = named.chain([Uid::effective()]).collect();
    users.sort_unstable();
    users.dedup();
    users
}
