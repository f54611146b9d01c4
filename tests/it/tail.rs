//! The service `log`: listening to what a program logs.

use futures::{FutureExt, channel::oneshot};
use teleop::{Remote, log_capnp::Level};

use crate::support::{Act, Log, STACKS, attached, run, start};

#[test]
fn who_listens_hears_what_is_not_logged_and_nothing_else_is_logged() {
    for stack in STACKS {
        attached(stack, async |target, log| {
            let mut tail = log.tail("app=debug").await;
            // Each of them follows one that is not logged: none suffers for it.
            for _ in 0..3 {
                assert!(target.act("debug one").is_empty(), "{stack}");
                assert_eq!(target.act("info two"), ["two"], "{stack}");
                assert!(target.act("trace three").is_empty(), "{stack}");
                assert!(target.act("debug four").is_empty(), "{stack}");
                for expected in ["one", "two", "four"] {
                    let told = tail.next().await;
                    assert_eq!((&*told.message, told.lost), (expected, 0), "{stack}");
                }
            }
            // Nor in the end.
            assert!(target.act("debug one").is_empty(), "{stack}");
            drop(tail);
            log.filter().await;
            assert_eq!(target.act("info two"), ["two"], "{stack}");
        });
    }
}

#[test]
fn what_a_single_layer_would_write_is_held_back_by_the_filter() {
    // The layer itself writes from `debug` on.
    attached("wide single and own", async |target, log| {
        let mut tail = log.tail("app=trace").await;
        for _ in 0..3 {
            assert!(target.act("debug one").is_empty());
            assert_eq!(target.act("info two"), ["two"]);
            assert!(target.act("trace three").is_empty());
            assert_eq!(target.act("info four"), ["four"]);
            for expected in ["one", "two", "three", "four"] {
                assert_eq!(tail.message().await, expected);
            }
        }
        log.set_filter("trace", 0.0).await.unwrap();
        assert_eq!(target.act("debug five"), ["five"]);
        assert!(target.act("trace six").is_empty());
        for expected in ["five", "six"] {
            assert_eq!(tail.message().await, expected);
        }
    });
}

#[test]
fn a_filter_of_the_program_s_own_holds_back_from_all() {
    for stack in ["beside", "inside"] {
        attached(stack, async |target, log| {
            let mut tail = log.tail("trace").await;
            log.set_filter("trace", 0.0).await.unwrap();
            assert!(target.act("debug one").is_empty(), "{stack}");
            assert_eq!(target.act("info two"), ["two"], "{stack}");
            assert_eq!(tail.message().await, "two", "{stack}");
        });
    }
}

#[test]
fn several_listen_each_to_what_he_wants() {
    attached("plain", async |target, log| {
        let mut all = log.tail("trace").await;
        let mut errors = log.tail("app=error").await;
        target.act("debug one");
        target.act("error two");
        assert_eq!(all.message().await, "one");
        assert_eq!(all.message().await, "two");
        assert_eq!(errors.message().await, "two");
        drop(all);
        target.act("debug three");
        target.act("error four");
        assert_eq!(errors.message().await, "four");
        // There may be sixteen.
        let mut others = Vec::new();
        for _ in 0..15 {
            others.push(log.tail("off").await);
        }
        let error = log.tail("off").await.call.await.err().unwrap();
        assert!(error.to_string().contains("as many listen"), "{error}");
    });
}

#[test]
fn a_record_says_all_that_is_known() {
    let before = std::time::SystemTime::now();
    attached("plain", async |target, log| {
        log.set_filter("debug", 0.0).await.unwrap();
        let mut tail = log.tail("debug").await;
        target.act("fields of Ann");
        target.act("spans 8");
        let told = tail.next().await;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!((told.level, &*told.target), (Level::Debug, "app"));
        assert_eq!(told.message, "of Ann");
        assert_eq!(told.fields, [pair("user", "7"), pair("name", "Ann")]);
        assert!(told.spans.is_empty());
        assert!(
            told.file.ends_with("logging.rs") && told.line > 0,
            "{told:?}"
        );
        assert_eq!(told.thread, "support::role::a_target");
        let since = before.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert!(u128::from(told.time) >= since.as_micros());
        let told = tail.next().await;
        assert_eq!(told.message, "within");
        let outer = ("outer".to_owned(), vec![pair("user", "7")]);
        let inner = ("inner".to_owned(), vec![pair("later", "8")]);
        assert_eq!(told.spans, [outer, inner]);
    });
}

#[test]
fn what_is_too_long_is_cut() {
    attached("plain", async |target, log| {
        let mut tail = log.tail("debug").await;
        target.act("long ü");
        let told = tail.next().await;
        assert!(told.message.ends_with("ü…"));
        assert!(told.message.len() <= (8 << 10) + "…".len());
    });
}

#[test]
fn who_does_not_read_loses_and_is_told_how_much() {
    const FLOOD: u64 = 20_000;

    attached("plain", async |target, log| {
        let (open, gate) = oneshot::channel::<()>();
        let gate = async { gate.await.unwrap() }.boxed_local().shared();
        let mut tail = log.tail_behind("debug", gate).await;
        // It does not wait for who listens.
        target.act(&format!("flood {FLOOD}"));
        open.send(()).unwrap();
        // What waited is heard, and there is room for another: by then, all is accounted for.
        let (mut heard, mut lost, mut tried) = (0, 0, 0);
        loop {
            target.act(&format!("info try {tried}"));
            tried += 1;
            let told = tail.next().await;
            lost += told.lost;
            if let Some(number) = told.message.strip_prefix("try ") {
                // Those before it were lost, too.
                lost -= number.parse::<u64>().unwrap();
                break;
            }
            heard += 1;
        }
        assert_eq!(heard + lost, FLOOD);
        assert!(heard >= 1024 && lost > FLOOD / 2, "{heard} and {lost}");
    });
}

#[test]
fn who_vanishes_leaves_nothing() {
    let mut target = start("plain");
    let (attach, pid) = (target.attach(), target.pid());
    let listen = async |process: Remote| {
        let tail = Log(process.service("log")).tail("debug").await;
        target.act("until debug");
        std::mem::forget(tail); // It does not say that it goes.
        Ok(())
    };
    run(attach.run(pid, listen)).unwrap();
    target.act("until no debug");
}

#[test]
fn the_crate_log_comes_along() {
    for stack in ["plain", "single and own"] {
        attached(stack, async |target, log| {
            assert_eq!(target.act("level"), ["INFO"]);
            assert!(target.act("old one").is_empty());
            let mut tail = log.tail("old=debug").await;
            assert!(target.act("old two").is_empty());
            let told = tail.next().await;
            assert_eq!((&*told.target, &*told.message), ("old", "two"));
            assert!(told.fields.is_empty(), "{told:?}");
            assert!(
                told.file.ends_with("logging.rs") && told.line > 0,
                "{told:?}"
            );
            assert_eq!(target.act("level"), ["DEBUG"]);
            drop(tail);
            log.filter().await;
            assert_eq!(target.act("level"), ["INFO"]);
        });
    }
    attached("plain", async |target, log| {
        log.set_filter("old=debug", 0.0).await.unwrap();
        assert_eq!(target.act("old one"), ["one"]);
        // Not below what it was.
        log.set_filter("error", 0.0).await.unwrap();
        assert_eq!(target.act("level"), ["INFO"]);
        assert!(target.act("old two").is_empty());
    });
}

#[test]
fn what_is_logged_as_a_record_is_made_is_none() {
    for stack in STACKS {
        attached(stack, async |target, log| {
            let mut tail = log.tail("trace").await;
            assert!(target.act("talkative one").is_empty(), "{stack}");
            assert_eq!(target.act("info two"), ["two"], "{stack}");
            let told = tail.next().await;
            assert_eq!(told.message, "one");
            assert_eq!(told.fields, [("value".into(), "Talkative".into())]);
            assert_eq!(tail.message().await, "two", "{stack}");
        });
    }
}

#[test]
fn a_value_that_panics_does_so_for_who_logs_it_alone() {
    attached("plain", async |target, log| {
        let mut tail = log.tail("debug").await;
        assert!(target.act("broken one").is_empty());
        assert_eq!(target.act("info two"), ["two"]);
        assert_eq!(tail.message().await, "two");
        assert_eq!(log.set_filter("debug", 0.0).await.unwrap(), "info");
    });
}

#[test]
fn a_record_makes_no_records() {
    for stack in ["plain", "single", "single, first"] {
        attached(stack, async |target, log| {
            let mut tail = log.tail("trace").await;
            // The reactor logs whatever it does.
            for number in 0..50 {
                target.act(&format!("debug {number}"));
                assert_eq!(tail.message().await, number.to_string(), "{stack}");
                log.filter().await;
            }
        });
    }
}
