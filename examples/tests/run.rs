//! The examples do what they say.

mod console;

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

#[cfg(unix)]
use teleop::{Attach, Error};
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
    output: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it, and waits until it says its process id.
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut running = Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            pid: child.id().to_string(),
            child,
        };
        let line = running.line();
        assert_eq!(line.split_whitespace().last(), Some(&*running.pid));
        running
    }

    /// The next line of its output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Writes a line to its standard input.
    fn write(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
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

/// Has an example echo a word, and ends it.
fn answers(name: &str) {
    let place = tempfile::tempdir().unwrap();
    let host = Running::start(example(name, &place));
    let shown = output(example("client", &place).args([&host.pid, "a word"]));
    assert_eq!(shown, "a word\n");
    host.end();
}

#[test]
fn a_program_under_tokio_answers() {
    answers("on_tokio");
}

#[test]
fn a_program_under_tokio_on_one_thread_answers() {
    answers("on_tokio_current_thread");
}

#[test]
fn a_program_under_smol_answers() {
    answers("on_smol");
}

#[test]
#[cfg(unix)]
fn a_program_that_forks_answers_in_each_process_for_itself() {
    let place = tempfile::tempdir().unwrap();
    let mut parent = Running::start(example("forks", &place));
    let mut pids = vec![parent.pid.parse::<u32>().unwrap()];
    for _ in 0..2 {
        let line = parent.line();
        pids.push(line.strip_prefix("worker: ").unwrap().parse().unwrap());
    }
    let attach = Attach::new().directory(place.path());
    let mut names = Vec::new();
    for pid in pids {
        // A worker arms itself in its own time.
        let about = loop {
            let attached = attach.run(pid, async |process| process.about().await);
            match async_io::block_on(attached) {
                Err(Error::NotAttachable { .. }) => std::thread::yield_now(),
                attached => break attached.unwrap(),
            }
        };
        assert_eq!(about.pid, pid);
        names.push(about.program);
    }
    assert_eq!(names, ["parent", "worker-1", "worker-2"]);
    parent.end();
    assert_eq!(place.path().read_dir().unwrap().count(), 0);
}

#[test]
fn commands_are_plain_functions() {
    let place = tempfile::tempdir().unwrap();
    let server = Running::start(example("commands", &place));
    let inspect =
        |arguments: &[&str]| output(example("inspect", &place).arg(&server.pid).args(arguments));
    assert_eq!(
        inspect(&["sum", "add", r#"{"left": 40, "right": 2}"#]),
        "42\n"
    );
    assert_eq!(inspect(&["sum", "count", "[3]"]), "1\n2\n3\n");
    server.end();
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
fn logging_is_turned_up_while_it_runs() {
    let place = tempfile::tempdir().unwrap();
    let mut command = example("logging", &place);
    command.env_remove("RUST_LOG").stderr(Stdio::piped());
    let mut logging = Running::start(command);
    let errors = logging.child.stderr.take().unwrap();
    let logged = BufReader::new(errors).lines().map(Result::unwrap);
    let mut logged = logged.filter(|line| !line.contains("teleop::audit"));
    logging.write("one");
    assert!(logged.next().unwrap().contains("has read 1 words"));
    let arguments = r#"{"filter": "debug", "seconds": 60}"#;
    let set =
        output(example("inspect", &place).args([&*logging.pid, "log", "setFilter", arguments]));
    assert_eq!(set, "{\"previous\":\"info\"}\n");
    logging.write("one two");
    assert!(logged.next().unwrap().contains("reads `one two`"));
    assert!(logged.next().unwrap().contains("has read 2 words"));
    drop(logging.input.take());
    assert!(logging.child.wait().unwrap().success());
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
    server.output.read_to_string(&mut rest).unwrap();
    assert_eq!(entries(), 0);
}
