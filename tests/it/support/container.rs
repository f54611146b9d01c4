//! [`Container`]: namespaces and a file system of its own for a target, made with util-linux.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::dumpable_behavior;
use teleop::{Attach, Remote, Result, process::Uid};
use tempfile::TempDir;

use super::{NOBODY, Target, echo, open_directory, run};

/// Makes a root directory with what a program needs to run, and a `/tmp` of its own, and executes the
/// program there.
const ROOT: &str = r#"
set -e
PATH=$PATH:/usr/sbin:/sbin
root=$1 program=$2 tmp=$3 proc=$4 then=$5
shift 5
mount -t tmpfs -o mode=755 none "$root"
for name in usr lib lib32 lib64 bin sbin; do
    if [ -L "/$name" ]; then
        cp -P "/$name" "$root/$name"
    elif [ -d "/$name" ]; then
        mkdir "$root/$name"
        mount --rbind "/$name" "$root/$name"
    fi
done
mkdir "$root/proc" "$root/tmp" "$root/old"
chmod 1777 "$root/tmp"
[ -z "$tmp" ] || mount --bind "$tmp" "$root/tmp"
if [ "$proc" = own ]; then
    mount -t proc none "$root/proc"
else
    mount --rbind /proc "$root/proc"
fi
: >"$root/program"
mount --bind "$program" "$root/program"
cd "$root"
pivot_root . old
umount -l old
rmdir old
eval "$then"
exec "$@"
"#;

/// How a target is shut in. Whoever is not root needs a user namespace for anything else, and has one.
#[derive(Clone, Default)]
pub struct Container {
    namespaces: Vec<&'static str>,
    user: Option<u32>,
    is_rootless: bool,
    has_our_proc: bool,
    tmp: Option<PathBuf>,
    then: String,
}

/// A target that is shut in. It ends when this is dropped.
pub struct Contained {
    pub target: Target,
    /// Its id, as this process sees it.
    pub pid: u32,
    _ground: TempDir,
}

impl Container {
    /// One with a file system, and the namespaces that unshare(1) calls so.
    pub fn with(namespaces: &[&'static str]) -> Self {
        Self {
            namespaces: namespaces.to_vec(),
            ..Self::default()
        }
    }

    /// Whoever starts it is another user, and root in a user namespace of his own.
    pub fn rootless(self) -> Self {
        Self {
            user: am_root().then_some(NOBODY),
            is_rootless: true,
            ..self
        }
    }

    /// It has a directory of the host as its `/tmp`.
    pub fn sharing(self, tmp: &Path) -> Self {
        Self {
            tmp: Some(tmp.to_owned()),
            ..self
        }
    }

    /// Its `/proc` shows the processes of the PID namespace that this process is in.
    pub fn with_our_proc(self) -> Self {
        Self {
            has_our_proc: true,
            ..self
        }
    }

    /// What a shell does in it before the target is executed; `"$@"` is the target.
    pub fn then(self, script: impl Into<String>) -> Self {
        Self {
            then: script.into(),
            ..self
        }
    }

    /// Whether such a one can be made here. Where it cannot, it says that the test is skipped.
    pub fn is_possible(&self, test: &str) -> bool {
        let ground = open_directory(0o755);
        let mut command = self.wrap("/bin/true".as_ref(), ground.path());
        let output = command.arg("/program").output().unwrap();
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("skipped: `{test}`, as there is no such container: {why}");
        }
        output.status.success()
    }

    /// Starts a target in it, which publishes where it does by itself.
    pub fn start(&self, role: &str) -> Contained {
        self.start_with(role, |_| {})
    }

    /// The same, with something else about the process.
    pub fn start_with(&self, role: &str, change: impl FnOnce(&mut Command)) -> Contained {
        let ground = open_directory(0o755);
        let target = Target::start_with(role, |command| {
            let program = ground.path().join("program");
            // By another process: what this one has open for writing, a fork of it could not execute.
            let mut copy = Command::new("cp");
            copy.arg(command.get_program()).arg(&program);
            assert!(copy.status().unwrap().success());
            let mut outer = self.wrap(&program, ground.path());
            outer
                .arg("/program")
                .args(command.get_args())
                .envs(given(command))
                .env_remove("TELEOP_TEST_PLACE")
                .env_remove("TMPDIR");
            change(&mut outer);
            *command = outer;
        });
        Contained {
            pid: child_of(target.pid()),
            target,
            _ground: ground,
        }
    }

    fn wrap(&self, program: &Path, ground: &Path) -> Command {
        let mut words: Vec<String> = Vec::new();
        if let Some(user) = self.user {
            let as_user = format!("setpriv --reuid={user} --regid={user} --clear-groups --");
            words.extend(as_user.split(' ').map(Into::into));
        }
        words.extend(["unshare", "--mount", "--fork", "--kill-child"].map(Into::into));
        words.extend(self.namespaces.iter().map(|name| format!("--{name}")));
        if self.is_rootless || !am_root() {
            words.extend(["--user", "--map-root-user"].map(Into::into));
        }
        let root = ground.join("root");
        fs::create_dir(&root).unwrap();
        let is_own = self.namespaces.contains(&"pid") && !self.has_our_proc;
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--", "sh", "-c", ROOT, "sh"])
            .arg(root)
            .arg(program)
            .arg(self.tmp.as_deref().unwrap_or("".as_ref()))
            .arg(if is_own { "own" } else { "ours" })
            .arg(&self.then)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command
    }
}

impl Contained {
    /// Attaches to it from here, lists its services and calls one.
    #[track_caller]
    pub fn reach(&self) {
        assert_eq!(reach(&Attach::new(), self.pid).unwrap(), "target");
    }

    /// A path of its file system, as this process sees it.
    pub fn path(&self, inside: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.pid.to_string())
            .join("root")
            .join(inside)
    }
}

/// Attaches to a process, lists its services and calls one; the name that the program gives itself.
pub fn reach(attach: &Attach, pid: u32) -> Result<String> {
    run(attach.run(pid, look_around))
}

/// Lists the services of a process and calls one.
async fn look_around(process: Remote) -> Result<String> {
    let about = process.about().await?;
    let services = process.services().await?;
    assert!(services.iter().any(|service| service.name == "echo"));
    assert_eq!(echo(&process, "hi").await?, "hi");
    Ok(about.program)
}

fn am_root() -> bool {
    Uid::effective() == Uid::ROOT
}

/// What a client does that is started as a target is: it looks around in another process.
pub fn looks_around() {
    super::say("ready");
    let pid: u32 = std::env::var("TELEOP_TEST_PID").unwrap().parse().unwrap();
    let user = Uid::effective();
    let dumpable = dumpable_behavior().unwrap();
    match reach(&Attach::new(), pid) {
        Ok(_) if dumpable_behavior().unwrap() != dumpable => super::say("became secret"),
        Ok(_) if Uid::effective() != user => super::say("became another user"),
        Ok(name) => super::say(&format!("reached {name}")),
        Err(error) => super::say(&format!("failed: {error}")),
    }
}

/// Has a program execute the command.
pub fn put_before(command: &mut Command, mut program: Command) {
    program
        .arg(command.get_program())
        .args(command.get_args())
        .envs(given(command))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    *command = program;
}

/// What a command adds to the environment.
fn given(command: &Command) -> impl Iterator<Item = (&OsStr, &OsStr)> {
    let envs = command.get_envs();
    envs.filter_map(|(name, value)| Some((name, value?)))
}

/// The only child of a process, as this process sees it.
fn child_of(pid: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.trim().parse().unwrap()
}
