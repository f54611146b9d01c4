//! The shape of all JSON, which has a version: a change of it is seen here.

use serde_json::{Map, Value};

use crate::{contract, place::Place, snapshot, target::Kind};

#[test]
fn the_shape_of_all_json_is_as_it_was() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let mut golden = String::new();
    for words in [
        "--version",
        "ps",
        "attach PID",
        "list PID",
        "list PID --each",
        "describe PID",
        "describe PID jobs",
        "describe PID jobs.submit",
        "describe PID cache.clear",
        "describe PID jobs.submit --template",
        "call PID jobs.submit backup high",
        "call PID cache.clear 100",
    ] {
        let line = words.replace("PID", &target.pid()) + " --json";
        let printed = place.teleop(line.split(' ')).run().json();
        golden += &format!("$ teleop {words} --json\n{:#}\n", shape(&printed));
    }
    let words = "call PID jbos.list";
    let line = words.replace("PID", &target.pid()) + " --json";
    let error = contract::error(&place.teleop(line.split(' ')).run());
    golden += &format!("$ teleop {words} --json\n{:#}\n", shape(&error));
    snapshot::assert_matches("tests/cli/snapshots/format.txt", &golden);
}

/// A value with the names of types in the place of all that is no key; of a list, what its elements have
/// in all.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => "boolean".into(),
        Value::Number(number) if number.is_f64() => "number".into(),
        Value::Number(_) => "integer".into(),
        Value::String(_) => "string".into(),
        Value::Array(elements) => {
            let mut shapes: Vec<Value> = Vec::new();
            for shape in elements.iter().map(shape) {
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
            Value::Array(shapes)
        }
        Value::Object(members) => {
            let members = members.iter();
            let members: Map<_, _> = members.map(|(key, it)| (key.clone(), shape(it))).collect();
            Value::Object(members)
        }
    }
}
