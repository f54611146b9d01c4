//! [`Java`]: a Java virtual machine, to which its clients attach.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use anyhow::{Context, Result, ensure};
use teleop_field::{Running, Sandbox};

use crate::place::Place;

/// Prints a line once it runs, and ends when its standard input does.
const WAITING: &str = "
    class Waiting {
        public static void main(String[] arguments) throws Exception {
            System.out.println(\"ready\");
            while (System.in.read() >= 0) {}
        }
    }
";

/// A Java virtual machine that waits.
#[derive(Debug)]
pub(super) struct Java {
    classes: PathBuf,
    /// Every one so far.
    started: Mutex<Vec<u32>>,
}

impl Java {
    /// Compiles what it runs. Fails where there is no Java.
    pub(super) fn new(place: &Place) -> Result<Self> {
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

    pub(super) fn server(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.target(Path::new("java"));
        // Nothing in the temporary directory but the socket.
        command.args(["-XX:-UsePerfData", "-XX:+UseSerialGC", "-cp"]);
        command.arg(&self.classes).arg("Waiting");
        command
    }

    pub(super) fn start(&self, sandbox: &Sandbox) -> Result<Running> {
        let mut target = Running::start(&mut self.server(sandbox))?;
        if let Ok(mut started) = self.started.lock() {
            started.push(target.pid());
        }
        target.line()?;
        Ok(target)
    }
}

impl Drop for Java {
    fn drop(&mut self) {
        // A machine that was killed, because something failed here, leaves its socket. It is always
        // in /tmp.
        for pid in self.started.get_mut().into_iter().flatten() {
            let _ = fs::remove_file(format!("/tmp/.java_pid{pid}"));
        }
    }
}
