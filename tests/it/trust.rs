//! Who is trusted with what: a test for each rule of SECURITY.md that concerns the handshake.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        net::UnixListener,
    },
    path::Path,
    process::Command,
    time::Duration,
};

use teleop::{
    Config, Error, Obstacle,
    process::{Pid, Process},
};

use crate::support::{
    NOBODY, Target, am_root, as_nobody, echo, entries, idle, open_directory, run, stop, until,
};

fn untrusted(target: &Target) -> String {
    match run(target.attach().open(target.pid())) {
        Err(Error::Untrusted { finding, .. }) => finding,
        other => panic!("{other:?}"),
    }
}

/// Takes the place of the target's socket.
fn replace_socket(target: &Target) -> UnixListener {
    let socket = target.endpoint().join("socket");
    let _ = fs::remove_file(&socket);
    UnixListener::bind(socket).unwrap()
}

#[test]
fn t1_another_user_is_turned_away_before_a_byte_is_read() {
    if !am_root("t1") {
        return;
    }
    let target = Target::start("patient");
    let attached = run(target.attach().open(target.pid())).unwrap();
    // As if every permission on the way had been given away.
    let socket = target.endpoint().join("socket");
    for path in [target.place.path(), &target.endpoint(), &socket] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let place = open_directory(0o755);
    let mut stranger = Target::start_with("knocks", |command| {
        command.env("TELEOP_TEST_SQUAT", &socket);
        as_nobody(command, place.path());
    });
    // Closed, without an answer.
    stranger.expect("Ok(0)");
    drop(attached);
}

#[test]
fn t1_a_process_of_another_user_is_refused() {
    if !am_root("t1") {
        return;
    }
    let place = open_directory(0o755);
    let mut target = Target::start_with("attaches", |command| {
        command.env("TELEOP_TEST_PID", std::process::id().to_string());
        as_nobody(command, place.path());
    });
    target.expect("refused: its owner is 0, not 65534");
}

#[test]
fn t1_root_attaches_to_a_process_of_another_user() {
    if !am_root("t1") {
        return;
    }
    let place = open_directory(0o755);
    let offered = open_directory(0o755);
    nix::unistd::chown(offered.path(), Some(NOBODY.into()), None).unwrap();
    let target = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", offered.path());
        as_nobody(command, place.path());
    });
    let attach = target.attach().directory(offered.path());
    let reply = run(attach.run(target.pid(), async |process| echo(&process, "hi").await));
    assert_eq!(reply.unwrap(), "hi");
    let endpoint = entries(offered.path()).remove(0);
    assert_eq!(crate::support::requests(&endpoint), 0);
}

#[test]
fn t2_no_socket_is_abstract() {
    let target = Target::start("patient");
    let _attached = run(target.attach().open(target.pid())).unwrap();
    let pid = target.pid();
    let own: Vec<_> = entries(format!("/proc/{pid}/fd").as_ref())
        .iter()
        .filter_map(|fd| fs::read_link(fd).ok())
        .filter_map(|link| {
            let link = link.to_string_lossy().into_owned();
            Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    assert!(!own.is_empty());
    let sockets = fs::read_to_string(format!("/proc/{pid}/net/unix")).unwrap();
    for line in sockets.lines() {
        let fields: Vec<_> = line.split_whitespace().collect();
        if own.iter().any(|inode| inode == fields[6]) {
            assert!(
                !fields.get(7).is_some_and(|path| path.starts_with('@')),
                "{line}"
            );
        }
    }
}

#[test]
fn t3_a_squatted_socket_gets_no_byte() {
    use std::io::Read;

    let target = Target::start("default");
    let squatter = replace_socket(&target);
    let finding = untrusted(&target);
    assert!(finding.contains("listens on it"), "{finding}");
    let mut stolen = Vec::new();
    squatter
        .accept()
        .unwrap()
        .0
        .read_to_end(&mut stolen)
        .unwrap();
    assert!(stolen.is_empty());
}

#[test]
fn t3_a_socket_that_another_user_squats_in_the_classic_layout_gets_no_byte() {
    if !am_root("t3") {
        return;
    }
    let target = Target::start("classic");
    let place = open_directory(0o755);
    let mut squatter = Target::start_with("squats", |command| {
        let socket = std::env::temp_dir().join(format!(".teleop_pid_{}", target.pid()));
        command.env("TELEOP_TEST_SQUAT", socket);
        as_nobody(command, place.path());
    });
    untrusted(&target);
    squatter.expect("got 0 bytes");
}

#[test]
fn t4_nobody_else_may_connect_at_any_time_whatever_the_umask() {
    let target = Target::start("open umask");
    let _attached = run(target.attach().open(target.pid())).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&target.endpoint()), 0o700);
    for entry in entries(&target.endpoint()) {
        assert_eq!(mode(&entry), 0o600, "{}", entry.display());
    }
}

#[test]
fn t4_an_endpoint_that_others_may_enter_is_not_used() {
    let target = Target::start("default");
    fs::set_permissions(target.endpoint(), fs::Permissions::from_mode(0o755)).unwrap();
    let finding = untrusted(&target);
    assert!(finding.contains("0755"), "{finding}");
}

#[test]
fn t4_a_place_that_others_may_change_is_not_used() {
    let place = open_directory(0o777);
    let teleop = Config::new().directory(place.path()).spawn(|_| {}).unwrap();
    assert!(matches!(teleop.error(), Some(Error::Untrusted { .. })));
    assert!(entries(place.path()).is_empty());
}

#[test]
fn t5_a_link_planted_at_the_classic_request_is_not_followed() {
    let target = Target::start("classic");
    let victim = target.place.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let name = format!(".teleop_attach_{}", target.pid());
    symlink(&victim, target.working.path().join(&name)).unwrap();
    untrusted(&target);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    let link = target.working.path().join(&name);
    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
}

#[test]
fn t5_an_endpoint_that_is_a_link_is_not_followed() {
    let target = Target::start("default");
    stop(&target); // It would notice, and make it again.
    let endpoint = target.endpoint();
    let elsewhere = target.working.path().join("elsewhere");
    fs::rename(&endpoint, &elsewhere).unwrap();
    symlink(&elsewhere, &endpoint).unwrap();
    let attach = target.attach().timeout(Duration::from_millis(200));
    let refused = run(attach.open(target.pid()));
    assert!(matches!(refused, Err(Error::Io { .. })), "{refused:?}");
    assert_eq!(entries(&elsewhere).len(), 1);
}

#[test]
fn t5_a_link_in_place_of_the_socket_is_not_followed() {
    let target = Target::start("default");
    let elsewhere = target.working.path().join("socket");
    let listener = UnixListener::bind(&elsewhere).unwrap();
    listener.set_nonblocking(true).unwrap();
    symlink(&elsewhere, target.endpoint().join("socket")).unwrap();
    assert_eq!(untrusted(&target), "it is no socket");
    assert!(listener.accept().is_err());
}

#[test]
fn t5_an_about_that_is_a_link_or_nonsense_is_not_believed() {
    let target = Target::start("default");
    stop(&target); // It would notice, and make it again.
    let about = target.endpoint().join("about.json");
    let aside = target.working.path().join("about.json");
    fs::rename(&about, &aside).unwrap();
    for plant in [
        |aside: &Path, about: &Path| symlink(aside, about).unwrap(),
        |aside: &Path, about: &Path| fs::hard_link(aside, about).unwrap(),
    ] {
        plant(&aside, &about);
        let finding = untrusted(&target);
        assert!(finding.contains("no ordinary file"), "{finding}");
        fs::remove_file(&about).unwrap();
    }
    fs::write(&about, "\u{1b}[2J".repeat(100_000)).unwrap();
    let finding = untrusted(&target);
    assert!(!finding.contains('\u{1b}'), "{finding:?}");
}

#[test]
fn t6_the_environment_of_the_target_leads_nowhere() {
    let elsewhere = tempfile::tempdir().unwrap();
    // It publishes where its own environment says; this client was not told.
    let target = Target::start_with("default", |command| {
        command
            .env("TELEOP_TEST_PLACE", elsewhere.path())
            .env("TELEOP_DIR", elsewhere.path())
            .env("TMPDIR", elsewhere.path());
    });
    let obstacle = match run(target.attach().open(target.pid())) {
        Err(Error::NotAttachable { obstacle, .. }) => obstacle,
        other => panic!("{other:?}"),
    };
    // Which is what the kernel says, and goes nowhere.
    let place = elsewhere.path().to_owned();
    assert_eq!(obstacle, Obstacle::Elsewhere { place });
}

#[test]
fn t7_a_pinned_process_is_not_taken_for_its_successor() {
    let mut target = Target::start("default");
    let process = Process::pin(Pid::from(target.pid())).unwrap();
    target.kill();
    assert!(matches!(process.root(), Err(Error::NoSuchProcess { .. })));
    assert!(matches!(process.start(), Err(Error::NoSuchProcess { .. })));
    assert!(matches!(process.quit(), Err(Error::NoSuchProcess { .. })));
}

#[test]
fn t7_the_endpoint_of_a_predecessor_is_not_used() {
    let target = Target::start("default");
    let endpoint = target.endpoint();
    let predecessor = target.place.path().join(format!("{}-1", target.pid()));
    fs::rename(&endpoint, &predecessor).unwrap();
    let refused = run(target
        .attach()
        .timeout(Duration::from_millis(200))
        .open(target.pid()));
    // It makes its own again when it notices; what it made earlier is not taken for it.
    assert!(!predecessor.join("socket").exists(), "{refused:?}");
}

#[test]
fn t10_only_the_root_of_the_target_is_looked_into() {
    if !am_root("t10") || !can_unshare() {
        return;
    }
    // Both have the id 1 in their containers, and at the same path each has a directory of its own.
    let place = tempfile::tempdir().unwrap();
    let contained =
        |role: &str| Target::start_with("nothing", |command| contain(command, role, place.path()));
    let target = contained("default");
    let other = contained("nothing");
    let inner = |target: &Target| child_of(target.pid());
    let attach = teleop::Attach::new().directory(place.path());
    let reply = run(attach.run(inner(&target), async |process| {
        assert_eq!(process.about().await?.pid, 1);
        echo(&process, "hi").await
    }));
    assert_eq!(reply.unwrap(), "hi");
    assert!(matches!(
        run(attach.open(inner(&other))),
        Err(Error::NotAttachable {
            obstacle: Obstacle::NoEndpoint,
            ..
        })
    ));
    assert!(entries(place.path()).is_empty());
}

/// Has the command run as process 1 of its own PID namespace, with a file system of its own at the
/// place.
pub fn contain(command: &mut Command, role: &str, place: &Path) {
    let program = std::env::current_exe().unwrap();
    let mut inner = Command::new("unshare");
    inner
        .args(["--mount", "--pid", "--fork", "--kill-child", "--"])
        .args(["sh", "-c"])
        .arg("mount -t tmpfs -o mode=700 none \"$0\" && mount -t proc none /proc && exec \"$@\"")
        .arg(place)
        .arg(program)
        .args(command.get_args())
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TELEOP_TEST_ROLE", role)
        .env("TELEOP_TEST_PLACE", place)
        .current_dir("/")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    *command = inner;
}

pub fn can_unshare() -> bool {
    let can = Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: namespaces cannot be made here");
    }
    can
}

pub fn child_of(pid: u32) -> u32 {
    let children = format!("/proc/{pid}/task/{pid}/children");
    fs::read_to_string(children)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn t11_the_request_of_another_user_opens_nothing() {
    if !am_root("t11") {
        return;
    }
    let target = Target::start("classic");
    let request = target
        .working
        .path()
        .join(format!(".teleop_attach_{}", target.pid()));
    // Made elsewhere and moved: the target is woken by the next file, and sees whose this one is.
    let aside = target.place.path().join("aside");
    fs::write(&aside, "").unwrap();
    nix::unistd::chown(&aside, Some(NOBODY.into()), None).unwrap();
    fs::rename(&aside, &request).unwrap();
    fs::write(target.working.path().join("wakes it"), "").unwrap();
    let socket = std::env::temp_dir().join(format!(".teleop_pid_{}", target.pid()));
    idle(&target);
    assert!(!socket.exists());
    assert!(request.exists());
}

#[test]
fn t12_the_endpoint_of_a_living_process_is_not_swept() {
    let living = Target::start("default");
    // What a dead one left; and what somebody else keeps in the same place.
    let private = |name: &str| {
        let directory = living.place.path().join(name);
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
        directory
    };
    let dead = private("1-1");
    let about = r#"{"protocol": 1, "pid": 1, "name": "dead"}"#;
    fs::write(dead.join("about.json"), about).unwrap();
    let others = [private("2024-01-15"), private("2023"), private("2-1")];
    for other in &others {
        fs::write(other.join("socket.precious"), "").unwrap();
    }
    let _sweeps = Target::start_with("default", |command| {
        command.env("TELEOP_TEST_PLACE", living.place.path());
    });
    until("it is swept", || !dead.exists());
    for other in others {
        assert!(other.join("socket.precious").exists());
        fs::remove_dir_all(other).unwrap();
    }
    assert!(living.endpoint().join("about.json").exists());
    let reply = run(living
        .attach()
        .run(living.pid(), async |process| echo(&process, "hi").await));
    assert_eq!(reply.unwrap(), "hi");
}

#[test]
fn t12_what_has_taken_the_name_meanwhile_is_not_removed() {
    use teleop::{channel::Listener, directory::Directory};

    let directory = tempfile::tempdir().unwrap();
    let opened = Directory::open(directory.path()).unwrap();
    let first = Listener::bind(&opened, "socket".as_ref()).unwrap();
    let second = Listener::bind(&opened, "socket".as_ref()).unwrap();
    drop(first);
    assert!(directory.path().join("socket").exists());
    drop(second);
    assert!(entries(directory.path()).is_empty());
}
