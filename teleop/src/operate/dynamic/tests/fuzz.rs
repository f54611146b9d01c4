//! What the fuzzer has found worth keeping is tried again.

extern crate self as teleop;

use crate::corpus::replay;

#[path = "fuzzed.rs"]
mod fuzzed;

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
