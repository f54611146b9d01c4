//! T18: a program that has other rights than who started it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::Command,
};

use rustix::fs::{XattrFlags, setxattr};

use crate::support::{NOBODY, Target, am_root, as_nobody, entries};

/// What such a program says of why it is not armed; nothing where it is.
fn said(raise: impl FnOnce(&mut Command)) -> String {
    let mut target = Target::start_with("tries", |command| {
        let place = command
            .get_envs()
            .find(|(name, _)| *name == "TELEOP_TEST_PLACE");
        let place = Path::new(place.unwrap().1.unwrap()).to_owned();
        chown(&place, Some(NOBODY), Some(NOBODY)).unwrap();
        raise(command);
    });
    assert_eq!(target.next_line(), "", "what is said has a line before it");
    let said = target.next_line();
    let is_armed = entries(target.place.path()).iter().any(|it| it.is_dir());
    assert_eq!(said.is_empty(), is_armed, "{said}");
    said
}

/// Another user's, which any user executes with his rights.
fn set_uid(command: &mut Command) {
    as_nobody(command, &place_of(command));
    std::os::unix::process::CommandExt::uid(command, 0);
    std::os::unix::process::CommandExt::gid(command, NOBODY);
    let program = Path::new(command.get_program());
    chown(program, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(program, fs::Permissions::from_mode(0o4755)).unwrap();
}

/// One that may bind low ports, whoever executes it.
fn set_capabilities(command: &mut Command) {
    as_nobody(command, &place_of(command));
    let (version_and_effective, bind_low_ports) = (0x0200_0001_u32, 1_u32 << 10);
    let mut value = Vec::new();
    for word in [version_and_effective, bind_low_ports, 0, 0, 0] {
        value.extend(word.to_le_bytes());
    }
    let flags = XattrFlags::empty();
    setxattr(command.get_program(), "security.capability", &value, flags).unwrap();
}

fn place_of(command: &Command) -> std::path::PathBuf {
    command.get_current_dir().unwrap().to_owned()
}

#[test]
fn t18_a_program_with_the_rights_of_another_is_not_armed_unless_it_says_so() {
    if !am_root("privilege") {
        return;
    }
    for raise in [set_uid, set_capabilities] {
        assert!(said(raise).contains("other rights than who started it"));
        let opted_in = said(|command| {
            raise(command);
            command.env("TELEOP_TEST_PRIVILEGED", "1");
        });
        assert_eq!(opted_in, "");
    }
    // One that has given its rights up is like any other.
    assert_eq!(said(|command| as_nobody(command, &place_of(command))), "");
}
