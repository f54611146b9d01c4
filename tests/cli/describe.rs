//! `teleop describe`.

use serde_json::{Value, json};

use crate::{place::Place, target::Kind};

#[test]
fn a_service_is_described_as_text_and_as_data() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let describe = ["describe", &target.pid(), "jobs"];
    let text = place.teleop(describe).run().stdout;
    for part in [
        "interface Jobs @0x",
        "  # The jobs of this program.\n",
        "open @2 (id :UInt32) -> (job :Handle);",
        "interface Progress @0x",
    ] {
        assert!(text.contains(part), "{text}");
    }

    let data = place.teleop([&describe[..], &["--json"]].concat()).run();
    let data = data.json();
    assert_eq!(data["name"], "Jobs");
    assert_eq!(data["methods"][0]["name"], "submit");
    assert_eq!(
        data["methods"][0]["parameters"][1]["default"],
        json!("normal")
    );
}

#[test]
fn a_method_is_described_with_its_types_alone() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let describe = ["describe", &target.pid(), "jobs.list"];
    let outcome = place.teleop(describe).run();
    assert!(outcome.stdout.contains("struct Job @0x"), "{outcome:?}");
    assert!(!outcome.stdout.contains("Handle"), "{outcome:?}");
}

#[test]
#[cfg(unix)]
fn a_terminal_gets_colours_and_the_same_words() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let describe = ["describe", &target.pid()];
    let plain = place.teleop(describe).run().stdout;
    let painted = place.teleop(describe).run_on_a_terminal().stdout;
    assert!(painted.contains("\u{1b}["), "{painted}");
    assert_eq!(crate::terminal::without_colours(&painted), plain);
}

#[test]
fn a_template_is_what_a_call_takes() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    for method in ["jobs.submit", "jobs.list", "everything.echo"] {
        let template = place.teleop(["describe", pid, method, "--template"]).run();
        assert!(template.stdout.starts_with("{\n  \""), "{template:?}");
        let given: Value = serde_json::from_str(&template.stdout).unwrap();
        let called = place.teleop(["call", pid, method, &template.stdout]).run();
        assert_eq!(called.status, Some(0), "{given}: {called:?}");
    }
    let line = place.teleop(["describe", pid, "echo", "--template", "--json"]);
    assert_eq!(line.run().stdout, "{\"message\":\"\"}\n");
}

#[test]
fn all_services_are_described_also_those_that_cannot_be() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let text = place.teleop(["describe", &target.pid()]).run();
    assert_eq!((text.status, &*text.stderr), (Some(0), ""));
    let bare = "# service `hostile`, which does not describe itself\n";
    assert!(text.stdout.contains(bare), "{text:?}");
    assert!(text.stdout.contains("# service `echo`\ninterface Echo"));

    let data = place.teleop(["describe", &target.pid(), "--json"]).run();
    let data = data.json();
    let find = |name: &str| {
        let mut services = data.as_array().unwrap().iter();
        services.find(|it| it["service"] == name).unwrap().clone()
    };
    assert_eq!(find("echo")["interface"]["name"], "Echo");
    let bare = json!({"service": "hostile", "interface": null, "problem": null});
    assert_eq!(find("hostile"), bare);
}

#[test]
fn what_has_no_description_is_not_there() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let describe = |what| place.teleop(["describe", &target.pid(), what]).run();
    let bare = describe("hostile").failure(7);
    assert!(bare.contains("does not describe itself"), "{bare}");
    assert!(bare.contains("hint: `--schema FILE.capnp`"), "{bare}");
    let misspelt = describe("ehco").failure(7);
    assert!(misspelt.contains("did you mean `echo`?"), "{misspelt}");
    let misspelt = describe("root.servces").failure(7);
    assert!(misspelt.contains("did you mean `services`?"), "{misspelt}");

    let old = place.start(Kind::Old);
    let old = place.teleop(["describe", &old.pid()]).run().failure(7);
    assert!(old.contains("the target predates"), "{old}");
}

#[test]
fn an_old_target_has_an_echo_that_is_known() {
    let place = Place::new();
    let target = place.start(Kind::Old);
    let text = place.teleop(["describe", &target.pid(), "echo"]).run();
    assert!(text.stdout.starts_with("interface Echo @0x"), "{text:?}");
}
