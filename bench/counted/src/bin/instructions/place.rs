//! [`Place`]: where the programs are that are counted, and where they leave what they leave.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};
use tempfile::TempDir;

/// The C library copies by what every processor of x86-64 has. It would take what this one has, and so another
/// number of instructions on the next machine; stepped through, one `rep movsb` is as many as there are bytes.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-BMI1,-BMI2,-ERMS,-FSRM,-LZCNT,-MOVBE,-POPCNT,-SSE4_1,-SSE4_2,-SSSE3,-RTM";

/// A directory of one's own, and the directory of the programs.
#[derive(Debug)]
pub(crate) struct Place {
    root: TempDir,
    programs: PathBuf,
}

impl Place {
    /// Those that were built together with this one. All of them run on one core from now on.
    pub(crate) fn new() -> Result<Self> {
        stay_on_one_core()?;
        let this = env::current_exe()?;
        let programs = this.parent().context("an executable is in a directory")?;
        Ok(Self {
            root: tempfile::tempdir()?,
            programs: programs.to_owned(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// The same, to be run.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.given(Command::new(self.program(program)))
    }

    /// Another program, where it leaves nothing behind either.
    pub(crate) fn given(&self, mut command: Command) -> Command {
        command
            // What else is in the environment is copied, and looked through.
            .env_clear()
            .env("TELEOP_DIR", self.root.path())
            .env("TMPDIR", self.root.path())
            .env("GLIBC_TUNABLES", TUNABLES)
            .current_dir(self.root.path());
        command
    }
}

/// So that threads take turns in the same way each time.
fn stay_on_one_core() -> Result<()> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let mut cores = (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false));
    let mut one = CpuSet::new();
    one.set(cores.next_back().context("there is a core")?)?;
    sched_setaffinity(this, &one)?;
    Ok(())
}
