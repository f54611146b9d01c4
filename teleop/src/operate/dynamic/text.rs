//! [`Text`]: an interface as Cap'n Proto text, for people to read.

use std::fmt;

use super::{
    interface::{Interface, Method},
    reached::Reached,
    write_text::Writer,
};

/// A piece of schema, in pieces that can be coloured. [`Display`](fmt::Display) is plain.
///
/// It is for reading: types that were nested stand beside each other under their full names.
#[derive(Clone, Debug, Default)]
pub struct Text {
    tokens: Vec<(Class, String)>,
    indent: usize,
    bytes: usize,
}

/// What a piece of [`Text`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// White space and punctuation.
    Plain,
    /// A comment.
    Comment,
    /// A word of the language, such as `interface`.
    Keyword,
    /// The name of what is being defined.
    Name,
    /// The name of a type.
    Type,
    /// An ordinal or an id, such as `@0`.
    Ordinal,
    /// A default.
    Literal,
}

/// In bytes: more than anybody reads, and no more than a terminal takes in a moment.
const LONGEST: usize = 8 << 20;

impl Text {
    /// Its pieces, in order.
    pub fn tokens(&self) -> impl Iterator<Item = (Class, &str)> + '_ {
        self.tokens
            .iter()
            .map(|(class, text)| (*class, text.as_str()))
    }

    /// Whether nothing more is taken.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > LONGEST
    }

    pub(super) fn push(&mut self, class: Class, text: impl Into<String>) -> &mut Self {
        let text = text.into();
        let before = self.bytes;
        self.bytes += text.len();
        if self.bytes <= LONGEST {
            self.tokens.push((class, text));
        } else if before <= LONGEST {
            self.tokens
                .push((Class::Comment, "\n# … and more\n".to_owned()));
        }
        self
    }

    pub(super) fn plain(&mut self, text: &str) -> &mut Self {
        self.push(Class::Plain, text)
    }

    pub(super) fn line(&mut self) -> &mut Self {
        let indent = "  ".repeat(self.indent);
        self.push(Class::Plain, format!("\n{indent}"))
    }

    pub(super) fn open(&mut self) {
        self.plain("{");
        self.indent += 1;
    }

    pub(super) fn close(&mut self) {
        self.indent -= 1;
        self.line().plain("}");
    }

    pub(super) fn doc(&mut self, doc: &str) {
        for line in doc.trim_end().lines() {
            let line = format!("# {}", line.trim_end());
            self.line().push(Class::Comment, line.trim_end());
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens
            .iter()
            .try_for_each(|(_, text)| f.write_str(text))
    }
}

impl Interface {
    /// The interface as Cap'n Proto text, with its comments and with every type that it mentions.
    pub fn text(&self) -> Text {
        let mut writer = Writer::new(&self.schema);
        writer.node(self.index);
        for index in Reached::from_interface(self) {
            writer.text.plain("\n");
            writer.node(index);
        }
        writer.text
    }
}

impl Method {
    /// The method as Cap'n Proto text, with its comment and with every type that it mentions.
    pub fn text(&self) -> Text {
        let interface = self.interface();
        let mut writer = Writer::new(&interface.schema);
        writer
            .text
            .push(Class::Comment, format!("# {}\n", interface.display_name()));
        writer.method(self.node(), self.ordinal());
        writer.text.plain("\n");
        for index in Reached::from_method(self) {
            writer.text.plain("\n");
            writer.node(index);
        }
        writer.text
    }
}
