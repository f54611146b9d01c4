//! What a word on a command line may be.

use serde_json::{Value, json};

use super::super::{Arguments, Encoded, Method};
use super::codec::schema;
use crate::{Error, Result};

fn method(name: &str) -> Method {
    let service = schema().interface(0xa1b2_c3d4_e5f6_0001).unwrap();
    service.method(name).unwrap()
}

fn read(name: &str, words: &[&str]) -> Result<Value> {
    let method = method(name);
    let mut arguments = Arguments::new(&method);
    words.iter().try_for_each(|word| arguments.word(word))?;
    let value = arguments.into_value();
    Encoded::new(&method.params(), &value, &[])?;
    Ok(value)
}

fn problem(name: &str, words: &[&str]) -> String {
    match read(name, words).unwrap_err() {
        Error::BadArgument { field, problem } => format!("{field}: {problem}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_stand_in_the_order_of_the_parameters() {
    let words = [r#"{"name": "x"}"#, "2.5", "red", "[1, 2]", "as it is"];
    assert_eq!(
        read("scale", &words).unwrap(),
        json!({"shape": {"name": "x"}, "factor": "2.5", "colour": "red", "limits": [1, 2], "note": "as it is"})
    );
    assert!(problem("open", &["a", "b"]).contains("one argument too many"));
}

#[test]
fn a_value_may_be_named_and_a_name_may_reach_into_a_struct() {
    assert_eq!(
        read(
            "scale",
            &["note=a=b", "shape.circle=2", "shape.position.x=-0x10"]
        )
        .unwrap(),
        json!({"note": "a=b", "shape": {"circle": "2", "position": {"x": -16}}})
    );
    assert_eq!(
        read("scale", &["factor=1", r#"{"circle": 1}"#]).unwrap(),
        json!({"factor": "1", "shape": {"circle": 1}})
    );
}

#[test]
fn one_object_is_all_of_the_parameters() {
    let all = json!({"factor": 2, "note": "n"});
    assert_eq!(read("scale", &[&all.to_string()]).unwrap(), all);
    assert_eq!(read("open", &["{}"]).unwrap(), json!({}));
    let mixed = read("scale", &[&all.to_string(), "colour=blue"]).unwrap();
    assert_eq!(mixed["colour"], json!("blue"));
    assert!(problem("scale", &[&all.to_string(), "note=again"]).contains("given twice"));
    assert!(problem("open", &[r#"{"path": "x", "pth": 1}"#]).contains("did you mean `path`?"));
}

#[test]
fn text_is_taken_as_it_is() {
    for text in [
        "true",
        "42",
        "\"quoted\"",
        "",
        "LANG=C",
        "https://x?a=b",
        r#"{"a": 1}"#,
        "null",
    ] {
        assert_eq!(
            read("open", &[text]).unwrap(),
            json!({"path": text}),
            "{text}"
        );
    }
}

#[test]
fn numbers_are_written_as_people_write_them() {
    let count =
        |word| read("watch", &[&format!("count={word}")]).map(|value| value["count"].clone());
    for (word, number) in [
        ("42", 42),
        ("0x2a", 42),
        ("0b101", 5),
        ("0o17", 15),
        ("1_000", 1000),
        ("+7", 7),
    ] {
        assert_eq!(count(word).unwrap(), json!(number), "{word}");
    }
    for word in ["-1", "4294967296", "1.5", "_1", "0x", "", "twelve", "0x-1"] {
        let problem = count(word).unwrap_err().to_string();
        assert!(
            problem.contains("UInt32 (0 to 4294967295)"),
            "{word}: {problem}"
        );
    }
    let everything = read(
        "everything",
        &[
            "scalars.uint64=0xffff_ffff_ffff_ffff",
            "scalars.float32=-inf",
        ],
    );
    assert_eq!(
        everything.unwrap(),
        json!({"scalars": {"uint64": u64::MAX, "float32": "-Infinity"}})
    );
}

#[test]
fn what_a_file_holds_is_taken_whole_for_text_and_data() {
    let method = method("everything");
    let mut arguments = Arguments::new(&method);
    arguments.bytes(Some("text"), b"line\n").unwrap();
    arguments.bytes(Some("data"), &[0, 1, 2, 255]).unwrap();
    arguments.bytes(Some("boundList"), b"[1, 2]\n").unwrap();
    assert!(arguments.bytes(Some("scalars"), &[255]).is_err());
    assert_eq!(
        arguments.into_value(),
        json!({"text": "line\n", "data": "AAEC/w==", "boundList": [1, 2]})
    );
}

#[test]
fn a_slip_is_told_with_what_was_meant() {
    assert_eq!(
        problem("open", &["pth=/x"]),
        "pth: there is no such parameter; did you mean `path`?"
    );
    assert_eq!(
        problem("scale", &["shape.positoin.x=1"]),
        "shape.positoin.x: there is no such field; did you mean `position`?"
    );
    assert!(problem("scale", &["colour=gren"]).contains("did you mean `green`?"));
    assert!(problem("scale", &["limits=1,2"]).contains("a list, as JSON"));
    assert!(problem("nothing", &["x"]).contains("one argument too many"));
}

#[test]
fn what_may_follow_is_what_was_not_given_yet() {
    let mut arguments = Arguments::new(&method("scale"));
    let missing = |arguments: &Arguments| {
        let missing = arguments.missing().into_iter();
        missing.map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(
        missing(&arguments),
        ["shape", "factor", "colour", "limits", "note"]
    );
    assert_eq!(arguments.missing()[1].doc, "Float64");
    // What does not fit is counted all the same.
    arguments.skip("no object");
    arguments.skip("note=x");
    arguments.skip("no number");
    assert_eq!(missing(&arguments), ["colour", "limits"]);
    assert_eq!(arguments.choices(None), ["red", "green", "blue"]);
    assert_eq!(arguments.choices(Some("colour")), arguments.choices(None));
    for name in ["limits", "nobody"] {
        assert!(arguments.choices(Some(name)).is_empty(), "{name}");
    }
}
