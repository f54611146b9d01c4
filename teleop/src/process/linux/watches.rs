//! What a process watches with inotify(7), as `/proc/<pid>/fdinfo` shows it.

use std::{
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use nix::sys::{
    stat::{fstat, major, minor},
    statfs::{BTRFS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, fstatfs},
};

use super::{Process, descriptors::MOST_DESCRIPTORS, read};
use crate::{
    directory::Directory,
    error::{Context, Error, Obstacle, Result},
};

/// How many inotify descriptors are looked at: no honest classic target has so many.
const MOST_INSTANCES: usize = 64;

impl Process {
    /// Whether one of its inotify descriptors watches the directory; `None` where the platform does not
    /// tell, which Linux does.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended; [`Error::NotPermitted`]; [`Error::NotAttachable`] where
    /// it has too many descriptors to look through.
    pub fn watches(&self, directory: &Directory) -> Result<Option<bool>> {
        let watch = Watch::on(directory)?;
        let descriptors = self.descriptors()?;
        let mut instances = descriptors.iter().take(MOST_DESCRIPTORS).filter(|number| {
            let is_inotify = |path: PathBuf| path.as_os_str() == "anon_inode:inotify";
            self.leads_to(number).is_some_and(is_inotify)
        });
        let watches = instances
            .by_ref()
            .take(MOST_INSTANCES)
            // A descriptor may be closed at any moment.
            .filter_map(|name| read(&self.facts, self.pid, Path::new("fdinfo").join(name)).ok())
            .any(|info| info.lines().any(|line| watch.is_in(line)));
        let is_all = descriptors.len() <= MOST_DESCRIPTORS && instances.next().is_none();
        if watches || is_all {
            Ok(Some(watches))
        } else {
            Err(Error::NotAttachable {
                pid: self.pid,
                obstacle: Obstacle::TooManyDescriptors,
            })
        }
    }
}

/// How the kernel writes down that a directory is watched.
pub(super) struct Watch {
    pub(super) inode: String,
    /// `None` where the file system shows another device than the kernel writes down.
    pub(super) device: Option<String>,
}

impl Watch {
    fn on(directory: &Directory) -> Result<Self> {
        let path = || directory.path().to_owned();
        let status = fstat(directory.as_fd()).with_context("inspect", path)?;
        let system = fstatfs(directory.as_fd()).with_context("inspect", path)?;
        let shows_another =
            [BTRFS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC].contains(&system.filesystem_type());
        // The kernel's own encoding, which is not that of stat(2).
        let device = (major(status.st_dev) << 20) | minor(status.st_dev);
        Ok(Self {
            inode: format!("ino:{:x}", status.st_ino),
            device: (!shows_another).then(|| format!("sdev:{device:x}")),
        })
    }

    pub(super) fn is_in(&self, line: &str) -> bool {
        let mut fields = line.split(' ');
        fields.next() == Some("inotify")
            && fields.clone().any(|field| field == self.inode)
            && self
                .device
                .as_ref()
                .is_none_or(|device| fields.any(|field| field == device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Pid;

    #[test]
    fn a_watch_is_told_from_one_on_another_device() {
        let watch = Watch {
            inode: "ino:2".to_owned(),
            device: Some("sdev:800001".to_owned()),
        };
        let line =
            |ino, sdev| format!("inotify wd:1 ino:{ino} sdev:{sdev} mask:100 ignored_mask:0");
        assert!(watch.is_in(&line("2", "800001")));
        assert!(!watch.is_in(&line("2", "800002")));
        assert!(!watch.is_in(&line("22", "800001")));
        assert!(!watch.is_in("eventfd-count: 0"));
    }

    #[test]
    fn a_watch_of_this_process_is_found() {
        let watched = tempfile::tempdir().expect("a directory");
        let other = tempfile::tempdir().expect("a directory");
        let inotify = nix::sys::inotify::Inotify::init(nix::sys::inotify::InitFlags::IN_CLOEXEC)
            .expect("an instance");
        inotify
            .add_watch(watched.path(), nix::sys::inotify::AddWatchFlags::IN_CREATE)
            .expect("a watch");
        let this = Process::pin(Pid::this()).expect("it lives");
        let watches = |path: &Path| {
            let directory = Directory::open(path).expect("it is there");
            this.watches(&directory).expect("it may be asked")
        };
        assert_eq!(watches(watched.path()), Some(true));
        assert_eq!(watches(other.path()), Some(false));
    }
}
