//! The JSON is that of the C++ implementation, as far as nothing else was promised.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::super::{Decoded, Encoded};
use super::codec::structure;

const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/operate/dynamic/testdata/everything.capnp"
);

/// What `capnp convert` makes of it; `None` where there is no such program.
fn convert(formats: &str, input: &[u8], name: &str) -> Option<Vec<u8>> {
    let spawned = Command::new("capnp")
        .args(["convert", formats, SCHEMA, name])
        // It warns where that is another directory than the current one.
        .env_remove("PWD")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a test that does not run says so")]
            {
                eprintln!("skipped: `capnp` cannot be run: {error}");
            }
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

/// Ours, where 64-bit integers are numbers and data is base64, against theirs.
fn agrees(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(name, ours)| theirs.get(name).is_some_and(|theirs| agrees(ours, theirs)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(its, it)| agrees(its, it))
        }
        (Value::Number(ours), Value::String(theirs)) => ours.to_string() == *theirs,
        (Value::Number(ours), Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        (Value::String(ours), Value::Array(theirs)) => {
            let bytes = STANDARD.decode(ours).unwrap();
            *theirs == bytes.into_iter().map(Value::from).collect::<Vec<_>>()
        }
        _ => ours == theirs,
    }
}

fn same_as_theirs(name: &str, given: &Value) {
    let structure = structure(name);
    let encoded = Encoded::new(&structure, given, &[]).unwrap();
    let ours = encoded.read(|root| Decoded::new(&structure, root).to_value().unwrap());
    let mut message = capnp::message::Builder::new_default();
    encoded.copy_to(message.init_root()).unwrap();
    let binary = capnp::serialize::write_message_to_words(&message);
    let Some(json) = convert("binary:json", &binary, name) else {
        return;
    };
    let theirs: Value = serde_json::from_slice(&json).unwrap();
    assert!(agrees(&ours, &theirs), "ours {ours:#}\ntheirs {theirs:#}");

    let binary = convert("json:binary", &json, name).unwrap();
    let message = capnp::serialize::read_message(&binary[..], Default::default()).unwrap();
    let again = Decoded::new(&structure, message.get_root().unwrap());
    assert_eq!(
        again.to_value().unwrap(),
        ours,
        "what they read of what they wrote"
    );
    let again = Encoded::new(&structure, &theirs, &[]).unwrap();
    let again = again.read(|root| Decoded::new(&structure, root).to_value().unwrap());
    assert_eq!(again, ours, "what we read of what they wrote");
}

#[test]
fn the_json_is_that_of_capnp_convert() {
    same_as_theirs("Scalars", &json!({}));
    let scalars = json!({
        "flag": true, "flagOn": false, "int8": -128, "int16": 5, "int64": i64::MAX, "uint8": 0,
        "uint64": u64::MAX, "float32": 0.5, "float64": "NaN", "colour": 9,
    });
    same_as_theirs("Scalars", &scalars);
    same_as_theirs("Shape", &json!({}));
    same_as_theirs("Shape", &json!({"label": null}));
    same_as_theirs("Shape", &json!({"circle": 1.5, "position": {"x": -1}}));
    let floating = json!({"rectangle": {"width": 2}, "position": {"mode": {"floating": null}}});
    same_as_theirs("Shape", &floating);
    let lists = json!({
        "nothings": [null, null], "flags": [true, false, true], "int8s": [-1, 2], "int16s": [-300],
        "int32s": [7], "int64s": [i64::MIN], "uint8s": [255], "uint16s": [65535], "uint32s": [1],
        "uint64s": [u64::MAX], "float32s": [0.25, "Infinity"], "float64s": ["-Infinity", 1e100],
        "texts": ["", "zażółć", null], "datas": ["AAEC", ""], "colours": ["blue", 77],
        "scalars": [{}, {"int8": 3}], "nested": [[1, 2], [], null],
        "matrices": [[[{"square": 2.0}]]], "empties": [{}, {}],
    });
    same_as_theirs("Lists", &lists);
    let everything = json!({
        "scalars": scalars, "lists": {}, "shape": {"label": "l"}, "text": "t", "data": "AAEC",
        "tree": {"value": "v", "children": [{"value": "w"}]},
        "pair": {"first": "f", "second": {}}, "inner": {"firsts": "AA==", "both": {}},
    });
    same_as_theirs("Everything", &everything);
}
