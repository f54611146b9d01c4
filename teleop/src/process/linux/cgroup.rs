//! What the control group of a process says of its container.

/// The name of the container, as it stands in `/proc/<pid>/cgroup`; the innermost, where there are
/// several.
pub(super) fn container(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let path = line.splitn(3, ':').nth(2)?;
        path.rsplit('/').find_map(name)
    })
}

/// What a part of the path names, if that is a container: most runtimes have the id in it, 64 digits
/// long; those that have not, a prefix.
fn name(part: &str) -> Option<String> {
    const ID: usize = 64;
    const PREFIXES: [&str; 3] = ["lxc.payload.", "machine-", "systemd-nspawn@"];

    let bare = part
        .strip_suffix(".scope")
        .or_else(|| part.strip_suffix(".service"))
        .unwrap_or(part);
    let is_id = |part: &str| part.len() == ID && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has_id = bare.rsplit('-').next().is_some_and(is_id);
    (has_id || PREFIXES.iter().any(|prefix| part.starts_with(prefix))).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_known_by_its_control_group() {
        let id = "4f0c".repeat(16);
        let named = |path: &str| container(&format!("0::{path}\n"));
        for (path, name) in [
            (format!("/docker/{id}"), id.clone()),
            (
                format!("/system.slice/docker-{id}.scope"),
                format!("docker-{id}"),
            ),
            (
                format!("/kubepods.slice/kubepods-pod7.slice/cri-containerd-{id}.scope"),
                format!("cri-containerd-{id}"),
            ),
            (
                format!("/user.slice/libpod-{id}.scope/container"),
                format!("libpod-{id}"),
            ),
            (
                "/lxc.payload.web/system.slice/x.service".to_owned(),
                "lxc.payload.web".to_owned(),
            ),
            (
                "/machine.slice/machine-deb.scope/payload".to_owned(),
                "machine-deb".to_owned(),
            ),
        ] {
            assert_eq!(named(&path), Some(name), "{path}");
        }
        for path in [
            "/",
            "/user.slice/user-1000.slice/session-1.scope",
            "/system.slice/a-b.service",
        ] {
            assert_eq!(named(path), None, "{path}");
        }
    }

    #[test]
    fn any_hierarchy_of_the_first_version_may_tell() {
        let id = "0123456789abcdef".repeat(4);
        let text = format!("2:cpu,cpuacct:/\n1:name=systemd:/docker/{id}\n0::/\nbroken\n");
        assert_eq!(container(&text), Some(id));
        assert_eq!(container("broken"), None);
    }
}
