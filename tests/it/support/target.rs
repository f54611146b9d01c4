//! A process to attach to: this very program, started once more, with something else to do.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use teleop::Attach;
use tempfile::TempDir;

/// A user that is not this one.
pub const NOBODY: u32 = 65534;

/// Whether the test may become somebody else. Where it may not, it says that it is skipped.
pub fn am_root(test: &str) -> bool {
    let root = teleop::process::Uid::effective() == teleop::process::Uid::ROOT;
    if !root {
        eprintln!("skipped: `{test}` needs root");
    }
    root
}

/// A process that offers Teleop, or does something else. It ends when this is dropped.
pub struct Target {
    pub child: Child,
    output: BufReader<ChildStdout>,
    /// Its working directory.
    pub working: TempDir,
    /// Where it publishes its endpoint.
    pub place: TempDir,
}

impl Target {
    /// Starts a process that does what `role` says, and waits until it is ready.
    pub fn start(role: &str) -> Self {
        Self::start_with(role, |_| {})
    }

    /// The same, with something else about the process.
    pub fn start_with(role: &str, change: impl FnOnce(&mut Command)) -> Self {
        let working = TempDir::new().unwrap();
        let place = TempDir::new().unwrap();
        // Another user has to be able to execute it, and to enter where it works.
        fs::set_permissions(working.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command
            .args([
                "--exact",
                "support::role::a_target",
                "--ignored",
                "--nocapture",
            ])
            .env("TELEOP_TEST_ROLE", role)
            .env("TELEOP_TEST_PLACE", place.path())
            .env_remove("TELEOP_DIR")
            .env_remove("TELEOP_DISABLE")
            .current_dir(working.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        change(&mut command);
        let mut child = spawn(&mut command);
        let mut target = Self {
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            working,
            place,
        };
        target.expect("ready");
        target
    }

    /// Waits for a line of its output.
    pub fn expect(&mut self, line: &str) {
        loop {
            let next = self.next_line();
            if next == line {
                break;
            }
        }
    }

    /// The next line of its output.
    pub fn next_line(&mut self) -> String {
        let mut next = String::new();
        let read = self.output.read_line(&mut next).unwrap();
        assert_ne!(read, 0, "the target ended");
        next.trim_end().to_owned()
    }

    /// Waits for a line of its output, and says whether it came before the target ended.
    pub fn says(&mut self, line: &str) -> bool {
        let mut lines = (&mut self.output).lines();
        lines.any(|next| next.unwrap() == line)
    }

    /// The next line of its output that says something.
    pub fn next_saying(&mut self) -> String {
        loop {
            let next = self.next_line();
            if !next.is_empty() {
                return next;
            }
        }
    }

    /// Has it go on with the next thing it has to do.
    pub fn go_on(&mut self) {
        self.tell("");
    }

    /// Writes a line to its standard input.
    pub fn tell(&mut self, line: &str) {
        let mut stdin = self.child.stdin.as_ref().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How to attach to it.
    pub fn attach(&self) -> Attach {
        Attach::new()
            .directory(self.place.path())
            .timeout(Duration::from_secs(50))
    }

    /// The directory of its endpoint.
    pub fn endpoint(&self) -> PathBuf {
        let start = format!("{}-", self.pid());
        let is_endpoint = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(&start)
        };
        entries(self.place.path())
            .into_iter()
            .find(is_endpoint)
            .expect("it has an endpoint")
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A server of the classic layout that is killed leaves its socket.
        let _ = fs::remove_file(std::env::temp_dir().join(format!(".teleop_pid_{}", self.pid())));
    }
}

/// The program of this test, where another user may execute it.
pub fn as_nobody(command: &mut Command, place: &Path) {
    let program = place.join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut other = Command::new(&program);
    other.args(command.get_args()).uid(NOBODY).gid(NOBODY);
    in_place_of(command, other);
    command.current_dir(place);
}

/// Has a shell set the scene before it executes a command, within what a program such as unshare(1) makes.
pub fn staged(command: &mut Command, within: &[&str], scene: &str) {
    let (program, arguments) = within.split_first().unwrap();
    let mut outer = Command::new(program);
    outer
        .args(arguments)
        .args(["sh", "-ec", &format!("{scene}\nexec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args());
    in_place_of(command, outer);
}

/// Replaces a command by another, which has its environment.
fn in_place_of(command: &mut Command, mut other: Command) {
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        other.current_dir(directory);
    }
    other.stdin(Stdio::piped()).stdout(Stdio::piped());
    *command = other;
}

/// A directory that anybody may enter.
pub fn open_directory(mode: u32) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
    directory
}

/// Starts a program. One that was written a moment ago may still be open for writing in a child that
/// another test forked meanwhile: until that child executes its own program.
fn spawn(command: &mut Command) -> Child {
    loop {
        match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::yield_now();
            }
            spawned => return spawned.unwrap(),
        }
    }
}

/// What is in a directory.
pub fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}
