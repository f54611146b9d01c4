//! `--via "ssh host"`, by the ssh and the sshd that are installed here.
//!
//! The server is run by the client as its proxy, and speaks to it through a pipe: there is no port that
//! others could take or reach, and it ends with the client.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use nix::unistd::{User, geteuid};

use crate::{
    place::Place,
    shells::is_there,
    target::Kind,
    typed::cancel_a_call,
    unix::path,
    via::{by_way_of, skip},
};

const SSHD: &str = "/usr/sbin/sshd";

/// How to reach this machine by ssh; nothing where that cannot be, and why is said.
fn ssh(place: &Place) -> Option<String> {
    if !Path::new(SSHD).exists() {
        skip("there is no sshd");
        return None;
    }
    for key in ["host", "user"] {
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]);
        succeed(keygen.arg(place.path().join(key)));
    }
    let host = fs::read_to_string(place.path().join("host.pub")).unwrap();
    fs::write(
        place.path().join("known_hosts"),
        format!("elsewhere {host}"),
    )
    .unwrap();
    write_server(place);
    let config = write_client(place);
    let via = format!("ssh -F {} elsewhere", config.display());
    let mut probe = Command::new("sh");
    let probed = probe.args(["-c", &format!("{via} true")]).output().unwrap();
    if !probed.status.success() {
        let log = fs::read_to_string(place.path().join("log")).unwrap_or_default();
        skip(&format!("sshd does not let this user in: {probed:?} {log}"));
        return None;
    }
    Some(via)
}

fn succeed(command: &mut Command) {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

fn write_server(place: &Place) {
    let at = place.path().display();
    let (path, endpoints) = (path(), place.endpoints());
    let text = format!(
        "HostKey {at}/host\n\
         AuthorizedKeysFile {at}/user.pub\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         PermitRootLogin yes\n\
         StrictModes no\n\
         UsePAM no\n\
         PidFile none\n\
         PrintMotd no\n\
         SetEnv \"PATH={}\" \"TELEOP_DIR={}\"\n",
        path.to_str().unwrap(),
        endpoints.display()
    );
    fs::write(place.path().join("sshd_config"), text).unwrap();
}

fn write_client(place: &Place) -> PathBuf {
    let at = place.path().display();
    let user = User::from_uid(geteuid()).unwrap().unwrap().name;
    // Elsewhere, no terminal of here has it in reach.
    let setsid = if is_there("setsid") { "setsid" } else { "" };
    let sshd = format!("exec {setsid} {SSHD} -i -f {at}/sshd_config -E {at}/log");
    let sshd = if geteuid().is_root() {
        // Where root runs it, it wants a directory that whoever starts it makes. This one goes with it.
        let run = "mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/sshd";
        format!("unshare --mount sh -c '{run} && {sshd}'")
    } else {
        sshd
    };
    let text = format!(
        "ProxyCommand {sshd}\n\
         User {user}\n\
         IdentityFile {at}/user\n\
         IdentitiesOnly yes\n\
         BatchMode yes\n\
         UserKnownHostsFile {at}/known_hosts\n\
         StrictHostKeyChecking yes\n"
    );
    let config = place.path().join("ssh_config");
    fs::write(&config, text).unwrap();
    config
}

#[test]
fn every_verb_says_the_same_as_here() {
    let place = Place::new();
    let Some(ssh) = ssh(&place) else { return };
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let job = r#"{"name": "backup", "steps": [{"command": "tar"}, {"command": "sync"}]}"#;
    place.teleop(["call", pid, "jobs.submit", job]).run();
    for arguments in [
        &["attach", pid][..],
        &["list", pid],
        &["describe", pid, "jobs"],
        &["call", pid, "echo", "a; b 'c' $d"],
        &["call", pid, "jobs.watch", "1"],
        &["call", pid, "jobs.open", "1", "--then", "rename", "nightly"],
        &["call", pid, "jobs.sumbit"],
    ] {
        let here = place.teleop(arguments).run();
        let there = by_way_of(&place, &ssh, &[arguments, &["--timeout", "1m"]].concat()).run();
        assert_eq!(format!("{there:?}"), format!("{here:?}"));
    }
}

#[test]
fn what_is_wrong_at_the_other_end_is_said() {
    let place = Place::new();
    let Some(ssh) = ssh(&place) else { return };
    let target = place.start(Kind::Bare);
    let there = |arguments: &[&str]| {
        let arguments = [arguments, &["--timeout", "1m"]].concat();
        by_way_of(&place, &ssh, &arguments).run()
    };
    let list = ["list", &target.pid()];
    assert_eq!(there(&list).failure(4), place.teleop(list).run().failure(4));
    let missing = there(&["list", "42", "--via-program", "no/teleop"]);
    assert_eq!(missing.status, Some(10));
    let message = "elsewhere no/teleop bridge 42` ended with status 127\nhint: is teleop installed";
    assert!(missing.stderr.contains(message), "{missing:?}");
    fs::remove_file(place.path().join("known_hosts")).unwrap();
    let unknown = there(&list);
    assert_eq!(unknown.status, Some(10));
    assert!(
        unknown.stderr.contains("ended with status 255"),
        "{unknown:?}"
    );
}

#[test]
fn ctrl_c_cancels_a_call_and_does_not_end_ssh() {
    let place = Place::new();
    let Some(ssh) = ssh(&place) else { return };
    if !is_there("setsid") {
        return skip("there is no setsid");
    }
    let target = place.start(Kind::Slow);
    cancel_a_call(&place, &target, &ssh);
}
