//! `teleop man`: the manual pages, as they stand in `man/`.

use anyhow::Result;
use clap::Args;
use clap_mangen::{
    Man as Page,
    roff::{Roff, bold, roman},
};
use teleop::operate::dynamic::nearest;

use super::help::{TOPICS, Topic, exit_status};
use crate::{cli::Cli, exit::Usage, output::Output};

#[derive(Args, Debug)]
#[command(after_help = "\
They are in the language of man(1): those of verbs are of section 1, those on
topics of section 7.

Examples:
  teleop man call | man -l -
  teleop man > /usr/local/share/man/man1/teleop.1")]
pub(crate) struct Man {
    /// A verb or a topic
    #[arg(value_name = "VERB|TOPIC")]
    subject: Option<String>,
}

fn unknown(subject: &str, grammar: &clap::Command) -> Usage {
    let verbs = grammar.get_subcommands().map(clap::Command::get_name);
    let known = verbs.chain(TOPICS.iter().map(|topic| topic.name));
    let nearest = nearest(subject, known).map(|name| format!("; did you mean `{name}`?"));
    let nearest = nearest.unwrap_or_default();
    Usage(format!("there is no page on `{subject}`{nearest}"))
}

/// The variables that are heeded.
const ENVIRONMENT: [(&str, &str); 7] = [
    (
        "TELEOP_DIR",
        "The directory where processes publish their endpoints, seen through their root directories. \
         Default: what follows from their users.",
    ),
    (
        "TELEOP_DISABLE",
        "Where it is 1 in the environment of a program, that program offers nothing.",
    ),
    (
        "TELEOP_COMPLETE_ATTACH",
        "Where it is 1, a shell that completes a word may attach to a process whose socket is not open.",
    ),
    (
        "TELEOP_COMPLETE_VIA",
        "Where it is 1, a shell that completes a word may run the command of `--via`, which attaches to the process \
         there.",
    ),
    (
        "TELEOP_COMPLETE_TIMEOUT",
        "How long a shell waits at most when it completes a word. Default: 500ms.",
    ),
    ("NO_COLOR", "Where it is set, nothing is coloured."),
    (
        "CLICOLOR, CLICOLOR_FORCE",
        "Where the one is 0, nothing is coloured; where the other is set and not 0, text is, also into \
         a pipe. JSON is not.",
    ),
];

impl Man {
    pub(crate) fn run(&self, output: &Output) -> Result<()> {
        let grammar = Cli::grammar();
        let Some(subject) = &self.subject else {
            return output.page(&main(grammar)?);
        };
        if let Some(topic) = TOPICS.iter().find(|topic| topic.name == subject) {
            return output.page(&on(topic));
        }
        let others = ["teleop(1)", "teleop-exit-status(7)", "teleop-json(7)"].map(str::to_owned);
        match grammar.find_subcommand(subject) {
            Some(verb) => output.page(&of(verb, &Roff::new(), &others)?),
            None => Err(unknown(subject, &grammar).into()),
        }
    }
}

/// The page of the whole command.
fn main(grammar: clap::Command) -> Result<String> {
    // What the help calls commands, everything else calls verbs.
    let grammar = grammar.subcommand_value_name("VERB");
    let grammar = &grammar.subcommand_help_heading("VERBS");
    let verbs = grammar.get_subcommands().filter(|verb| !verb.is_hide_set());
    let verbs = verbs.map(|verb| format!("teleop-{}(1)", verb.get_name()));
    let topics = TOPICS
        .iter()
        .map(|topic| format!("teleop-{}(7)", topic.name));
    let others: Vec<_> = verbs.chain(topics).collect();

    let mut rest = section("EXIT STATUS");
    prose(&mut rest, &exit_status());
    rest.control("SH", ["ENVIRONMENT"]);
    for (name, meaning) in ENVIRONMENT {
        let entry = rest.control("TP", []);
        entry.text([bold(name)]).text([roman(meaning)]);
    }
    of(grammar, &rest, &others)
}

/// The page of a verb, or of them all: what clap says of it, then the rest.
fn of(command: &clap::Command, rest: &Roff, others: &[String]) -> Result<String> {
    let page = Page::new(command.clone());
    let (notes, examples) = parts(command);
    let mut text = Vec::new();
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    notes.to_writer(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    page.render_options_section(&mut text)?;
    rest.to_writer(&mut text)?;
    examples.to_writer(&mut text)?;
    see_also(others).to_writer(&mut text)?;
    let name = command.get_display_name().unwrap_or("teleop");
    Ok(whole(name, 1, &String::from_utf8(text)?))
}

/// The page on a topic.
fn on(topic: &Topic) -> String {
    let name = format!("teleop-{}", topic.name);
    let mut page = section("NAME");
    page.text([roman(format!("{name} - {}", topic.about))]);
    page.control("SH", ["DESCRIPTION"]);
    prose(&mut page, &(topic.page)());
    let others = see_also(&["teleop(1)".to_owned()]);
    whole(&name, 7, &(page.render() + &others.render()))
}

/// A page with its title. It has no date: it is that of the version.
fn whole(name: &str, section: u8, text: &str) -> String {
    // What defines an apostrophe, each part has at its head; once is enough.
    const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
    const SOURCE: &str = concat!("teleop ", env!("CARGO_PKG_VERSION"));

    let text = text.replace(APOSTROPHE, "");
    format!("{APOSTROPHE}.TH {name} {section} \"\" \"{SOURCE}\" Teleop\n{text}")
}

/// What the help of a command says at its end: in words, and as examples.
fn parts(command: &clap::Command) -> (Roff, Roff) {
    let end = command.get_after_help().map(ToString::to_string);
    let (mut notes, mut examples) = (Roff::new(), Roff::new());
    let end = end.unwrap_or_default();
    for block in end.split("\n\n") {
        match block.strip_prefix("Examples:\n") {
            Some(lines) => {
                examples = section("EXAMPLES");
                prose(&mut examples, lines);
            }
            None => {
                notes.control("PP", []);
                prose(&mut notes, block);
            }
        }
    }
    (notes, examples)
}

fn section(name: &str) -> Roff {
    let mut section = Roff::new();
    section.control("SH", [name]);
    section
}

/// Paragraphs, which are filled; where lines of one are indented, they stay as they are.
fn prose(page: &mut Roff, text: &str) {
    // What fits a terminal beside the indent of a page.
    const WIDTH: usize = 73;

    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    for (index, block) in blocks.enumerate() {
        if index > 0 {
            page.control("PP", []);
        }
        if !block.lines().any(|line| line.starts_with(' ')) {
            page.text([roman(block.trim().replace('\n', " "))]);
            continue;
        }
        let is_wide = block.lines().any(|line| line.chars().count() > WIDTH);
        page.control("nf", []);
        if is_wide {
            page.control("in", ["0"]);
        }
        for line in block.trim_end().lines() {
            page.text([roman(line)]);
        }
        if is_wide {
            page.control("in", []);
        }
        page.control("fi", []);
    }
}

fn see_also(others: &[String]) -> Roff {
    let mut section = section("SEE ALSO");
    section.text([roman(others.join(", "))]);
    section
}
