//! Where the endpoints of a user may be on FreeBSD.

use super::Site;
use crate::process::Uid;

/// The runtime directory of the user, where the system makes one, else the one for temporary files.
pub(super) fn sites(user: Uid) -> Vec<Site> {
    let uid = user.as_u32();
    vec![
        Site {
            parent: format!("/var/run/user/{uid}").into(),
            name: "teleop".to_owned(),
            own_parent: true,
        },
        Site {
            parent: "/tmp".into(),
            name: format!("teleop-{uid}"),
            own_parent: false,
        },
    ]
}
