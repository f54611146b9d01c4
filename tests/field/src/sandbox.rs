//! [`Sandbox`]: directories of one's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use tempfile::TempDir;

/// The directories that a target and its clients share with nobody else; removed on drop.
#[derive(Debug)]
pub struct Sandbox {
    root: TempDir,
}

/// Where a target works, and so where classic clients put their requests.
const WORK: &str = "work";
/// The temporary directory, and so where classic sockets are.
const TMP: &str = "tmp";
/// The base of the endpoints of the new layout.
const ENDPOINTS: &str = "endpoints";
/// Where clients work: a client must not depend on being where its target is.
const ELSEWHERE: &str = "elsewhere";

impl Sandbox {
    /// Makes the directories, in the temporary directory of this process.
    pub fn new() -> Result<Self> {
        Self::new_in(&env::temp_dir())
    }

    /// Makes the directories in `parent`.
    pub fn new_in(parent: &Path) -> Result<Self> {
        let root = tempfile::Builder::new()
            .prefix("teleop-")
            .tempdir_in(parent)?;
        for dir in [WORK, TMP, ENDPOINTS, ELSEWHERE] {
            fs::create_dir(root.path().join(dir))?;
        }
        Ok(Self { root })
    }

    /// A command that runs `program` as a target, in the working directory.
    pub fn target(&self, program: &Path) -> Command {
        self.command(program, WORK)
    }

    /// A command that runs `program` as a client.
    pub fn client(&self, program: &Path) -> Command {
        self.command(program, ELSEWHERE)
    }

    /// What lies in the directories.
    pub fn contents(&self) -> Result<Vec<String>> {
        let mut contents = Vec::new();
        for dir in [WORK, TMP, ENDPOINTS, ELSEWHERE] {
            for entry in fs::read_dir(self.root.path().join(dir))? {
                let name = entry?.file_name();
                contents.push(format!("{dir}/{}", name.to_string_lossy()));
            }
        }
        contents.sort();
        Ok(contents)
    }

    /// The working directory of targets.
    pub fn work(&self) -> PathBuf {
        self.root.path().join(WORK)
    }

    fn command(&self, program: &Path, dir: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root.path().join(dir))
            .env("TMPDIR", self.root.path().join(TMP))
            .env("TELEOP_DIR", self.root.path().join(ENDPOINTS));
        command
    }
}
