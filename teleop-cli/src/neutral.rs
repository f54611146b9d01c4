//! [`Neutral`]: text of others, kept from steering the terminal.

use std::fmt::{self, Write};

/// Text that somebody else wrote, for a terminal: characters that would move the cursor, change
/// colours or turn the direction of reading are shown as escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neutral<'a>(pub(crate) &'a str);

/// Whether a character does something to what surrounds it, rather than being seen.
pub(crate) fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'                   // Arabic letter mark
            | '\u{200e}' | '\u{200f}'   // left-to-right and right-to-left marks
            | '\u{2028}' | '\u{2029}'   // line and paragraph separators
            | '\u{202a}'..='\u{202e}'   // embeddings and overrides
            | '\u{2066}'..='\u{2069}'   // isolates
        )
}

impl fmt::Display for Neutral<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\n' | '\t' | '\r' => write!(f, "{}", c.escape_default()),
            c if is_active(c) => write!(f, "{}", c.escape_unicode()),
            c => f.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Neutral;

    #[test]
    fn what_would_steer_a_terminal_is_shown_instead() {
        let hostile = "a\u{1b}[31mb\u{9b}c\u{202e}d\ne\u{7f}é";
        let shown = Neutral(hostile).to_string();
        assert_eq!(shown, r"a\u{1b}[31mb\u{9b}c\u{202e}d\ne\u{7f}é");
    }
}
