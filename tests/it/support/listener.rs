//! The service `log` of a program that logs what it is told to, and one who listens to it.

use std::rc::Rc;

use futures::{
    FutureExt, StreamExt,
    channel::mpsc,
    future::{LocalBoxFuture, Shared},
};
use teleop::{
    capnp,
    capnp::capability::{Promise, Response},
    log_capnp::{Level, field, log, tail},
    new_client,
};

use super::{STACK, Target, run};

/// How a subscriber is made in which events below `info` are not written.
pub const STACKS: [&str; 6] = [
    "plain",
    "first",
    "single",
    "single, first",
    "single and own",
    "single and own, first",
];

/// Has a program log by such a subscriber, and attaches to it.
pub fn attached(stack: &str, test: impl AsyncFnOnce(&mut Target, Log)) {
    let mut target = start(stack);
    let (attach, pid) = (target.attach(), target.pid());
    let tested = run(attach.run(pid, async |process| {
        test(&mut target, Log(process.service("log"))).await;
        Ok(())
    }));
    tested.unwrap();
}

pub fn start(stack: &str) -> Target {
    Target::start_with("logs", |command| {
        command.env(STACK, stack).env_remove("RUST_LOG");
    })
}

/// The service of a process.
pub struct Log(pub log::Client);

impl Log {
    pub async fn filter(&self) -> (String, f64, String) {
        let response = self.0.filter_request().send().promise.await.unwrap();
        let response = response.get().unwrap();
        (
            response.get_filter().unwrap().to_string().unwrap(),
            response.get_seconds(),
            response.get_after().unwrap().to_string().unwrap(),
        )
    }

    /// Returns the filter that was in force, or why it stays.
    pub async fn set_filter(&self, filter: &str, seconds: f64) -> Result<String, String> {
        let mut request = self.0.set_filter_request();
        request.get().set_filter(filter);
        request.get().set_seconds(seconds);
        let response = request.send().promise.await;
        let response = response.map_err(|error| error.to_string())?;
        let previous = response.get().unwrap().get_previous().unwrap();
        Ok(previous.to_string().unwrap())
    }

    /// Listens. It is heard of from now on.
    pub async fn tail(&self, filter: &str) -> Tail {
        self.tail_behind(filter, async {}.boxed_local().shared())
            .await
    }

    /// The same, by one who reads nothing before the gate is open.
    pub async fn tail_behind(&self, filter: &str, gate: Gate) -> Tail {
        let (told, records) = mpsc::unbounded();
        let mut request = self.0.tail_request();
        // What the audit says of these very calls is not what is listened for.
        request
            .get()
            .set_filter(format!("{filter},teleop::audit=off"));
        request.get().set_sink(new_client(Sink { told, gate }));
        let call = request.send().promise;
        // Calls are carried out in their order.
        self.filter().await;
        Tail { records, call }
    }
}

pub type Gate = Shared<LocalBoxFuture<'static, ()>>;

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
pub struct Tail {
    pub records: mpsc::UnboundedReceiver<Told>,
    pub call: Promise<Response<log::tail_results::Owned>, capnp::Error>,
}

impl Tail {
    pub async fn next(&mut self) -> Told {
        self.records.next().await.unwrap()
    }

    pub async fn message(&mut self) -> String {
        self.next().await.message
    }
}

#[derive(Debug)]
pub struct Told {
    pub time: u64,
    pub level: Level,
    pub target: String,
    pub message: String,
    pub fields: Vec<(String, String)>,
    pub spans: Vec<(String, Vec<(String, String)>)>,
    pub thread: String,
    pub file: String,
    pub line: u32,
    pub lost: u64,
}

impl Told {
    fn read(record: tail::record_params::Reader<'_>) -> capnp::Result<Self> {
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
pub trait Act {
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
