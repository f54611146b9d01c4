//! What takes long shows on a terminal that it goes on, and leaves nothing there.

use std::{fs::File, io::Read};

use nix::sys::signal::Signal;

use crate::{
    command::{Running, Teleop},
    place::Place,
    target::Kind,
    unix::terminal,
};

/// A run of the command whose standard error is a terminal.
struct Seen {
    running: Running,
    master: File,
    /// All that has been written to the terminal.
    written: String,
}

impl Seen {
    fn begin(command: Teleop) -> Self {
        let terminal = terminal(80);
        Self {
            running: command.stderr(terminal.slave).spawn(),
            master: File::from(terminal.master),
            written: String::new(),
        }
    }

    /// Reads until something has been written, or the end has come.
    fn until(&mut self, text: &str) -> bool {
        let mut buffer = [0; 4096];
        while !self.written.contains(text) {
            // At the end Linux says EIO.
            let Ok(length @ 1..) = self.master.read(&mut buffer) else {
                return false;
            };
            self.written += std::str::from_utf8(&buffer[..length]).unwrap();
        }
        true
    }

    /// Waits for its end: the status, the standard output, and what stands on the terminal.
    fn end(mut self) -> (Option<i32>, String, String) {
        assert!(!self.until("\u{0}"), "nobody writes that");
        let outcome = self.running.wait();
        (outcome.status, outcome.stdout, screen(&self.written))
    }
}

/// What is to be seen, once all of it has been written.
fn screen(written: &str) -> String {
    let mut lines = vec![String::new()];
    let (mut row, mut column) = (0, 0);
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                lines.resize(lines.len().max(row + 1), String::new());
            }
            '\u{1b}' => {
                let sequence: Vec<_> = rest.by_ref().take_while(|c| !c.is_alphabetic()).collect();
                // Of all sequences but those that set colours, only the one that clears a line is met.
                if sequence == ['[', '2'] {
                    lines[row].clear();
                }
            }
            c => {
                let mut line: Vec<_> = lines[row].chars().collect();
                line.resize(line.len().max(column + 1), ' ');
                line[column] = c;
                lines[row] = line.into_iter().collect();
                column += 1;
            }
        }
    }
    lines.join("\n")
}

#[test]
fn a_process_that_does_not_answer_is_seen_to_be_waited_for() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    target.stop();
    let call = ["call", &target.pid(), "echo", "hi", "--timeout", "1h"];
    let mut seen = Seen::begin(place.teleop(call));
    assert!(seen.until("waiting for its socket"), "{}", seen.written);
    target.resume();
    let (status, stdout, screen) = seen.end();
    assert_eq!((status, &*stdout), (Some(0), "{\"reply\":\"hi\"}\n"));
    assert_eq!(screen, "");
}

/// A list that is waited for so long that it shows, but no longer.
fn list_in_vain(pid: &str) -> [&str; 5] {
    ["list", pid, "--timeout", "1500ms", "--color=never"]
}

#[test]
fn an_error_stands_alone() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    target.stop();
    let pid = target.pid();
    let list = list_in_vain(&pid);
    let mut seen = Seen::begin(place.teleop(list));
    assert!(seen.until("waiting for its socket"), "{}", seen.written);
    let (status, _, screen) = seen.end();
    target.resume();
    assert_eq!(status, Some(6));
    let lines: Vec<_> = screen.lines().collect();
    assert!(lines[0].starts_with("teleop: process `"), "{screen}");
    assert!(
        lines
            .iter()
            .all(|line| !line.starts_with(['-', '|', '/', '\\'])),
        "{screen}"
    );
}

#[test]
fn of_a_long_error_a_terminal_gets_the_beginning() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let long = "x".repeat(5000);
    let list = ["list", &target.pid(), &*long];
    let seen = Seen::begin(place.teleop(list));
    let (status, _, screen) = seen.end();
    assert_eq!(status, Some(2));
    assert!(screen.contains("x… (`--json` has all of it"), "{screen}");
    assert!(screen.len() < 1500, "{screen}");
    assert!(place.teleop(list).run().failure(2).contains(&long));
}

#[test]
fn a_signal_ends_it_and_leaves_nothing() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "silent", "hi", "--timeout", "1h"];
    let mut seen = Seen::begin(place.teleop(call));
    assert!(seen.until("waiting for its answer"), "{}", seen.written);
    seen.running.signal(Signal::SIGINT);
    let (status, _, screen) = seen.end();
    assert_eq!((status, &*screen), (Some(130), ""));
}

#[test]
fn a_stream_shows_by_its_lines_that_it_goes_on() {
    let place = Place::new();
    let target = place.start(Kind::Slow);
    let watch = ["call", &target.pid(), "slow.watch"];
    let mut seen = Seen::begin(place.teleop(watch));
    assert!(seen.until("waiting for its answer"), "{}", seen.written);
    let (status, stdout, screen) = seen.end();
    assert_eq!((status, &*screen), (Some(0), ""));
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
}

#[test]
fn nothing_is_shown_in_a_pipe_nor_to_whom_wants_nothing() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    target.stop();
    let pid = target.pid();
    let list = list_in_vain(&pid);
    let command = |extra: &[&str]| place.teleop([&list[..], extra].concat());
    let piped = command(&[]).spawn();
    let quiet = Seen::begin(command(&["--quiet"]));
    let json = Seen::begin(command(&["--json"]));
    let dumb = Seen::begin(command(&[]).env("TERM", "dumb"));
    for mut seen in [quiet, json, dumb] {
        assert!(!seen.until("\u{1b}"), "{}", seen.written);
        assert_eq!(seen.running.wait().status, Some(6));
    }
    let piped = piped.wait();
    assert!(piped.failure(6).starts_with("teleop: process `"));
    assert!(!piped.stderr.contains(['\r', '\u{1b}']), "{piped:?}");
    target.resume();
}

#[test]
fn whoever_waits_for_a_process_sees_that_it_goes_on() {
    let place = Place::new();
    let verbs = [&["doctor"][..], &["shell"], &["watch"]];
    // All at once: each takes more than a second.
    let waiting = verbs.map(|verb| {
        let method: &[&str] = if verb == ["watch"] { &["echo"] } else { &[] };
        let words = [verb, &["name:nobody"], method, &["--wait", "1h"]].concat();
        Seen::begin(place.teleop(words))
    });
    for mut seen in waiting {
        let text = "waiting for process `name:nobody`";
        assert!(seen.until(text), "{}", seen.written);
        seen.running.signal(Signal::SIGINT);
        assert_eq!(seen.end(), (Some(130), String::new(), String::new()));
    }
}
