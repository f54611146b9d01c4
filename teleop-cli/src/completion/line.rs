//! [`Line`]: a command line up to the cursor.

/// Breaks that bash keeps with what follows them: its `rl_special_prefixes`.
const SPECIAL_PREFIXES: [char; 2] = ['$', '@'];

/// A command line up to the cursor, without quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// The words before the last. The first is the program.
    pub(super) words: Vec<String>,
    /// The one that is to be completed.
    pub(super) current: String,
    /// How many bytes of it the shell keeps, and does not want to be told again.
    pub(super) kept: usize,
    /// How many bytes of the line are before it, with its quotes.
    start: usize,
}

impl Line {
    /// From words, the last of which is the one to be completed; unless there are but as many as stand
    /// before it.
    pub(crate) fn of(mut words: Vec<String>, before: Option<usize>) -> Self {
        let current = match before {
            Some(before) if words.len() <= before => None,
            _ => words.pop(),
        };
        Self {
            words,
            current: current.unwrap_or_default(),
            kept: 0,
            start: 0,
        }
    }

    /// Where in the line the word begins that is to be completed.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// From a line as bash has it, with quotes; a quote may be open still. Of the last word, the shell
    /// keeps what stands before the last of its breaks.
    pub(crate) fn parse(line: &str, breaks: &str) -> Self {
        let mut parsed = Self::default();
        let mut quote = None;
        let mut is_word = false;
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            is_word |= !letter.is_whitespace() || quote.is_some();
            match (quote, letter) {
                (None, '\'' | '"') => quote = Some(letter),
                (Some(open), _) if letter == open => quote = None,
                (None | Some('"'), '\\') => parsed.current.extend(letters.next()),
                (None, _) if letter.is_whitespace() => {
                    if is_word {
                        parsed.words.push(std::mem::take(&mut parsed.current));
                    }
                    (is_word, parsed.kept) = (false, 0);
                    parsed.start = line.len() - letters.as_str().len();
                }
                (None, _) if breaks.contains(letter) => {
                    let before = parsed.current.len();
                    parsed.current.push(letter);
                    parsed.kept = match SPECIAL_PREFIXES.contains(&letter) {
                        true => before,
                        false => parsed.current.len(),
                    };
                }
                _ => parsed.current.push(letter),
            }
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[track_caller]
    fn check(line: &str, words: &[&str], current: &str, kept: &str) {
        let line = Line::parse(line, "=:@ \t\n\"'");
        assert_eq!(line.words, words);
        assert_eq!((&*line.current, line.kept), (current, kept.len()));
    }

    #[test]
    fn a_line_is_taken_apart_as_a_shell_does() {
        check("teleop call 42 ", &["teleop", "call", "42"], "", "");
        check(
            "teleop  'a b' \"c\\\"d\" e\\ f",
            &["teleop", "a b", "c\"d"],
            "e f",
            "",
        );
        check("teleop '' ''", &["teleop", ""], "", "");
        check("", &[], "", "");
    }

    #[test]
    fn a_word_begins_with_its_quote() {
        assert_eq!(Line::parse("call  'a b", "").start(), "call  ".len());
        assert_eq!(Line::parse("call ", "").start(), "call ".len());
        assert_eq!(Line::parse("ca", "").start(), 0);
    }

    #[test]
    fn a_quote_may_be_open() {
        check("teleop \"jobs.s", &["teleop"], "jobs.s", "");
        check("teleop 'a \\", &["teleop"], "a \\", "");
        check("teleop a\\", &["teleop"], "a", "");
    }

    #[test]
    fn a_shell_keeps_what_is_before_a_break_that_is_not_quoted() {
        check("t name:ser", &["t"], "name:ser", "name:");
        check("t a=b=c", &["t"], "a=b=c", "a=b=");
        check("t a=b c", &["t", "a=b"], "c", "");
        check("t 'a=b", &["t"], "a=b", "");
        check("t grün=ro", &["t"], "grün=ro", "grün=");
        check("t @/etc/ho", &["t"], "@/etc/ho", "");
        check("t a=@/etc/ho", &["t"], "a=@/etc/ho", "a=");
        check("t a@b=c", &["t"], "a@b=c", "a@b=");
    }

    #[test]
    fn words_may_lack_the_empty_one_at_the_end() {
        let words = ["teleop", "call"].map(str::to_owned).to_vec();
        let lacking = Line::of(words.clone(), Some(2));
        assert_eq!((lacking.words.len(), &*lacking.current), (2, ""));
        let whole = Line::of(words, Some(1));
        assert_eq!((whole.words.len(), &*whole.current), (1, "call"));
    }
}
