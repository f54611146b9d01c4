//! How an interface is shown.

use serde_json::{Value, json};

use super::super::{Class, Encoded, Interface, Schema};
use super::codec::{EVERYTHING, schema};

fn service() -> Interface {
    schema().interface(0xa1b2_c3d4_e5f6_0001).unwrap()
}

#[test]
fn an_interface_is_shown_with_its_comments_and_all_it_mentions() {
    let text = service().text().to_string();
    let expected = include_str!("../testdata/everything.txt");
    if std::env::var_os("TELEOP_BLESS").is_some() {
        std::fs::write(
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/operate/dynamic/testdata/everything.txt"
            ),
            &text,
        )
        .unwrap();
    }
    assert_eq!(text, expected, "set TELEOP_BLESS=1 to accept what is new");
}

#[test]
fn a_method_is_shown_alone() {
    let text = service().method("open").unwrap().text().to_string();
    assert!(
        text.contains("open @2 (path :Text) -> (file :File, "),
        "{text}"
    );
    assert!(text.contains("interface File "), "{text}");
    assert!(!text.contains("scale @1"), "{text}");
}

#[test]
fn the_pieces_can_be_told_apart() {
    let text = service().text();
    let tokens: Vec<_> = text.tokens().collect();
    assert!(tokens.contains(&(Class::Keyword, "interface")));
    assert!(tokens.contains(&(Class::Type, "Shape")));
    assert!(tokens.contains(&(Class::Name, "scale")));
    assert!(tokens.contains(&(Class::Comment, "# Makes it larger.")));
}

#[test]
fn an_interface_is_data_too() {
    let data = service().describe();
    assert_eq!(data["name"], json!("Service"));
    assert_eq!(data["id"], json!("0xa1b2c3d4e5f60001"));
    assert_eq!(data["extends"], json!(["Named"]));
    let methods = data["methods"].as_array().unwrap();
    let scale = methods.iter().find(|it| it["name"] == "scale").unwrap();
    assert_eq!(
        scale["parameters"][1],
        json!({"name": "factor", "doc": "", "type": "Float64", "default": 2.0})
    );
    assert_eq!(scale["parameters"][4]["default"], json!("none"));
    let inherited = methods.iter().find(|it| it["name"] == "name").unwrap();
    assert_eq!(inherited["interface"], json!("everything.capnp:Named"));
    let identity = methods.iter().find(|it| it["name"] == "identity").unwrap();
    assert_eq!(identity["parameters"][0]["type"], json!("T"));
    let types = data["types"].as_array().unwrap();
    let shape = types.iter().find(|it| it["name"] == "Shape").unwrap();
    assert!(
        shape["fields"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["group"].is_array())
    );
}

#[test]
fn a_template_is_what_a_call_takes() {
    for method in service().methods() {
        let template = method.template();
        let value: Value = serde_json::from_str(&template.to_string()).unwrap();
        Encoded::new(&method.params(), &value, &[])
            .unwrap_or_else(|error| panic!("{}: {error}\n{template}", method.name()));
    }
    let scale = service().method("scale").unwrap().template();
    let text = serde_json::to_string(&scale).unwrap();
    assert!(
        text.contains(r#""factor":2.0,"colour":"blue","limits":[],"note":"none""#),
        "{text}"
    );
    assert!(
        text.contains(r#""none":null"#),
        "the first member of the union: {text}"
    );
}

#[test]
fn what_a_service_sends_of_itself_is_all_that_is_needed() {
    use crate::operate::capnp::Description;
    let all = schema();
    for interface in all.interfaces() {
        let sent = Description::new(EVERYTHING, interface.id()).unwrap();
        let mut answer = capnp::message::Builder::new_default();
        sent.write(answer.init_root()).unwrap();
        let answer = answer.into_reader();
        let schema = Schema::from_pointer(answer.get_root().unwrap()).unwrap();
        let received = schema.interface(interface.id()).unwrap();
        assert_eq!(received.text().to_string(), interface.text().to_string());
        assert_eq!(received.describe(), interface.describe());
        assert_eq!(received.display_name(), sent.display_name());
    }
    for schema in [teleop_schema::TELEOP, teleop_schema::ECHO] {
        for interface in Schema::from_bytes(schema).unwrap().interfaces() {
            let sent = Description::new(schema, interface.id()).unwrap();
            assert!(Schema::from_bytes(sent.as_bytes()).is_ok());
        }
    }
}
