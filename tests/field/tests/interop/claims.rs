//! What holds between the programs of this workspace, "ours", and those of the field, "theirs".

use std::fs;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use teleop_field::{Finished, Running};

use crate::setting::{Attacher, Setting};

pub(crate) fn our_command_calls_their_server(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;
    let call = setting.our_command("call", &server, &["echo", "hi"])?;
    assert_eq!(succeeded(call), "{\"reply\":\"hi\"}\n");
    // They never remove their socket. The request is ours, and gone.
    assert_eq!(setting.contents()?, [their_socket(&server)]);
    Ok(())
}

pub(crate) fn our_command_finds_their_socket_bound(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;
    assert_eq!(
        succeeded(setting.their_client(&server, "first")?),
        "first\n"
    );
    // Nobody has to be asked any more, and so nobody needs the attacher.
    let call = setting.our_plain_command("call", &server, &["echo", "second"])?;
    assert_eq!(succeeded(call), "{\"reply\":\"second\"}\n");
    Ok(())
}

pub(crate) fn our_attach_says_who_did_not_tell(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;
    let attach = setting.our_command("attach", &server, &["--json"])?;
    let told: Value = serde_json::from_str(&succeeded(attach))?;
    assert_eq!(told["pid"], json!(server.pid()));
    // It can tell neither its name, nor its protocol, nor its services: the name is its program's.
    assert_eq!(
        told["program"],
        json!({"name": "classic-server", "version": null})
    );
    assert_eq!(told["protocol"], json!(0));
    assert_eq!(told["services"], Value::Null);

    let attach = setting.our_command("attach", &server, &[])?;
    assert!(attach.status.success(), "{attach:?}");
    assert!(attach.stderr.contains("predates"), "{attach:?}");
    Ok(())
}

pub(crate) fn our_list_says_that_the_target_predates_listing(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;
    let list = setting.our_command("list", &server, &[])?;
    assert_eq!(list.status.code(), Some(7), "{list:?}");
    assert_eq!(list.stdout, "");
    assert!(
        list.stderr.contains("the target predates listing"),
        "{list:?}"
    );
    Ok(())
}

pub(crate) fn an_unknown_service_is_named_in_the_refusal(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;
    let call = setting.our_command("call", &server, &["tango", "hi"])?;
    assert_eq!(call.status.code(), Some(7), "{call:?}");
    assert!(call.stderr.contains("tango"), "{call:?}");
    Ok(())
}

pub(crate) fn no_signal_is_sent_that_nobody_asked_for(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;

    // A signal to a stopped process stays pending, where everybody can see it.
    server.signal(Signal::SIGSTOP)?;
    let call = setting.our_plain_command("call", &server, &["echo", "hi"])?;
    assert_eq!(call.status.code(), Some(4), "{call:?}");
    assert!(call.stderr.contains("unix"), "{call:?}");
    assert!(!is_pending(&server, Signal::SIGQUIT)?);
    assert_eq!(setting.contents()?, [""; 0]);

    server.signal(Signal::SIGCONT)?;
    let call = setting.our_command("call", &server, &["echo", "hi"])?;
    assert_eq!(succeeded(call), "{\"reply\":\"hi\"}\n");
    Ok(())
}

pub(crate) fn their_client_calls_our_server(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.our_server()?;
    // The second one finds the socket bound.
    for message in ["first", "second"] {
        let reply = setting.their_client(&server, message)?;
        assert_eq!(succeeded(reply), format!("{message}\n"));
    }

    server.signal(Signal::SIGTERM)?;
    let server = server.finish()?;
    assert!(server.status.success(), "{server:?}");
    assert_eq!(setting.contents()?, [""; 0], "the server left something");
    Ok(())
}

pub(crate) fn our_command_and_their_client_share_our_server(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.our_server()?;
    let list = setting.our_command("list", &server, &["--json"])?;
    let services: Value = serde_json::from_str(&succeeded(list))?;
    let names = services.as_array().context("an array")?.iter();
    assert!(names.clone().any(|service| service["name"] == "echo"));

    assert_eq!(
        succeeded(setting.their_client(&server, "theirs")?),
        "theirs\n"
    );
    let call = setting.our_command("call", &server, &["echo", "ours"])?;
    assert_eq!(succeeded(call), "{\"reply\":\"ours\"}\n");
    Ok(())
}

/// Shows that it is not this package's own programs that are at fault when another claim fails.
pub(crate) fn their_client_calls_their_server(attacher: Attacher) -> Result<()> {
    let setting = Setting::new(attacher)?;
    let server = setting.their_server()?;
    for message in ["first", "second"] {
        let reply = setting.their_client(&server, message)?;
        assert_eq!(succeeded(reply), format!("{message}\n"));
    }
    assert_eq!(setting.contents()?, [their_socket(&server)]);
    let server = server.finish()?;
    assert!(server.status.success(), "{server:?}");
    Ok(())
}

/// The standard output of what must have succeeded.
fn succeeded(finished: Finished) -> String {
    assert!(finished.status.success(), "{finished:?}");
    finished.stdout
}

fn their_socket(server: &Running) -> String {
    format!("tmp/.teleop_pid_{}", server.pid())
}

/// Whether `signal` was sent to the process and not delivered yet.
fn is_pending(process: &Running, signal: Signal) -> Result<bool> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid()))?;
    let pending = status
        .lines()
        .find_map(|line| line.strip_prefix("ShdPnd:"))
        .context("the kernel tells what is pending")?;
    let pending = u64::from_str_radix(pending.trim(), 16)?;
    Ok(pending >> (signal as i32 - 1) & 1 == 1)
}
