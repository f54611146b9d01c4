//! What the fuzzer has found worth keeping is tried again, by the tests beside what is fuzzed.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
};

/// Runs what is fuzzed with each file of the corpus of a target.
#[expect(
    clippy::print_stderr,
    reason = "a test that does not run says so, and one that fails with what"
)]
pub(crate) fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let entries = match fs::read_dir(&corpus) {
        Ok(entries) => entries,
        // It is not part of the package.
        Err(error) => {
            eprintln!("skipped: {} cannot be read: {error}", corpus.display());
            return;
        }
    };
    let mut count = 0;
    for entry in entries {
        let path = entry.expect("it can be listed").path();
        let bytes = fs::read(&path).expect("it can be read");
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&bytes))) {
            eprintln!("with {}", path.display());
            resume_unwind(panic);
        }
        count += 1;
    }
    assert!(count > 0, "{} is empty", corpus.display());
}
