//! A directory by its handle and its path.
//!
//! Windows opens nothing by a handle and a name that the standard library could reach. What is done goes
//! by the path, then, below directories that nobody else may change; the handle tells whether it is
//! still the same.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    io,
    os::windows::{
        ffi::OsStrExt,
        fs::OpenOptionsExt,
        io::{AsHandle, FromRawHandle},
    },
    path::{Path, PathBuf},
    ptr::null_mut,
    sync::Arc,
};

use windows_sys::Win32::{
    Foundation::{GENERIC_EXECUTE, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE},
    Storage::FileSystem::{
        CREATE_NEW, CreateDirectoryW, CreateFileW, FILE_FLAG_BACKUP_SEMANTICS,
        FILE_FLAG_OPEN_REPARSE_POINT, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ,
        FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, READ_CONTROL,
    },
};

use self::descriptor::Descriptor;
use crate::{
    error::{Context, Error, Result},
    process::Uid,
};

mod descriptor;
mod entry;
mod event;
mod known_folder;
mod lock;

pub use entry::Entry;
pub(crate) use event::Event;
pub(super) use known_folder::sites;
pub(crate) use known_folder::users;
pub(crate) use lock::Lock;

/// A directory, held open. Clones share the handle.
#[derive(Clone, Debug)]
pub struct Directory {
    held: Arc<Held>,
    path: PathBuf,
}

#[derive(Debug)]
struct Held {
    handle: File,
    /// What it was when it was opened. Its identity stays as long as the handle is open.
    entry: Entry,
}

impl Directory {
    /// Opens a directory by its path, following links.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let handle = look_at(&path, FILE_FLAG_BACKUP_SEMANTICS).context("open", &path)?;
        Self::new(handle, path)
    }

    /// The root directory, in which every path begins that names no drive.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn root() -> Result<Self> {
        Self::open(r"\")
    }

    /// Opens a directory below this one, following links; a path that names a drive, as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `NotFound` where it is not there.
    pub fn descend(&self, to: &Path) -> Result<Self> {
        Self::open(self.join(to))
    }

    /// Makes a directory that only its owner may enter, and those above it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn make_private(path: &Path) -> Result<()> {
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(parent).context("create", parent)?;
        }
        create_private(path).context("create", path)
    }

    /// Opens a directory in this one; never what a link leads to.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `NotFound` where it is not there. [`Error::Untrusted`] where it is a
    /// link.
    pub fn child(&self, name: impl AsRef<OsStr>) -> Result<Self> {
        let path = self.join(name.as_ref());
        let handle = look_at(&path, ITSELF).context("open", &path)?;
        let child = Self::new(handle, path)?;
        if child.status()?.is_link() {
            return Err(Error::Untrusted {
                path: child.path,
                finding: "it is a link".to_owned(),
            });
        }
        Ok(child)
    }

    /// Makes a directory in this one that only its owner may enter, and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `AlreadyExists` where there is something of that name.
    pub fn make_private_child(&self, name: impl AsRef<OsStr>) -> Result<Self> {
        let path = self.join(name.as_ref());
        create_private(&path).context("create", &path)?;
        self.child(name)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the path of an entry would be.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// What it is itself.
    ///
    /// # Errors
    ///
    /// None, on Windows.
    pub fn status(&self) -> Result<Entry> {
        Ok(self.held.entry)
    }

    /// What an entry of it is; `None` where there is none of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn entry(&self, name: impl AsRef<OsStr>) -> Result<Option<Entry>> {
        let path = self.join(name.as_ref());
        match look_at(&path, ITSELF).and_then(|file| Entry::of(&file)) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("inspect", path),
        }
    }

    /// The names of its entries.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn names(&self) -> Result<Vec<OsString>> {
        fs::read_dir(&self.path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
            .context("list", &self.path)
    }

    /// Creates a file that only its owner may read; never through a link, never one that exists.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `AlreadyExists` where there is something of that name.
    pub fn create_file(&self, name: impl AsRef<OsStr>) -> Result<File> {
        let path = self.join(name.as_ref());
        create_private_file(&path).context("create", path)
    }

    /// Opens an ordinary file for reading; never what a link leads to. That nobody but the owner could
    /// have put it there, [`check_private`](Self::check_private) says of the directory.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; [`Error::Untrusted`] where it is something else.
    pub fn open_file(&self, name: impl AsRef<OsStr>, _: Uid) -> Result<File> {
        let path = self.join(name.as_ref());
        let file = OpenOptions::new()
            .access_mode(GENERIC_READ)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(&path)
            .context("open", &path)?;
        if !Entry::of(&file).context("inspect", &path)?.is_file() {
            return Err(Error::Untrusted {
                path,
                finding: "it is no ordinary file".to_owned(),
            });
        }
        Ok(file)
    }

    /// The same directory, after it was renamed.
    pub(crate) fn renamed(&self, path: PathBuf) -> Self {
        Self {
            path,
            ..self.clone()
        }
    }

    /// Renames an entry of this directory, replacing a file that has the new name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; of the kind `AlreadyExists` where a directory has the new name.
    pub fn rename(&self, from: impl AsRef<OsStr>, to: impl AsRef<OsStr>) -> Result<()> {
        let (from, path) = (self.join(from.as_ref()), self.join(to.as_ref()));
        // Windows would say that access is denied.
        if self.entry(to)?.is_some_and(|entry| entry.is_directory()) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists)).context("rename to", path);
        }
        fs::rename(from, &path).context("rename to", path)
    }

    /// Removes a file of this directory. It is no error where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn remove_file(&self, name: impl AsRef<OsStr>) -> Result<()> {
        let path = self.join(name.as_ref());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).context("remove", path)
            }
            _ => Ok(()),
        }
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
            Some(entry) if entry.is_same(&child.status()?) => {}
            _ => return Ok(()),
        }
        let path = self.join(name.as_ref());
        fs::remove_dir(&path).context("remove", path)
    }

    /// Fails unless it belongs to the user and nobody else may enter it, but for the system and its
    /// administrators.
    ///
    /// # Errors
    ///
    /// [`Error::Untrusted`].
    pub fn check_private(&self, owner: Uid) -> Result<()> {
        self.check_owner(&[owner], 0)
    }

    /// Fails unless it belongs to the user, to the system or to its administrators, and nobody else may
    /// change it.
    ///
    /// # Errors
    ///
    /// [`Error::Untrusted`].
    pub fn check_unshared(&self, owner: Uid) -> Result<()> {
        let looking = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE | GENERIC_READ | GENERIC_EXECUTE;
        self.check_owner(&[owner, Uid::ROOT, Uid::ADMINISTRATORS], looking)
    }

    fn check_owner(&self, owners: &[Uid], permitted: u32) -> Result<()> {
        let untrusted = |finding| {
            Err(Error::Untrusted {
                path: self.path.clone(),
                finding,
            })
        };
        let descriptor =
            Descriptor::of(self.held.handle.as_handle()).context("inspect", &self.path)?;
        match descriptor.owner() {
            Some(owner) if owners.contains(&owner) => {}
            Some(owner) => {
                return untrusted(format!("it belongs to {owner}, not to {}", owners[0]));
            }
            None => return untrusted("it belongs to nobody".to_owned()),
        }
        let trusted = [
            owners[0],
            Uid::ROOT,
            Uid::ADMINISTRATORS,
            Uid::CREATOR,
            Uid::OWNER_RIGHTS,
        ];
        let Some(allowances) = descriptor.allowances() else {
            return untrusted("everybody has access".to_owned());
        };
        let stranger = allowances.iter().find(|allowance| {
            !allowance.user.is_some_and(|user| trusted.contains(&user))
                && allowance.rights & !permitted != 0
        });
        match stranger {
            None => Ok(()),
            Some(stranger) => {
                let user = stranger.user.map(|user| user.to_string());
                let user = user.unwrap_or_else(|| "others".to_owned());
                untrusted(format!("{user} has access ({:#x})", stranger.rights))
            }
        }
    }

    fn new(handle: File, path: PathBuf) -> Result<Self> {
        if !handle.metadata().context("inspect", &path)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory)).context("open", path);
        }
        let entry = Entry::of(&handle).context("inspect", &path)?;
        Ok(Self {
            held: Arc::new(Held { handle, entry }),
            path,
        })
    }
}

/// Something itself, and not what it leads to; a directory, too.
const ITSELF: u32 = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;

/// Opens something in order to see what it is, keeping nobody from renaming or removing it.
fn look_at(path: &Path, flags: u32) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(FILE_READ_ATTRIBUTES | READ_CONTROL)
        .custom_flags(flags)
        .open(path)
}

fn create_private(path: &Path) -> io::Result<()> {
    let descriptor = Descriptor::private();
    let path = wide(path);
    #[expect(
        unsafe_code,
        reason = "the standard library takes no security descriptor"
    )]
    // SAFETY: the path, which ends with a 0, and the attributes outlive the call.
    let done = unsafe { CreateDirectoryW(path.as_ptr(), &descriptor.attributes()) };
    if done == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn create_private_file(path: &Path) -> io::Result<File> {
    let descriptor = Descriptor::private();
    let path = wide(path);
    #[expect(
        unsafe_code,
        reason = "the standard library takes no security descriptor"
    )]
    // SAFETY: the path, which ends with a 0, and the attributes outlive the call.
    let handle = unsafe {
        CreateFileW(
            path.as_ptr(),
            GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            &descriptor.attributes(),
            CREATE_NEW,
            0,
            null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    #[expect(
        unsafe_code,
        reason = "the standard library takes no security descriptor"
    )]
    // SAFETY: it was opened just now, and nobody else closes it.
    let file = unsafe { File::from_raw_handle(handle) };
    Ok(file)
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}
