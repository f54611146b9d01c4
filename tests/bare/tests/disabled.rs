//! Without the feature `server` a program is as it would be without Teleop, and says so.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use teleop::{Attach, Error};

#[test]
fn a_client_is_told_that_it_is_disabled() {
    let place = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_teleop-bare"))
        .env("TELEOP_DIR", place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "armed: false, None\n");

    let attach = Attach::new().directory(place.path());
    let attached = async_io::block_on(attach.open(program.id()));
    assert!(
        matches!(attached, Err(Error::Disabled { .. })),
        "{attached:?}"
    );

    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    assert_eq!(place.path().read_dir().unwrap().count(), 0);
}
