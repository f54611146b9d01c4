//! What a process is to itself: in namespaces of its own it has another user, and another start.

use super::{
    Behalf, Process,
    facts::{boot_offset, map_uid},
    read,
};
use crate::{
    error::Result,
    process::{Start, Uid},
};

impl Process {
    /// Its [`owner`](Self::owner) as it sees itself: another one where it runs in a user namespace of
    /// its own.
    pub fn inner_owner(&self) -> Uid {
        // In a namespace of one's own the map tells what users are called outside of it.
        if self.shares_namespace("user") {
            return self.owner();
        }
        read(&self.facts, self.pid, "uid_map")
            .ok()
            .and_then(|map| map_uid(&map, self.owner()))
            .unwrap_or(self.owner())
    }

    /// Whether the superuser of this process is somebody there, too: what he creates, and whom he
    /// connects to, is nobody's in a user namespace that does not know him.
    pub fn knows_root(&self) -> bool {
        self.shares_namespace("user")
            || read(&self.facts, self.pid, "uid_map")
                .is_ok_and(|map| map_uid(&map, Uid::ROOT).is_some())
    }

    /// The owner, where root has to act as he does to be somebody there.
    pub(crate) fn behalf(&self) -> Option<Behalf> {
        let is_foreign = Uid::effective() == Uid::ROOT && !self.knows_root();
        is_foreign.then_some(Behalf {
            process: self.pid,
            user: self.owner(),
            group: self.status.effective_gid,
        })
    }

    /// When it started, as it reads that itself: a time namespace has its own count since boot.
    ///
    /// Where that count is not off by whole ticks, there are two that it may be.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start).
    pub(crate) fn inner_starts(&self) -> Result<Vec<Start>> {
        let seen = self.start()?;
        if self.shares_namespace("time") {
            return Ok(vec![seen]);
        }
        let offset = |text: Option<String>| text.and_then(|text| boot_offset(&text)).unwrap_or(0);
        let inner = offset(read(&self.facts, self.pid, "timens_offsets").ok());
        let own = offset(std::fs::read_to_string("/proc/self/timens_offsets").ok());
        Ok(seen.shifted(inner - own))
    }

    fn shares_namespace(&self, kind: &str) -> bool {
        let own = std::fs::read_link(format!("/proc/self/ns/{kind}")).ok();
        let other = nix::fcntl::readlinkat(&self.facts, format!("ns/{kind}").as_str()).ok();
        // Where there are no such namespaces, both share the only one.
        own == other.map(Into::into)
    }
}
