//! The examples do what they say.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
};

/// `cargo test` has built them, beside this.
fn example(name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let built: PathBuf = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let built = built.with_extension(env::consts::EXE_EXTENSION);
    assert!(built.exists(), "{} was not built", built.display());
    Command::new(built)
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
    let shown = output(&mut example("demo"));
    for part in ["attached in", "echo.echo: \"hi\"", "jobs.submit: job 1"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn client_has_its_words_echoed() {
    let embed = Running::start(example("embed"));
    let shown = output(example("client").args([&embed.pid, "a word"]));
    assert_eq!(shown, "a word\n");
    embed.end();
}

#[test]
fn custom_attacher_is_one_on_both_sides() {
    let server = Running::start(example("custom_attacher"));
    let shown = output(example("custom_attacher").arg(&server.pid));
    assert_eq!(shown, "custom_attacher answers\n");
    server.end();
}

#[test]
fn inspect_calls_what_it_has_never_heard_of() {
    let server = Running::start(example("server"));
    let inspect = |arguments: &[&str]| output(example("inspect").arg(&server.pid).args(arguments));
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
    use std::io::Read;

    let directory = env::temp_dir().join(format!("teleop-example-{}", std::process::id()));
    let mut command = example("server");
    command.env("TELEOP_DIR", &directory);
    let mut server = Running::start(command);
    assert_eq!(directory.read_dir().unwrap().count(), 1);
    let interrupted = Command::new("kill").args(["-INT", &server.pid]).status();
    assert!(interrupted.unwrap().success());
    assert!(server.child.wait().unwrap().success());
    let mut rest = String::new();
    let output = server.child.stdout.as_mut().unwrap();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(directory.read_dir().unwrap().count(), 0);
    std::fs::remove_dir(&directory).unwrap();
}
