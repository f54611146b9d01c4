//! The service `log`: the filter of a program.

use teleop::Remote;

use crate::support::{Act, Log, STACK, Target, attached, run, start};

#[test]
fn the_filter_is_turned_up_and_down() {
    for stack in ["plain", "first", "of this thread"] {
        attached(stack, async |target, log| {
            assert_eq!(target.act("info one"), ["one"]);
            assert!(target.act("debug two").is_empty());
            assert_eq!(log.set_filter("warn,app=debug", 0.0).await.unwrap(), "info");
            assert_eq!(target.act("debug three"), ["three"]);
            assert_eq!(
                log.set_filter("error", 0.0).await.unwrap(),
                "warn,app=debug"
            );
            assert!(target.act("info four").is_empty());
            assert_eq!(target.act("error five"), ["five"]);
            assert_eq!(log.filter().await, ("error".into(), 0.0, "".into()));
            // Without one, that with which it began.
            assert_eq!(log.set_filter("", 0.0).await.unwrap(), "error");
            assert_eq!(log.filter().await.0, "info");
            assert_eq!(target.act("info six"), ["six"]);
        });
    }
}

#[test]
fn a_layer_changes_nothing_before_somebody_asks() {
    for stack in ["single", "single, first", "beside", "inside", "none"] {
        let mut target = start(stack);
        assert_eq!(target.act("info one"), ["one"], "{stack}");
        assert!(target.act("debug two").is_empty(), "{stack}");
    }
    // Two layers write, and one of them does not write where it is from.
    let mut tree = start("tree");
    assert_eq!(tree.act("info one"), ["one"]);
    tree.tell("debug two");
    while tree.next_line() != "DEBUG two" {}
}

#[test]
fn a_filter_that_is_set_for_a_time_returns_by_itself() {
    attached("plain", async |target, log| {
        log.set_filter("debug", 1000.0).await.unwrap();
        let (filter, seconds, after) = log.filter().await;
        assert_eq!((&*filter, &*after), ("debug", "info"));
        assert!(seconds > 900.0 && seconds <= 1000.0, "{seconds}");
        // Another takes its place, and what returns is what was set for good.
        assert_eq!(log.set_filter("trace", 1000.0).await.unwrap(), "debug");
        assert_eq!(log.filter().await.0, "trace");
        log.set_filter("debug", 0.05).await.unwrap();
        target.act("until no debug");
        assert!(target.act("debug one").is_empty());
        assert_eq!(log.filter().await, ("info".into(), 0.0, "".into()));
    });
}

#[test]
fn it_returns_when_who_set_it_is_gone() {
    let mut target = start("plain");
    let (attach, pid) = (target.attach(), target.pid());
    let set = async |process: Remote| {
        let log = Log(process.service("log"));
        log.set_filter("debug", 0.3).await.unwrap();
        Ok(())
    };
    run(attach.run(pid, set)).unwrap();
    target.act("until no debug");
    assert_eq!(target.act("info one"), ["one"]);
}

#[test]
fn it_returns_at_once_when_teleop_is_stopped() {
    attached("plain", async |target, log| {
        log.set_filter("debug", 1000.0).await.unwrap();
        assert_eq!(target.act("debug one"), ["one"]);
        target.act("stop");
        assert!(target.act("debug two").is_empty());
    });
}

#[test]
fn one_that_is_set_for_good_stays_when_teleop_is_stopped() {
    attached("plain", async |target, log| {
        log.set_filter("error", 1000.0).await.unwrap();
        log.set_filter("debug", 0.0).await.unwrap();
        target.act("stop");
        assert_eq!(target.act("debug one"), ["one"]);
    });
}

#[test]
fn a_bad_filter_changes_nothing() {
    attached("plain", async |target, log| {
        for bad in ["app=loud", ",", "info,[x="] {
            let why = log.set_filter(bad, 0.0).await.unwrap_err();
            assert!(why.contains("`filter`"), "{why}");
        }
        for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            let why = log.set_filter("debug", seconds).await.unwrap_err();
            assert!(why.contains("`seconds`"), "{why}");
        }
        assert_eq!(log.filter().await.0, "info");
        assert!(target.act("debug one").is_empty());
        for bad in ["app=loud", "[request]=debug"] {
            let error = log.tail(bad).await.call.await.err().unwrap();
            assert!(error.to_string().contains("`filter`"), "{error}");
        }
    });
}

#[test]
fn directives_about_spans_are_heeded() {
    attached("plain", async |target, log| {
        log.set_filter("info,app[request{user=7}]=debug", 0.0)
            .await
            .unwrap();
        assert!(target.act("request 6").is_empty());
        assert_eq!(target.act("request 7"), ["of 7"]);
    });
}

#[test]
fn of_two_layers_the_first_counts() {
    attached("twice", async |target, log| {
        assert_eq!(log.filter().await.0, "debug");
        let mut tail = log.tail("debug").await;
        // The other has a filter, too.
        assert!(target.act("debug one").is_empty());
        assert_eq!(target.act("info two"), ["two"]);
        assert_eq!(tail.message().await, "two");
    });
}

#[test]
fn a_program_without_the_layer_says_so() {
    attached("none", async |_, log| {
        let why = log.set_filter("debug", 0.0).await.unwrap_err();
        assert!(
            why.contains("has not added `teleop::log::layer()`"),
            "{why}"
        );
    });
}

#[test]
fn the_environment_has_a_word() {
    for (said, filter) in [
        ("app=debug", "app=debug"),
        ("app=loud", "info"),
        ("", "info"),
    ] {
        let mut target = Target::start_with("logs", |command| {
            command.env(STACK, "plain").env("RUST_LOG", said);
        });
        let is_debug = said == "app=debug";
        assert_eq!(target.act("debug one").is_empty(), !is_debug, "{said}");
        let (attach, pid) = (target.attach(), target.pid());
        let ask = async |process: Remote| Ok(Log(process.service("log")).filter().await.0);
        assert_eq!(run(attach.run(pid, ask)).unwrap(), filter);
    }
}
