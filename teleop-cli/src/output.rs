//! [`Output`]: the only place that prints. Results go to the standard output, all else to the standard
//! error.

use std::{
    env,
    ffi::OsString,
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Write},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};
use serde::Serialize;
use teleop::{Error, Pid};

use crate::{
    cli::{Color, Options},
    exit::Exit,
    json::{self, Form, Palette},
    neutral::Neutral,
    problem::Problem,
    progress,
    report::Report,
};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = Style::new().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// What is written at once. A result that is no longer is written whole, or not at all.
const BUFFER: usize = 64 << 10;

/// What cannot be done where it fails.
const WRITE: &str = "cannot write to standard output";

/// Where to and how is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    json: bool,
    /// Whether a script reads what goes to the standard error, too.
    is_for_scripts: bool,
    color: Color,
    quiet: bool,
    verbose: bool,
    /// Which of several processes the results are of.
    process: Option<Pid>,
}

/// What is printed of one of several processes.
#[derive(Debug, Serialize)]
struct Keyed<T> {
    pid: Option<u32>,
    #[serde(flatten)]
    outcome: T,
}

/// Text, as scripts read it.
#[derive(Debug, Serialize)]
struct Page<'a> {
    text: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome<'a, T> {
    Result(&'a T),
    Error(&'a Problem),
}

impl Output {
    pub(crate) fn of(options: &Options) -> Self {
        Self {
            json: options.json,
            is_for_scripts: options.json,
            color: options.color,
            quiet: options.quiet,
            verbose: options.verbose,
            process: None,
        }
    }

    /// How is printed before it is known what the command line says: by whether `--json` is in it.
    pub(crate) fn of_line(words: impl IntoIterator<Item = OsString>) -> Self {
        let mut options = words.into_iter().take_while(|word| word != "--");
        let json = options.any(|word| word == "--json");
        Self {
            json,
            is_for_scripts: json,
            ..Self::default()
        }
    }

    /// The same, for the results of one of several processes: each is a line of JSON that has its id.
    pub(crate) fn of_process(self, pid: Pid) -> Self {
        Self {
            json: true,
            process: Some(pid),
            ..self
        }
    }

    /// Prints, in place of a result, why one of several processes has none.
    pub(crate) fn failure(&self, report: &Report) -> Result<()> {
        let problem = Problem::from(report);
        let failure: Outcome<'_, ()> = Outcome::Error(&problem);
        self.write_keyed(failure)
    }

    /// Whether a person reads the result; else it is JSON, on one line.
    pub(crate) fn is_for_people(&self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Prints a result as JSON.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<()> {
        let form = if self.is_for_people() {
            Form::Indented
        } else {
            Form::Line
        };
        self.write_json(value, form)
    }

    /// Whether JSON was asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether somebody sees on a terminal what goes on.
    pub(crate) fn shows_progress(&self) -> bool {
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        !self.quiet && !self.is_for_scripts && !is_dumb && io::stderr().is_terminal()
    }

    /// Prints JSON that is to be edited.
    pub(crate) fn indented(&self, value: &impl Serialize) -> Result<()> {
        self.write_json(value, Form::Indented)
    }

    /// Prints one of many results: a line of JSON, at once.
    pub(crate) fn line(&self, value: &impl Serialize) -> Result<()> {
        self.write_json(value, Form::Line)
    }

    fn write_json(&self, value: &impl Serialize, form: Form) -> Result<()> {
        match self.process {
            Some(_) => self.write_keyed(Outcome::Result(value)),
            None => self.write(value, form),
        }
    }

    fn write_keyed(&self, outcome: impl Serialize) -> Result<()> {
        let pid = self.process.map(Pid::as_u32);
        self.write(&Keyed { pid, outcome }, Form::Line)
    }

    fn write(&self, value: &impl Serialize, form: Form) -> Result<()> {
        progress::end();
        // A program that parses the line is not to be broken by a variable that asks for colours
        // everywhere, such as CLICOLOR_FORCE; only by somebody who asks for just that.
        let is_colored = match self.color {
            Color::Always => true,
            Color::Auto => self.is_for_people() && self.paints(&io::stdout()),
            Color::Never => false,
        };
        let palette = if is_colored {
            Palette::COLORED
        } else {
            Palette::PLAIN
        };
        let mut to = BufWriter::with_capacity(BUFFER, io::stdout().lock());
        match json::write(&mut to, value, form, palette) {
            Ok(()) => to.flush().context(WRITE),
            // What the target sent makes no sense: what was not written yet is not to be.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let _ = to.into_parts();
                let problem = error.to_string();
                Err(Error::Protocol { problem }.into())
            }
            Err(error) => Err(error).context(WRITE),
        }
    }

    /// Prints a text or data as it is; for a person, without what would steer the terminal.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<()> {
        progress::end();
        let mut to = io::stdout().lock();
        let mut written = || {
            if !io::stdout().is_terminal() {
                to.write_all(bytes)?;
                return to.flush();
            }
            let text = String::from_utf8_lossy(bytes);
            for (index, line) in text.split('\n').enumerate() {
                let end = if index == 0 { "" } else { "\n" };
                write!(to, "{end}{}", Neutral(line))?;
            }
            to.flush()
        };
        written().context(WRITE)
    }

    /// Prints text that may have styles in it.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        progress::end();
        let is_colored = self.paints(&io::stdout());
        let mut to = self.stdout(is_colored);
        let written = to.write_all(text.as_bytes());
        written.and_then(|()| to.flush()).context(WRITE)
    }

    /// Prints a page of text: as JSON, where just that was asked for.
    pub(crate) fn page(&self, text: &str) -> Result<()> {
        if self.json {
            let text = &anstream::adapter::strip_str(text).to_string();
            return self.json(&Page { text });
        }
        self.text(text)
    }

    /// Ends the line in which somebody was typing.
    pub(crate) fn end_line(&self) {
        let _ = writeln!(self.stderr()); // As in `say`.
    }

    /// Says something that is not the result.
    pub(crate) fn note(&self, note: impl Display) {
        if !self.quiet && !self.is_for_scripts {
            self.say(NOTE, "teleop:", &note.to_string());
        }
    }

    /// Gives a next step.
    pub(crate) fn hint(&self, hint: impl Display) {
        if !self.quiet && !self.is_for_scripts {
            self.say(HINT, "hint:", &hint.to_string());
        }
    }

    /// Says something that only who asked for details wants to know.
    pub(crate) fn detail(&self, detail: impl FnOnce() -> String) {
        if self.verbose {
            self.say(NOTE, "teleop:", &detail());
        }
    }

    /// Says why the command did not do what it was told.
    pub(crate) fn report(&self, report: &Report) {
        if report.exit == Exit::Done {
            return;
        }
        if self.is_for_scripts {
            let mut line = Vec::new();
            // It is written to memory.
            let _ = json::write(
                &mut line,
                &Problem::from(report),
                Form::Line,
                Palette::PLAIN,
            );
            let _ = io::stderr().lock().write_all(&line); // As in `say`.
            return;
        }
        if !report.is_known {
            self.say(ERROR, "teleop:", &self.bounded(&report.message));
        }
        if let Some(usage) = &report.usage {
            let _ = writeln!(self.stderr(), "{usage}"); // As in `say`.
        }
        if let Some(hint) = report.hint.as_ref().filter(|_| !report.is_known) {
            self.hint(hint);
        }
    }

    /// As much of a message as anybody reads on a terminal.
    fn bounded(&self, message: &str) -> String {
        const LONGEST: usize = 1000;

        let end = message.char_indices().nth(LONGEST);
        match end.filter(|_| io::stderr().is_terminal()) {
            Some((end, _)) => format!(
                "{}… (`--json` has all of it, {} bytes)",
                &message[..end],
                message.len()
            ),
            None => message.to_owned(),
        }
    }

    /// Passes a line on that somebody else has to say.
    pub(crate) fn pass_on(&self, line: &str) {
        // As in `say`.
        let _ = progress::beside(|| writeln!(self.stderr(), "{}", Neutral(line)));
    }

    fn say(&self, style: Style, label: &str, text: &str) {
        let line = format!("{style}{label}{style:#} {}\n", Neutral(text));
        // Where it cannot be said, there is nobody to be told.
        let _ = progress::beside(|| self.stderr().write_all(line.as_bytes()));
    }

    fn paints(&self, stream: &impl anstream::stream::RawStream) -> bool {
        match self.color {
            Color::Always => true,
            Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
            Color::Never => false,
        }
    }

    fn stdout(&self, is_colored: bool) -> AutoStream<io::StdoutLock<'static>> {
        AutoStream::new(io::stdout().lock(), choice(is_colored))
    }

    fn stderr(&self) -> AutoStream<io::StderrLock<'static>> {
        let is_colored = self.paints(&io::stderr());
        AutoStream::new(io::stderr().lock(), choice(is_colored))
    }
}

fn choice(is_colored: bool) -> ColorChoice {
    if is_colored {
        ColorChoice::Always
    } else {
        ColorChoice::Never
    }
}
