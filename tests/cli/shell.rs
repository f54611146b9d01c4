//! `teleop shell`, as a script has it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    command::{Outcome, Teleop},
    place::Place,
    target::{Kind, Target},
};

/// Carries a script out.
fn run(place: &Place, target: &Target, script: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_teleop"));
    command.args(["shell", &target.pid()]);
    place.prepare(&mut command);
    let mut teleop = Teleop::new(command);
    teleop.0.stdin(Stdio::piped());
    let mut running = teleop.spawn();
    let mut stdin = running.0.child.stdin.take().unwrap();
    // It may have ended before it was read to its end.
    let _ = stdin.write_all(script.as_bytes());
    drop(stdin);
    running.wait()
}

#[test]
fn a_result_is_bound_to_a_name_and_what_is_in_it_is_called() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let script = "
        # It is a job.
        jobs.submit backup
        $j = jobs.open id=1
        $j.job.rename name=nightly
        $j.rename 'by day' # The only capability needs no path.
        $j.info --then info
    ";
    // What a result has no capability in is said by the last.
    let outcome = run(&place, &target, script);
    let message = "teleop: line 7: `results`: there is no capability in them\n";
    assert_eq!((outcome.status, &*outcome.stderr), (Some(8), message));

    let outcome = run(&place, &target, "$j = jobs.open 1\n$j\n$j.info\n");
    let lines = outcome.json_lines();
    assert_eq!(lines[0]["job"]["interface"], "jobs.capnp:Handle");
    assert_eq!(lines[1]["job"]["name"], "by day");
    assert_eq!(lines.len(), 2);
}

#[test]
fn the_words_of_a_line_are_those_of_a_call() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    std::fs::write(place.path().join("job.json"), r#"{"name": "mail"}"#).unwrap();
    let script = r#"
        jobs.submit backup high 'steps=[{"command": "tar"}]'
        jobs.submit @job.json
        call jobs.open id=1 --then info
        echo "two words" --timeout 1m
        echo -- --json
        cache.clear 100 dry_run=true
        services
        describe jobs.submit --json
        attach
    "#;
    let lines = run(&place, &target, script).json_lines();
    assert_eq!(lines[..2], [json!({"id": 1}), json!({"id": 2})]);
    assert_eq!(lines[2]["job"]["steps"][0]["command"], "tar");
    assert_eq!(lines[3], json!({"reply": "two words"}));
    assert_eq!(lines[4], json!({"reply": "--json"}));
    assert_eq!(lines[5], json!({"removed": 1, "left": 3}));
    assert!(lines[6].as_array().unwrap().len() > 3);
    assert!(lines[7].is_object() && lines[8]["program"]["name"] == "server");
}

#[test]
fn a_stream_prints_lines_and_no_name_is_bound_to_it() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let script = "jobs.submit backup '[{\"command\":\"tar\"}]'
        jobs.submit steps='[{\"command\":\"tar\"}]'
        jobs.watch id=2
        cache.list --max 1\n";
    let script = script.replacen("'[{\"command\":\"tar\"}]'", "", 1);
    let lines = run(&place, &target, &script).json_lines();
    assert_eq!(lines[2]["number"], 1);
    assert_eq!(lines[3], json!({"steps": 1}));
    assert_eq!(lines.len(), 5);

    for stream in ["jobs.watch id=2", "cache.list"] {
        let message = run(&place, &target, &format!("$x = {stream}")).failure(2);
        assert!(message.contains("one result"), "{message}");
    }
}

#[test]
fn a_script_ends_at_its_first_error_with_the_status_of_that() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    for (line, status, said) in [
        ("jobs.open 9 --then info", 1, "there is no job 9"),
        ("echo 'hi", 2, "a quote is not closed"),
        ("echo -", 2, "standard input is the session's own"),
        ("echo hi --wait 1s", 2, "`--wait`"),
        ("$x", 2, "nothing is bound to `$x`"),
        ("$x.info", 2, "nothing is bound to `$x`"),
        ("$x = services", 2, "no call"),
        ("jobs.sumbit", 7, "did you mean `submit`?"),
        ("jobs.submit nmae=x", 8, "did you mean `name`?"),
    ] {
        let script = format!("echo first\n{line}\njobs.submit never\n");
        let outcome = run(&place, &target, &script);
        assert_eq!(outcome.status, Some(status), "{outcome:?}");
        assert_eq!(outcome.stdout, "{\"reply\":\"first\"}\n");
        assert!(
            outcome.stderr.starts_with("teleop: line 2: "),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains(said), "{outcome:?}");
    }
    let jobs = run(&place, &target, "jobs.list").json_lines();
    assert_eq!(jobs, [json!({"jobs": []})]);
}

#[test]
fn what_a_command_returned_has_no_methods() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let script = "$c = cache.clear 100 dry_run=true\n$c\n$c.clear\n";
    let outcome = run(&place, &target, script);
    assert_eq!(outcome.stdout, "{\"removed\":1,\"left\":3}\n");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.stderr.contains("has no methods"), "{outcome:?}");
}

#[test]
fn exit_ends_it_and_so_does_the_end_of_the_process() {
    let place = Place::new();
    let target = place.start(Kind::Armed);
    assert!(
        run(&place, &target, "exit\nnonsense\n")
            .json_lines()
            .is_empty()
    );
    let message = run(&place, &target, "doomed hi\necho hi\n").failure(1);
    assert!(message.contains("ended before it answered"), "{message}");
}
