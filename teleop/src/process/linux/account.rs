//! What the system calls a user.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
};

use crate::process::Uid;

/// The name of a user, where the file of users has it.
///
/// Not by getpwuid(3), which may load libraries into this process, and wait for a server.
pub(crate) fn account_name(user: Uid) -> Option<String> {
    find(File::open("/etc/passwd").ok()?, user)
}

pub(super) fn find(users: impl Read, user: Uid) -> Option<String> {
    /// More than any such file has: those who have more users keep them elsewhere.
    const MOST: u64 = 16 << 20;

    let uid = user.as_u32().to_string();
    // A comment, in the fifth field, may be any bytes.
    let mut lines = BufReader::new(users.take(MOST)).split(b'\n');
    lines.find_map(|line| {
        let line = line.ok()?;
        let mut fields = line.split(|&byte| byte == b':');
        let name = fields.next()?;
        let is_it = fields.nth(1)? == uid.as_bytes();
        is_it.then(|| String::from_utf8_lossy(name).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_the_name_that_stands_beside_the_number() {
        let users =
            b"root:x:0:0:\xff:/root:/bin/sh\n\nbroken\nfake:7:8:9\nann:x:1000:7:A:/:/bin/sh\n";
        let name = |uid: u32| find(&users[..], Uid::from(uid));
        assert_eq!(name(0).as_deref(), Some("root"));
        assert_eq!(name(1000).as_deref(), Some("ann"));
        assert_eq!(name(7), None, "that is a group, or no user at all");
        assert_eq!(name(100), None);
    }
}
