//! What the kernel does not allow is said in one line, with what it takes.

use std::process::Command;

use crate::support::{Container, NOBODY, Target, am_root, as_nobody, open_directory, put_before};

/// What a client says, that is started so, of an attach to a process.
fn said(pid: u32, change: impl FnOnce(&mut Command)) -> String {
    let place = open_directory(0o755);
    let mut client = Target::start_with("looks around", |command| {
        command.env("TELEOP_TEST_PID", pid.to_string());
        command.env_remove("TELEOP_TEST_PLACE");
        as_nobody(command, place.path());
        change(command);
    });
    client.next_saying()
}

/// Has a shell do something first, in a mount namespace of its own, and become the other user then.
fn after(setup: &str) -> impl FnOnce(&mut Command) + use<> {
    let script = format!(
        "{setup} && exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups -- \"$@\""
    );
    move |command| {
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "sh", "-c", &script, "sh"]);
        put_before(command, shell);
    }
}

#[test]
fn a_process_that_proc_hides_is_told_from_none() {
    if !am_root("hidepid") {
        return;
    }
    let target = Target::start("nothing");
    for how in ["hidepid=1", "hidepid=2"] {
        let hide = format!("mount -t proc -o {how} none /proc");
        let said = said(target.pid(), after(&hide));
        let expected = format!(
            "failed: the kernel does not let `nobody` (uid 65534) see process `{}`: that takes CAP_SYS_PTRACE",
            target.pid()
        );
        assert_eq!(said, expected, "{how}");
    }
}

#[test]
fn a_proc_that_is_not_there_is_told_from_a_process_that_is_not() {
    if !am_root("proc") {
        return;
    }
    let target = Target::start("nothing");
    let said = said(target.pid(), after("mount -t tmpfs none /proc"));
    let expected = "failed: /proc is not available here: it is not mounted, or shows nothing of this PID namespace (`mount -t proc proc /proc`)";
    assert_eq!(said, expected);
}

#[test]
fn root_without_the_capability_to_look_into_a_process_is_told_which() {
    if !am_root("CAP_SYS_PTRACE") {
        return;
    }
    let place = open_directory(0o755);
    let target = Target::start_with("nothing", |command| as_nobody(command, place.path()));
    let mut client = Target::start_with("looks around", |command| {
        command.env("TELEOP_TEST_PID", target.pid().to_string());
        let mut lesser = Command::new("setpriv");
        lesser.args(["--bounding-set=-sys_ptrace", "--inh-caps=-all", "--"]);
        put_before(command, lesser);
    });
    let expected = format!(
        "failed: the kernel does not let `root` (uid 0) look into the root directory of process `{}`: that takes CAP_SYS_PTRACE",
        target.pid()
    );
    assert_eq!(client.next_saying(), expected);
}

#[test]
fn a_proc_of_another_pid_namespace_misleads_nobody() {
    // Its `/proc` shows the processes of this namespace: by their ids here, not by those there.
    let container = Container::with(&["pid"]).with_our_proc();
    if !container.is_possible("proc") {
        return;
    }
    let target = container.start("default");
    target.reach();
    let mut client = container.start("has a neighbour");
    client.target.expect("target");
}
