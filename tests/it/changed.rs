//! What becomes of a target whose surroundings change, and of a client that is root where somebody else
//! has had his hands.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
    process::Command,
};

use nix::sys::stat::Mode;
use teleop::{Attach, Error, Obstacle, process::Process};

use crate::support::{
    Container, NOBODY, Target, am_root, as_nobody, entries, open_directory, reach, requests, run,
};

fn tell(target: &mut Target, line: &str) {
    target.tell(line);
    target.expect("done");
}

#[test]
fn a_target_in_another_working_directory_is_reached_and_in_a_deleted_one() {
    let mut target = Target::start("wanders");
    let there = target.place.path().join("there");
    fs::create_dir(&there).unwrap();
    tell(&mut target, &format!("enter {}", there.display()));
    assert_eq!(reach(&target.attach(), target.pid()).unwrap(), "target");
    tell(&mut target, &format!("remove {}", there.display()));
    assert_eq!(reach(&target.attach(), target.pid()).unwrap(), "target");
}

#[test]
fn a_classic_target_in_a_deleted_directory_says_so() {
    let mut target = Target::start("wanders in the classic layout");
    let there = target.place.path().join("there");
    fs::create_dir(&there).unwrap();
    let mut other = Target::start_with("wanders in the classic layout", |command| {
        command.current_dir(&there);
    });
    fs::remove_dir(&there).unwrap();
    assert!(matches!(
        run(other.attach().open(other.pid())),
        Err(Error::NotAttachable {
            obstacle: Obstacle::NoWorkingDirectory,
            ..
        })
    ));
    // Where it waits in one that is there, it can move to another, and cannot be told so.
    tell(&mut target, "enter /");
    let obstacle = match run(target.attach().open(target.pid())) {
        Err(Error::NotAttachable { obstacle, .. }) => obstacle,
        other => panic!("{other:?}"),
    };
    assert_eq!(obstacle, Obstacle::NoEndpoint);
    other.kill();
}

#[test]
fn a_target_that_has_changed_its_root_directory_is_reached() {
    let container = Container::with(&["pid"]);
    if !container.is_possible("root") {
        return;
    }
    for container in [container.clone(), container.rootless()] {
        let mut target = container.start("wanders");
        tell(&mut target.target, "make /tmp/empty");
        // There is nothing in it: no endpoint, and no `/proc`.
        tell(&mut target.target, "root /tmp/empty");
        target.reach();
    }
}

/// Holds that the client is told where the endpoint is instead.
#[track_caller]
fn assert_is_elsewhere(attach: &Attach, target: &Target) {
    match run(attach.open(target.pid())) {
        Err(Error::NotAttachable {
            obstacle: Obstacle::Elsewhere { place },
            ..
        }) => assert_eq!(place, target.place.path()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_target_that_publishes_elsewhere_is_told_from_one_that_does_not() {
    let target = Target::start("default");
    let attach = Attach::new().directory(target.working.path());
    assert_is_elsewhere(&attach, &target);
}

#[test]
fn a_target_that_has_changed_its_user_is_told_from_one_that_offers_nothing() {
    if !am_root("user") {
        return;
    }
    let mut target = Target::start("wanders");
    tell(&mut target, &format!("become {NOBODY}"));
    assert_is_elsewhere(&Attach::new(), &target);
}

#[test]
fn t3_a_classic_target_that_has_become_another_user_gets_neither_a_file_nor_a_byte() {
    if !am_root("t3") {
        return;
    }
    let mut target = Target::start("wanders in the classic layout");
    // Which keeps its socket open.
    let _attached = run(target.attach().open(target.pid())).unwrap();
    tell(&mut target, &format!("become {NOBODY}"));
    let refused = |why: &str| match run(target.attach().open(target.pid())) {
        Err(Error::Untrusted { path, finding }) => {
            assert!(finding.contains(why), "{path:?}: {finding}");
        }
        other => panic!("{other:?}"),
    };
    refused("the process that waits for a file in it");
    chown(target.working.path(), Some(NOBODY), None).unwrap();
    refused("it was opened for");
    let files = entries(target.working.path());
    assert!(files.is_empty(), "{files:?}");
}

#[test]
fn a_program_starts_in_a_root_directory_that_is_read_only() {
    let container = Container::with(&["pid"]).then("mount -o remount,ro /");
    if !container.is_possible("read-only") {
        return;
    }
    let mut target = container.start("tries");
    assert_eq!(
        target.target.next_saying(),
        "could not create `/tmp/teleop-0`"
    );
    assert!(matches!(
        run(Attach::new().open(target.pid)),
        Err(Error::NotAttachable {
            obstacle: Obstacle::NoEndpoint,
            ..
        })
    ));
}

#[test]
fn where_no_request_can_be_made_any_more_the_client_is_told() {
    let container = Container::with(&["pid"]);
    if !am_root("read-only") || !container.is_possible("read-only") {
        return;
    }
    let target = container.start("patient");
    let inside = |script: &str| {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--target", &target.pid.to_string()]);
        command.args(["sh", "-c", script]);
        assert!(command.status().unwrap().success());
    };
    let lock = "mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp";
    inside(lock);
    let error = run(Attach::new().open(target.pid)).unwrap_err();
    assert!(error.to_string().starts_with("could not create"), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("Read-only file system"), "{source}");
    // A socket that is open needs no request.
    inside("umount /tmp");
    let attached = run(Attach::new().open(target.pid)).unwrap();
    inside(lock);
    target.reach();
    drop(attached);
}

#[test]
fn root_follows_nothing_that_another_user_has_planted() {
    if !am_root("planted") {
        return;
    }
    let program = open_directory(0o755);
    let place = open_directory(0o755);
    chown(place.path(), Some(NOBODY), None).unwrap();
    let target = Target::start_with("nothing", |command| {
        as_nobody(command, program.path());
    });
    let secret = target.working.path().join("secret");
    let about = r#"{"protocol": 1, "pid": 1, "name": "x", "attacher": "inotify"}"#;
    fs::write(&secret, about).unwrap();
    let start = Process::pin(target.pid().into()).unwrap().start().unwrap();
    let endpoint = place.path().join(format!("{}-{start}", target.pid()));
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 6] = [
        ("a pipe", |at, _| {
            nix::unistd::mkfifo(at, Mode::S_IRWXU).unwrap();
        }),
        ("a link", |at, secret| symlink(secret, at).unwrap()),
        ("a hard link", |at, secret| {
            fs::hard_link(secret, at).unwrap();
        }),
        ("a directory", |at, _| fs::create_dir(at).unwrap()),
        ("a device", |at, _| symlink("/dev/zero", at).unwrap()),
        ("a huge file", |at, _| {
            fs::File::create(at).unwrap().set_len(1 << 40).unwrap();
        }),
    ];
    for (what, plant) in plants {
        fs::create_dir(&endpoint).unwrap();
        fs::set_permissions(&endpoint, fs::Permissions::from_mode(0o700)).unwrap();
        let planted = endpoint.join("about.json");
        plant(&planted, &secret);
        nix::unistd::fchownat(
            nix::fcntl::AT_FDCWD,
            &planted,
            Some(NOBODY.into()),
            None,
            nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW,
        )
        .unwrap();
        chown(&endpoint, Some(NOBODY), None).unwrap();
        let attach = target.attach().directory(place.path());
        let refused = run(attach.open(target.pid()));
        assert!(
            matches!(refused, Err(Error::Untrusted { .. })),
            "{what}: {refused:?}"
        );
        assert_eq!(requests(&endpoint), 0, "{what}");
        assert_eq!(entries(&endpoint).len(), 1, "{what}");
        fs::remove_dir_all(&endpoint).unwrap();
    }
    symlink(target.working.path(), &endpoint).unwrap();
    let refused = run(target.attach().directory(place.path()).open(target.pid()));
    assert!(matches!(refused, Err(Error::Io { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&secret).unwrap(), about);
}

#[test]
fn what_root_creates_for_another_user_is_acceptable_to_him_and_gone() {
    let become_nobody = "set -- setpriv --reuid=65534 --regid=65534 --clear-groups -- \"$@\"";
    let container = Container::with(&["pid"]).then(become_nobody);
    if !am_root("root") || !container.is_possible("root") {
        return;
    }
    let mut target = container.start("default");
    target.reach();
    let endpoint = entries(&target.path("tmp/teleop-65534")).remove(0);
    assert_eq!(requests(&endpoint), 0);
    // What it has made itself it also takes away itself.
    target.target.go_on();
    target.target.child.wait().unwrap();
}
