//! A process to attach to: this very program, started once more, with something else to do.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use teleop::{
    Attach, Config, Server,
    attach::{
        Layout,
        attacher::{Dummy, Unix},
    },
};
use tempfile::TempDir;

use super::{roles, services};

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
                "support::target::a_target",
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

/// What a target does. It is no test: only a process that was started for it gets so far.
#[test]
#[ignore = "what another process does"]
fn a_target() {
    let Ok(role) = std::env::var("TELEOP_TEST_ROLE") else {
        return;
    };
    let name = std::env::var("TELEOP_TEST_NAME");
    let mut config = Config::new()
        .name(name.unwrap_or_else(|_| "target".to_owned()))
        .version("1.2.3")
        .linger(Duration::from_millis(50));
    if let Some(place) = std::env::var_os("TELEOP_TEST_PLACE") {
        config = config.directory(place);
    }
    match role.as_str() {
        "default" => serve(config),
        "patient" => serve(config.linger(Duration::from_secs(1000))),
        "open umask" => {
            nix::sys::stat::umask(nix::sys::stat::Mode::empty());
            serve(config.linger(Duration::from_secs(1000)));
        }
        "classic" => serve(config.layouts([Layout::Classic])),
        "both" => serve(config.layouts([Layout::Private, Layout::Classic])),
        "dummy" => serve(config.attacher(Dummy)),
        "unix" => serve(config.attacher(Unix)),
        "classic unix" => serve(config.attacher(Unix).layouts([Layout::Classic])),
        "commands" => {
            let config = config.linger(Duration::from_secs(1000));
            let _teleop = config.spawn(crate::commands::offer).unwrap();
            say("ready");
            wait();
        }
        "disabled" => serve(config.enabled(false)),
        "bounded" => {
            if std::env::var_os("TELEOP_TEST_AUDIT").is_some() {
                services::listen_to_the_audit();
            }
            let mut config = services::limited(config).linger(Duration::from_secs(1000));
            if std::env::var_os("TELEOP_TEST_CLASSIC").is_some() {
                config = config.layouts([Layout::Classic]);
            }
            let teleop = config.spawn(services::offer).unwrap();
            say("ready");
            wait();
            drop(teleop);
            say("stopped");
            wait();
        }
        "nothing" => {
            say("ready");
            wait();
        }
        "future" => {
            let server = config.server().unwrap();
            say("ready");
            in_a_future(server);
        }
        "panics" => {
            let _teleop = config.spawn(|_| panic!("as it is set up")).unwrap();
            say("ready");
            wait();
        }
        "stops" => {
            let teleop = config.spawn(|_| {}).unwrap();
            say("ready");
            wait();
            drop(teleop);
            say("stopped");
            wait();
        }
        "comes and goes" => {
            say("ready");
            wait();
            let teleop = config.spawn(|_| {}).unwrap();
            assert!(teleop.error().is_none(), "{:?}", teleop.error());
            say("armed");
            wait();
            drop(teleop);
            std::process::exit(0);
        }
        "calls" => {
            say("ready");
            wait();
            let pid: u32 = std::env::var("TELEOP_TEST_PID").unwrap().parse().unwrap();
            let place = std::env::var_os("TELEOP_TEST_PLACE").unwrap();
            let attach = Attach::new()
                .directory(place)
                .timeout(Duration::from_secs(50));
            let echoed = attach.run(pid, async |process| super::echo(&process, "hi").await);
            assert_eq!(async_io::block_on(echoed).unwrap(), "hi");
            std::process::exit(0);
        }
        "is limited" => {
            say("ready");
            crate::faults::is_limited(config);
        }
        "starves" => crate::faults::starves(config),
        "offers by default" => crate::faults::offers(),
        "executes" => {
            let _teleop = config.spawn(|_| {}).unwrap();
            say("ready");
            wait();
            panic!("{}", Command::new("cat").exec());
        }
        "forks" => forks(config),
        "forks with a server" => forks_with_a_server(config),
        #[cfg(feature = "log")]
        "logs" => super::logging::logs(config),
        "spawns" => {
            let _teleop = config
                .linger(Duration::from_secs(1000))
                .spawn(|_| {})
                .unwrap();
            say("ready");
            wait();
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            say(&child.id().to_string());
            wait();
            child.kill().unwrap();
            child.wait().unwrap();
        }
        "works" => crate::process::works(config),
        "has all its threads" => crate::process::has_all_its_threads(config),
        "squats" => {
            let path = std::env::var_os("TELEOP_TEST_SQUAT").unwrap();
            let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
            say("ready");
            let (mut stream, _) = listener.accept().unwrap();
            let mut stolen = Vec::new();
            stream.read_to_end(&mut stolen).unwrap();
            say(&format!("got {} bytes", stolen.len()));
        }
        "knocks" => {
            say("ready");
            let path = std::env::var_os("TELEOP_TEST_SQUAT").unwrap();
            let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .unwrap();
            let mut answer = Vec::new();
            let read = stream.read_to_end(&mut answer);
            say(&format!("{read:?}"));
        }
        "wanders" => roles::wanders(config),
        "wanders in the classic layout" => roles::wanders(config.layouts([Layout::Classic])),
        "tries" => roles::tries(config),
        "has a neighbour" => roles::has_a_neighbour(),
        "is replaced by a target" => crate::reuse::is_replaced_by_a_target(),
        "is replaced by a squatter" => crate::reuse::is_replaced_by_a_squatter(),
        "is replaced once pinned" => crate::reuse::is_replaced_once_pinned(),
        "looks around" => super::container::looks_around(),
        "attaches" => {
            say("ready");
            let pid: u32 = std::env::var("TELEOP_TEST_PID").unwrap().parse().unwrap();
            match async_io::block_on(Attach::new().open(pid)) {
                Err(teleop::Error::Refused { owner, caller, .. }) => say(&format!(
                    "refused: its owner is {}, not {}",
                    owner.as_u32(),
                    caller.as_u32()
                )),
                other => say(&format!("{other:?}")),
            }
        }
        role => panic!("no role `{role}`"),
    }
}

fn serve(config: Config) {
    let teleop = config.spawn(|_| {}).unwrap();
    assert!(teleop.error().is_none(), "{:?}", teleop.error());
    say("ready");
    wait();
}

fn in_a_future(server: Server) {
    let ended = async {
        let mut line = [0];
        let stdin = async_io::Async::new(std::io::stdin()).unwrap();
        stdin
            .read_with(|mut stdin| (&mut stdin).read(&mut line))
            .await
            .unwrap();
    };
    async_io::block_on(futures::future::select(
        std::pin::pin!(server.run()),
        std::pin::pin!(ended),
    ));
}

/// Forks once it is told to. The child drops what it has of Teleop, offers it itself, and waits for its
/// end.
fn forks(config: Config) {
    let teleop = config.clone().spawn(|_| {}).unwrap();
    say("ready");
    wait();
    match fork() {
        Some(child) => {
            say(&format!("forked {child}"));
            wait();
            end(child);
        }
        None => {
            drop(teleop);
            let teleop = config.spawn(|_| {}).unwrap();
            say(&format!("child: {:?}", teleop.error()));
            end_with_the_parent();
        }
    }
}

/// The same, but with a future in place of a thread.
fn forks_with_a_server(config: Config) {
    let server = config.server().unwrap();
    say("ready");
    wait();
    match fork() {
        Some(child) => {
            in_a_future(server);
            end(child);
        }
        None => {
            drop(server);
            say("dropped");
            end_with_the_parent();
        }
    }
}

/// The child, in the parent.
#[expect(unsafe_code, reason = "fork(2) is what is tested")]
fn fork() -> Option<nix::unistd::Pid> {
    // SAFETY: what the child does takes no lock that another thread may hold: it drops, opens, writes,
    // sleeps and ends.
    match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Parent { child } => Some(child),
        nix::unistd::ForkResult::Child => None,
    }
}

fn end(child: nix::unistd::Pid) {
    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL).unwrap();
    nix::sys::wait::waitpid(child, None).unwrap();
}

/// Ends not later than the parent, which a test may kill.
fn end_with_the_parent() -> ! {
    let parent = nix::unistd::getppid();
    while parent.as_raw() != 1 && nix::unistd::getppid() == parent {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::process::exit(0);
}

/// Tells the test something.
pub fn say(line: &str) {
    // Not `println!`, which the test harness may capture.
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "\n{line}").unwrap();
    stdout.flush().unwrap();
}

/// Waits for a line, and ends with the test that started this.
pub fn wait() {
    let _ = told();
}

/// Waits for a line, and tells what it is.
pub fn told() -> String {
    let mut line = String::new();
    if std::io::stdin().read_line(&mut line).unwrap() == 0 {
        std::process::exit(0);
    }
    line.trim_end().to_owned()
}
