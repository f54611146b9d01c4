//! A schema as text, in colours.

use anstyle::{AnsiColor, Style};
use teleop::operate::dynamic::{Class, Text};

use crate::neutral::Neutral;

/// The text with styles, and without what would steer a terminal.
pub(crate) fn paint(text: &Text) -> String {
    let mut painted = String::new();
    for (class, token) in text.tokens() {
        let style = style(class);
        for (index, line) in token.split('\n').enumerate() {
            if index > 0 {
                painted.push('\n');
            }
            if !line.is_empty() {
                painted += &format!("{style}{}{style:#}", Neutral(line));
            }
        }
    }
    painted
}

/// The style of a comment, also of one that the command adds.
pub(crate) const COMMENT: Style = AnsiColor::BrightBlack.on_default();

fn style(class: Class) -> Style {
    match class {
        Class::Comment => COMMENT,
        Class::Keyword => AnsiColor::Magenta.on_default(),
        Class::Name => AnsiColor::Blue.on_default().bold(),
        Class::Type => AnsiColor::Cyan.on_default(),
        Class::Ordinal => AnsiColor::BrightBlack.on_default(),
        Class::Literal => AnsiColor::Green.on_default(),
        _ => Style::new(),
    }
}
