//! Options and their values, be they arguments or words of a text.

use super::{
    name::is_secret_name,
    redact::{REDACTED, is_quote, quoted},
};

/// Options whose value is a name and a password, with a colon between them.
const NAME_AND_PASSWORD: &[&str] = &["--proxy-user", "--user", "-U", "-u", "-user"];

/// What a secret stands behind without being an option: in `.netrc` and in the header of a request.
const BEFORE_SECRETS: &[&str] = &["bearer", "password"];

/// Where in a value the secret begins, for what it stands behind.
pub(super) fn secret_behind(option: &str, value: &str) -> Option<usize> {
    if !option.starts_with('-') {
        let is_before = |word: &&str| option.eq_ignore_ascii_case(word);
        let is_secret = BEFORE_SECRETS.iter().any(is_before);
        return (is_secret && !value.starts_with(['-', '=', ':'])).then_some(0);
    }
    if option.contains('=') {
        return None;
    }
    if NAME_AND_PASSWORD.contains(&option) && !value.starts_with('-') {
        return Some(value.find(':')? + 1);
    }
    // A secret may begin with a hyphen; what begins with two is rather the next option.
    (is_secret_name(option) && !value.starts_with("--")).then_some(0)
}

/// Where the password begins in `--user=name:password` and in `-uname:password`.
pub(super) fn password_within(argument: &str) -> Option<usize> {
    let colon = argument.find(':')?;
    let before = &argument[..colon];
    let has_password = NAME_AND_PASSWORD.iter().any(|option| {
        let Some(name) = before.strip_prefix(option) else {
            return false;
        };
        // `-url=http://…` is another option.
        let is_short = option.len() == 2 && !name.is_empty() && !name.contains('=');
        is_short || name.starts_with('=')
    });
    has_password.then_some(colon + 1)
}

/// Takes the secret values of options out of a text that has options in it.
pub(super) fn without_options(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    let mut option = "";
    for (start, word) in words(text) {
        // What is taken out already.
        if start < done {
            continue;
        }
        let opening = word.find('-').unwrap_or(0);
        let is_option = word[..opening].ends_with(is_opening);
        let opening = if is_option { opening } else { 0 };
        let value = word.trim_start_matches(is_quote);
        let quotes = word.len() - value.len();
        let secret = match password_within(&word[opening..]) {
            Some(password) => Some(opening + password),
            // An empty value, and not one that begins with a space.
            None if value.is_empty() && quotes > 1 => None,
            None => secret_behind(option, value).map(|secret| quotes + secret),
        };
        option = word
            .trim_end_matches(|letter| is_quote(letter) || letter == ',')
            .rsplit(is_opening)
            .next()
            .unwrap_or_default();
        let Some(secret) = secret else {
            continue;
        };
        let from = start + secret;
        // The quotes that it stands in may be before the name or before the option.
        let opened = word[..secret].rfind(is_quote).map_or(from, |at| start + at);
        let to = end_of(text, opened).max(from);
        if from < to {
            shown.push_str(&text[done..from]);
            shown.push_str(REDACTED);
            done = to;
        }
    }
    shown.push_str(&text[done..]);
    shown
}

/// The words of a text and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    text.split_inclusive(char::is_whitespace)
        .filter_map(move |word| {
            let start = end;
            end += word.len();
            let word = word.trim_end();
            (!word.is_empty()).then_some((start, word))
        })
}

/// What an option may stand behind within a word: `OPTS='--password`, `["--password"`.
fn is_opening(letter: char) -> bool {
    is_quote(letter) || "=,[({".contains(letter)
}

/// Where the value ends that begins here, maybe with a quote.
fn end_of(text: &str, start: usize) -> usize {
    let value = &text[start..];
    if let Some(length) = quoted(value) {
        return start + 1 + length;
    }
    // Nobody knows where the text in quotes ends.
    let is_open = value.trim_start_matches('\\').starts_with(is_quote);
    let is_end = |at: usize, letter: char| {
        letter == '\n' || (!is_open && letter.is_whitespace() && !value[..at].ends_with('\\'))
    };
    let end = value
        .char_indices()
        .find(|&(at, letter)| is_end(at, letter));
    let value = &value[..end.map_or(value.len(), |(at, _)| at)];
    start + value.trim_end_matches(is_quote).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_values_of_options_are_taken_out_of_a_text() {
        for (text, shown) in [
            ("--password hunter2", "--password <redacted>"),
            ("--token  hunter2 -v", "--token  <redacted> -v"),
            ("--token 'a b' -v", "--token '<redacted>' -v"),
            ("--token \"a b", "--token \"<redacted>"),
            ("--token ' a b' -v", "--token '<redacted>' -v"),
            ("--token \\\"a b\\\" c\nd", "--token <redacted>\nd"),
            ("--token a\\ b c", "--token <redacted> c"),
            ("--secret -hunter2", "--secret <redacted>"),
            ("OPTS='--password hunter2'", "OPTS='--password <redacted>'"),
            ("OPTS=--password hunter2", "OPTS=--password <redacted>"),
            (
                "[\"--token\", \"hunter2\", \"-v\"]",
                "[\"--token\", \"<redacted>\", \"-v\"]",
            ),
            ("curl -u bob:hunter2 h", "curl -u bob:<redacted> h"),
            ("curl -u 'bob:a b' h", "curl -u 'bob:<redacted>' h"),
            ("curl -ubob:hunter2 h", "curl -ubob:<redacted> h"),
            ("curl -u'bob:a b' h", "curl -u'bob:<redacted>' h"),
            ("['a','-ubob:hunter2']", "['a','-ubob:<redacted>']"),
            ("curl '-ubob:a b' h", "curl '-ubob:<redacted>' h"),
            ("O=--user=bob:hunter2 h", "O=--user=bob:<redacted> h"),
            (
                "machine h login bob password hunter2",
                "machine h login bob password <redacted>",
            ),
            ("Bearer hunter2", "Bearer <redacted>"),
        ] {
            assert_eq!(without_options(text), shown);
        }
    }

    #[test]
    fn other_words_stay_as_they_are() {
        for text in [
            "",
            " - -- --- ",
            "--token",
            "--token --verbose",
            "--token=",
            "--token '' x",
            "-url=http://localhost:80",
            "-user bob",
            "password = x",
            "some-url:80 --log-level debug",
            "--key-file /etc/key.pem",
        ] {
            assert_eq!(without_options(text), text);
        }
    }
}
