//! [`Jattach`]: the smallest client of Java's Attach API, and a Java virtual machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use anyhow::{Context, Result, ensure};
use teleop_field::{Running, Sandbox};

use crate::{peer::Peer, place::Place};

pub(crate) const NAME: &str = "jattach";

/// Prints a line once it runs, and ends when its standard input does.
const WAITING: &str = "
    class Waiting {
        public static void main(String[] arguments) throws Exception {
            System.out.println(\"ready\");
            while (System.in.read() >= 0) {}
        }
    }
";

#[derive(Debug)]
pub(crate) struct Jattach {
    classes: PathBuf,
    /// Every target so far.
    started: Mutex<Vec<u32>>,
}

impl Jattach {
    /// Compiles the target. Fails where there is no Java, or no `jattach`.
    pub(crate) fn new(place: &Place) -> Result<Self> {
        // Without arguments it says how it is used.
        Command::new("jattach")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("no `jattach` here")?;
        let classes = place.directory("classes")?;
        let source = classes.join("Waiting.java");
        fs::write(&source, WAITING)?;
        let compiled = Command::new("javac")
            .arg(&source)
            .stdout(Stdio::null())
            .status()
            .context("no `javac` here")?;
        ensure!(compiled.success(), "`javac` failed");
        Ok(Self {
            classes,
            started: Mutex::new(Vec::new()),
        })
    }
}

impl Peer for Jattach {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_slow_to_start(&self) -> bool {
        true
    }

    fn target(&self, sandbox: &Sandbox) -> Result<Running> {
        let mut target = Running::start(
            sandbox
                .target(Path::new("java"))
                // Nothing in the temporary directory but the socket.
                .args(["-XX:-UsePerfData", "-XX:+UseSerialGC", "-cp"])
                .arg(&self.classes)
                .arg("Waiting"),
        )?;
        if let Ok(mut started) = self.started.lock() {
            started.push(target.pid());
        }
        target.line()?;
        Ok(target)
    }

    fn library(&self, _sandbox: &Sandbox) -> Option<Command> {
        None
    }

    fn program(&self, sandbox: &Sandbox, pid: u32) -> Command {
        let mut command = sandbox.client(Path::new("jattach"));
        command.args([&pid.to_string(), "jcmd", "VM.uptime"]);
        command
    }

    fn answer(&self) -> &'static str {
        "JVM response code = 0"
    }
}

impl Drop for Jattach {
    fn drop(&mut self) {
        // A machine that was killed, because something failed here, leaves its socket. It is always
        // in /tmp.
        for pid in self.started.get_mut().into_iter().flatten() {
            let _ = fs::remove_file(format!("/tmp/.java_pid{pid}"));
        }
    }
}
