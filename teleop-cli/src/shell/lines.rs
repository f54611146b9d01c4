//! [`Lines`]: where the lines of a session come from, one at a time.

use std::{
    io::{self, BufRead},
    sync::mpsc,
    thread,
};

use anyhow::{Context, Result};
use futures::{StreamExt, channel::mpsc as asynchronous};

use super::{completer::Question, editor::Editor, history::History};

/// Lines, read by a thread of its own: it may take any time, and meanwhile the connection is served.
#[derive(Debug)]
pub(crate) struct Lines {
    ask: mpsc::Sender<()>,
    said: asynchronous::UnboundedReceiver<Said>,
    /// Whether somebody types them, and goes on where one fails.
    pub(crate) are_typed: bool,
}

/// What comes of a request for a line.
#[derive(Debug)]
pub(super) enum Said {
    Line(String),
    /// Ctrl-C: the line is cleared.
    Cleared,
    /// There are no more.
    End,
    /// It cannot be read.
    Failed(String),
    /// What may come next is to be said first.
    Question(Question),
}

impl Lines {
    /// Lines of a terminal, which are edited.
    pub(crate) fn typed(prompt: String, history: Option<History>) -> Result<Self> {
        let lines = Self::start(true, move |asked, said| {
            let mut editor = match Editor::new(prompt, history, said.clone()) {
                Ok(editor) => editor,
                Err(error) => return tell(&said, Said::Failed(error.to_string())),
            };
            while asked.recv().is_ok() {
                tell(&said, editor.read());
            }
        })?;
        leave_stops_to_others();
        Ok(lines)
    }

    /// Lines of a script.
    pub(crate) fn script() -> Result<Self> {
        Self::start(false, |asked, said| {
            let mut lines = io::stdin().lock().lines();
            while asked.recv().is_ok() {
                let line = match lines.next() {
                    Some(Ok(line)) => Said::Line(line),
                    Some(Err(error)) => Said::Failed(error.to_string()),
                    None => Said::End,
                };
                tell(&said, line);
            }
        })
    }

    fn start(
        are_typed: bool,
        read: impl FnOnce(mpsc::Receiver<()>, asynchronous::UnboundedSender<Said>) + Send + 'static,
    ) -> Result<Self> {
        let (ask, asked) = mpsc::channel();
        let (tell, said) = asynchronous::unbounded();
        thread::Builder::new()
            .spawn(move || read(asked, tell))
            .context("cannot start a thread")?;
        Ok(Self {
            ask,
            said,
            are_typed,
        })
    }

    /// Asks for a line, which will be [said](Self::next).
    pub(super) fn ask(&self) {
        let _ = self.ask.send(()); // Where nobody reads any more, that is said.
    }

    pub(super) async fn next(&mut self) -> Said {
        self.said.next().await.unwrap_or(Said::End)
    }
}

/// Where the editor stops the process (Ctrl-Z), it is to be its own thread that takes the signal: any other takes
/// it later, when the editor has the terminal as it needs it again, and the shell would take that from it.
fn leave_stops_to_others() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};

        let _ = SigSet::from(Signal::SIGTSTP).thread_block(); // A signal that there is, in a thread that there is.
    }
}

fn tell(said: &asynchronous::UnboundedSender<Said>, what: Said) {
    let _ = said.unbounded_send(what); // Who does not listen has ended the session.
}
