//! What the command prints, kept in files.

use std::{env, fs, path::Path};

/// Compares with a file, a path from the root of the repository; or writes it, where UPDATE_SNAPSHOTS
/// is set.
#[track_caller]
pub(crate) fn assert_matches(file: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        expected.replace("\r\n", "\n"),
        actual,
        "`{file}` is not fresh: see what changed, and run the tests with UPDATE_SNAPSHOTS=1"
    );
}
