//! Where an endpoint is published has no room, or goes away.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use teleop::{Attach, Config, Error};

use crate::support::{Target, am_root, echo, entries, run, say, staged, until, wait};

const UNSHARE: [&str; 2] = ["unshare", "--mount"];

/// Whether a file system can be mounted that nobody else sees. Where it cannot, it says that the test is
/// skipped.
fn can_mount(test: &str) -> bool {
    if !am_root(test) {
        return false;
    }
    let mut command = Command::new("true");
    staged(&mut command, &UNSHARE, "mount -t tmpfs none /mnt");
    let can = command.status().is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: `{test}` cannot mount anything here");
    }
    can
}

fn call(attach: &Attach, target: &Target) -> teleop::Result<String> {
    let called = attach.run(target.pid(), async |process| echo(&process, "hi").await);
    run(called)
}

/// A path as the target sees it.
fn within(target: &Target, path: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", target.pid()));
    root.join(path.strip_prefix("/").unwrap())
}

/// A program in whose place a file system of its own is mounted, and what it says of how it is armed.
fn in_a_file_system(options: &str, fill: &str) -> (Target, String) {
    let mut target = Target::start_with("is limited", |command| {
        let scene = format!(
            "mount -t tmpfs -o mode=700,{options} none \"$TELEOP_TEST_PLACE\"\n\
             cd \"$TELEOP_TEST_PLACE\"\n{fill}\ncd /"
        );
        staged(command, &UNSHARE, &scene);
    });
    let said = target.next_saying();
    (target, said)
}

#[test]
fn without_inodes_a_program_starts_and_each_side_says_what_is_missing() {
    if !can_mount("inodes") {
        return;
    }
    for number in 1.. {
        let (target, said) = in_a_file_system(&format!("nr_inodes={number}"), "");
        if said != "armed" {
            assert!(said.contains("No space left"), "{number}: {said}");
            assert!(entries(&within(&target, target.place.path())).is_empty());
            continue;
        }
        match call(&target.attach(), &target) {
            Ok(_) => {
                // The file system, the endpoint, what it says of itself, and one for a request or a socket.
                assert_eq!(number, 4);
                break;
            }
            Err(Error::Io { action, source, .. }) => {
                assert_eq!(action, "create");
                assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
            }
            Err(error) => panic!("{number}: {error:?}"),
        }
    }
}

#[test]
fn on_a_full_disk_a_program_starts_and_says_so() {
    if !can_mount("disk") {
        return;
    }
    let fill = "head -c 4096 /dev/zero >full";
    let (target, said) = in_a_file_system("size=4k", fill);
    assert!(said.contains("could not write"), "{said}");
    assert!(said.contains("No space left"), "{said}");
    let left = entries(&within(&target, target.place.path()));
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_place_that_was_deleted_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("above/place");
    let target = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", &place);
    });
    let attach = target.attach().directory(&place);
    for _ in 0..3 {
        assert_eq!(call(&attach, &target).unwrap(), "hi");
        let before = entries(&place);
        let gone = directory.path().join("gone");
        fs::create_dir(&gone).unwrap();
        fs::rename(&place, gone.join("place")).unwrap();
        // The target tidies up meanwhile.
        until("it is deleted", || {
            fs::remove_dir_all(&gone).is_ok() || !gone.exists()
        });
        until("it is made again", || before[0].join("about.json").exists());
    }
    assert_eq!(call(&attach, &target).unwrap(), "hi");
}

/// A program that offers Teleop where it is looked for by default.
pub fn offers() {
    let teleop = Config::new().spawn(|_| {}).unwrap();
    assert!(teleop.error().is_none(), "{:?}", teleop.error());
    say("ready");
    wait();
}

#[test]
fn who_logs_out_takes_the_endpoint_away_and_it_is_published_elsewhere() {
    if !can_mount("logout") {
        return;
    }
    // What logind does is done at once, and with the time for the target to publish anew meanwhile.
    for pause in [
        "",
        "until ls teleop/*/about.json; do :; done >/dev/null 2>&1",
    ] {
        let target = Target::start_with("offers by default", |command| {
            // All of it is seen by the target alone, and goes away with it.
            let scene = "mount -t tmpfs none /run
                mkdir -p /run/user/0
                touch /run/program
                mount --bind \"$0\" /run/program
                mount -t tmpfs -o mode=700 none /run/user/0
                mount -t tmpfs -o mode=1777 none /tmp
                exec /run/program \"$@\"";
            staged(command, &UNSHARE, scene);
        });
        let attach = Attach::new();
        assert_eq!(call(&attach, &target).unwrap(), "hi");
        let place = |path: &str| within(&target, path.as_ref());
        assert_eq!(entries(&place("/run/user/0/teleop")).len(), 1);
        let log_out = format!(
            "cd /run/user/0\nfind . -mindepth 1 -delete 2>/dev/null || :\n{pause}\ncd /\n\
             umount --lazy /run/user/0\nuntil rm -r /run/user/0; do :; done 2>/dev/null"
        );
        let status = Command::new("nsenter")
            .arg(format!("--mount=/proc/{}/ns/mnt", target.pid()))
            .args(["sh", "-ec", &log_out])
            .stdin(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        let elsewhere = place("/tmp/teleop-0");
        until("it is published elsewhere", || {
            elsewhere.exists()
                && entries(&elsewhere)
                    .iter()
                    .any(|path| path.join("about.json").exists())
        });
        assert_eq!(call(&attach, &target).unwrap(), "hi");
    }
}
