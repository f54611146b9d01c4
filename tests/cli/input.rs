//! Where arguments come from, and `--raw`, `--schema`.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    place::Place,
    target::{HOSTILE, Kind},
};

#[test]
#[cfg(unix)]
fn standard_input_is_read_where_it_is_asked_for_and_nowhere_else() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let run = |script: &str| place.shell(&target.pid(), script).run().stdout;
    assert_eq!(
        run("echo rest | { teleop call $PID echo hi; cat; }"),
        "{\"reply\":\"hi\"}\nrest\n"
    );
    assert_eq!(
        run("echo rest | { teleop call $PID echo a=-; cat; }"),
        "{\"reply\":\"a=-\"}\nrest\n"
    );
    for asked in ["-", "message=-"] {
        let script = format!("printf 'two\\nlines' | teleop call $PID echo {asked}");
        assert_eq!(run(&script), "{\"reply\":\"two\\nlines\"}\n");
    }
    assert_eq!(
        run("echo '{\"message\": \"all\"}' | teleop call $PID echo -"),
        "{\"reply\":\"all\"}\n"
    );
    let job = "echo '[{\"command\": \"tar\"}]' | teleop call $PID jobs.submit - steps=-";
    let twice = place.shell(&target.pid(), job).run().failure(8);
    assert!(twice.contains("`steps`: the standard input"), "{twice}");
}

#[test]
fn a_value_may_come_from_a_file_and_an_escape_keeps_it_from_it() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let call = |words: &[&str]| {
        let command = place.teleop([&["call", &target.pid(), "echo"], words].concat());
        command.run()
    };
    fs::write(place.path().join("file"), "from a file").unwrap();
    let reply = |text: &str| json!({ "reply": text });
    assert_eq!(call(&["@file"]).json(), reply("from a file"));
    assert_eq!(call(&["message=@file"]).json(), reply("from a file"));
    assert_eq!(call(&["@@file"]).json(), reply("@file"));
    assert_eq!(call(&["--", "@file"]).json(), reply("@file"));
    assert_eq!(call(&["--", "-"]).json(), reply("-"));
    assert_eq!(call(&["a=b"]).json(), reply("a=b"));
    let missing = call(&["message=@nowhere"]).failure(8);
    assert!(missing.contains("`message`: `@nowhere`"), "{missing}");
}

#[test]
fn arguments_may_be_mixed() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    fs::write(place.path().join("steps"), r#"[{"command": "sync"}]"#).unwrap();
    let submit = [
        "call",
        pid,
        "jobs.submit",
        "priority=high",
        "backup",
        "steps=@steps",
    ];
    assert_eq!(place.teleop(submit).run().json(), json!({"id": 1}));
    let jobs = place.teleop(["call", pid, "jobs.list"]).run().json();
    assert_eq!(jobs["jobs"][0]["steps"][0]["command"], "sync");
    assert_eq!(jobs["jobs"][0]["priority"], "high");

    let echo = r#"{"it": {"int64": "-7", "shape": {"circle": 2}, "lists": {"matrix": [[1], []]}}}"#;
    let echo = place.teleop(["call", pid, "everything.echo", echo]).run();
    let it = &echo.json()["it"];
    assert_eq!((&it["int64"], &it["truth"]), (&json!(-7), &json!(true)));
    assert_eq!(it["shape"], json!({"circle": 2.0}));
    assert_eq!(it["lists"], json!({"matrix": [[1.0], []]}));
    let words = [
        "call",
        pid,
        "everything.echo",
        "it.uint8=0xff",
        "it.color=blue",
    ];
    let it = &place.teleop(words).run().json()["it"];
    assert_eq!((&it["uint8"], &it["color"]), (&json!(255), &json!("blue")));
}

#[test]
fn what_does_not_fit_is_named_with_what_is_near() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let refused = |words: &[&str]| {
        let command = place.teleop([&["call", &target.pid()], words].concat());
        command.run().failure(8)
    };
    let range = refused(&["everything.echo", "it.uint8=256"]);
    assert!(
        range.contains("`it.uint8`: expected UInt8 (0 to 255)"),
        "{range}"
    );
    let enumerant = refused(&["jobs.submit", "x", "hgih"]);
    assert!(enumerant.contains("did you mean `high`?"), "{enumerant}");
    let twice = refused(&["jobs.submit", r#"{"name": "a", "name": "b"}"#]);
    assert!(twice.contains("`name`: it is given twice"), "{twice}");
    let twice = refused(&["cache.clear", r#"{"older_than": 1, "older_than": 2}"#]);
    assert!(twice.contains("`older_than`: it is given twice"), "{twice}");
    let field = refused(&["everything.echo", r#"{"it": {"colour": "red"}}"#]);
    assert!(field.contains("did you mean `color`?"), "{field}");
}

#[test]
fn raw_prints_text_and_data_as_they_are() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let name = place
        .teleop(["call", pid, "everything.name", "--raw"])
        .run();
    assert_eq!(name.stdout, "everything");
    let refused = place
        .teleop(["call", pid, "jobs.submit", "x", "--raw"])
        .run();
    assert!(refused.failure(8).contains("no lone text or data"));
    // And it was not called.
    let jobs = place.teleop(["call", pid, "jobs.list"]).run();
    assert_eq!(jobs.json(), json!({"jobs": []}));

    let echo = ["call", pid, "echo", HOSTILE, "--raw"];
    assert_eq!(place.teleop(echo).run().stdout, HOSTILE);
}

#[test]
#[cfg(unix)]
fn raw_prints_every_byte_but_what_would_steer_a_terminal() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let pid = &*target.pid();
    let blob = "teleop call $PID everything.blob 300 --raw | tail -c 45 | tr '\\377' x | wc -c";
    assert_eq!(place.shell(pid, blob).run().stdout.trim(), "45");
    let echo = ["call", pid, "echo", HOSTILE, "--raw"];
    let seen = place.teleop(echo).run_on_a_terminal().stdout;
    assert!(seen.starts_with("red \\u{1b}[31m"), "{seen}");
}

#[test]
fn a_large_result_is_whole() {
    let place = Place::new();
    let target = place.start(Kind::Server);
    let blob = ["call", &target.pid(), "everything.blob", "6000000"];
    let blob = place.teleop(blob).run().json();
    assert_eq!(blob["blob"].as_str().unwrap().len(), 8_000_000);
}

#[test]
fn a_schema_may_be_given() {
    let place = Place::new();
    let (old, slow) = (place.start(Kind::Old), place.start(Kind::Slow));
    let write = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    };
    write("echo.cgr", include_bytes!("../../schema/echo.cgr"));
    write("echo.capnp", include_bytes!("../../schema/echo.capnp"));
    write("jobs.cgr", teleop_examples::JOBS);
    write("torn.cgr", &teleop_examples::JOBS[..500]);
    write("wrong.capnp", b"interface");
    let call = |target: &str, words: &str| {
        let words = words.split(' ');
        place.teleop(["call", target].into_iter().chain(words))
    };
    let (old, slow) = (&*old.pid(), &*slow.pid());

    let reply = json!({"reply": "hi"});
    assert_eq!(call(old, "echo hi --schema echo.cgr").run().json(), reply);
    assert_eq!(
        call(slow, "bare.jobs.list --schema jobs.cgr").run().json(),
        json!({"jobs": []})
    );
    let bare = call(slow, "bare.jobs.list").run().failure(7);
    assert!(bare.contains("hint: `--schema FILE.capnp`"), "{bare}");

    let which = call(old, "echo hi --schema jobs.cgr").run().failure(2);
    assert!(which.contains("Handle, Progress, Jobs"), "{which}");
    let other = call(slow, "bare.jobs.list --schema echo.cgr")
        .run()
        .failure(2);
    assert!(other.contains("it has: Echo"), "{other}");
    let name = "echo hi --schema jobs.cgr --interface Jbos";
    assert!(
        call(old, name)
            .run()
            .failure(2)
            .contains("did you mean `Jobs`?")
    );
    let torn = call(old, "echo hi --schema torn.cgr").run().failure(2);
    assert!(torn.contains("`torn.cgr` is no schema: "), "{torn}");
    let missing = call(old, "echo hi --schema nowhere.cgr").run().failure(2);
    assert!(missing.contains("cannot read `nowhere.cgr`"), "{missing}");
    let service = call(old, "ehco hi --schema echo.cgr").run().failure(7);
    assert!(service.contains("no service `ehco`"), "{service}");

    let without = call(old, "echo hi --schema echo.capnp").env("PATH", "/nowhere");
    let without = without.run().failure(2);
    assert!(
        without.contains("`capnp`") && without.contains("hint: install it"),
        "{without}"
    );
    if Command::new("capnp")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok()
    {
        assert_eq!(call(old, "echo hi --schema echo.capnp").run().json(), reply);
        let wrong = call(old, "echo hi --schema wrong.capnp").run().failure(2);
        assert!(wrong.contains("wrong.capnp:1"), "{wrong}");
    }
}

#[test]
fn the_longest_name_of_a_service_is_meant() {
    let place = Place::new();
    let target = place.start(Kind::Slow);
    let call = |what: &str| place.teleop(["call", &target.pid(), what]).run();
    assert_eq!(call("endless.dotted.list").json(), json!({"jobs": []}));
    // That is a service, too, and no method of it is named.
    let service = call("endless.dotted.watch").failure(7);
    assert!(
        service.contains("`endless.dotted.watch` has 4 methods"),
        "{service}"
    );
    assert_eq!(
        call("endless.dotted.watch.list").json(),
        json!({"jobs": []})
    );
    let near = call("endless.doted.list").failure(7);
    assert!(near.contains("did you mean `endless.dotted`?"), "{near}");
}
