//! How much memory a process takes for those who attack it: with the defaults, less than 16 MiB.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use teleop::{capnp::traits::HasTypeId, echo_capnp::echo, teleop_capnp::teleop as root};

use crate::support::{Answer, Raw, Target, bounded, idle, may_open_thousands, set_message};

/// In KiB.
const MOST: usize = 16 << 10;
/// What it may be where nothing is sent that would have to be kept.
const LITTLE: usize = 3 << 10;

/// Has so many connections send this, as far as it is taken, and holds that it costs little.
fn attack(connections: usize, bytes: &[u8], most: usize) {
    if !may_open_thousands("memory") {
        return;
    }
    let target = bounded("");
    // What it takes to serve anybody is there already.
    ask(&target);
    idle(&target);
    let before = resident(&target);
    let mut crowd: Vec<_> = (0..connections)
        .map(|_| Sender::new(Raw::connect(&target)))
        .collect();
    loop {
        let mut has_sent = false;
        for sender in &mut crowd {
            has_sent |= sender.send(bytes);
        }
        if !has_sent {
            idle(&target);
            if !crowd.iter_mut().any(|sender| sender.send(bytes)) {
                break;
            }
        }
    }
    let added = most_resident(&target).saturating_sub(before);
    eprintln!("{added} KiB more");
    assert!(added < most, "{added} KiB more");
    // Whoever asks for little is served, as soon as there is a connection left.
    drop(crowd);
    ask(&target);
}

fn ask(target: &Target) {
    let mut client = Raw::connect(target);
    client.ask_for("echo");
    client.echo(2, "hi");
    assert_eq!(client.answer(2), Answer::Results);
}

/// Somebody who sends, and reads nothing.
struct Sender {
    stream: UnixStream,
    sent: usize,
}

impl Sender {
    fn new(Raw(stream): Raw) -> Self {
        stream.set_nonblocking(true).unwrap();
        Self { stream, sent: 0 }
    }

    /// Whether some of it was taken.
    fn send(&mut self, bytes: &[u8]) -> bool {
        match self.stream.write(&bytes[self.sent..]) {
            Ok(count) => {
                self.sent += count;
                count > 0
            }
            Err(error) => {
                // It may have been let go meanwhile.
                assert_ne!(error.kind(), ErrorKind::Interrupted);
                false
            }
        }
    }
}

/// In KiB. From the map of its memory, since the counters in `status` lag behind.
fn resident(target: &Target) -> usize {
    field(target, "smaps_rollup", "Rss:")
}

/// How much it was at the most, or is.
fn most_resident(target: &Target) -> usize {
    field(target, "status", "VmHWM:").max(resident(target))
}

fn field(target: &Target, file: &str, name: &str) -> usize {
    let text = fs::read_to_string(format!("/proc/{}/{file}", target.pid())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.unwrap().split_whitespace().next();
    number.unwrap().parse().unwrap()
}

/// What a client says, as bytes.
fn said(say: impl FnOnce(&mut Raw)) -> Vec<u8> {
    use std::io::Read;

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let reading = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).unwrap();
        bytes
    });
    say(&mut Raw(ours));
    reading.join().unwrap()
}

#[test]
fn a_thousand_connections_that_say_nothing() {
    attack(1000, &[], LITTLE);
}

#[test]
fn headers_that_lie() {
    attack(1000, &[0, 0, 0, 0, 0, 0, 2, 0], LITTLE);
}

#[test]
fn large_requests_that_never_end() {
    let mut bytes = vec![1; 1 << 20];
    bytes[..8].copy_from_slice(&[0, 0, 0, 0, 0, 0, 2, 0]);
    attack(200, &bytes, MOST);
}

#[test]
fn small_requests_that_never_end() {
    let mut bytes = vec![1; 16 << 10];
    bytes[..8].copy_from_slice(&[0, 0, 0, 0, 0, 8, 0, 0]);
    attack(200, &bytes, MOST);
}

#[test]
fn large_answers_that_nobody_reads() {
    let large = "x".repeat(1_000_000);
    let bytes = said(|client| {
        client.ask_for("echo");
        for question in 2..12 {
            client.echo(question, &large);
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn large_answers_to_small_calls_that_nobody_reads() {
    let bytes = said(|client| {
        client.ask_for("tricks");
        for question in 2..500 {
            client.echo(question, "later, and large");
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn small_answers_that_nobody_reads() {
    let bytes = said(|client| {
        client.ask_for("echo");
        for question in 2..3_000 {
            client.echo(question, "hi");
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn calls_that_never_end() {
    let bytes = said(|client| {
        client.ask_for("tricks");
        for question in 2..3_000 {
            client.echo(question, "wait");
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn large_calls_that_never_end() {
    let large = "x".repeat(100_000);
    let bytes = said(|client| {
        client.ask_for("tricks");
        for question in 2..100 {
            client.call(question, 1, echo::Client::TYPE_ID, |call| {
                let mut content = call.init_params().init_content();
                let mut params: echo::echo_params::Builder<'_> = content.reborrow().init_as();
                // Replaced, and sent all the same.
                params.set_message(&large);
                params.set_message("wait");
            });
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn calls_that_are_cancelled() {
    let bytes = said(|client| {
        client.ask_for("tricks");
        for question in 2..3_000 {
            client.echo(question, "wait");
            client.finish(question);
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn answers_that_nobody_releases() {
    let bytes = said(|client| {
        for question in 0..2_000 {
            client.say(|message| message.init_bootstrap().set_question_id(2 * question));
            client.call(2 * question + 1, 0, root::Client::TYPE_ID, |call| {
                let params = call.init_params().init_content();
                let mut params: root::service_params::Builder<'_> = params.init_as();
                params.set_name("tricks");
            });
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn capabilities_that_nobody_releases() {
    let bytes = said(|client| {
        client.ask_for("nest");
        for question in 2..3_000 {
            client.call(question, 1, root::Client::TYPE_ID, |call| {
                let _ = call.init_params();
            });
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn capabilities_that_are_brought_along() {
    let bytes = said(|client| {
        client.ask_for("tricks");
        for question in 2..100 {
            client.call(question, 1, echo::Client::TYPE_ID, |mut call| {
                let mut params = call.reborrow().init_params();
                let mut table = params.reborrow().init_cap_table(1000);
                for index in 0..1000 {
                    let id = question * 1000 + index;
                    table.reborrow().get(index).set_sender_hosted(id);
                }
                let mut params: echo::echo_params::Builder<'_> = params.init_content().init_as();
                params.set_message("wait");
            });
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn calls_on_answers_that_never_come() {
    let bytes = said(|client| {
        client.ask_for("tricks");
        client.echo(2, "wait");
        for question in 3..3_000 {
            client.call(question, 2, echo::Client::TYPE_ID, |call| {
                set_message(call, "hi");
            });
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn calls_that_are_cancelled_while_others_wait_for_them() {
    let bytes = said(|client| {
        client.ask_for("tricks");
        for block in 1..100 {
            let first = block * 100;
            for question in first..first + 90 {
                client.echo(question, "wait");
            }
            client.call(first + 90, 1, echo::Client::TYPE_ID, |call| {
                let mut params = call.init_params();
                let mut table = params.reborrow().init_cap_table(90);
                for index in 0..90 {
                    let descriptor = table.reborrow().get(index);
                    let mut answer = descriptor.init_receiver_answer();
                    answer.set_question_id(first + index);
                }
                let mut params: echo::echo_params::Builder<'_> = params.init_content().init_as();
                params.set_message("wait");
            });
            for question in first..first + 90 {
                client.finish(question);
            }
        }
    });
    attack(70, &bytes, MOST);
}

#[test]
fn what_a_target_asks_that_reads_no_answer() {
    const MUCH: usize = 4 << 20;

    let (target, theirs) = UnixStream::pair().unwrap();
    let client = std::thread::spawn(move || {
        let stream = async_io::Async::new(theirs).unwrap();
        let (_remote, connection) = teleop::Remote::over(stream);
        let _ = async_io::block_on(connection);
    });
    let mut target = Raw(target);
    target
        .0
        .set_write_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let mut asked = 0;
    let mut questions = 0..;
    while asked < MUCH {
        let some = said(|target| {
            for question in questions.by_ref().take(1000) {
                target.say(|message| message.init_bootstrap().set_question_id(question));
            }
        });
        if target.0.write_all(&some).is_err() {
            break;
        }
        asked += some.len();
    }
    assert!(asked < MUCH, "it reads, and keeps what nobody reads");
    drop(target);
    client.join().unwrap();
}
