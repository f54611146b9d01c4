//! [`Usage`], as the service tells it.

use std::time::Duration;

use teleop_schema::process_capnp::{thread, usage};

use super::{length, number};
use crate::process::{Thread, ThreadState, Usage};

pub(super) fn write(usage: &Usage, mut builder: usage::Builder<'_>) {
    let mut memory = builder.reborrow().init_memory();
    memory.set_resident(number(usage.resident));
    memory.set_peak_resident(number(usage.peak_resident));
    memory.set_virtual(number(usage.virtual_memory));

    let mut cpu = builder.reborrow().init_cpu();
    cpu.set_user(millis(usage.cpu.map(|time| time.user)));
    cpu.set_system(millis(usage.cpu.map(|time| time.system)));

    let mut files = builder.reborrow().init_files();
    files.set_open(number(usage.open_files));
    files.set_limit(number(usage.open_files_limit));

    builder.set_thread_count(number(usage.thread_count));
    let count = length(usage.threads.len());
    let mut threads = builder.init_threads(count);
    for (index, thread) in (0..count).zip(&usage.threads) {
        write_thread(thread, threads.reborrow().get(index));
    }
}

/// A time as the service says it.
pub(super) fn millis(time: Option<Duration>) -> i64 {
    number(time.and_then(|time| u64::try_from(time.as_millis()).ok()))
}

fn write_thread(thread: &Thread, mut builder: thread::Builder<'_>) {
    builder.set_id(thread.id);
    builder.set_name(&thread.name);
    builder.set_state(match thread.state {
        None => thread::State::Unknown,
        Some(ThreadState::Running) => thread::State::Running,
        Some(ThreadState::Sleeping) => thread::State::Sleeping,
        Some(ThreadState::Blocked) => thread::State::Blocked,
        Some(ThreadState::Stopped) => thread::State::Stopped,
        Some(ThreadState::Traced) => thread::State::Traced,
        Some(ThreadState::Ended) => thread::State::Ended,
    });
    let mut cpu = builder.reborrow().init_cpu();
    cpu.set_user(millis(Some(thread.cpu.user)));
    cpu.set_system(millis(Some(thread.cpu.system)));
    builder.set_system_call(thread.system_call.unwrap_or(-1));
}
