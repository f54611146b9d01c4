//! A process as Windows shows it: a handle, which pins it.

use std::{
    io,
    os::windows::{
        ffi::OsStringExt,
        io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle},
    },
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use windows_sys::Win32::{
    Foundation::{ERROR_INVALID_PARAMETER, FILETIME, WAIT_TIMEOUT},
    System::{
        RemoteDesktop::ProcessIdToSessionId,
        Threading::{
            GetProcessId, GetProcessTimes, OpenProcess, PROCESS_NAME_WIN32,
            PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, QueryFullProcessImageNameW,
            WaitForSingleObject,
        },
    },
};

use super::{Pid, Start};
use crate::{
    directory::Directory,
    error::{Error, Result},
};

#[cfg(feature = "process")]
mod usage;
mod user;

#[cfg(feature = "process")]
pub(crate) use usage::{account_name, thread_count, uptime};
pub use user::Uid;

/// A process, pinned: whatever is asked of it is answered about this process or not at all.
///
/// Windows gives the id of a process to no other as long as somebody has a handle of it.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    handle: OwnedHandle,
    owner: Uid,
    start: Start,
}

impl Process {
    /// Pins the process that has the id now.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`]; [`Error::NotPermitted`] where Windows does not let this user ask whose
    /// process it is.
    pub fn pin(pid: Pid) -> Result<Self> {
        let refused = |action| {
            move |source: io::Error| match source.kind() {
                io::ErrorKind::PermissionDenied => Error::NotPermitted {
                    pid,
                    caller: Uid::effective(),
                    action,
                },
                _ if source.raw_os_error() == Some(ERROR_INVALID_PARAMETER as i32) => {
                    Error::NoSuchProcess { pid }
                }
                _ => Error::Io {
                    action,
                    path: PathBuf::from(format!("process {pid}")),
                    source,
                },
            }
        };
        let handle = open(pid).map_err(refused("open"))?;
        // Windows ignores the two lowest bits of an id.
        if id_of(&handle) != pid.0 {
            return Err(Error::NoSuchProcess { pid });
        }
        let [created, ..] = times_of(&handle).map_err(refused("see the start of"))?;
        let process = Self {
            pid,
            owner: Uid::of(handle.as_handle()).map_err(refused("see the owner of"))?,
            start: Start(created),
            handle,
        };
        // It can be asked about as long as somebody has a handle of it.
        process.check_alive()?;
        Ok(process)
    }

    /// Its id, as this process sees it.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its id, as it sees itself: the same one, on Windows.
    pub fn inner_pid(&self) -> Pid {
        self.pid
    }

    /// The user on whose behalf it acts.
    pub fn owner(&self) -> Uid {
        self.owner
    }

    /// Its [`owner`](Self::owner) as it sees itself: the same one, on Windows.
    pub fn inner_owner(&self) -> Uid {
        self.owner
    }

    /// Whether the superuser of this process is somebody there, too, which he is on this platform.
    pub fn knows_root(&self) -> bool {
        true
    }

    /// When it started: in tenths of a microsecond since 1601.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`] where it ended.
    pub fn start(&self) -> Result<Start> {
        self.check_alive()?;
        Ok(self.start)
    }

    /// When it started, by the wall clock.
    pub fn started(&self) -> Option<SystemTime> {
        const BEFORE_1970: Duration = Duration::from_secs(11_644_473_600);
        const TICKS: u64 = 10_000_000;

        let rest = u32::try_from(self.start.0 % TICKS).ok()? * 100;
        let since_1601 = Duration::new(self.start.0 / TICKS, rest);
        UNIX_EPOCH.checked_add(since_1601.checked_sub(BEFORE_1970)?)
    }

    /// The path of its executable.
    pub fn executable(&self) -> Option<PathBuf> {
        let mut path = vec![0_u16; 32_768];
        let mut length = 32_768;
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the handle is open, and the buffer as long as is said.
        let told = unsafe {
            QueryFullProcessImageNameW(
                self.handle.as_raw_handle(),
                PROCESS_NAME_WIN32,
                path.as_mut_ptr(),
                &raw mut length,
            )
        };
        let path = path.get(..length as usize).filter(|_| told != 0)?;
        Some(std::ffi::OsString::from_wide(path).into())
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        #[expect(unsafe_code, reason = "the standard library has no such function")]
        // SAFETY: the handle is open; it does not wait.
        let waited = unsafe { WaitForSingleObject(self.handle.as_raw_handle(), 0) };
        waited == WAIT_TIMEOUT
    }

    /// Whether it is stopped, which Windows does not tell.
    pub fn is_stopped(&self) -> bool {
        false
    }

    /// Fails where it does not run any more.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchProcess`].
    pub fn check_alive(&self) -> Result<()> {
        if self.is_alive() {
            Ok(())
        } else {
            Err(Error::NoSuchProcess { pid: self.pid })
        }
    }

    /// The root directory.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn root(&self) -> Result<Directory> {
        Directory::root()
    }

    /// Its working directory, which Windows does not tell.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`].
    pub fn working_directory(&self) -> Result<Directory> {
        Err(Error::Unsupported {
            what: "the working directory of a process",
            why: "Windows does not tell it",
        })
    }

    /// Whether it watches the directory, which Windows does not tell: `None`.
    ///
    /// # Errors
    ///
    /// None.
    pub fn watches(&self, _: &Directory) -> Result<Option<bool>> {
        Ok(None)
    }

    /// Whether it handles SIGQUIT: there are no signals on Windows.
    pub fn handles_quit(&self) -> Option<bool> {
        Some(false)
    }

    /// Whether it runs in the session of this process: what is named `Local\…` is seen by both.
    pub(crate) fn shares_session(&self) -> bool {
        matches!(
            (session_of(self.pid), session_of(Pid::this())),
            (Some(its), Some(ours)) if its == ours
        )
    }
}

fn open(pid: Pid) -> io::Result<OwnedHandle> {
    let access = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE;
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: it takes numbers alone.
    let handle = unsafe { OpenProcess(access, 0, pid.0) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: it was opened just now, and nobody else closes it.
    let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
    Ok(handle)
}

fn id_of(process: &OwnedHandle) -> u32 {
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open.
    let id = unsafe { GetProcessId(process.as_raw_handle()) };
    id
}

/// When a process was created and when it ended, and for how long it ran in the kernel and in the program.
fn times_of(process: &OwnedHandle) -> io::Result<[u64; 4]> {
    let mut times = [FILETIME {
        dwLowDateTime: 0,
        dwHighDateTime: 0,
    }; 4];
    let [creation, exit, kernel, user] = &mut times;
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the handle is open, and the four are writable.
    let told = unsafe { GetProcessTimes(process.as_raw_handle(), creation, exit, kernel, user) };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(times.map(|time| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)))
}

fn session_of(pid: Pid) -> Option<u32> {
    let mut session = 0;
    #[expect(unsafe_code, reason = "the standard library has no such function")]
    // SAFETY: the number is writable.
    let told = unsafe { ProcessIdToSessionId(pid.0, &raw mut session) };
    (told != 0).then_some(session)
}

/// Nothing on Windows gives a program other rights than who started it.
pub(crate) fn is_privileged() -> bool {
    false
}

/// There are no signals to be kept from a thread.
pub(crate) fn without_signals<T>(run: impl FnOnce() -> T) -> T {
    run()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn this_process_is_alive_and_its_users() {
        let process = Process::pin(Pid::this()).unwrap();
        assert!(process.is_alive());
        assert!(process.shares_session());
        assert_eq!(process.owner(), Uid::effective());
        assert_eq!(process.executable(), std::env::current_exe().ok());
        let started = process.started().unwrap();
        assert!(started <= SystemTime::now() + Duration::from_secs(1));
        assert!(started >= SystemTime::now() - Duration::from_secs(600));
    }

    #[test]
    fn a_process_is_seen_to_end() {
        let mut child = Command::new("cmd")
            .args(["/c", "pause"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let process = Process::pin(child.id().into()).unwrap();
        assert!(process.is_alive());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(matches!(
            process.check_alive(),
            Err(Error::NoSuchProcess { .. })
        ));
        // The handle keeps it from being another's id: it is still this process, which is over.
        assert!(matches!(
            Process::pin(process.pid()),
            Err(Error::NoSuchProcess { .. })
        ));
    }

    #[test]
    fn an_id_beside_that_of_a_process_is_nobodys() {
        let beside = Pid(std::process::id() ^ 1);
        assert!(matches!(
            Process::pin(beside),
            Err(Error::NoSuchProcess { .. })
        ));
        assert!(matches!(
            Process::pin(Pid(0)),
            Err(Error::NoSuchProcess { .. })
        ));
    }
}
