//! JSON as it is written: on one line for programs, indented and coloured for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::neutral::is_active;

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Line,
    Indented,
}

/// Writes a value, and the end of its last line.
pub(crate) fn write(
    mut to: impl Write,
    value: &impl Serialize,
    form: Form,
    palette: Palette,
) -> io::Result<()> {
    match form {
        Form::Line => serialize(&mut to, value, CompactFormatter, palette)?,
        Form::Indented => serialize(&mut to, value, PrettyFormatter::new(), palette)?,
    }
    to.write_all(b"\n")
}

fn serialize(
    to: impl Write,
    value: &impl Serialize,
    layout: impl Formatter,
    palette: Palette,
) -> io::Result<()> {
    let formatter = Painted {
        layout,
        palette,
        is_key: false,
    };
    let mut serializer = Serializer::with_formatter(to, formatter);
    Ok(value.serialize(&mut serializer)?)
}

/// The colours of what JSON consists of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Palette {
    key: Style,
    string: Style,
    literal: Style,
}

impl Palette {
    pub(crate) const PLAIN: Self = Self {
        key: Style::new(),
        string: Style::new(),
        literal: Style::new(),
    };
    pub(crate) const COLORED: Self = Self {
        key: AnsiColor::Blue.on_default().bold(),
        string: AnsiColor::Green.on_default(),
        literal: AnsiColor::Magenta.on_default(),
    };
}

/// A layout with colours, in which no character does anything to a terminal.
#[derive(Debug)]
struct Painted<L> {
    layout: L,
    palette: Palette,
    is_key: bool,
}

impl<L> Painted<L> {
    fn string(&self) -> Style {
        if self.is_key {
            self.palette.key
        } else {
            self.palette.string
        }
    }
}

impl<L: Formatter> Formatter for Painted<L> {
    fn write_null<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        paint(to, self.palette.literal, "null")
    }

    fn write_bool<W: ?Sized + Write>(&mut self, to: &mut W, value: bool) -> io::Result<()> {
        let word = if value { "true" } else { "false" };
        paint(to, self.palette.literal, word)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        begin(to, self.string())?;
        to.write_all(b"\"")
    }

    fn end_string<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b"\"")?;
        end(to, self.string())
    }

    /// JSON itself escapes the first 32 characters alone.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Most of what there is, and much quicker to tell.
        if fragment.is_ascii() && !fragment.as_bytes().contains(&0x7f) {
            return to.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(is_active) {
            let (before, after) = rest.split_at(at);
            to.write_all(before.as_bytes())?;
            let mut following = after.chars();
            // None of them is beyond the first 65,536, where one escape would not do.
            let active = following.next().map_or(0, u32::from);
            write!(to, "\\u{active:04x}")?;
            rest = following.as_str();
        }
        to.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.begin_array(to)
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.end_array(to)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_array_value(to, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.end_array_value(to)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.begin_object(to)
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.end_object(to)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_object_key(to, first)?;
        self.is_key = true;
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.is_key = false;
        self.layout.end_object_key(to)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(to)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.layout.end_object_value(to)
    }
}

fn paint(to: &mut (impl Write + ?Sized), style: Style, word: &str) -> io::Result<()> {
    begin(to, style)?;
    to.write_all(word.as_bytes())?;
    end(to, style)
}

fn begin(to: &mut (impl Write + ?Sized), style: Style) -> io::Result<()> {
    if style.is_plain() {
        return Ok(()); // To format nothing costs more than to write a word.
    }
    write!(to, "{style}")
}

fn end(to: &mut (impl Write + ?Sized), style: Style) -> io::Result<()> {
    if style.is_plain() {
        return Ok(());
    }
    write!(to, "{style:#}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Form, Palette, write};

    #[test]
    fn what_would_steer_a_terminal_is_escaped_and_still_the_same_text() {
        let value = json!({"a": "x\u{1b}[31m\u{9b}\u{202e}é\n", "b": [null, true, 1]});
        let mut line = Vec::new();
        write(&mut line, &value, Form::Line, Palette::PLAIN).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(
            line,
            "{\"a\":\"x\\u001b[31m\\u009b\\u202eé\\n\",\"b\":[null,true,1]}\n"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&line).unwrap(),
            value
        );
    }
}
