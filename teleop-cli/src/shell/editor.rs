//! [`Editor`]: a line that is edited on a terminal.

use std::io::ErrorKind;

use futures::channel::mpsc::UnboundedSender;
use rustyline::{
    Behavior, Config, Result, config::CompletionType, error::ReadlineError, history::FileHistory,
};

use super::{completer::Completer, history::History, lines::Said};

/// Edits lines, and keeps them.
#[derive(Debug)]
pub(super) struct Editor {
    prompt: String,
    history: Option<History>,
    editor: rustyline::Editor<Completer, FileHistory>,
}

impl Editor {
    pub(super) fn new(
        prompt: String,
        history: Option<History>,
        said: UnboundedSender<Said>,
    ) -> Result<Self> {
        let config = Config::builder()
            .max_history_size(History::LONGEST)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            // The standard output may lead elsewhere.
            .behavior(Behavior::PreferTerm)
            // A terminal is left as it was found also where the session ends in the midst of a line.
            .bracketed_paste(false)
            .build();
        let mut editor = rustyline::Editor::with_config(config)?;
        editor.set_helper(Some(Completer(said)));
        if let Some(history) = &history {
            let _ = editor.load_history(history.path()); // There may be none yet.
        }
        Ok(Self {
            prompt,
            history,
            editor,
        })
    }

    /// Waits for a line.
    pub(super) fn read(&mut self) -> Said {
        match self.editor.readline(self.prompt.as_str()) {
            Ok(line) => {
                let is_kept = self.editor.add_history_entry(line.as_str());
                if let (Some(history), Ok(true)) = (&self.history, is_kept) {
                    // A history that cannot be written is that of this session alone.
                    let _ = self.editor.append_history(history.path());
                }
                Said::Line(line)
            }
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Said::Cleared,
            Err(ReadlineError::Eof) => Said::End,
            // Ctrl-D was pressed before lines were edited.
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => Said::End,
            Err(error) => Said::Failed(error.to_string()),
        }
    }
}
