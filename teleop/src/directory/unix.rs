//! A directory by its descriptor.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, renameat},
    libc::mode_t,
    sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, mkdirat},
    unistd::{UnlinkatFlags, unlinkat},
};

use super::platform::{SEARCHABLE, open_ordinary};
use crate::{
    error::{Context, Error, Result},
    process::Uid,
};

/// A directory, held open. Clones share the descriptor.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(super) fd: Arc<OwnedFd>,
    /// For messages, and where the platform has no `/proc`.
    path: PathBuf,
}

/// An entry of a directory, itself and not what a link would lead to.
#[derive(Clone, Copy, Debug)]
pub struct Entry(FileStat);

impl Directory {
    /// Opens a directory by its path, following links.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let fd = nix::fcntl::open(&path, SEARCHABLE, Mode::empty()).context("open", &path)?;
        Ok(Self::new(fd, path))
    }

    /// The root directory, in which every absolute path begins.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn root() -> Result<Self> {
        Self::open("/")
    }

    /// Makes a directory that only its owner may enter, and those above it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn make_private(path: &Path) -> Result<()> {
        use std::os::unix::fs::DirBuilderExt;

        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .context("create", path)
    }

    /// Opens a directory in this one; never what a link leads to.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `NotFound` where it is not there.
    pub fn child(&self, name: impl AsRef<OsStr>) -> Result<Self> {
        let name = name.as_ref();
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let path = self.join(name);
        let fd = openat(&self.fd, name, flags, Mode::empty()).context("open", &path)?;
        Ok(Self::new(fd, path))
    }

    /// Makes a directory in this one that only its owner may enter, and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `AlreadyExists` where there is something of that name.
    pub fn make_private_child(&self, name: impl AsRef<OsStr>) -> Result<Self> {
        let name = name.as_ref();
        mkdirat(&self.fd, name, Mode::S_IRWXU).context("create", self.join(name))?;
        let child = self.child(name).and_then(|child| {
            // The umask may have taken something away.
            fchmod(&child.fd, Mode::S_IRWXU).context("set the mode of", child.path())?;
            Ok(child)
        });
        if child.is_err() {
            let _ = self.unlink(name, UnlinkatFlags::RemoveDir); // The first error matters.
        }
        child
    }

    /// Where it was when it was opened; for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the path of an entry would be; for messages.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Its inode number.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn inode(&self) -> Result<u64> {
        Ok(self.status()?.inode())
    }

    /// What it is itself.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn status(&self) -> Result<Entry> {
        fstat(&self.fd).map(Entry).context("inspect", &self.path)
    }

    /// What an entry of it is; `None` where there is none of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn entry(&self, name: impl AsRef<OsStr>) -> Result<Option<Entry>> {
        match fstatat(&self.fd, name.as_ref(), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(Entry(status))),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error).context("inspect", self.join(name.as_ref())),
        }
    }

    /// The names of its entries.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn names(&self) -> Result<Vec<OsString>> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Dir::openat(&self.fd, ".", flags, Mode::empty())
            .and_then(|mut dir| {
                dir.iter()
                    .map(|entry| Ok(OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned()))
                    .filter(|name| !matches!(name, Ok(name) if name == "." || name == ".."))
                    .collect()
            })
            .context("list", &self.path)
    }

    /// Creates a file that only its owner may read; never through a link, never one that exists.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `AlreadyExists` where there is something of that name.
    pub fn create_file(&self, name: impl AsRef<OsStr>) -> Result<File> {
        let name = name.as_ref();
        let flags =
            OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        openat(&self.fd, name, flags, mode)
            .map(File::from)
            .context("create", self.join(name))
    }

    /// Opens an ordinary file of a user for reading: never what a link leads to, no device, and never
    /// waiting for it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; [`Error::Untrusted`] where it is something else, or another user's.
    pub fn open_file(&self, name: impl AsRef<OsStr>, owner: Uid) -> Result<File> {
        let name = name.as_ref();
        let path = self.join(name);
        let file = open_ordinary(&self.fd, name).context("open", &path)?;
        let entry = Entry::of(&file).context("inspect", &path)?;
        if entry.is_file() && entry.owner() == owner && entry.0.st_nlink == 1 {
            return Ok(file);
        }
        Err(Error::Untrusted {
            path,
            finding: format!("it is no ordinary file of {owner}, with this name alone"),
        })
    }

    /// The same directory, after it was renamed.
    pub(crate) fn renamed(&self, path: PathBuf) -> Self {
        Self {
            fd: self.fd.clone(),
            path,
        }
    }

    /// Renames an entry of this directory, replacing what has the new name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn rename(&self, from: impl AsRef<OsStr>, to: impl AsRef<OsStr>) -> Result<()> {
        renameat(&self.fd, from.as_ref(), &self.fd, to.as_ref())
            .context("rename to", self.join(to.as_ref()))
    }

    /// Removes a file of this directory. It is no error where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn remove_file(&self, name: impl AsRef<OsStr>) -> Result<()> {
        self.unlink(name.as_ref(), UnlinkatFlags::NoRemoveDir)
    }

    /// Removes an empty directory from this one, where it is the one that is held open.
    ///
    /// What has taken its name meanwhile stays.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn remove_child(&self, name: impl AsRef<OsStr>, child: &Self) -> Result<()> {
        match self.entry(&name)? {
            Some(entry) if entry.is_same(&child.status()?) => {
                self.unlink(name.as_ref(), UnlinkatFlags::RemoveDir)
            }
            _ => Ok(()),
        }
    }

    /// Fails unless it belongs to the user and nobody else may enter it.
    ///
    /// # Errors
    ///
    /// [`Error::Untrusted`].
    pub fn check_private(&self, owner: Uid) -> Result<()> {
        self.check_owner(&[owner], 0o077)
    }

    /// Fails unless it belongs to the user, or to root, and nobody else may change it.
    ///
    /// # Errors
    ///
    /// [`Error::Untrusted`].
    pub fn check_unshared(&self, owner: Uid) -> Result<()> {
        self.check_owner(&[owner, Uid::ROOT], 0o022)
    }

    fn check_owner(&self, owners: &[Uid], forbidden: mode_t) -> Result<()> {
        let status = self.status()?;
        let untrusted = |finding| {
            Err(Error::Untrusted {
                path: self.path.clone(),
                finding,
            })
        };
        if !owners.contains(&status.owner()) {
            untrusted(format!(
                "it belongs to {}, not to {}",
                status.owner(),
                owners[0]
            ))
        } else if status.permissions() & forbidden != 0 {
            untrusted(format!(
                "its mode is {:04o}: others have access",
                status.permissions()
            ))
        } else {
            Ok(())
        }
    }

    fn unlink(&self, name: &OsStr, flags: UnlinkatFlags) -> Result<()> {
        match unlinkat(&self.fd, name, flags) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error).context("remove", self.join(name)),
        }
    }

    pub(super) fn new(fd: OwnedFd, path: PathBuf) -> Self {
        Self {
            fd: Arc::new(fd),
            path,
        }
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Entry {
    /// What an open file is.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        Ok(Self(fstat(file)?))
    }

    /// Who owns it.
    pub fn owner(&self) -> Uid {
        self.0.st_uid.into()
    }

    /// Who may do what with it, in words.
    pub(crate) fn described(&self) -> String {
        format!("mode {:04o}, of {}", self.permissions(), self.owner())
    }

    /// Its permission bits.
    pub fn permissions(&self) -> mode_t {
        self.0.st_mode & !SFlag::S_IFMT.bits()
    }

    /// Whether it is an ordinary file.
    pub fn is_file(&self) -> bool {
        self.kind() == SFlag::S_IFREG
    }

    /// Whether it is a socket.
    pub fn is_socket(&self) -> bool {
        self.kind() == SFlag::S_IFSOCK
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind() == SFlag::S_IFDIR
    }

    /// Its inode number.
    pub fn inode(&self) -> u64 {
        self.0.st_ino
    }

    /// When it was written last; of a socket, when it was made.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.0.st_mtime).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Whether both are the same file, under whatever names.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.0.st_dev, self.0.st_ino) == (other.0.st_dev, other.0.st_ino)
    }

    fn kind(&self) -> SFlag {
        SFlag::from_bits_truncate(self.0.st_mode & SFlag::S_IFMT.bits())
    }
}
