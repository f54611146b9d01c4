//! [`message`]: something that a client may say, right or wrong.

use capnp::{
    any_pointer,
    message::{Builder, HeapAllocator},
    serialize,
    traits::{HasTypeId, ImbueMut},
};
use capnp_rpc::rpc_capnp::{
    call, cap_descriptor, disembargo, exception, message, message_target, payload, promised_answer,
    resolve, return_,
};
use teleop_schema::{
    command_capnp::{commands, items},
    echo_capnp::echo,
    process_capnp::process,
    teleop_capnp::teleop,
};

use super::script::Script;

const SERVICES: [&str; 9] = [
    "echo", "process", "keep", "nest", "tool", "later", "never", "", "nobody",
];
const COMMANDS: [&str; 5] = ["same", "later", "count", "flow", "nobody"];
const ARGUMENTS: [&str; 5] = ["7", "250", "{}", "null", ""];

/// A message, as decided by a script.
pub(super) fn message(script: &mut Script<'_>) -> Vec<u8> {
    let allocator = HeapAllocator::new().first_segment_words(64);
    let mut builder = Builder::new(allocator);
    write(script, builder.init_root());
    serialize::write_message_to_words(&builder)
}

fn write(script: &mut Script<'_>, message: message::Builder<'_>) {
    match script.below(16) {
        0 => message.init_bootstrap().set_question_id(script.id()),
        1..=7 => call(script, message.init_call()),
        8 => answer(script, message.init_return()),
        9 | 10 => {
            let mut finish = message.init_finish();
            finish.set_question_id(script.id());
            finish.set_release_result_caps(script.is());
        }
        11 => {
            let mut release = message.init_release();
            release.set_id(script.id());
            release.set_reference_count(script.id());
        }
        12 => settle(script, message.init_resolve()),
        13 => lift(script, message.init_disembargo()),
        14 => match script.below(4) {
            0 => fail(script, message.init_abort()),
            1 => message.init_provide().set_question_id(script.id()),
            2 => message.init_accept().set_question_id(script.id()),
            _ => message.init_join().set_question_id(script.id()),
        },
        _ => match script.below(3) {
            0 => call(script, message.init_unimplemented().init_call()),
            1 => settle(script, message.init_unimplemented().init_resolve()),
            _ => answer(script, message.init_unimplemented().init_return()),
        },
    }
}

fn call(script: &mut Script<'_>, mut call: call::Builder<'_>) {
    call.set_question_id(script.id());
    target(script, call.reborrow().init_target());
    match script.byte() {
        0 => call.reborrow().init_send_results_to().set_yourself(()),
        1 => drop(call.reborrow().init_send_results_to().init_third_party()),
        _ => {}
    }
    let (interface, methods) = [
        (teleop::Client::TYPE_ID, 4),
        (echo::Client::TYPE_ID, 1),
        (commands::Client::TYPE_ID, 3),
        (process::Client::TYPE_ID, 3),
        (items::Client::TYPE_ID, 1),
        (7, 1),
    ][script.below(6)];
    let method = script.below(methods + 1);
    call.set_interface_id(interface);
    call.set_method_id(method as u16);
    let mut payload = call.init_params();
    table(script, &mut payload);
    let content = payload.get_content();
    match (interface, method) {
        _ if script.byte() == 0 => {}
        (teleop::Client::TYPE_ID, 0 | 3) => {
            let mut params: teleop::service_params::Builder<'_> = content.init_as();
            params.set_name(SERVICES[script.below(SERVICES.len())]);
        }
        (echo::Client::TYPE_ID, 0) => {
            let length = match script.byte() {
                255 => 60_000,
                254 => 5_000,
                length => usize::from(length),
            };
            let mut params: echo::echo_params::Builder<'_> = content.init_as();
            params.set_message("x".repeat(length));
        }
        (commands::Client::TYPE_ID, 1 | 2) => command(script, content),
        (process::Client::TYPE_ID, 2) => {
            let params: process::environment_params::Builder<'_> = content.init_as();
            let count = script.below(4) as u32;
            let mut names = params.init_names(count);
            for index in 0..count {
                names.set(index, "PATH");
            }
        }
        _ => {}
    }
}

/// The parameters of `call` and `stream` begin alike.
fn command(script: &mut Script<'_>, mut content: any_pointer::Builder<'_>) {
    // What stands behind it, the table says.
    let items: items::Client = capnp::capability::FromClientHook::new(
        capnp_rpc::new_broken_cap(capnp::Error::failed(String::new())).hook,
    );
    let mut capabilities = Vec::new();
    let mut content = content.reborrow();
    content.imbue_mut(&mut capabilities);
    let mut params: commands::stream_params::Builder<'_> = content.init_as();
    params.set_command(COMMANDS[script.below(COMMANDS.len())]);
    match script.below(ARGUMENTS.len() + 1) {
        own if own == ARGUMENTS.len() => {
            params.set_arguments(&*String::from_utf8_lossy(script.bytes()));
        }
        known => params.set_arguments(ARGUMENTS[known]),
    }
    params.set_items(items);
}

fn answer(script: &mut Script<'_>, mut answer: return_::Builder<'_>) {
    answer.set_answer_id(script.id());
    answer.set_release_param_caps(script.is());
    answer.set_no_finish_needed(script.is());
    match script.below(6) {
        0 | 1 => table(script, &mut answer.init_results()),
        2 => fail(script, answer.init_exception()),
        3 => answer.set_canceled(()),
        4 => answer.set_results_sent_elsewhere(()),
        _ => answer.set_take_from_other_question(script.id()),
    }
}

fn settle(script: &mut Script<'_>, mut resolve: resolve::Builder<'_>) {
    resolve.set_promise_id(script.id());
    if script.is() {
        fail(script, resolve.init_exception());
    } else {
        describe(script, resolve.init_cap());
    }
}

fn lift(script: &mut Script<'_>, mut disembargo: disembargo::Builder<'_>) {
    target(script, disembargo.reborrow().init_target());
    let mut context = disembargo.init_context();
    match script.below(4) {
        0 => context.set_sender_loopback(script.id()),
        1 => context.set_receiver_loopback(script.id()),
        2 => context.set_accept(()),
        _ => context.set_provide(script.id()),
    }
}

fn fail(script: &mut Script<'_>, mut exception: exception::Builder<'_>) {
    exception.set_type(
        [
            exception::Type::Failed,
            exception::Type::Overloaded,
            exception::Type::Disconnected,
            exception::Type::Unimplemented,
        ][script.below(4)],
    );
    exception.set_reason(&*String::from_utf8_lossy(script.bytes()));
}

fn table(script: &mut Script<'_>, payload: &mut payload::Builder<'_>) {
    let count = match script.byte() {
        255 => 100,
        count => u32::from(count % 4),
    };
    let mut table = payload.reborrow().init_cap_table(count);
    for index in 0..count {
        describe(script, table.reborrow().get(index));
    }
}

fn describe(script: &mut Script<'_>, mut descriptor: cap_descriptor::Builder<'_>) {
    match script.below(6) {
        0 => descriptor.set_none(()),
        1 => descriptor.set_sender_hosted(script.id()),
        2 => descriptor.set_sender_promise(script.id()),
        3 => descriptor.set_receiver_hosted(script.id()),
        4 => promised(script, descriptor.init_receiver_answer()),
        _ => descriptor
            .init_third_party_hosted()
            .set_vine_id(script.id()),
    }
}

fn target(script: &mut Script<'_>, mut target: message_target::Builder<'_>) {
    if script.is() {
        target.set_imported_cap(script.id());
    } else {
        promised(script, target.init_promised_answer());
    }
}

fn promised(script: &mut Script<'_>, mut answer: promised_answer::Builder<'_>) {
    answer.set_question_id(script.id());
    let count = script.below(3) as u32;
    let mut transform = answer.init_transform(count);
    for index in 0..count {
        let mut op = transform.reborrow().get(index);
        match script.byte() {
            0 => op.set_noop(()),
            255 => op.set_get_pointer_field(u16::MAX),
            field => op.set_get_pointer_field(u16::from(field % 3)),
        }
    }
}
