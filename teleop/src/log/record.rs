//! [`Record`]: an event, written down.

use std::{
    fmt::{self, Write},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field as Name, Visit},
    span,
};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{layer::Context, registry::LookupSpan};

/// How long one value may be, in bytes.
pub(super) const LONGEST_VALUE: usize = 8 << 10;
/// How long all texts of a record may be together.
const LONGEST_RECORD: usize = 64 << 10;
/// How many of the spans around an event are told, the innermost.
const MOST_SPANS: usize = 64;
/// What ends a text that was cut.
const CUT: char = '…';

/// An event, as it was when it took place. Its size is bounded, whatever the program logs.
#[derive(Debug)]
pub(crate) struct Record {
    /// In microseconds since 1970.
    pub(crate) time: u64,
    pub(crate) level: Level,
    pub(crate) target: String,
    pub(crate) message: String,
    pub(crate) fields: Vec<Field>,
    /// The outermost first.
    pub(crate) spans: Vec<Span>,
    pub(crate) thread: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: u32,
}

/// A value, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// A span around an event.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<Field>,
}

/// What a span is known by, while somebody listens: an extension of its own.
#[derive(Debug)]
pub(super) struct SpanFields(Vec<Field>);

impl Record {
    /// Writes an event down. `metadata` is what is known of where it comes from, of one that comes
    /// from the crate `log`, too.
    pub(super) fn new<S>(event: &Event<'_>, metadata: &Metadata<'_>, ctx: &Context<'_, S>) -> Self
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut room = LONGEST_RECORD;
        let mut fields = Fields::new(&mut room);
        fields.is_log = event.is_log();
        event.record(&mut fields);
        let Fields {
            message, fields, ..
        } = fields;
        Self {
            time: since.map_or(0, |since| since.as_micros() as u64),
            level: *metadata.level(),
            target: cut(metadata.target(), &mut room),
            message,
            fields,
            spans: spans(event, ctx, &mut room),
            thread: thread::current().name().map(|name| cut(name, &mut room)),
            file: metadata.file().map(|file| cut(file, &mut room)),
            line: metadata.line().unwrap_or(0),
        }
    }

    /// About how much memory it takes.
    pub(super) fn size(&self) -> usize {
        fn fields(fields: &[Field]) -> usize {
            fields
                .iter()
                .map(|field| size_of::<Field>() + field.value.len())
                .sum()
        }
        let spans = self
            .spans
            .iter()
            .map(|span| size_of::<Span>() + fields(&span.fields));
        size_of::<Self>()
            + self.target.len()
            + self.message.len()
            + fields(&self.fields)
            + spans.sum::<usize>()
            + self.thread.as_ref().map_or(0, String::len)
            + self.file.as_ref().map_or(0, String::len)
    }
}

impl SpanFields {
    /// What a span begins with.
    pub(super) fn new(attributes: &span::Attributes<'_>) -> Self {
        let mut room = LONGEST_RECORD;
        let mut fields = Fields::new(&mut room);
        attributes.record(&mut fields);
        Self(fields.all())
    }

    /// What is told of it later.
    pub(super) fn of(values: &span::Record<'_>) -> Self {
        let mut room = LONGEST_RECORD;
        let mut fields = Fields::new(&mut room);
        values.record(&mut fields);
        Self(fields.all())
    }

    /// Takes on what is newer. A span has a fixed set of fields: it does not grow for ever.
    pub(super) fn update(&mut self, newer: Self) {
        for field in newer.0 {
            match self.0.iter_mut().find(|known| known.name == field.name) {
                Some(known) => *known = field,
                None => self.0.push(field),
            }
        }
    }
}

fn spans<S>(event: &Event<'_>, ctx: &Context<'_, S>, room: &mut usize) -> Vec<Span>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let scope = ctx.event_scope(event).into_iter().flatten();
    let mut spans: Vec<_> = scope
        .take(MOST_SPANS)
        .map(|span| {
            let extensions = span.extensions();
            let known = extensions.get::<SpanFields>();
            let fields = known.into_iter().flat_map(|known| &known.0);
            let fields = fields.map(|field| Field {
                name: field.name,
                value: cut(&field.value, room),
            });
            Span {
                name: span.name(),
                fields: fields.collect(),
            }
        })
        .collect();
    spans.reverse();
    spans
}

/// Collects the fields of an event or a span.
struct Fields<'a> {
    message: String,
    fields: Vec<Field>,
    /// Whether what `tracing-log` has added to the text is in the metadata already.
    is_log: bool,
    room: &'a mut usize,
}

impl<'a> Fields<'a> {
    fn new(room: &'a mut usize) -> Self {
        Self {
            message: String::new(),
            fields: Vec::new(),
            is_log: false,
            room,
        }
    }

    /// The fields, with the text as one of them.
    fn all(mut self) -> Vec<Field> {
        if !self.message.is_empty() {
            self.fields.push(Field {
                name: "message",
                value: self.message,
            });
        }
        self.fields
    }

    fn keep(&mut self, name: &Name, write: impl FnOnce(&mut Text) -> fmt::Result) {
        if self.is_log && name.name().starts_with("log.") {
            return;
        }
        let value = Text::write(self.room, write);
        if name.name() == "message" {
            self.message = value;
        } else {
            let name = name.name();
            self.fields.push(Field { name, value });
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, name: &Name, value: &dyn fmt::Debug) {
        self.keep(name, |text| write!(text, "{value:?}"));
    }

    fn record_str(&mut self, name: &Name, value: &str) {
        self.keep(name, |text| text.write_str(value));
    }
}

/// A text that does not grow beyond its room.
struct Text {
    text: String,
    room: usize,
}

impl Text {
    /// Has a value written, and takes what it needs from the room that is left for all.
    fn write(room: &mut usize, write: impl FnOnce(&mut Self) -> fmt::Result) -> String {
        let mut this = Self {
            text: String::new(),
            room: LONGEST_VALUE.min(*room),
        };
        if write(&mut this).is_err() {
            this.text.push(CUT);
        }
        *room = room.saturating_sub(this.text.len());
        this.text
    }
}

impl fmt::Write for Text {
    /// Fails where there is no more room, so that whatever is written ends there.
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let left = self.room - self.text.len();
        if more.len() <= left {
            self.text.push_str(more);
            return Ok(());
        }
        let end = (0..=left).rev().find(|&end| more.is_char_boundary(end));
        self.text.push_str(&more[..end.unwrap_or(0)]);
        self.room = self.text.len();
        Err(fmt::Error)
    }
}

fn cut(text: &str, room: &mut usize) -> String {
    Text::write(room, |into| into.write_str(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_between_letters_and_says_so() {
        let mut room = LONGEST_RECORD;
        let long = "ü".repeat(LONGEST_VALUE);
        let text = cut(&format!("a{long}"), &mut room);
        assert!(text.len() <= LONGEST_VALUE + CUT.len_utf8());
        assert!(text.ends_with("ü…"), "{}", &text[text.len() - 9..]);
        assert_eq!(room, LONGEST_RECORD - text.len());
        assert_eq!(cut("short", &mut room), "short");
    }

    #[test]
    fn texts_share_the_room_of_a_record() {
        let mut room = LONGEST_RECORD;
        let long = "x".repeat(LONGEST_VALUE);
        let written: usize = (0..1000).map(|_| cut(&long, &mut room).len()).sum();
        assert!(written < LONGEST_RECORD + 1000 * CUT.len_utf8());
        assert_eq!(cut("no room", &mut room), "…");
    }

    #[test]
    fn a_value_that_never_ends_is_not_waited_for() {
        let mut room = LONGEST_RECORD;
        let endless = |text: &mut Text| loop {
            text.write_str("again, ")?;
        };
        assert!(Text::write(&mut room, endless).ends_with('…'));
    }
}
