//! [`Screen`]: a terminal, while it is used as a whole.

use std::{
    io::{self, Read, Write},
    thread,
};

use anyhow::{Context, Result};
use crossterm::{
    Command, cursor,
    terminal::{self, Clear, ClearType},
};
use futures::channel::mpsc::{UnboundedReceiver, unbounded};

use super::view::Size;

/// A terminal that is drawn on, and put right again when this is dropped.
#[derive(Debug)]
pub(crate) struct Screen(());

/// What somebody has pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Quit,
    /// Ctrl-C, which is no signal here.
    Interrupt,
}

impl Screen {
    pub(super) fn open() -> Result<Self> {
        terminal::enable_raw_mode().context("cannot draw on the terminal")?;
        let screen = Self(());
        let mut begin = String::new();
        add(&mut begin, terminal::EnterAlternateScreen);
        add(&mut begin, terminal::DisableLineWrap);
        add(&mut begin, cursor::Hide);
        put(&begin)?;
        Ok(screen)
    }

    /// Puts the terminal right, where one is drawn on: also before a bug is reported.
    pub(crate) fn close() {
        if !terminal::is_raw_mode_enabled().unwrap_or(false) {
            return;
        }
        let mut end = String::new();
        add(&mut end, cursor::Show);
        add(&mut end, terminal::EnableLineWrap);
        add(&mut end, terminal::LeaveAlternateScreen);
        // The terminal may be gone.
        let _ = put(&end);
        let _ = terminal::disable_raw_mode();
    }

    /// How much there is room for.
    pub(super) fn size(&self) -> Size {
        let (columns, lines) = terminal::size().unwrap_or((80, 24));
        Size {
            columns: columns.into(),
            lines: lines.into(),
        }
    }

    /// Draws lines in place of those before, at once.
    pub(super) fn draw(&self, lines: &[String]) -> Result<()> {
        let mut frame = String::new();
        add(&mut frame, terminal::BeginSynchronizedUpdate);
        for (line, row) in lines.iter().zip(0..) {
            add(&mut frame, cursor::MoveTo(0, row));
            frame += line;
            add(&mut frame, Clear(ClearType::UntilNewLine));
        }
        if let Ok(end) = u16::try_from(lines.len()) {
            if usize::from(end) < self.size().lines {
                add(&mut frame, cursor::MoveTo(0, end));
                add(&mut frame, Clear(ClearType::FromCursorDown));
            }
        }
        add(&mut frame, terminal::EndSynchronizedUpdate);
        put(&frame)
    }

    /// What is pressed from now on.
    pub(super) fn keys(&self) -> Result<UnboundedReceiver<Key>> {
        let (tell, keys) = unbounded();
        // A thread of its own, which ends with the command: nothing wakes up who reads a terminal.
        let listen = move || {
            for byte in io::stdin().lock().bytes() {
                let key = match byte {
                    Ok(b'q' | b'Q') => Key::Quit,
                    Ok(CTRL_C) => Key::Interrupt,
                    Ok(_) => continue,
                    Err(_) => return,
                };
                let _ = tell.unbounded_send(key); // Who does not listen ends anyway.
            }
        };
        thread::Builder::new()
            .spawn(listen)
            .context("cannot start a thread")?;
        Ok(keys)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        Self::close();
    }
}

const CTRL_C: u8 = 3;

fn add(text: &mut String, command: impl Command) {
    let _ = command.write_ansi(text); // A string takes anything.
}

fn put(text: &str) -> Result<()> {
    let mut to = io::stdout().lock();
    to.write_all(text.as_bytes())?;
    Ok(to.flush()?)
}
