//! What is fuzzed: each takes any bytes, and neither panics nor goes on for long. The targets in
//! `fuzz/` call these, and a test calls them with what the fuzzer has found worth keeping.

use serde_json::Value;

use super::teleop::operate::dynamic::{Decoded, Encoded, Schema, Structure};

/// Bytes that may be a schema: loaded, shown, and described.
pub(super) fn schema_load(bytes: &[u8]) {
    let Ok(schema) = Schema::from_bytes(bytes) else {
        return;
    };
    for interface in schema.interfaces().take(8) {
        let _ = interface.text().to_string();
        let _ = interface.describe();
        for method in interface.methods().into_iter().take(8) {
            let template = serde_json::to_value(method.template()).expect("it has no odd keys");
            if let Ok(encoded) = Encoded::new(&method.params(), &template, &[]) {
                encoded.read(|root| {
                    let _ = Decoded::new(&method.params(), root)
                        .at_most(1 << 14)
                        .to_value();
                });
            }
        }
    }
}

/// A byte that chooses a struct, and bytes that may be JSON: encoded, and read back.
pub(super) fn encode(bytes: &[u8]) {
    let Some((structure, json)) = choose(bytes) else {
        return;
    };
    let Ok(value) = serde_json::from_slice::<Value>(json) else {
        return;
    };
    let Ok(encoded) = Encoded::new(&structure, &value, &[]) else {
        return;
    };
    encoded.read(|root| {
        let found = Decoded::new(&structure, root).at_most(1 << 20).to_value();
        let Ok(found) = found else {
            return;
        };
        let again = Encoded::new(&structure, &found, &[]).expect("what was read can be written");
        again.read(|root| {
            let again = Decoded::new(&structure, root).to_value();
            assert_eq!(again.expect("it was read before"), found);
        });
    });
}

/// A byte that chooses a struct, and bytes that may be a message: read.
pub(super) fn decode(bytes: &[u8]) {
    let Some((structure, message)) = choose(bytes) else {
        return;
    };
    let mut options = capnp::message::ReaderOptions::new();
    options.traversal_limit_in_words(Some(1 << 16));
    let Ok(message) = capnp::serialize::read_message(message, options) else {
        return;
    };
    if let Ok(root) = message.get_root() {
        let decoded = Decoded::new(&structure, root).at_most(1 << 18);
        let _ = decoded.raw();
        let _ = decoded.write(std::io::sink());
    }
}

fn choose(bytes: &[u8]) -> Option<(Structure, &[u8])> {
    const NAMES: [&str; 6] = ["Everything", "Scalars", "Lists", "Shape", "Tree", "Pair"];
    thread_local! {
        static SCHEMA: Schema = Schema::from_bytes(include_bytes!("../testdata/everything.cgr"))
            .expect("it is a schema that was compiled");
    }
    let (choice, rest) = bytes.split_first()?;
    let name = NAMES[usize::from(*choice) % NAMES.len()];
    Some((SCHEMA.with(|schema| schema.structure(name))?, rest))
}
