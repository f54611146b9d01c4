//! The examples do what they say.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
};

use tempfile::TempDir;

/// An example, which publishes and looks for endpoints in this place alone. `cargo test` has built it,
/// beside this.
fn example(name: &str, place: &TempDir) -> Command {
    let test = env::current_exe().unwrap();
    let built: PathBuf = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let built = built.with_extension(env::consts::EXE_EXTENSION);
    assert!(built.exists(), "{} was not built", built.display());
    let mut command = Command::new(built);
    command.env("TELEOP_DIR", place.path());
    command
}

/// An example that runs until its standard input is closed, or until this is dropped.
struct Running {
    child: Child,
    pid: String,
    input: Option<ChildStdin>,
}

impl Running {
    /// Starts it, and waits until it says its process id.
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let pid = line.split_whitespace().last().unwrap().to_owned();
        assert_eq!(pid, child.id().to_string());
        Self {
            input: child.stdin.take(),
            child,
            pid,
        }
    }

    /// Has it end by itself.
    fn end(mut self) {
        self.input.take().unwrap().write_all(b"\n").unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn demo_shows_the_main_job() {
    let place = tempfile::tempdir().unwrap();
    let shown = output(&mut example("demo", &place));
    for part in ["attached in", "echo.echo: \"hi\"", "jobs.submit: job 1"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn client_has_its_words_echoed() {
    let place = tempfile::tempdir().unwrap();
    let embed = Running::start(example("embed", &place));
    let shown = output(example("client", &place).args([&embed.pid, "a word"]));
    assert_eq!(shown, "a word\n");
    embed.end();
}

#[test]
fn custom_attacher_is_one_on_both_sides() {
    let place = tempfile::tempdir().unwrap();
    let server = Running::start(example("custom_attacher", &place));
    let shown = output(example("custom_attacher", &place).arg(&server.pid));
    assert_eq!(shown, "custom_attacher answers\n");
    server.end();
}

#[test]
fn inspect_calls_what_it_has_never_heard_of() {
    let place = tempfile::tempdir().unwrap();
    let server = Running::start(example("server", &place));
    let inspect =
        |arguments: &[&str]| output(example("inspect", &place).arg(&server.pid).args(arguments));
    assert!(inspect(&[]).contains("interface Jobs @"));
    let job = r#"{"name": "backup", "steps": [{"command": "sync"}]}"#;
    assert_eq!(inspect(&["jobs", "submit", job]), "{\"id\":1}\n");
    let watched = inspect(&["jobs", "watch", r#"{"id": 1}"#]);
    let lines: Vec<_> = watched.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("\"sync\""), "{watched}");
    assert_eq!(lines[1], "{\"steps\":1}");
}

#[test]
#[cfg(unix)]
fn server_ends_when_it_is_interrupted_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    use std::io::Read;

    let entries = || place.path().read_dir().unwrap().count();
    let mut server = Running::start(example("server", &place));
    assert_eq!(entries(), 1);
    let interrupted = Command::new("kill").args(["-INT", &server.pid]).status();
    assert!(interrupted.unwrap().success());
    assert!(server.child.wait().unwrap().success());
    let mut rest = String::new();
    let output = server.child.stdout.as_mut().unwrap();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(entries(), 0);
}
