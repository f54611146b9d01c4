//! [`Argv`]: the command line, taken apart at every `--then` before its parser sees it.

use std::ffi::OsString;

use crate::cli::Cli;

/// The words of the command line. What follows a `--then`, up to the next one, is a call of its own,
/// whose words the parser could not tell from those of the first; options are understood everywhere.
#[derive(Debug, Default)]
pub(crate) struct Argv {
    /// What the parser is to see: everything before the first `--then`, and all options.
    pub(crate) first: Vec<OsString>,
    /// The words after each `--then`, without options. After a `--` they are what they are.
    pub(crate) then: Vec<Vec<OsString>>,
}

impl Argv {
    /// Takes words apart. A `--` ends it: what follows belongs to where it stands.
    pub(crate) fn split(words: impl IntoIterator<Item = OsString>) -> Self {
        let mut argv = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if let Some(rest) = word.to_str().and_then(|word| word.strip_prefix("--then")) {
                if rest.is_empty() {
                    argv.then.push(Vec::new());
                    continue;
                }
                if let Some(method) = rest.strip_prefix('=') {
                    argv.then.push(vec![method.into()]);
                    continue;
                }
            }
            let is_end = word == "--";
            let current = argv.then.last_mut().unwrap_or(&mut argv.first);
            current.push(word);
            if is_end {
                current.extend(words.by_ref());
            }
        }
        if !argv.then.is_empty() {
            argv.gather_options();
        }
        argv
    }

    /// Moves the options that stand after a `--then` to where the parser finds them.
    fn gather_options(&mut self) {
        let grammar = Cli::grammar();
        let call = grammar.find_subcommand("call");
        let takes_value = |option: &str| {
            let mut known = call.into_iter().flat_map(clap::Command::get_arguments);
            let name = option.strip_prefix("--");
            known.any(|known| known.get_long() == name && known.get_action().takes_values())
        };

        let mut options = Vec::new();
        for link in &mut self.then {
            let mut words = std::mem::take(link).into_iter();
            while let Some(word) = words.next() {
                match word.to_str() {
                    Some("--") => {
                        link.push(word);
                        link.extend(words.by_ref());
                    }
                    Some(option) if is_option(option) => {
                        let value = takes_value(option).then(|| words.next()).flatten();
                        options.push(word);
                        options.extend(value);
                    }
                    _ => link.push(word),
                }
            }
        }
        let end = self.first.iter().position(|word| word == "--");
        let end = end.unwrap_or(self.first.len());
        self.first.splice(end..end, options);
    }
}

/// Whether a word is an option, and no negative number and no `-`.
fn is_option(word: &str) -> bool {
    let name = word.strip_prefix('-').unwrap_or_default();
    name.starts_with(|it: char| it == '-' || it.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::Argv;

    #[track_caller]
    fn check(line: &str, first: &str, then: &[&str]) {
        let argv = Argv::split(line.split(' ').map(Into::into));
        let joined = |words: &[std::ffi::OsString]| words.join(" ".as_ref()).into_string().unwrap();
        assert_eq!(joined(&argv.first), first);
        let links: Vec<_> = argv.then.iter().map(|link| joined(link)).collect();
        assert_eq!(links, then);
    }

    #[test]
    fn a_line_without_then_stays_as_it_is() {
        check("call 1 a.b --json -- --x", "call 1 a.b --json -- --x", &[]);
    }

    #[test]
    fn each_then_has_its_own_words() {
        check(
            "call 1 a.b x --then c y=-5 --then d",
            "call 1 a.b x",
            &["c y=-5", "d"],
        );
        check("call 1 a.b --then=c - -5", "call 1 a.b", &["c - -5"]);
        check("call 1 a.b --then", "call 1 a.b", &[""]);
    }

    #[test]
    fn options_are_understood_everywhere() {
        check(
            "call 1 a.b --then c --timeout 1m x --json --then d -q --max=2 y",
            "call 1 a.b --timeout 1m --json -q --max=2",
            &["c x", "d y"],
        );
    }

    #[test]
    fn a_double_dash_ends_it() {
        check("call 1 a -- --then b", "call 1 a -- --then b", &[]);
        check(
            "call 1 a --then b -- --then --json",
            "call 1 a",
            &["b -- --then --json"],
        );
        check("call 1 a --then b --json", "call 1 a --json", &["b"]);
    }
}
