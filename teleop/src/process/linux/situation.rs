//! What may explain that an attach fails: of the process, and of this one.

use std::fs;

use super::{Process, read};
use crate::process::Uid;

const NAMESPACES: [&str; 5] = ["user", "pid", "mnt", "net", "time"];

impl Process {
    /// The state that the kernel shows, such as `S`.
    pub(crate) fn state(&self) -> Option<String> {
        Some(self.stat().ok()?.state().to_string())
    }

    /// Which namespaces it has of its own, seen from here; `None` where the kernel has none.
    pub(crate) fn namespaces(&self) -> Option<String> {
        let own = |kind: &str| fs::read_link(format!("/proc/self/ns/{kind}")).ok();
        let its = |kind: &str| nix::fcntl::readlinkat(&self.facts, format!("ns/{kind}").as_str());
        let (mut others, mut hidden) = (Vec::new(), Vec::new());
        let mut there_are = false;
        for kind in NAMESPACES {
            let Some(own) = own(kind) else { continue };
            there_are = true;
            match its(kind) {
                Ok(its) if own.as_os_str() == its => {}
                Ok(_) => others.push(kind),
                Err(_) => hidden.push(kind),
            }
        }
        let mut said = match &others[..] {
            [] if hidden.is_empty() => "all those of the caller".to_owned(),
            [] => String::new(),
            others => format!(
                "its own: {}; it is process {} of uid {} there",
                others.join(", "),
                self.inner_pid(),
                self.inner_owner().id()
            ),
        };
        if !hidden.is_empty() {
            let separator = if said.is_empty() { "" } else { "; " };
            said += &format!("{separator}not shown: {}", hidden.join(", "));
        }
        there_are.then_some(said)
    }
}

/// Who this process is to the kernel, which kernel that is, and what restrains it.
pub(crate) fn circumstances() -> String {
    let mut facts = vec![Uid::effective().to_string()];
    let status = Process::pin(crate::Pid::this())
        .ok()
        .and_then(|this| read(&this.facts, this.pid, "status").ok());
    let capabilities = status.as_deref().and_then(|status| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("CapEff:"))?;
        Some(line.trim().trim_start_matches('0').to_owned())
    });
    facts.extend(capabilities.map(|bits| match &*bits {
        "" => "no capabilities".to_owned(),
        bits => format!("capabilities {bits}"),
    }));
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    facts.extend(scope.ok().map(|it| format!("ptrace_scope {}", it.trim())));
    let mounts = fs::read_to_string("/proc/self/mounts");
    facts.extend(mounts.ok().and_then(|mounts| hidepid(&mounts)));
    let release = fs::read_to_string("/proc/sys/kernel/osrelease");
    facts.extend(release.ok().map(|it| format!("Linux {}", it.trim())));
    facts.join(", ")
}

/// How `/proc` hides the processes of others, where it does.
fn hidepid(mounts: &str) -> Option<String> {
    // What was mounted last is what is seen.
    let options = mounts.lines().rev().find_map(|line| {
        let mut words = line.split(' ').skip(1);
        (words.next() == Some("/proc")).then(|| words.nth(1))?
    })?;
    let option = options.split(',').find(|it| it.starts_with("hidepid="))?;
    Some(format!("/proc with {option}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_proc_hides_processes_is_told_of_the_one_that_is_seen() {
        let plain = "proc /proc proc rw,relatime 0 0\n";
        let hiding = "none /proc proc rw,nosuid,hidepid=2,gid=7 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        let told = Some("/proc with hidepid=2".to_owned());
        assert_eq!(hidepid(&format!("{plain}{hiding}")), told);
        assert_eq!(hidepid(&format!("{hiding}{plain}")), None);
        assert_eq!(hidepid("tmpfs /tmp tmpfs rw 0 0\n"), None);
    }

    #[test]
    fn who_asks_is_told_with_his_rights() {
        let told = circumstances();
        assert!(told.starts_with(&Uid::effective().to_string()), "{told}");
        assert!(told.contains("capabilities"), "{told}");
        assert!(told.contains("Linux "), "{told}");
    }
}
