//! [`Container`]: namespaces and a file system of its own for a target, made with util-linux.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use teleop::process::Uid;
use teleop_field::Running;

use crate::place::Place;

/// Makes a root directory with what a program needs to run, and a `/tmp` of its own, in which is what this run has on
/// disk, and executes the program there.
const ROOT: &str = r#"
set -e
PATH=$PATH:/usr/sbin:/sbin
root=$1 seen=$2
shift 2
mount -t tmpfs -o mode=755 none "$root"
for name in usr lib lib32 lib64 bin sbin etc; do
    if [ -L "/$name" ]; then
        cp -P "/$name" "$root/$name"
    elif [ -d "/$name" ]; then
        mkdir "$root/$name"
        mount --rbind "/$name" "$root/$name"
    fi
done
mkdir "$root/proc" "$root/tmp" "$root/old"
chmod 1777 "$root/tmp"
mount -t proc none "$root/proc"
mkdir -p "$root/$seen"
mount --bind "$seen" "$root/$seen"
cd "$root"
pivot_root . old
umount -l old
rmdir old
exec "$@"
"#;

/// Who is root in a container of root's own user namespace: nobody.
const OWNER: u32 = 65534;

/// How a target is shut in: in another mount and PID namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// Root is root in it.
    Rootful,
    /// In another user namespace too, and root in it is a user who is not root.
    Rootless,
}

/// Where targets are shut in.
#[derive(Debug)]
pub(crate) struct Container {
    isolation: Isolation,
    /// Copies of programs, where everybody may read them.
    programs: PathBuf,
    root: PathBuf,
    /// What of this machine is seen in it, at the same path.
    seen: PathBuf,
}

/// A process, in a container or not.
#[derive(Debug)]
pub(crate) struct Target {
    running: Running,
    /// Its id, as this process sees it.
    pub(crate) pid: u32,
}

impl Container {
    /// Fails where there is no such container, and says why.
    pub(crate) fn new(isolation: Isolation, place: &Place) -> Result<Self> {
        let ground = place.directory(match isolation {
            Isolation::Rootful => "rootful",
            Isolation::Rootless => "rootless",
        })?;
        let container = Self {
            isolation,
            programs: ground.join("programs"),
            root: ground.join("root"),
            seen: place.path().to_owned(),
        };
        fs::create_dir(&container.programs)?;
        fs::create_dir(&container.root)?;
        container.check()?;
        Ok(container)
    }

    fn check(&self) -> Result<()> {
        if self.isolation == Isolation::Rootful {
            ensure!(is_root(), "it takes root");
        }
        let mut command = self.enter();
        let output = command.arg("true").stdin(Stdio::null()).output();
        let program = command.get_program().to_string_lossy().into_owned();
        let output = output.with_context(|| format!("no `{program}` here"))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            bail!("no container here: {}", why.lines().next().unwrap_or("?"));
        }
        Ok(())
    }

    /// Starts a program in it, which finds its temporary directory by itself, and waits until it says a line.
    pub(crate) fn start(&self, server: &Command) -> Result<Target> {
        let mut command = self.enter();
        command.arg(self.copied(Path::new(server.get_program()))?);
        command.args(server.get_args());
        let mut running = Running::start(&mut command)?;
        running.line()?;
        let pid = child_of(running.pid())?;
        Ok(Target { running, pid })
    }

    /// A command that executes its arguments in it. It ends what it executes when it is killed.
    fn enter(&self) -> Command {
        let mut words: Vec<String> = Vec::new();
        if self.isolation == Isolation::Rootless && is_root() {
            let words_of_owner = ["setpriv", "--clear-groups"].map(Into::into);
            words.extend(words_of_owner);
            words.extend([format!("--reuid={OWNER}"), format!("--regid={OWNER}")]);
            words.push("--".into());
        }
        let unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];
        words.extend(unshare.map(Into::into));
        if self.isolation == Isolation::Rootless {
            words.extend(["--user", "--map-root-user"].map(Into::into));
        }
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--", "sh", "-c", ROOT, "sh"]);
        command.arg(&self.root).arg(&self.seen);
        command.env_remove("TMPDIR").env_remove("TELEOP_DIR");
        command.current_dir("/");
        command
    }

    /// Where it finds a program. What is on the `PATH` is there too.
    fn copied(&self, program: &Path) -> Result<PathBuf> {
        if program.is_relative() {
            return Ok(program.to_owned());
        }
        let name = program.file_name().context("a program has a name")?;
        let copy = self.programs.join(name);
        if !copy.exists() {
            fs::copy(program, &copy)?;
        }
        Ok(copy)
    }
}

impl Target {
    /// One that is in no container.
    pub(crate) fn bare(running: Running) -> Self {
        let pid = running.pid();
        Self { running, pid }
    }

    /// Closes its standard input and waits for its end.
    pub(crate) fn finish(self) -> Result<()> {
        self.running.finish()?;
        Ok(())
    }
}

fn is_root() -> bool {
    Uid::effective() == Uid::ROOT
}

/// The only child of a process, as this process sees it.
fn child_of(pid: u32) -> Result<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    children.trim().parse().context("it has one child")
}
