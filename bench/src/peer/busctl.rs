//! [`Busctl`]: systemd's client of D-Bus, and a bus.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use teleop_field::Sandbox;

use crate::peer::{Peer, require};

pub(crate) const NAME: &str = "busctl";

/// A bus at an address. It ends with the `cat`, and so when the standard input does, or when that is killed.
const BUS: &str = r#"
setpriv --pdeathsig KILL dbus-daemon --session --nofork --address="$1" --print-address &
exec cat >/dev/null
"#;

/// It is told an address, and so finds no process by its id. The bus itself answers: a process on the bus would take
/// two hops more.
#[derive(Debug)]
pub(crate) struct Busctl;

impl Busctl {
    /// Fails where there is no `busctl`, or no bus.
    pub(crate) fn new() -> Result<Self> {
        for program in [NAME, "dbus-daemon", "setpriv"] {
            require(program)?;
        }
        Ok(Self)
    }
}

fn address(sandbox: &Sandbox) -> String {
    let socket: PathBuf = sandbox.work().join("bus");
    format!("unix:path={}", socket.display())
}

impl Peer for Busctl {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_told_where(&self) -> bool {
        true
    }

    fn is_embedded(&self) -> bool {
        false
    }

    fn server(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.target(Path::new("sh"));
        command.args(["-c", BUS, "sh", &address(sandbox)]);
        // Where else a bus would look for what it starts.
        command.env_remove("XDG_RUNTIME_DIR");
        command
    }

    fn program(&self, sandbox: &Sandbox, _pid: u32) -> Command {
        const BUS: &str = "org.freedesktop.DBus";
        let mut command = sandbox.client(Path::new(NAME));
        command.arg(format!("--address={}", address(sandbox)));
        command.args(["call", BUS, "/org/freedesktop/DBus", BUS, "GetId"]);
        command
    }

    /// A string.
    fn answer(&self) -> &'static str {
        "s \""
    }
}
