//! Whatever clients do, the process goes on, and serves the others.

use std::{
    fs,
    io::Write,
    time::{Duration, Instant},
};

use teleop::{capnp::traits::HasTypeId, echo_capnp::echo, teleop_capnp::teleop as root};

use crate::support::{
    Answer, NEVER, Raw, Target, bounded, entries, idle, may_open_thousands, set_message, until,
};

/// How many sockets a process has.
fn sockets(target: &Target) -> usize {
    let descriptors = entries(format!("/proc/{}/fd", target.pid()).as_ref());
    let links = descriptors.iter().filter_map(|fd| fs::read_link(fd).ok());
    links
        .filter(|link| link.to_string_lossy().starts_with("socket:"))
        .count()
}

/// That somebody who comes now is served.
fn serves_others(target: &Target) {
    let mut other = Raw::connect(target);
    other.ask_for("echo");
    other.echo(2, "hi");
    assert_eq!(other.answer(2), Answer::Results);
}

#[test]
fn a_crowd_is_served_and_not_refused() {
    if !may_open_thousands("crowd") {
        return;
    }
    let target = bounded("");
    let mut crowd: Vec<_> = (0..1000).map(|_| Raw::connect(&target)).collect();
    let before = sockets(&target);
    for client in &mut crowd {
        client.ask_for("echo");
        client.echo(2, "hi");
    }
    for mut client in crowd {
        assert_eq!(client.answer(2), Answer::Results);
        // Its own two, and those that it serves.
        assert!(sockets(&target) <= 64 + before.min(8));
    }
}

#[test]
fn more_connections_than_the_limit_wait_and_cost_nothing() {
    let target = bounded("connections=2");
    let mut clients: Vec<_> = (0..3).map(|_| Raw::connect(&target)).collect();
    for client in &mut clients {
        client.ask_for("echo");
        client.echo(2, "hi");
    }
    assert_eq!(clients[0].answer(2), Answer::Results);
    assert_eq!(clients[1].answer(2), Answer::Results);
    // It sleeps, and does not turn in circles.
    idle(&target);
    assert!(clients[2].hears_nothing());
    drop(clients.remove(0));
    assert_eq!(clients[1].answer(2), Answer::Results);
}

#[test]
fn who_says_nothing_is_let_go() {
    let target = bounded("first_request=100");
    let mut silent = Raw::connect(&target);
    let mut begins = Raw::connect(&target);
    begins.0.write_all(&[0, 0, 0]).unwrap();
    for client in [&mut silent, &mut begins] {
        assert_eq!(client.farewell(), "no request came within 100ms");
    }
}

#[test]
fn who_does_nothing_any_more_is_let_go() {
    let target = bounded("idle=300");
    let mut client = Raw::connect(&target);
    client.ask_for("echo");
    assert_eq!(client.answer(1), Answer::Results);
    assert_eq!(client.farewell(), "nothing happened for 300ms");
}

#[test]
fn a_message_that_does_not_end_is_silence() {
    let target = bounded("idle=300");
    let mut client = Raw::connect(&target);
    client.ask_for("echo");
    assert_eq!(client.answer(1), Answer::Results);
    client.0.write_all(&[0, 0, 0, 0, 0, 0, 1, 0]).unwrap();
    let deadline = Instant::now() + NEVER;
    // As slowly as it can, until it is told that it is enough.
    while client.hears_nothing() {
        assert!(Instant::now() < deadline, "it drips for ever");
        let _ = client.0.write(&[0]);
    }
}

#[test]
fn a_call_in_flight_is_not_idle() {
    let target = bounded("idle=300");
    let mut busy = Raw::connect(&target);
    busy.ask_for("tricks");
    busy.echo(2, "wait");
    // Somebody who comes later and is idle is let go before.
    let mut idler = Raw::connect(&target);
    idler.ask_for("echo");
    assert_eq!(idler.farewell(), "nothing happened for 300ms");
    busy.echo(3, "hi");
    assert_eq!(busy.answer(3), Answer::Results);
    busy.finish(2);
    assert_eq!(busy.farewell(), "nothing happened for 300ms");
}

#[test]
fn a_request_that_is_too_large_ends_its_connection() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("echo");
    client.echo(2, &"x".repeat((1 << 20) - 1000));
    assert_eq!(client.answer(2), Answer::Results);
    client.echo(3, &"x".repeat(1 << 20));
    let farewell = client.farewell();
    assert!(
        farewell.contains("is larger than the 1048576"),
        "{farewell}"
    );
    serves_others(&target);
}

#[test]
fn more_calls_in_flight_than_the_limit_are_overloaded() {
    let target = bounded("calls=20");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    assert_eq!(client.answer(1), Answer::Results);
    // The root interface and the service are open, too.
    for question in 2..20 {
        client.echo(question, "wait");
    }
    for _ in 0..1000 {
        client.echo(20, "hi");
        assert!(matches!(client.answer(20), Answer::Overloaded(_)));
    }
    // What was cancelled makes room. What is called on the answer is refused for the same reason.
    client.finish(20);
    client.finish(19);
    client.call(21, 20, echo::Client::TYPE_ID, |call| {
        set_message(call, "hi");
    });
    assert!(matches!(client.answer(21), Answer::Overloaded(_)));
    client.echo(20, "hi");
    assert_eq!(client.answer(20), Answer::Results);
    serves_others(&target);
}

#[test]
fn calls_that_hold_too_much_are_overloaded() {
    let target = bounded("call_bytes=200000");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    assert_eq!(client.answer(1), Answer::Results);
    let large = "x".repeat(90_000);
    let wait = |client: &mut Raw, question| {
        // A method that does not exist would not wait: the message is in a field of its own.
        client.call(question, 1, echo::Client::TYPE_ID, |mut call| {
            call.reborrow().init_send_results_to().set_caller(());
            pad(call, &large);
        });
    };
    wait(&mut client, 2);
    wait(&mut client, 3);
    client.echo(4, "hi");
    assert_eq!(client.answer(4), Answer::Results);
    wait(&mut client, 5);
    assert!(matches!(client.answer(5), Answer::Overloaded(_)));
    client.finish(2);
    wait(&mut client, 5);
    client.echo(6, "hi");
    assert_eq!(client.answer(6), Answer::Results);
}

/// Has a call wait, and carry some bytes that nobody looks at.
fn pad(call: teleop::capnp_rpc::rpc_capnp::call::Builder<'_>, with: &str) {
    let mut params = call.init_params();
    let mut content = params.reborrow().init_content();
    let mut waits: echo::echo_params::Builder<'_> = content.reborrow().init_as();
    waits.set_message("wait");
    // It is not reached from there, and sent all the same.
    waits.set_message(with);
    waits.set_message("wait");
}

#[test]
fn who_brings_too_many_capabilities_is_overloaded() {
    let target = bounded("capabilities=10");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    let bring = |client: &mut Raw, question, from: u32, count: u32, message: &str| {
        client.call(question, 1, echo::Client::TYPE_ID, |call| {
            let mut params = call.init_params();
            let content = params.reborrow().init_content();
            let mut text: echo::echo_params::Builder<'_> = content.init_as();
            text.set_message(message);
            let mut table = params.init_cap_table(count);
            for index in 0..count {
                table.reborrow().get(index).set_sender_hosted(from + index);
            }
        });
    };
    bring(&mut client, 2, 0, 8, "wait");
    bring(&mut client, 3, 100, 8, "wait");
    assert!(matches!(client.answer(3), Answer::Overloaded(_)));
    // The same once more are no more of them.
    bring(&mut client, 3, 0, 8, "hi");
    assert_eq!(client.answer(3), Answer::Results);
    // More at once than there may be at all is no honest mistake.
    bring(&mut client, 4, 0, 11, "hi");
    assert!(client.farewell().contains("11 capabilities at once"));
    serves_others(&target);
}

#[test]
fn who_is_given_too_many_capabilities_is_overloaded_until_some_are_given_back() {
    let target = bounded("capabilities=10");
    let mut client = Raw::connect(&target);
    client.ask_for("nest");
    let ask = |client: &mut Raw, question| {
        client.call(question, 1, root::Client::TYPE_ID, |call| {
            let _ = call.init_params();
        });
        client.answer(question)
    };
    let refused = (2..20).find(|question| ask(&mut client, *question) != Answer::Results);
    assert_eq!(refused, Some(11), "the root, the service and nine others");
    client.finish(5);
    assert_eq!(ask(&mut client, 11), Answer::Results);
}

#[test]
fn a_list_of_nothing_takes_no_memory() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    assert_eq!(client.answer(1), Answer::Results);
    // Steps from an answer to a capability, of no size each, which would be remembered.
    client.say(|message| {
        let mut call = message.init_call();
        call.set_question_id(2);
        let mut answer = call.init_target().init_promised_answer();
        answer.set_question_id(1);
        answer.init_transform(65);
    });
    assert!(client.farewell().contains("longer than any"));
    serves_others(&target);
}

#[test]
fn who_says_that_a_promise_was_kept_by_itself_is_let_go() {
    let target = bounded("");
    for is_promise in [true, false] {
        let mut client = Raw::connect(&target);
        client.ask_for("tricks");
        // It is held for as long as this takes.
        client.call(2, 1, echo::Client::TYPE_ID, |call| {
            let mut params = call.init_params();
            let content = params.reborrow().init_content();
            let mut text: echo::echo_params::Builder<'_> = content.init_as();
            text.set_message("wait");
            params.init_cap_table(1).get(0).set_sender_promise(8);
        });
        client.say(|message| {
            let mut resolve = message.init_resolve();
            resolve.set_promise_id(8);
            let mut to = resolve.init_cap();
            if is_promise {
                to.set_sender_promise(8);
            } else {
                to.set_sender_hosted(8);
            }
        });
        let farewell = client.farewell();
        assert!(farewell.contains("resolves to itself"), "{farewell}");
    }
    serves_others(&target);
}

#[test]
fn an_answer_that_would_stay_is_refused() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("echo");
    client.call(2, 1, echo::Client::TYPE_ID, |mut call| {
        call.reborrow().get_send_results_to().set_yourself(());
        set_message(call, "hi");
    });
    assert!(matches!(client.answer(2), Answer::Unimplemented(_)));
    client.echo(3, "hi");
    assert_eq!(client.answer(3), Answer::Results);
}

#[test]
fn who_reads_nothing_is_not_read_either_and_let_go() {
    let target = bounded("idle=1000");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    assert_eq!(client.answer(1), Answer::Results);
    until("who opened the socket is gone", || sockets(&target) == 2);
    // A call in flight is no excuse.
    client.echo(2, "wait");
    client
        .0
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let large = "x".repeat(100_000);
    let mut sent = 0;
    // Until nothing is taken any more.
    while client.0.write(&[]).is_ok() && sent < 1000 {
        let before = Instant::now();
        client.echo(3 + sent, &large);
        if before.elapsed() > Duration::from_millis(150) {
            break;
        }
        sent += 1;
    }
    assert!(sent < 100, "{sent} requests of 100 kB were read");
    serves_others(&target);
    until("it is closed", || sockets(&target) == 1);
}

#[test]
fn a_panic_is_an_error_of_the_call_alone() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    client.echo(2, "wait");
    for (question, message) in (3..).zip(["panic", "panic later", "panic elsewhere"]) {
        client.echo(question, message);
        let failed = Answer::Failed("the service panicked".to_owned());
        assert_eq!(client.answer(question), failed);
    }
    client.echo(6, "panic as it is dropped");
    client.finish(6);
    client.echo(7, "hi");
    assert_eq!(client.answer(7), Answer::Results);
    serves_others(&target);
}

#[test]
fn a_panic_of_what_a_method_returned_is_an_error_of_the_call() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("nest");
    client.call(2, 1, root::Client::TYPE_ID, |call| {
        let _ = call.init_params();
    });
    client.call(3, 2, echo::Client::TYPE_ID, |call| {
        set_message(call, "panic");
    });
    assert!(matches!(client.answer(3), Answer::Failed(_)));
    client.call(4, 2, echo::Client::TYPE_ID, |call| set_message(call, "hi"));
    assert_eq!(client.answer(4), Answer::Results);
}

#[test]
fn a_panic_of_what_is_not_guarded_ends_its_connection_alone() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("unguarded");
    client.call(2, 1, root::Client::TYPE_ID, |call| {
        let _ = call.init_params();
    });
    client.call(3, 2, echo::Client::TYPE_ID, |call| {
        set_message(call, "panic");
    });
    client.farewell();
    serves_others(&target);
}

#[test]
fn what_a_connection_held_is_given_back_however_it_ends() {
    let target = bounded("request_bytes=90000 total_bytes=200000");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    let large = "x".repeat(80_000);
    for question in [2, 3] {
        client.call(question, 1, echo::Client::TYPE_ID, |call| pad(call, &large));
    }
    client.call(4, 0, root::Client::TYPE_ID, |call| {
        let params = call.init_params().init_content();
        let mut params: root::service_params::Builder<'_> = params.init_as();
        params.set_name("unguarded");
    });
    client.call(5, 4, root::Client::TYPE_ID, |call| {
        let _ = call.init_params();
    });
    client.call(6, 5, echo::Client::TYPE_ID, |call| {
        set_message(call, "panic");
    });
    client.farewell();
    let mut other = Raw::connect(&target);
    other.ask_for("echo");
    other.echo(2, &large);
    assert_eq!(other.answer(2), Answer::Results);
}

#[test]
fn a_method_that_blocks_elsewhere_stalls_nobody() {
    let target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    let threads = || entries(format!("/proc/{}/task", target.pid()).as_ref()).len();
    let before = threads();
    for question in 2..200 {
        client.echo(question, "block");
    }
    client.echo(200, "hi");
    assert_eq!(client.answer(200), Answer::Results);
    serves_others(&target);
    until("sixteen work", || threads() == before + 16);
    // What is cancelled before its turn takes none, and what works goes on working.
    for question in 2..200 {
        client.finish(question);
    }
    client.echo(201, "block");
    client.echo(202, "hi");
    assert_eq!(client.answer(202), Answer::Results);
    idle(&target);
    assert_eq!(threads(), before + 16);
}

#[test]
fn who_is_in_the_middle_of_a_call_is_told_that_it_is_over() {
    let mut target = bounded("");
    let mut client = Raw::connect(&target);
    client.ask_for("tricks");
    client.echo(2, "wait");
    client.echo(3, "hi");
    assert_eq!(client.answer(3), Answer::Results);
    target.go_on();
    target.expect("stopped");
    client.farewell();
}
