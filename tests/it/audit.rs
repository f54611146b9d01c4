//! What the audit is told.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::{
    Answer, NOBODY, Raw, Target, am_root, as_nobody, idle, open_directory, run, set_message,
};
use serde_json::json;
use teleop::{Remote, capnp::traits::HasTypeId, echo_capnp::echo};

/// A target that says what its audit is told.
fn audited(limits: &str) -> Target {
    Target::start_with("bounded", |command| {
        command
            .env("TELEOP_TEST_LIMITS", limits)
            .env("TELEOP_TEST_AUDIT", "1");
    })
}

/// The next event, without the numbers that differ from time to time.
fn told(target: &mut Target) -> String {
    loop {
        if let Some(event) = target.next_line().strip_prefix("audit ") {
            let fields = event.split(' ').map(|field| match field.split_once('=') {
                Some(("micros", number)) if number.parse::<u64>().is_ok() => "micros=N",
                _ => field,
            });
            return fields.collect::<Vec<_>>().join(" ");
        }
    }
}

/// Who this process is, as the audit says it.
fn me() -> String {
    let uid = nix::unistd::Uid::effective();
    let executable = std::env::current_exe().unwrap();
    format!(
        "pid={} uid={uid} executable={}",
        std::process::id(),
        executable.display()
    )
}

/// Connects, once the attach that opens the socket has come and gone.
fn connect(target: &mut Target) -> Raw {
    let client = Raw::connect(target);
    let attach = format!("INFO what=attach {}", me());
    let mut lines = [told(target), told(target), told(target)];
    lines.sort();
    let [first, second, close] = lines;
    assert_eq!([first, second], [attach.clone(), attach]);
    assert!(close.contains("what=close"), "{close}");
    client
}

#[test]
fn an_attach_its_calls_and_its_end_are_told() {
    let mut target = audited("");
    let me = me();
    let mut client = connect(&mut target);
    client.ask_for("tricks");
    let root = "interface=teleop.capnp:Teleop method=service micros=N";
    assert_eq!(
        told(&mut target),
        format!("DEBUG what=call {me} {root} outcome=ok")
    );
    let call = format!("INFO what=call {me} service=tricks interface=echo.capnp:Echo method=echo");

    client.echo(2, "a secret");
    assert_eq!(told(&mut target), format!("{call} micros=N outcome=ok"));
    client.echo(3, "fail");
    let why = "error=it failed, as it was told";
    assert_eq!(
        told(&mut target),
        format!("{call} micros=N outcome=failed {why}")
    );
    client.echo(4, "panic");
    assert_eq!(
        told(&mut target),
        format!("{call} micros=N outcome=panicked")
    );
    client.echo(5, "wait");
    client.finish(5);
    assert_eq!(
        told(&mut target),
        format!("{call} micros=N outcome=cancelled")
    );

    drop(client);
    let end = "reason=peer detail=the peer closed the connection";
    assert_eq!(
        told(&mut target),
        format!("INFO what=close {me} micros=N {end}")
    );
}

#[test]
fn a_command_is_told_by_its_name() {
    let mut target = audited("");
    let fail = async |remote: Remote| Ok(remote.call("odd", "fails", json!({})).await);
    let failed = run(target.attach().run(target.pid(), fail)).unwrap();
    assert!(failed.is_err());
    let call = "service=odd interface=command.capnp:Commands method=fails";
    let end = "micros=N outcome=failed error=as it should";
    loop {
        let event = told(&mut target);
        assert!(
            event.contains("what=attach") || event.contains("what=call"),
            "{event}"
        );
        if event.contains("error=") {
            assert!(event.ends_with(&format!("{call} {end}")), "{event}");
            break;
        }
    }
}

#[test]
fn what_a_service_gives_away_is_told_as_its_own() {
    let mut target = audited("");
    let mut client = connect(&mut target);
    client.ask_for("nest");
    told(&mut target);
    client.call(
        2,
        1,
        teleop::teleop_capnp::teleop::Client::TYPE_ID,
        |call| {
            let _ = call.init_params();
        },
    );
    let line = told(&mut target);
    assert!(
        line.contains("service=nest interface=teleop.capnp:Teleop method=service"),
        "{line}"
    );
    // Of what does not describe itself, the number is told.
    client.call(3, 2, 0xabcd, |call| set_message(call, "hi"));
    let line = told(&mut target);
    assert!(
        line.contains("service=nest interface=@0xabcd method=@0"),
        "{line}"
    );
    client.call(4, 2, echo::Client::TYPE_ID, |call| set_message(call, "hi"));
    assert!(told(&mut target).contains("service=nest"));
}

#[test]
fn what_is_refused_for_a_limit_is_told() {
    let mut target = audited("calls=3 idle=300 request_bytes=10000");
    let mut client = connect(&mut target);
    client.ask_for("tricks");
    told(&mut target);
    client.echo(2, "wait");
    client.echo(3, "hi");
    let line = told(&mut target);
    assert!(line.contains("service=tricks"), "{line}");
    assert!(
        line.ends_with("outcome=overloaded error=too many calls of this connection are in flight")
    );
    client.finish(2);
    assert!(told(&mut target).ends_with("outcome=cancelled"));
    let line = told(&mut target);
    assert!(
        line.ends_with("reason=idle detail=nothing happened for 300ms"),
        "{line}"
    );

    let mut client = Raw::connect(&target);
    told(&mut target);
    client.ask_for(&"x".repeat(10_000));
    let line = told(&mut target);
    assert!(
        line.contains("what=close") && line.contains("reason=request_bytes"),
        "{line}"
    );
}

#[test]
fn what_ends_a_connection_is_told() {
    let mut target = audited("");
    let mut client = connect(&mut target);
    client.ask_for("tricks");
    told(&mut target);
    // A question that is open already.
    client.echo(2, "wait");
    client.echo(2, "wait");
    let line = loop {
        let line = told(&mut target);
        if line.contains("what=close") {
            break line;
        }
    };
    assert!(line.contains("reason=protocol"), "{line}");
    assert!(client.farewell().contains("in-use question"));

    let mut client = Raw::connect(&target);
    told(&mut target);
    client.ask_for("unguarded");
    told(&mut target);
    client.call(
        2,
        1,
        teleop::teleop_capnp::teleop::Client::TYPE_ID,
        |call| {
            let _ = call.init_params();
        },
    );
    told(&mut target);
    client.call(3, 2, echo::Client::TYPE_ID, |call| {
        set_message(call, "panic");
    });
    assert!(told(&mut target).ends_with("outcome=cancelled"));
    let line = told(&mut target);
    assert!(line.contains("reason=panicked"), "{line}");
}

#[test]
fn the_end_of_the_service_is_told() {
    let mut target = audited("");
    let mut client = connect(&mut target);
    client.ask_for("tricks");
    told(&mut target);
    client.echo(2, "wait");
    client.echo(3, "hi");
    assert_eq!(client.answer(3), Answer::Results);
    told(&mut target);
    target.go_on();
    // What was not carried out to its end, first.
    assert!(told(&mut target).ends_with("method=echo micros=N outcome=cancelled"));
    assert!(told(&mut target).contains("reason=stopped"));
}

#[test]
fn what_is_told_of_a_failure_is_bounded() {
    let mut target = audited("");
    let mut client = connect(&mut target);
    client.ask_for(&"\u{1f980}".repeat(100_000));
    let line = told(&mut target);
    assert!(line.contains("error=there is no service"), "{line}");
    assert!(line.len() < 1000, "{}", line.len());
}

#[test]
fn a_panic_in_the_subscriber_ends_nothing() {
    let mut target = audited("");
    let mut client = connect(&mut target);
    client.ask_for("panic in the audit");
    assert!(matches!(client.answer(1), Answer::Failed(_)));
    client.call(
        2,
        0,
        teleop::teleop_capnp::teleop::Client::TYPE_ID,
        |call| {
            let _ = call.init_params();
        },
    );
    assert!(matches!(client.answer(2), Answer::Failed(_)));
}

#[test]
fn t11_a_request_of_another_user_is_told_once() {
    if !am_root("t11") {
        return;
    }
    let mut target = Target::start_with("bounded", |command| {
        command
            .env("TELEOP_TEST_AUDIT", "1")
            .env("TELEOP_TEST_CLASSIC", "1");
    });
    let name = format!(".teleop_attach_{}", target.pid());
    let aside = target.place.path().join("aside");
    fs::write(&aside, "").unwrap();
    nix::unistd::chown(&aside, Some(NOBODY.into()), None).unwrap();
    fs::rename(&aside, target.working.path().join(name)).unwrap();
    // It is seen when the target wakes up, however often.
    for wakes in ["once", "twice"] {
        fs::write(target.working.path().join(wakes), "").unwrap();
        idle(&target);
    }
    let refusal = format!("WARN what=refusal uid={NOBODY} reason=request");
    assert_eq!(told(&mut target), refusal);
    target.go_on();
    assert_eq!(target.next_line(), "");
    assert_eq!(target.next_line(), "stopped");
}

#[test]
fn t1_another_user_who_connects_is_told() {
    if !am_root("t1") {
        return;
    }
    let mut target = audited("");
    drop(connect(&mut target));
    let socket = target.endpoint().join("socket");
    for path in [target.place.path(), &target.endpoint(), &socket] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let place = open_directory(0o755);
    let stranger = Target::start_with("knocks", |command| {
        command.env("TELEOP_TEST_SQUAT", &socket);
        as_nobody(command, place.path());
    });
    let refusal = format!("WARN what=refusal pid={} uid={NOBODY}", stranger.pid());
    loop {
        let line = told(&mut target);
        if line.starts_with(&refusal) {
            assert!(line.ends_with("reason=user"), "{line}");
            break;
        }
    }
}
