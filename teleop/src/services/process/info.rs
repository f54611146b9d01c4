//! [`Info`]: what this process is.

use std::{env, ffi::OsStr, path::PathBuf, time::Duration};

use teleop_schema::process_capnp::info;

use super::{MOST_TEXT, length, number, redact::redact_arguments, usage::millis};
use crate::{
    operate::capnp::About,
    process::{Uid, account_name, thread_count, uptime},
};

/// What this process is, as far as the system knows.
#[derive(Debug)]
pub(super) struct Info {
    executable: Option<PathBuf>,
    /// Without what looks secret in them.
    arguments: Vec<String>,
    arguments_omitted: usize,
    working_directory: Option<PathBuf>,
    user: Uid,
    user_name: Option<String>,
    uptime: Option<Duration>,
    threads: Option<u64>,
}

impl Info {
    pub(super) fn now() -> Self {
        let arguments: Vec<_> = env::args_os().collect();
        let shown = fitting(arguments.iter().map(|argument| argument.len()));
        let user = Uid::effective();
        Self {
            executable: env::current_exe().ok(),
            arguments: redact_arguments(arguments.iter().take(shown).map(|text| lossy(text))),
            arguments_omitted: arguments.len() - shown,
            working_directory: env::current_dir().ok(),
            user,
            user_name: account_name(user),
            uptime: uptime(),
            threads: thread_count(),
        }
    }

    pub(super) fn write(&self, about: &About, mut builder: info::Builder<'_>) {
        builder.set_pid(about.pid);
        builder.set_program(&about.program);
        if let Some(version) = &about.version {
            builder.set_version(version);
        }
        if let Some(path) = &self.executable {
            builder.set_executable(path.to_string_lossy());
        }
        let count = length(self.arguments.len());
        let mut arguments = builder.reborrow().init_arguments(count);
        for (index, argument) in (0..count).zip(&self.arguments) {
            arguments.set(index, argument);
        }
        builder.set_arguments_omitted(length(self.arguments_omitted));
        if let Some(path) = &self.working_directory {
            builder.set_working_directory(path.to_string_lossy());
        }
        let mut user = builder.reborrow().init_user();
        user.set_id(self.user.id());
        if let Some(name) = &self.user_name {
            user.set_name(name);
        }
        // There, 0 is what is not known.
        builder.set_started(number(Some(about.started).filter(|&time| time > 0)));
        builder.set_uptime(millis(self.uptime));
        builder.set_threads(number(self.threads));
        builder.set_protocol(about.protocol);
        builder.set_teleop(env!("CARGO_PKG_VERSION"));
    }
}

/// How many of these texts fit into an answer.
fn fitting(lengths: impl Iterator<Item = usize>) -> usize {
    let mut left = MOST_TEXT;
    lengths
        .take_while(|length| match left.checked_sub(length + size_of::<u64>()) {
            Some(less) => {
                left = less;
                true
            }
            None => false,
        })
        .count()
}

fn lossy(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}
