//! The targets of the classic layout whose sockets are open: nothing else is to be seen of them.

use std::time::Duration;

use super::{Layout, Offer, State, endpoint::CLASSIC_SOCKET, offer::bounded};
use crate::{
    directory::{self, Directory},
    process::{Neighbours, Pid, View},
};

/// The processes whose sockets of the classic layout are open.
pub(super) fn find(roots: &[(View, Directory)], neighbours: &Neighbours<'_>) -> Vec<Offer> {
    let mut seen: Vec<(Directory, Vec<View>)> = Vec::new();
    for (view, root) in roots {
        for path in directory::temporary() {
            let Ok(sockets) = root.descend(&path) else {
                continue;
            };
            match seen.iter_mut().find(|(known, _)| known.is_same(&sockets)) {
                Some((_, views)) => views.push(*view),
                None => seen.push((sockets, vec![*view])),
            }
        }
    }
    let offers = seen.iter().flat_map(|(sockets, views)| {
        let names = sockets.names().unwrap_or_default().into_iter();
        names.filter_map(|name| {
            let pid: u32 = name.to_str()?.strip_prefix(CLASSIC_SOCKET)?.parse().ok()?;
            offer(pid.into(), sockets, views, neighbours)
        })
    });
    offers.collect()
}

fn offer(
    pid: Pid,
    sockets: &Directory,
    views: &[View],
    neighbours: &Neighbours<'_>,
) -> Option<Offer> {
    let socket = sockets.entry(format!("{CLASSIC_SOCKET}{pid}")).ok()??;
    let found = neighbours.find(pid, None, views)?;
    let process = &found.process;
    if socket.is_file() || socket.is_directory() || socket.owner() != process.owner() {
        return None;
    }
    let executable = process.executable()?;
    let name = executable.file_name()?.to_string_lossy().into_owned();
    let offer = Offer {
        pid,
        layout: Layout::Classic,
        name: bounded(name),
        version: None,
        executable: None,
        user: process.owner(),
        start: None,
        started: None,
        container: None,
        state: match found.is_stopped {
            true => State::Stopped,
            false => State::Open,
        },
    };
    let offer = offer.of(&found, neighbours.vantage());
    // Programs of the field leave theirs behind, for whoever has the id next. The start of a process is
    // known to a second or so.
    let is_its = match (socket.modified(), offer.started) {
        (Some(made), Some(started)) => made + Duration::from_secs(2) > started,
        _ => true,
    };
    is_its.then_some(offer)
}
