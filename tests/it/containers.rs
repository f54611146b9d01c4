//! A process in a container is reached from the host by the id that it has there, and as itself.

use std::process::Command;

use teleop::{Attach, Error, Obstacle};

use crate::support::{
    Contained, Container, Target, am_root, as_nobody, entries, open_directory, pass_a_tick,
    put_before, reach, run,
};

const EVERY_KIND: [&str; 7] = [
    "pid",
    "net",
    "uts",
    "ipc",
    "cgroup",
    "time",
    "boottime=86400",
];

/// Starts a target in such a container, and reaches it as root or as the same user.
#[track_caller]
fn is_reached(test: &str, container: &Container) {
    if container.is_possible(test) {
        container.start("default").reach();
    }
}

#[test]
fn one_with_a_file_system_of_its_own_is_reached() {
    is_reached("mount", &Container::with(&[]));
}

#[test]
fn one_in_another_pid_namespace_is_reached() {
    is_reached("pid", &Container::with(&["pid"]));
}

#[test]
fn one_in_another_network_namespace_is_reached() {
    is_reached("net", &Container::with(&["net"]));
}

#[test]
fn one_in_a_user_namespace_that_does_not_know_root_is_reached() {
    is_reached("user", &Container::with(&[]).rootless());
}

#[test]
fn one_in_another_time_namespace_is_reached() {
    is_reached("time", &Container::with(&["time", "boottime=86400"]));
}

#[test]
fn one_in_namespaces_of_every_kind_is_reached() {
    is_reached("every kind", &Container::with(&EVERY_KIND));
    is_reached(
        "every kind, rootless",
        &Container::with(&EVERY_KIND).rootless(),
    );
}

#[test]
fn its_owner_reaches_one_in_a_user_namespace() {
    let container = Container::with(&EVERY_KIND).rootless();
    if !am_root("its_owner") || !container.is_possible("its_owner") {
        return;
    }
    let target = container.start("default");
    let place = open_directory(0o755);
    let mut client = looking_at(&target, |command| as_nobody(command, place.path()));
    client.expect("reached target");
}

#[test]
fn what_root_does_as_the_owner_leaves_nothing_and_root_as_it_was() {
    let container = Container::with(&["pid"]).rootless();
    if !am_root("root") || !container.is_possible("root") {
        return;
    }
    let target = container.start("default");
    looking_at(&target, |_| {}).expect("reached target");
    let endpoint = entries(&target.path("tmp/teleop-0")).remove(0);
    assert_eq!(crate::support::requests(&endpoint), 0);
}

#[test]
fn root_that_may_not_act_as_the_owner_is_told_what_it_takes() {
    let container = Container::with(&["pid"]).rootless();
    if !am_root("root") || !container.is_possible("root") {
        return;
    }
    let target = container.start("default");
    let mut client = looking_at(&target, |command| {
        let mut lesser = Command::new("setpriv");
        lesser.args(["--bounding-set=-setuid,-setgid", "--inh-caps=-all", "--"]);
        put_before(command, lesser);
    });
    let expected = format!(
        "failed: cannot attach to process `{}`: root is nobody in its user namespace, and may not act as its owner: that takes CAP_SETUID and CAP_SETGID; or attach as its owner",
        target.pid
    );
    assert_eq!(client.next_saying(), expected);
}

/// A client that was started here, and looks around in a target.
fn looking_at(target: &Contained, change: impl FnOnce(&mut Command)) -> Target {
    Target::start_with("looks around", |command| {
        command.env("TELEOP_TEST_PID", target.pid.to_string());
        command.env_remove("TELEOP_TEST_PLACE");
        change(command);
    })
}

#[test]
fn a_sidecar_that_shares_the_pid_namespace_alone_reaches_it() {
    let container = Container::with(&[]);
    // In a user namespace of its own it would have no rights over a sibling.
    if !am_root("sidecar") || !container.is_possible("sidecar") {
        return;
    }
    let target = container.start("default");
    let mut sidecar = Container::with(&[]).start_with("looks around", |command| {
        command.env("TELEOP_TEST_PID", target.pid.to_string());
    });
    sidecar.target.expect("reached target");
}

#[test]
fn t8_of_two_that_are_process_1_and_share_a_tmp_each_is_reached_as_itself() {
    let tmp = open_directory(0o1777);
    let container = Container::with(&["pid"]).sharing(tmp.path());
    if !container.is_possible("t8") {
        return;
    }
    let start = |name: &str| {
        container.start_with("default", |command| {
            command.env("TELEOP_TEST_NAME", name);
        })
    };
    let first = start("first");
    pass_a_tick();
    let second = start("second");
    for (target, name) in [(&first, "first"), (&second, "second"), (&first, "first")] {
        assert_eq!(reach(&Attach::new(), target.pid).unwrap(), name);
    }
    // Where the one is gone, the other is not taken for it.
    let own = entries(&first.path("tmp/teleop-0"));
    assert_eq!(own.len(), 2, "{own:?}");
    let nothing = container.start("nothing");
    assert!(matches!(
        run(Attach::new().open(nothing.pid)),
        Err(Error::NotAttachable {
            obstacle: Obstacle::NoEndpoint,
            ..
        })
    ));
}
