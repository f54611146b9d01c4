//! [`Via`]: the command that leads to another machine, container or user, and what is run by it.

mod errand;
mod failure;
mod passage;
mod pipes;
mod query;
mod relay;
mod said;

use std::time::Duration;

use anyhow::Result;
use async_process::{Command, Stdio};

pub(crate) use failure::Failure;
pub(crate) use passage::Passage;
pub(crate) use query::{Answer, Question, query};
pub(crate) use relay::relay;

use crate::{
    cli::{AttacherName, Options},
    exit::Usage,
    signal::Heard,
    target::Targets,
};

/// What runs a command elsewhere: `ssh host`, `docker exec -i name`, `sudo -n`.
#[derive(Clone, Debug)]
pub(crate) struct Via {
    words: Vec<String>,
    /// Whether Ctrl-C is for this command, and not for what it runs.
    is_spared: bool,
}

/// What teleop is called elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Program(String);

impl Via {
    /// Reads the words as a shell would; no shell ever does.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words = shlex::split(text).ok_or("a quote or a backslash in it is left open")?;
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Self {
                words,
                is_spared: false,
            }),
            _ => Err("it names no command".to_owned()),
        }
    }

    /// The same, which Ctrl-C does not end: there is a session to be kept.
    pub(crate) fn spared(self) -> Self {
        Self {
            is_spared: true,
            ..self
        }
    }

    /// The program that is run here.
    fn program(&self) -> &str {
        &self.words[0]
    }

    /// The words by which a verb there has to do with the same process; the first two show what is meant.
    fn words(verb: &str, targets: &Targets, options: &Options) -> Vec<String> {
        let mut words = vec![verb.to_owned()];
        words.extend(targets.words());
        words.push("--json".to_owned());
        words.extend(["--timeout".to_owned(), timeout(options.timeout)]);
        if let Some(wait) = options.wait {
            words.extend(["--wait".to_owned(), written(wait)]);
        }
        if options.attacher != AttacherName::Auto {
            words.extend(["--attacher", options.attacher.as_str()].map(str::to_owned));
        }
        words
    }

    /// How many of those words show what is meant.
    const SHOWN: usize = 2;

    /// How long an answer about a process may take.
    fn limit(options: &Options) -> Duration {
        let waiting = options.wait.unwrap_or_default();
        options.timeout.saturating_add(waiting)
    }

    /// Whether words mean the same at every other end.
    fn check(words: &[String]) -> Result<(), Usage> {
        match words.iter().find(|word| !word.chars().all(is_plain)) {
            Some(odd) => Err(Usage(format!("`{odd}` cannot be told elsewhere: {PLAIN}"))),
            None => Ok(()),
        }
    }

    /// What has teleop do something there. Each word has to mean the same whether or not a shell reads it:
    /// what ssh is given, the shell at the other end takes apart anew.
    fn command(&self, words: &[String], options: &Options) -> Command {
        let mut command = Command::new(self.program());
        command
            .args(&self.words[1..])
            .arg(&options.via_program.0)
            .args(words)
            .stderr(Stdio::piped());
        command
    }

    /// The same as a user would write it.
    fn line(&self, words: &[String], options: &Options) -> String {
        let there = [&options.via_program.0].into_iter().chain(words);
        let words = self.words.iter().chain(there).map(String::as_str);
        // No word of a command line has a NUL in it.
        shlex::try_join(words).unwrap_or_default()
    }
}

impl Program {
    /// Reads a name or a path.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.starts_with('-') || !text.chars().all(is_plain) {
            return Err(PLAIN.to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Runs a future to its end, unless whoever listens hears a signal first.
async fn unless_heard<T>(
    heard: Option<&mut Heard>,
    future: impl Future<Output = Result<T>>,
) -> Result<T> {
    match heard {
        Some(heard) => heard.during(future).await,
        None => future.await,
    }
}

/// What a word may consist of. Quotes would be one too many where no shell is at the other end, and one
/// too few where one is.
const PLAIN: &str = "letters, digits and `._/~+:@-` alone reach every other end unchanged";

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._/~+:@-".contains(c)
}

/// How long the other end may wait for the process: less than this one, so that what it says of a process
/// that does not answer comes in time.
fn timeout(limit: Duration) -> String {
    written((limit - limit / 4).max(Duration::from_millis(1)))
}

/// A duration as one word.
fn written(duration: Duration) -> String {
    match u64::try_from(duration.as_millis()) {
        Ok(millis) => format!("{millis}ms"),
        Err(_) => format!("{}s", duration.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Program, Via, timeout};

    #[test]
    fn a_command_is_split_as_a_shell_would_split_it() {
        let words = |text| Via::parse(text).map(|via| via.words);
        let ssh = words("ssh  -o 'ProxyCommand=nc %h 22' host").unwrap();
        assert_eq!(ssh, ["ssh", "-o", "ProxyCommand=nc %h 22", "host"]);
        for wrong in ["", " ", "''", "ssh 'host", "ssh host\\"] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_program_is_what_a_shell_leaves_as_it_is() {
        for right in ["teleop", "~/.cargo/bin/teleop", "C:/bin/teleop.exe"] {
            assert!(Program::parse(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "-v",
            "a b",
            "a;b",
            "$HOME/teleop",
            "a'b",
            "a=b",
            "\u{e9}",
        ] {
            assert!(Program::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_other_end_has_less_time() {
        assert_eq!(timeout(Duration::from_secs(5)), "3750ms");
        assert_eq!(timeout(Duration::from_nanos(1)), "1ms");
        let longest = timeout(Duration::MAX);
        assert!(humantime::parse_duration(&longest).is_ok(), "{longest}");
    }
}
