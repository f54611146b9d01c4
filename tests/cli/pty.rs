//! [`Pty`]: a run of the command by somebody who sits before a terminal.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::Command,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use nix::sys::{
    signal::Signal,
    termios::{LocalFlags, tcgetattr},
};

use crate::{
    command::{Running, Teleop},
    place::eventually,
    unix::terminal,
};

/// The command, with a terminal as its standard input, output and error.
#[derive(Debug)]
pub(crate) struct Pty {
    running: Running,
    keyboard: File,
    seen: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
    /// The side of the command, which is looked at when it has ended.
    line: OwnedFd,
    before: LocalFlags,
}

impl Teleop {
    /// Has it lead a session of its own, whose terminal it sits before: only then a key that is pressed is a
    /// signal, to it and to what it runs.
    pub(crate) fn in_its_own_session(self) -> Self {
        let mut setsid = Command::new("setsid");
        setsid.args(["--ctty", "--wait"]);
        setsid.arg(self.0.get_program()).args(self.0.get_args());
        for (name, value) in self.0.get_envs() {
            match value {
                Some(value) => setsid.env(name, value),
                None => setsid.env_remove(name),
            };
        }
        setsid.current_dir(self.0.get_current_dir().unwrap());
        Self::new(setsid)
    }

    /// Starts it on a terminal of 80 columns.
    pub(crate) fn sit_before(mut self) -> Pty {
        let terminal = terminal(80);
        let line = terminal.slave;
        let before = tcgetattr(&line).unwrap().local_flags;
        self.0
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line.try_clone().unwrap());
        let running = self.spawn();
        let keyboard = File::from(terminal.master);
        let mut screen = keyboard.try_clone().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let reading = {
            let seen = Arc::clone(&seen);
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                // At the end Linux says EIO.
                while let Ok(length @ 1..) = screen.read(&mut buffer) {
                    seen.lock().unwrap().extend_from_slice(&buffer[..length]);
                }
            })
        };
        Pty {
            running,
            keyboard,
            seen,
            reading,
            line,
            before,
        }
    }
}

impl Pty {
    /// Waits until something was shown so many times.
    #[track_caller]
    pub(crate) fn see_times(&self, text: &str, times: usize) {
        let is_seen = || self.seen().matches(text).count() >= times;
        eventually(&format!("`{text}` is seen"), is_seen);
    }

    #[track_caller]
    pub(crate) fn see(&self, text: &str) {
        self.see_times(text, 1);
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.running.signal(signal);
    }

    /// Everything that was shown so far.
    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits until it has ended: how, and all that was shown. The terminal is as it was.
    #[track_caller]
    pub(crate) fn end(self) -> (Option<i32>, String) {
        let status = self.running.wait().status;
        let after = tcgetattr(&self.line).unwrap().local_flags;
        assert_eq!(after, self.before, "the terminal is left as it was found");
        drop(self.line);
        self.reading.join().unwrap();
        let seen = String::from_utf8(self.seen.lock().unwrap().clone());
        (status, seen.unwrap())
    }
}
