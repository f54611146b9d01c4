//! [`Deed`]: something that a client does.

use std::{path::Path, time::Duration};

use anyhow::Result;
use async_io::Timer;
use fastrand::Rng;
use futures::{AsyncReadExt, AsyncWriteExt, FutureExt, StreamExt, future};
use serde_json::{Value, json};
use teleop::{
    Attach, Remote,
    capnp::{
        message::{Builder, HeapAllocator},
        serialize::write_message_to_words,
    },
    capnp_rpc::rpc_capnp::message,
};

/// Something that a client does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    /// Attaches, and goes.
    Attach,
    /// Calls one method or command after the other.
    Call,
    /// Calls several at a time, and goes before all are answered.
    CallAndGo,
    /// Reads a little of what a command returns, or of the log.
    Stream,
    /// Says half of a message.
    Half,
    /// Says what is no message at all.
    Noise,
    /// Asks for much, and reads nothing.
    Greedy,
    /// Says that a promise was kept by itself.
    Promise,
    /// Asks for the socket, and is gone before it is there.
    Request,
}

const ALL: [Deed; 9] = [
    Deed::Attach,
    Deed::Call,
    Deed::CallAndGo,
    Deed::Stream,
    Deed::Half,
    Deed::Noise,
    Deed::Greedy,
    Deed::Promise,
    Deed::Request,
];

/// How long what never ends is waited for.
const WHILE: Duration = Duration::from_millis(10);

/// Does one thing after the other, until it is killed.
pub(crate) fn until_killed(place: &Path, pid: u32, seed: u64) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    loop {
        let deed = Deed::any(&mut random);
        let _ = async_io::block_on(deed.act(place, pid, &mut random)); // Nobody reads what went wrong.
    }
}

impl Deed {
    pub(crate) fn any(random: &mut Rng) -> Self {
        ALL[random.usize(..ALL.len())]
    }

    pub(crate) async fn act(self, place: &Path, pid: u32, random: &mut Rng) -> Result<()> {
        let attach = Attach::new().directory(place);
        let bytes = match self {
            Self::Attach => {
                attach.open(pid).await?;
                return Ok(());
            }
            Self::Call => {
                let calls: Vec<_> = (0..random.u8(1..8)).map(|_| call(random)).collect();
                let work = async |process: Remote| {
                    for (service, method, arguments) in calls {
                        process.call(service, method, arguments).await?;
                    }
                    Ok(())
                };
                return Ok(attach.run(pid, work).await?);
            }
            Self::CallAndGo => {
                let calls: Vec<_> = (0..random.u8(1..40)).map(|_| call(random)).collect();
                let after = random.usize(..5);
                let work = async |process: Remote| {
                    let answers = futures::stream::FuturesUnordered::new();
                    for (service, method, arguments) in &calls {
                        answers.push(process.call(service, method, arguments.clone()));
                    }
                    answers.push(process.call("work", "wait", Value::Null));
                    let mut answers = answers.take(after);
                    let answered = async { while answers.next().await.is_some() {} };
                    let late = Timer::after(WHILE);
                    future::select(answered.boxed_local(), late).await;
                    Ok(())
                };
                return Ok(attach.run(pid, work).await?);
            }
            Self::Stream => {
                let (service, method, arguments) = match random.u8(..3) {
                    0 => ("work", "count", json!(random.u32(..1000))),
                    1 => ("work", "flow", json!(random.u32(..1000))),
                    _ => ("log", "tail", json!({"filter": "trace"})),
                };
                let most = random.usize(..20);
                let work = async |process: Remote| {
                    let values = process.stream(service, method, arguments);
                    let _ = values.take(most).collect::<Vec<_>>().await;
                    Ok(())
                };
                return Ok(attach.run(pid, work).await?);
            }
            Self::Request => {
                let opened = attach.open(pid).boxed_local();
                let late = Timer::after(Duration::from_micros(random.u64(..300)));
                future::select(opened, late).await;
                return Ok(());
            }
            Self::Half => {
                let mut bytes = echoes(1 + random.u32(..3), 1000);
                bytes.truncate(random.usize(..bytes.len()));
                bytes
            }
            Self::Noise => (0..random.usize(..5000)).map(|_| random.u8(..)).collect(),
            Self::Greedy => echoes(random.u32(..20), 200_000),
            Self::Promise => promise_of_itself(),
        };
        let mut stream = attach.open(pid).await?.stream;
        stream.write_all(&bytes).await?;
        if random.bool() {
            // Until it is let go, or for a while.
            let late = Timer::after(WHILE);
            let mut answer = Vec::new();
            future::select(stream.read_to_end(&mut answer), late).await;
        }
        Ok(())
    }
}

fn call(random: &mut Rng) -> (&'static str, &'static str, Value) {
    match random.u8(..8) {
        0 => (
            "echo",
            "echo",
            json!({"message": "x".repeat(random.usize(..10_000))}),
        ),
        1 => ("process", "usage", json!({})),
        2 => ("process", "environment", json!({"names": []})),
        3 => ("work", "fail", Value::Null),
        4 => ("work", "panic", Value::Null),
        5 => ("work", "sleep", json!(random.u8(..20))),
        6 => ("log", "filter", json!({})),
        _ => ("work", "double", json!(random.u32(..))),
    }
}

fn said(write: impl FnOnce(message::Builder<'_>)) -> Vec<u8> {
    let mut message = Builder::new(HeapAllocator::new());
    write(message.init_root());
    write_message_to_words(&message)
}

fn bootstrap() -> Vec<u8> {
    said(|message| message.init_bootstrap().set_question_id(0))
}

/// Asks for the service `echo`, and calls it so often with so many bytes.
fn echoes(count: u32, bytes: usize) -> Vec<u8> {
    use teleop::{capnp::traits::HasTypeId, echo_capnp::echo, teleop_capnp::teleop as root};

    let text = "x".repeat(bytes);
    let mut all = bootstrap();
    for question in 1..=count + 1 {
        all.extend(said(|message| {
            let mut call = message.init_call();
            call.set_question_id(question);
            let mut answer = call.reborrow().init_target().init_promised_answer();
            if question == 1 {
                call.set_interface_id(root::Client::TYPE_ID);
                let content = call.init_params().init_content();
                let mut params: root::service_params::Builder<'_> = content.init_as();
                params.set_name("echo");
            } else {
                answer.set_question_id(1);
                answer.init_transform(1).get(0).set_get_pointer_field(0);
                call.set_interface_id(echo::Client::TYPE_ID);
                let content = call.init_params().init_content();
                let mut params: echo::echo_params::Builder<'_> = content.init_as();
                params.set_message(&*text);
            }
        }));
    }
    all
}

/// A promise that was kept by itself.
fn promise_of_itself() -> Vec<u8> {
    let mut all = bootstrap();
    all.extend(said(|message| {
        let mut resolve = message.init_resolve();
        resolve.set_promise_id(8);
        resolve.init_cap().set_sender_promise(8);
    }));
    all
}
