//! `teleop call`.

use serde_json::json;

use crate::{place::Place, target::Kind};

#[test]
fn a_call_prints_its_result_in_both_layouts_and_of_an_old_target() {
    for kind in [Kind::Armed, Kind::Classic, Kind::Old] {
        let place = Place::new();
        let target = place.start(kind);
        for arguments in [["echo", "hi"], ["echo.echo", "message=hi"]] {
            let [service, argument] = arguments;
            let outcome = place
                .teleop(["call", &target.pid(), service, argument])
                .run();
            assert_eq!(outcome.stdout, "{\"reply\":\"hi\"}\n");
            assert_eq!(outcome.json(), json!({"reply": "hi"}));
        }
    }
}

#[test]
fn options_may_stand_before_and_after_the_verb() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = &*target.pid();
    for arguments in [
        ["--json", "--timeout", "1m", "call", pid, "echo", "-5"],
        ["call", "--json", pid, "--timeout", "1m", "echo", "-5"],
        ["call", pid, "echo", "-5", "--timeout=1m", "--json", "-q"],
        ["call", pid, "--attacher", "dummy", "echo", "--", "-5"],
    ] {
        let outcome = place.teleop(arguments).run();
        assert_eq!(outcome.json(), json!({"reply": "-5"}), "{arguments:?}");
    }
}

#[test]
fn a_wrong_name_gets_the_known_names_and_the_nearest() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = |what: &str| place.teleop(["call", &target.pid(), what, "hi"]).run();

    let service = call("ehco").failure(7);
    assert!(service.contains("no service `ehco`"), "{service}");
    assert!(service.contains("doomed, echo, hostile"), "{service}");
    assert!(service.contains("hint: did you mean `echo`?"), "{service}");

    let far = call("zzz").failure(7);
    assert!(
        far.contains(&format!("hint: `teleop list {}`", target.pid())),
        "{far}"
    );

    let method = call("echo.ecko").failure(7);
    assert!(method.contains("has no method `ecko`"), "{method}");
    assert!(method.contains("hint: did you mean `echo`?"), "{method}");
}

#[test]
fn a_wrong_name_on_an_old_target_says_that_it_cannot_list() {
    let place = Place::new();
    let target = place.start(Kind::Old);
    let message = place
        .teleop(["call", &target.pid(), "ehco", "hi"])
        .run()
        .failure(7);
    assert!(message.contains("no service `ehco`"), "{message}");
    assert!(message.contains("hint: it is too old to list"), "{message}");
}

#[test]
fn a_service_without_schema_is_no_missing_service() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let message = place
        .teleop(["call", &target.pid(), "hostile", "hi"])
        .run()
        .failure(7);
    assert!(message.contains("does not describe itself"), "{message}");
}

#[test]
fn a_failed_call_says_what_the_service_said_in_one_line() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let message = place
        .teleop(["call", &target.pid(), "broken", "hi"])
        .run()
        .failure(1);
    assert_eq!(message.lines().count(), 1, "{message}");
    let start = "teleop: `broken` failed: the disk is ";
    assert!(message.starts_with(start), "{message}");
    assert!(message.ends_with("full\n"), "{message}");
    assert!(!message.contains("remote exception"), "{message}");
}

#[test]
fn a_process_that_ends_meanwhile_fails_the_call() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "doomed", "hi", "--timeout", "1h"];
    let message = place.teleop(call).run().failure(1);
    assert!(message.contains("ended before it answered"), "{message}");
}

#[test]
fn one_argument_too_many_is_refused() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let call = ["call", &target.pid(), "echo", "a", "b"];
    let message = place.teleop(call).run().failure(8);
    assert!(message.starts_with("teleop: `"), "{message}");
    let hint = format!("hint: `teleop describe {} echo` shows", target.pid());
    assert!(message.contains(&hint), "{message}");
}

#[test]
fn any_service_that_describes_itself_is_called() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    let pid = &*target.pid();
    let whole = place.teleop(["call", pid, "hostile.echo.echo", "{\"message\":\"hi\"}"]);
    assert_eq!(whole.run().json(), json!({"reply": "hi"}));

    let which = place.teleop(["call", pid, "root"]).run().failure(7);
    assert!(
        which.contains("4 methods, name one: service, services, about, describe"),
        "{which}"
    );
    assert!(
        which.contains(&format!("hint: `teleop describe {pid} root`")),
        "{which}"
    );

    let verb = place.teleop(["call", pid, "root", "services"]).run();
    let verb = verb.failure(7);
    assert!(verb.contains("did you mean `root.services`?"), "{verb}");

    let misspelt = place
        .teleop(["call", pid, "broken", "mesage=hi"])
        .run()
        .failure(8);
    assert!(misspelt.contains("mesage"), "{misspelt}");
}
