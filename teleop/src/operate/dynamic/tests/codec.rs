//! What encoding and decoding promise together.

use capnp::{any_pointer, capability::FromClientHook as _};
use serde_json::{Value, json};

use super::super::{Decoded, Encoded, Schema, Structure};
use crate::Error;

pub(super) const EVERYTHING: &[u8] = include_bytes!("../testdata/everything.cgr");

pub(super) fn schema() -> Schema {
    Schema::from_bytes(EVERYTHING).unwrap()
}

pub(super) fn structure(name: &str) -> Structure {
    schema().structure(name).unwrap()
}

pub(super) fn there_and_back(structure: &Structure, value: &Value) -> Value {
    let encoded = Encoded::new(structure, value, &[]).unwrap();
    encoded.read(|root| {
        let decoded = Decoded::new(structure, root);
        let value = decoded.to_value().unwrap();
        let mut text = Vec::new();
        decoded.write(&mut text).unwrap();
        let written: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(written, value, "what is written is what is kept");
        value
    })
}

/// Every given field comes back as it was; what was not given is not asked for.
pub(super) fn holds(found: &Value, given: &Value) -> bool {
    match (found, given) {
        (Value::Object(found), Value::Object(given)) => given
            .iter()
            .all(|(name, given)| found.get(name).is_some_and(|found| holds(found, given))),
        (Value::Array(found), Value::Array(given)) => {
            found.len() == given.len() && found.iter().zip(given).all(|(it, its)| holds(it, its))
        }
        _ => found == given,
    }
}

fn comes_back(name: &str, value: Value) {
    let found = there_and_back(&structure(name), &value);
    assert!(holds(&found, &value), "given {value:#}, found {found:#}");
}

fn refused(name: &str, value: Value) -> (String, String) {
    match Encoded::new(&structure(name), &value, &[]).unwrap_err() {
        Error::BadArgument { field, problem } => (field, problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn defaults_are_what_an_empty_struct_shows() {
    assert_eq!(
        there_and_back(&structure("Scalars"), &json!({})),
        json!({
            "nothing": null, "flag": false, "flagOn": true, "int8": 0, "int16": -7, "int32": 0,
            "int64": i64::MIN, "uint8": 255, "uint16": 0, "uint32": 4_000_000_000_u32, "uint64": 0,
            "float32": 1.5, "float64": "-Infinity", "colour": "green",
        })
    );
}

#[test]
fn a_null_message_is_a_struct_of_defaults() {
    let mut message = capnp::message::Builder::new_default();
    let _: any_pointer::Builder<'_> = message.init_root();
    let message = message.into_reader();
    let root: any_pointer::Reader<'_> = message.get_root().unwrap();
    let value = Decoded::new(&structure("Scalars"), root)
        .to_value()
        .unwrap();
    assert_eq!(value["int16"], json!(-7));
}

#[test]
fn scalars_come_back_exactly() {
    comes_back(
        "Scalars",
        json!({
            "nothing": null, "flag": true, "flagOn": false, "int8": -128, "int16": 32767,
            "int32": i32::MIN, "int64": i64::MAX, "uint8": 0, "uint16": 65535, "uint32": u32::MAX,
            "uint64": u64::MAX, "float32": 0.1, "float64": 1e300, "colour": "blue",
        }),
    );
    comes_back(
        "Scalars",
        json!({"float32": "NaN", "float64": "Infinity", "colour": 77}),
    );
    let found = there_and_back(
        &structure("Scalars"),
        &json!({"uint64": "18446744073709551615", "colour": 0}),
    );
    assert_eq!(found["uint64"], json!(u64::MAX));
    assert_eq!(found["colour"], json!("red"));
}

#[test]
fn lists_of_everything_come_back() {
    comes_back(
        "Lists",
        json!({
            "nothings": [null, null, null],
            "flags": [true, false, true, true, false, false, true, true, true],
            "int8s": [-1, 0, 127], "int16s": [-300], "int32s": [1, -1], "int64s": [i64::MIN, 5],
            "uint8s": [255, 1, 2, 3, 4, 5, 6, 7, 8, 9], "uint16s": [65535], "uint32s": [u32::MAX],
            "uint64s": [u64::MAX], "float32s": [0.1, "NaN"], "float64s": ["-Infinity", 2.5],
            "texts": ["", "a", "żółw"], "datas": ["", "AAEC"], "colours": ["red", "blue", 9],
            "scalars": [{"int8": 1}, {}, {"flagOn": false}],
            "nested": [[1], [], [2, 3]],
            "matrices": [[[{"circle": 1.5}], []], []],
            "empties": [{}, {}],
        }),
    );
    comes_back(
        "Lists",
        json!({"nothings": [], "texts": [], "scalars": [], "nested": []}),
    );
}

#[test]
fn unions_and_groups_come_back() {
    comes_back("Shape", json!({"none": null}));
    comes_back("Shape", json!({"circle": 3.5, "name": "round"}));
    comes_back(
        "Shape",
        json!({"rectangle": {"width": 2.5}, "position": {"x": 1, "mode": {"fixed": null}}}),
    );
    let nested = json!({"position": {"mode": {"floating": {"square": 1.0}}}});
    comes_back("Shape", nested);
    let found = there_and_back(&structure("Shape"), &json!({"rectangle": {}}));
    assert_eq!(found["rectangle"], json!({"width": 0.0, "height": 1.0}));
    assert!(found.get("circle").is_none());
    // The union is set to a null pointer: that it is set is worth showing.
    let found = there_and_back(&structure("Shape"), &json!({"label": null}));
    assert_eq!(found["label"], json!(""));
    let found = there_and_back(
        &structure("Shape"),
        &json!({"position": {"mode": {"floating": null}}}),
    );
    assert_eq!(found["position"]["mode"]["floating"]["none"], Value::Null);
}

#[test]
fn generics_come_back_with_their_parameters_bound() {
    comes_back(
        "Everything",
        json!({
            "tree": {"value": "root", "children": [{"value": "leaf"}, {"children": []}]},
            "pair": {"first": "text", "second": {"int8": 3}},
            "inner": {"firsts": "AAEC", "both": {"first": {"circle": 1.0}, "second": "AAEC"}},
        }),
    );
}

#[test]
fn an_any_pointer_takes_what_it_is_told_and_comes_back_whole() {
    comes_back("Everything", json!({"anything": {"$text": "as text"}}));
    let plain = there_and_back(&structure("Everything"), &json!({"anything": "plain"}));
    assert_eq!(plain["anything"], json!({"$text": "plain"}));
    let typed = json!({"anything": {"$type": "Scalars", "value": {"int8": 5}}});
    let message = there_and_back(&structure("Everything"), &typed);
    assert!(message["anything"]["$message"].is_string(), "{message}");
    comes_back("Everything", json!({"anything": message["anything"]}));
    let empty = json!({"anything": {"$type": "Empty", "value": {}}});
    let empty = there_and_back(&structure("Everything"), &empty);
    comes_back("Everything", json!({"anything": empty["anything"]}));
}

#[test]
fn null_and_absent_pointers_are_left_out() {
    let found = there_and_back(
        &structure("Everything"),
        &json!({"text": null, "lists": {}}),
    );
    assert_eq!(found, json!({"lists": {}}));
}

#[test]
fn what_does_not_fit_is_named_with_its_path() {
    let limits = json!({"lists": {"uint8s": [1, 2, 300]}});
    assert_eq!(
        refused("Everything", limits),
        (
            "lists.uint8s[2]".into(),
            "expected UInt8 (0 to 255), found 300".into()
        )
    );
    let (field, problem) = refused("Everything", json!({"shape": {"circel": 1}}));
    assert_eq!(field, "shape.circel");
    assert_eq!(problem, "there is no such field; did you mean `circle`?");
    let (field, problem) = refused("Shape", json!({"circle": 1, "square": 2}));
    assert!(
        field == "square" && problem.contains("`circle`"),
        "{field}: {problem}"
    );
    let (field, problem) = refused("Scalars", json!({"colour": "gren"}));
    assert_eq!(field, "colour");
    assert_eq!(problem, "`Colour` has no `gren`; did you mean `green`?");
    assert_eq!(refused("Scalars", json!([])).0, "arguments");
    assert_eq!(
        refused("Everything", json!({"data": "not base64!"})).0,
        "data"
    );
    assert_eq!(
        refused("Everything", json!({"text": 5})).1,
        "expected Text, found 5"
    );
    assert_eq!(
        refused("Scalars", json!({"int8": null})).1,
        "expected Int8 (-128 to 127), found null"
    );
}

#[test]
fn nesting_ends() {
    let mut value = json!({});
    for _ in 0..80 {
        value = json!({"position": {"mode": {"floating": value}}});
    }
    let (_, problem) = refused("Shape", value);
    assert_eq!(problem, "nested deeper than 64 levels");
}

#[test]
fn a_capability_is_a_number_in_a_table() {
    let schema = schema();
    let open = schema
        .interface(0xa1b2_c3d4_e5f6_0001)
        .unwrap()
        .method("open")
        .unwrap();
    let results = open.results().unwrap();
    let broken: capnp::capability::Client =
        capnp_rpc::new_broken_cap(capnp::Error::failed("broken".into()));
    let value = json!({"file": {"$capability": 0}, "alternatives": [{"$capability": 0}, null]});
    let encoded = Encoded::new(&results, &value, std::slice::from_ref(&broken)).unwrap();
    encoded.read(|root| {
        let decoded = Decoded::new(&results, root);
        let shown = json!({"$capability": 0, "interface": "everything.capnp:File"});
        let value = decoded.to_value().unwrap();
        assert_eq!(value["file"], shown);
        assert_eq!(value["alternatives"][0]["$capability"], json!(1));
        assert_eq!(value["alternatives"][1], Value::Null);
        let found = decoded.capabilities();
        assert_eq!(found.len(), 2);
        let interface = found[0].interface.as_ref().unwrap();
        assert_eq!(interface.name(), "File");
        assert!(interface.method("name").is_some(), "inherited");
        assert_eq!(
            found[0].client.as_client_hook().get_ptr(),
            broken.as_client_hook().get_ptr()
        );
    });
    let error = Encoded::new(&results, &json!({"file": {"$capability": 1}}), &[broken]);
    assert!(error.unwrap_err().to_string().contains("no capability 1"));
}
