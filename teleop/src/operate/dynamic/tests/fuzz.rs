//! What the fuzzer has found worth keeping is tried again.

extern crate self as teleop;

use std::{fs, path::Path};

#[path = "fuzzed.rs"]
mod fuzzed;

fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let entries = match fs::read_dir(&corpus) {
        Ok(entries) => entries,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a test that does not run says so")]
            {
                eprintln!("skipped: {} cannot be read: {error}", corpus.display());
            }
            return;
        }
    };
    let mut count = 0;
    for entry in entries {
        run(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", corpus.display());
}

#[test]
fn no_schema_of_the_corpus_does_harm() {
    replay("schema_load", fuzzed::schema_load);
}

#[test]
fn no_json_of_the_corpus_does_harm() {
    replay("encode", fuzzed::encode);
}

#[test]
fn no_message_of_the_corpus_does_harm() {
    replay("decode", fuzzed::decode);
}
