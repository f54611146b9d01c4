//! What is swept, and what is not.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
};

use rustix::fs::{FlockOperation, flock};
use teleop::Config;
use tempfile::TempDir;

use crate::support::entries;

#[test]
fn what_is_being_made_or_is_somebody_elses_is_not_swept() {
    let place = TempDir::new().unwrap();
    let directory = |name: &str| {
        let directory = place.path().join(name);
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
        directory
    };
    let being_made = directory(".1-2-0123456789abcdef").join("about.json");
    let held = File::create(&being_made).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    let precious = directory(".1-3-0123456789abcdef").join("precious");
    fs::write(&precious, "").unwrap();
    let of_others = [
        "2024-11",
        ".1-4",
        ".1-4-0123",
        ".1-4-0123456789abcdex",
        ".x-4-0123456789abcdef",
    ];
    let of_others = of_others.map(directory);
    let open = directory(".1-5-0123456789abcdef");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let swept = directory(".1-6-0123456789abcdef");

    drop(Config::new().directory(place.path()).spawn(|_| {}).unwrap());

    assert!(!swept.exists());
    assert!(being_made.exists() && precious.exists() && open.exists());
    assert!(of_others.iter().all(|other| other.exists()));
    assert_eq!(entries(place.path()).len(), 8);
    drop(held);
}
