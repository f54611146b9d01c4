//! [`Said`]: what the other end says on its standard error.

use std::{io, thread};

use async_process::ChildStderr;
use futures::{AsyncReadExt, channel::oneshot};

use crate::{output::Output, problem::Problem};

/// What the teleop at the other end reports. Everything else is passed on as it comes.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) message: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) problem: Option<Problem>,
}

impl Said {
    /// Listens until nobody has it open any more: in a thread of its own, since the command may wait for
    /// whoever reads its result.
    pub(super) fn listen(
        mut from: ChildStderr,
        output: Output,
    ) -> io::Result<oneshot::Receiver<Self>> {
        let (done, said) = oneshot::channel();
        thread::Builder::new().spawn(move || {
            let mut said = Self::default();
            let mut line = Vec::new();
            let mut buffer = [0; 4096];
            // What cannot be read is as good as its end.
            while let Ok(length @ 1..) = async_io::block_on(from.read(&mut buffer)) {
                for &byte in &buffer[..length] {
                    if byte != b'\n' {
                        line.push(byte);
                    }
                    if byte == b'\n' || line.len() == LONGEST {
                        said.hear(&line, &output);
                        line.clear();
                    }
                }
            }
            if !line.is_empty() {
                said.hear(&line, &output);
            }
            let _ = done.send(said); // Who does not wait for it does not want it.
        })?;
        Ok(said)
    }

    fn hear(&mut self, line: &[u8], output: &Output) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        if let Some(problem) = line.strip_prefix('{').and(serde_json::from_str(line).ok()) {
            let problem: Problem = problem;
            self.message = Some(problem.message.clone());
            self.hint.clone_from(&problem.hint);
            self.problem = Some(problem);
        } else if let Some(message) = line.strip_prefix("teleop: ") {
            self.message = Some(message.to_owned());
        } else if let Some(hint) = line.strip_prefix("hint: ") {
            self.hint = Some(hint.to_owned());
        } else if !line.starts_with("usage: ") {
            output.pass_on(line);
        }
    }
}

/// What is longer is broken into several lines.
const LONGEST: usize = 64 << 10;
