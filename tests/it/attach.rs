//! Attaching to a process that offers Teleop.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use futures::future::{Either, join, join_all, select};
use teleop::{
    Attach, Connection, Error, Obstacle, Remote,
    attach::{
        Layout,
        attacher::{Dummy, Inotify, Unix},
    },
};

use crate::support::{Target, echo, run, until};

/// Attaches, has a word echoed, and lets go.
fn attach_and_echo(attach: &Attach, target: &Target) {
    let reply = run(attach.run(target.pid(), async |process| echo(&process, "hi").await));
    assert_eq!(reply.unwrap(), "hi");
}

#[test]
fn nothing_is_bound_until_somebody_asks() {
    let target = Target::start("default");
    assert!(!target.endpoint().join("socket").exists());
    let attached = run(target.attach().open(target.pid())).unwrap();
    assert!(attached.requested);
    assert_eq!(attached.layout, Layout::Private);
    assert!(target.endpoint().join("socket").exists());
}

#[test]
fn a_process_is_attached_to_and_called() {
    let target = Target::start("default");
    attach_and_echo(&target.attach(), &target);
}

#[test]
fn an_open_socket_needs_no_request() {
    let target = Target::start("patient");
    let first = run(target.attach().open(target.pid())).unwrap();
    let second = run(target.attach().open(target.pid())).unwrap();
    assert!(first.requested && !second.requested);
}

#[test]
fn only_an_open_socket_is_connected_with_where_that_is_said() {
    let target = Target::start("patient");
    let attach = target.attach().only_open(true);
    let refused = run(attach.open(target.pid())).unwrap_err();
    let obstacle = Obstacle::NotOpen;
    assert!(
        matches!(&refused, Error::NotAttachable { obstacle: it, .. } if *it == obstacle),
        "{refused:?}"
    );
    assert!(!target.endpoint().join("socket").exists());

    attach_and_echo(&target.attach(), &target);
    assert!(!run(attach.open(target.pid())).unwrap().requested);
}

#[test]
fn nothing_of_a_request_is_left() {
    let target = Target::start("patient");
    attach_and_echo(&target.attach(), &target);
    let mut names: Vec<_> = fs::read_dir(target.endpoint())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["about.json", "socket"]);
}

#[test]
fn the_socket_is_closed_when_it_is_unused_and_opened_again() {
    let target = Target::start("default");
    for _ in 0..3 {
        attach_and_echo(&target.attach(), &target);
        let socket = target.endpoint().join("socket");
        until("the socket is closed", || !socket.exists());
    }
}

#[test]
fn a_connection_keeps_the_socket_open() {
    let target = Target::start("default");
    run(target.attach().run(target.pid(), async |process| {
        echo(&process, "first").await?;
        // Longer than the socket stays open without anybody.
        async_io::Timer::after(Duration::from_millis(200)).await;
        assert!(target.endpoint().join("socket").exists());
        echo(&process, "second").await
    }))
    .unwrap();
}

#[test]
fn a_client_that_was_killed_hides_no_request() {
    let target = Target::start("default");
    fs::write(target.endpoint().join("attach-0123456789abcdef"), "").unwrap();
    attach_and_echo(&target.attach(), &target);
}

#[test]
fn a_hundred_clients_attach_at_once() {
    let target = Target::start("default");
    let attach = target.attach();
    let replies = run(join_all((0..100).map(|number| {
        let attach = &attach;
        let pid = target.pid();
        async move {
            let message = number.to_string();
            let reply = attach
                .run(pid, async |process| echo(&process, &message).await)
                .await;
            assert_eq!(reply.unwrap(), message);
        }
    })));
    assert_eq!(replies.len(), 100);
}

#[test]
fn a_process_says_who_it_is_and_what_it_offers() {
    let target = Target::start("default");
    run(target.attach().run(target.pid(), async |process| {
        let (about, services) = join(process.about(), process.services()).await;
        let (about, services) = (about?, services?);
        assert_eq!(about.program, "target");
        assert_eq!(about.version.as_deref(), Some("1.2.3"));
        assert_eq!(about.pid, target.pid());
        assert_eq!(about.protocol, 1);
        assert!(about.started > 0);
        let echo = services.iter().find(|service| service.name == "echo");
        let echo = echo.unwrap();
        assert_eq!(echo.interface_id, 0xd36a_8636_9fa1_a198);
        assert_eq!(echo.interface.as_deref(), Some("echo.capnp:Echo"));
        assert!(echo.doc.as_ref().unwrap().starts_with("Answers "));
        assert!(echo.described);
        Ok(())
    }))
    .unwrap();
}

#[test]
fn a_service_that_is_not_there_fails_and_the_connection_lives() {
    let target = Target::start("default");
    run(target.attach().run(target.pid(), async |process| {
        let missing: teleop::echo_capnp::echo::Client = process.service("tango");
        let error = missing.echo_request().send().promise.await.err().unwrap();
        assert!(error.to_string().contains("tango"), "{error}");
        echo(&process, "still here").await
    }))
    .unwrap();
}

#[test]
fn a_client_drives_the_connection_itself() {
    let target = Target::start("default");
    let (remote, connection): (Remote, Connection) =
        run(target.attach().connect(target.pid())).unwrap();
    let call = std::pin::pin!(echo(&remote, "hi"));
    match run(select(call, connection)) {
        Either::Left((reply, _)) => assert_eq!(reply.unwrap(), "hi"),
        Either::Right((ended, _)) => panic!("{ended:?}"),
    }
}

#[test]
fn the_end_of_the_process_ends_the_calls() {
    let mut target = Target::start("default");
    let attach = target.attach();
    let error = run(attach.run(target.pid(), async |process| {
        echo(&process, "hi").await?;
        target.kill();
        echo(&process, "are you there").await
    }));
    assert!(matches!(error, Err(Error::Remote(_))), "{error:?}");
}

#[test]
fn the_classic_layout_is_served_alone() {
    let target = Target::start("classic");
    let attached = run(target.attach().open(target.pid())).unwrap();
    assert_eq!(attached.layout, Layout::Classic);
    attach_and_echo(&target.attach(), &target);
    assert!(fs::read_dir(target.place.path()).unwrap().next().is_none());
    drop(attached);
    assert!(
        fs::read_dir(target.working.path())
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn the_new_layout_is_preferred_to_the_classic_one() {
    let target = Target::start("both");
    let attached = run(target.attach().open(target.pid())).unwrap();
    assert_eq!(attached.layout, Layout::Private);
}

#[test]
fn the_dummy_attacher_is_open_from_the_beginning() {
    let target = Target::start("dummy");
    let socket = target.endpoint().join("socket");
    until("the socket is open", || socket.exists());
    attach_and_echo(&target.attach().attacher(Dummy), &target);
    attach_and_echo(&target.attach().attacher(Inotify), &target);
}

#[test]
fn the_unix_attacher_waits_for_the_signal() {
    let target = Target::start("unix");
    attach_and_echo(&target.attach().attacher(Unix), &target);
    let classic = Target::start("classic unix");
    attach_and_echo(&classic.attach().attacher(Unix), &classic);
}

#[test]
fn an_endpoint_that_was_deleted_is_made_again() {
    let target = Target::start("default");
    for _ in 0..2 {
        let gone = target.endpoint();
        // The target may be quicker, and make it again before all of it is gone.
        let _ = fs::remove_dir_all(&gone);
        until("the endpoint is there", || gone.join("about.json").exists());
        attach_and_echo(&target.attach(), &target);
    }
}

#[test]
fn a_socket_that_was_deleted_is_opened_again() {
    let target = Target::start("patient");
    let first = run(target.attach().open(target.pid())).unwrap();
    fs::remove_file(target.endpoint().join("socket")).unwrap();
    attach_and_echo(&target.attach(), &target);
    drop(first);
}

#[test]
fn what_is_no_file_in_place_of_the_about_is_not_opened() {
    let target = Target::start("nothing");
    let start = teleop::process::Process::pin(target.pid().into())
        .unwrap()
        .start()
        .unwrap();
    let endpoint = target
        .place
        .path()
        .join(format!("{}-{start}", target.pid()));
    fs::create_dir(&endpoint).unwrap();
    fs::set_permissions(&endpoint, fs::Permissions::from_mode(0o700)).unwrap();
    // Opened for reading, it would wait for somebody who writes.
    let mode = nix::sys::stat::Mode::S_IRWXU;
    nix::unistd::mkfifo(&endpoint.join("about.json"), mode).unwrap();
    assert!(matches!(
        run(target.attach().open(target.pid())),
        Err(Error::Untrusted { .. })
    ));
}
