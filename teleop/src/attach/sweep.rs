//! [`sweep`]: what dead processes left is removed, and nothing else.

use std::ffi::{OsStr, OsString};

use super::About;
use crate::{
    directory::{Directory, Lock},
    error::{Context, Result},
    process::Uid,
};

/// Removes what dead processes of a user left. Whatever is not an endpoint beyond doubt stays: the
/// directory may have been given by somebody who keeps other things in it.
pub(super) fn sweep(place: &Directory, user: Uid) -> Result<()> {
    for name in place.names()? {
        let Some(name) = name.to_str() else {
            continue;
        };
        // Another may be sweeping, too.
        let _ = if let Some(pid) = pid_of(name) {
            sweep_endpoint(place, user, name, pid)
        } else if let Some(endpoint) = endpoint_of(name) {
            sweep_provisional(place, user, name, endpoint)
        } else {
            Ok(())
        };
    }
    Ok(())
}

fn sweep_endpoint(place: &Directory, user: Uid, name: &str, pid: u32) -> Result<()> {
    let directory = place.child(name)?;
    directory.check_private(user)?;
    let (about, is_held) = About::read(&directory, user)?;
    if is_held || about.pid != pid {
        return Ok(());
    }
    // Should this be interrupted, it tells who sweeps next what an empty directory was. Where there is no
    // room for it, room is about to be made; and what root makes there would be root's.
    let provisional = provisional_name(name);
    let mark = (user == Uid::effective()).then(|| place.make_private_child(&provisional));
    remove(place, name, &directory)?;
    match mark {
        Some(Ok(mark)) => place.remove_child(&provisional, &mark),
        _ => Ok(()),
    }
}

/// Removes an endpoint that was being made or removed when its process ended, unless somebody holds it.
///
/// Who makes one holds it as soon as there is a file, and looks then whether it is still there: what is
/// removed here earlier is made again.
fn sweep_provisional(place: &Directory, user: Uid, name: &str, endpoint: &str) -> Result<()> {
    let directory = place.child(name)?;
    directory.check_private(user)?;
    let lock = match directory.open_file(About::FILE, user) {
        Ok(file) => Some(Lock::take(file).context("lock", directory.join(About::FILE))?),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    if let Ok(endpoint_directory) = place.child(endpoint) {
        if endpoint_directory.check_private(user).is_ok() {
            // Only where it is empty.
            let _ = place.remove_child(endpoint, &endpoint_directory);
        }
    }
    if lock.is_some() {
        return remove(place, name, &directory);
    }
    // A file that was not there may be made by now, and held: then everything stays.
    let names = directory.names()?;
    if !names.iter().any(|name| name == About::FILE) {
        clear(&directory, names)?;
        place.remove_child(name, &directory)?;
    }
    Ok(())
}

/// What an endpoint is called that is being made or removed: nobody looks for it.
pub(super) fn provisional_name(name: &str) -> String {
    format!(".{name}-{}", crate::nonce())
}

/// The process that an endpoint of this name is of.
pub(super) fn pid_of(name: &str) -> Option<u32> {
    let (pid, start) = name.split_once('-')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(pid) && is_number(start) && start.parse::<u64>().is_ok())
        .then(|| pid.parse().ok())
        .flatten()
}

/// The name of the endpoint that is being made or removed under this one.
fn endpoint_of(provisional: &str) -> Option<&str> {
    let (endpoint, nonce) = provisional.strip_prefix('.')?.rsplit_once('-')?;
    let is_nonce = nonce.len() == 16 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_nonce && pid_of(endpoint).is_some()).then_some(endpoint)
}

/// Removes the directory of an endpoint, with the files that one has; what it says of itself last, so that
/// what is left by an interruption is swept. With any other file in it, it stays.
pub(super) fn remove(
    place: &Directory,
    name: impl AsRef<OsStr>,
    directory: &Directory,
) -> Result<()> {
    let mut removed = Ok(());
    // A client may ask for something meanwhile, in a directory that it has found before.
    for _ in 0..3 {
        // Without a descriptor it cannot be listed, and may still be empty.
        clear(directory, directory.names().unwrap_or_default())?;
        directory.remove_file(About::FILE)?;
        removed = place.remove_child(&name, directory);
        match &removed {
            Err(error) if error.is_already_there() => {}
            _ => break,
        }
    }
    removed
}

/// Removes those of the files of an endpoint that come and go.
fn clear(directory: &Directory, names: Vec<OsString>) -> Result<()> {
    let comes_and_goes = |name: &OsString| {
        let name = name.as_encoded_bytes();
        name.starts_with(b"socket") || name.starts_with(b"attach-")
    };
    names
        .into_iter()
        .filter(comes_and_goes)
        .try_for_each(|name| directory.remove_file(name))
}
