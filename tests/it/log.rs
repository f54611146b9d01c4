//! The service `log`.

use std::rc::Rc;

use futures::{
    FutureExt, StreamExt,
    channel::{mpsc, oneshot},
    future::{LocalBoxFuture, Shared},
};
use teleop::{
    Remote, capnp,
    capnp::capability::{Promise, Response},
    log_capnp::{Level, log, tail},
    new_client,
};

use crate::support::{STACK, Target, run};

/// How a subscriber is made in which events below `info` are not written.
const STACKS: [&str; 6] = [
    "plain",
    "first",
    "single",
    "single, first",
    "single and own",
    "single and own, first",
];

/// Has a program log by such a subscriber, and attaches to it.
fn attached(stack: &str, test: impl AsyncFnOnce(&mut Target, Log)) {
    let mut target = start(stack);
    let (attach, pid) = (target.attach(), target.pid());
    let tested = run(attach.run(pid, async |process| {
        test(&mut target, Log(process.service("log"))).await;
        Ok(())
    }));
    tested.unwrap();
}

fn start(stack: &str) -> Target {
    Target::start_with("logs", |command| {
        command.env(STACK, stack).env_remove("RUST_LOG");
    })
}

/// The service of a process.
struct Log(log::Client);

impl Log {
    async fn filter(&self) -> (String, f64, String) {
        let response = self.0.filter_request().send().promise.await.unwrap();
        let response = response.get().unwrap();
        (
            response.get_filter().unwrap().to_string().unwrap(),
            response.get_seconds(),
            response.get_after().unwrap().to_string().unwrap(),
        )
    }

    /// Returns the filter that was in force, or why it stays.
    async fn set_filter(&self, filter: &str, seconds: f64) -> Result<String, String> {
        let mut request = self.0.set_filter_request();
        request.get().set_filter(filter);
        request.get().set_seconds(seconds);
        let response = request.send().promise.await;
        let response = response.map_err(|error| error.to_string())?;
        let previous = response.get().unwrap().get_previous().unwrap();
        Ok(previous.to_string().unwrap())
    }

    /// Listens. It is heard of from now on.
    async fn tail(&self, filter: &str) -> Tail {
        self.tail_behind(filter, async {}.boxed_local().shared())
            .await
    }

    /// The same, by one who reads nothing before the gate is open.
    async fn tail_behind(&self, filter: &str, gate: Gate) -> Tail {
        let (told, records) = mpsc::unbounded();
        let mut request = self.0.tail_request();
        request.get().set_filter(filter);
        request.get().set_sink(new_client(Sink { told, gate }));
        let call = request.send().promise;
        // Calls are carried out in their order.
        self.filter().await;
        Tail { records, call }
    }
}

type Gate = Shared<LocalBoxFuture<'static, ()>>;

struct Sink {
    told: mpsc::UnboundedSender<Told>,
    gate: Gate,
}

impl tail::Server for Sink {
    async fn record(self: Rc<Self>, params: tail::RecordParams) -> capnp::Result<()> {
        self.gate.clone().await;
        let _ = self.told.unbounded_send(Told::read(params.get()?)?);
        Ok(())
    }
}

/// What a client listens to, until this is dropped.
struct Tail {
    records: mpsc::UnboundedReceiver<Told>,
    call: Promise<Response<log::tail_results::Owned>, capnp::Error>,
}

impl Tail {
    async fn next(&mut self) -> Told {
        self.records.next().await.unwrap()
    }

    async fn message(&mut self) -> String {
        self.next().await.message
    }
}

#[derive(Debug)]
struct Told {
    time: u64,
    level: Level,
    target: String,
    message: String,
    fields: Vec<(String, String)>,
    spans: Vec<(String, Vec<(String, String)>)>,
    thread: String,
    file: String,
    line: u32,
    lost: u64,
}

impl Told {
    fn read(record: tail::record_params::Reader<'_>) -> capnp::Result<Self> {
        use teleop::log_capnp::field;

        let pairs = |list: capnp::struct_list::Reader<'_, field::Owned>| {
            list.iter()
                .map(|field| {
                    let name = field.get_name()?.to_string()?;
                    Ok((name, field.get_value()?.to_string()?))
                })
                .collect::<capnp::Result<Vec<_>>>()
        };
        Ok(Self {
            time: record.get_time(),
            level: record.get_level()?,
            target: record.get_target()?.to_string()?,
            message: record.get_message()?.to_string()?,
            fields: pairs(record.get_fields()?)?,
            spans: record
                .get_spans()?
                .iter()
                .map(|span| Ok((span.get_name()?.to_string()?, pairs(span.get_fields()?)?)))
                .collect::<capnp::Result<_>>()?,
            thread: record.get_thread()?.to_string()?,
            file: record.get_file()?.to_string()?,
            line: record.get_line(),
            lost: record.get_lost(),
        })
    }
}

/// Has the program do something, and returns what it writes as it does.
trait Act {
    fn act(&mut self, action: &str) -> Vec<String>;
}

impl Act for Target {
    fn act(&mut self, action: &str) -> Vec<String> {
        self.tell(action);
        let mut written = Vec::new();
        loop {
            let line = self.next_line();
            if line == "done" {
                return written;
            }
            // Whatever else there is, such as empty lines.
            if let Some((_, text)) = line.split_once("app: ").or(line.split_once("old: ")) {
                written.push(text.to_owned());
            }
        }
    }
}

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
        for bad in ["app=loud", ",", "[request]=debug"] {
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
        assert_eq!(told.thread, "support::target::a_target");
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
