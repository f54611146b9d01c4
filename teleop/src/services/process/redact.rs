//! Taking out of texts what looks secret in them.
//!
//! All of it takes time in proportion to the text.

use super::{
    name::{is_harmless, is_secret_name},
    option::{password_within, secret_behind, without_options},
    secret::{before_digest, holds_secret},
};

/// What stands where something was taken out.
pub(super) const REDACTED: &str = "<redacted>";

/// The value of a variable without what looks secret in it; `None` where nothing does.
pub(super) fn redact_value(name: &str, value: &str) -> Option<String> {
    // That it is empty is what somebody looks for who finds that it does not work.
    if !value.is_empty() && is_secret_name(name) {
        return Some(REDACTED.to_owned());
    }
    if is_harmless(name, value) {
        return None;
    }
    redact_text(value)
}

/// The arguments of a process, of which the first is its name, without what looks secret in them.
pub(super) fn redact_arguments(arguments: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut before = None;
    arguments
        .into_iter()
        .map(|argument| {
            let redacted = match before.as_deref() {
                None => None, // It is a path.
                Some(option) => redact_argument(option, &argument),
            };
            let shown = redacted.unwrap_or_else(|| argument.clone());
            before = Some(argument);
            shown
        })
        .collect()
}

/// An argument that stands behind another, which may be an option that it is the value of.
fn redact_argument(before: &str, argument: &str) -> Option<String> {
    if let Some(secret) = secret_behind(before, argument).or_else(|| password_within(argument)) {
        return Some(format!("{}{REDACTED}", &argument[..secret]));
    }
    match argument.split_once('=') {
        // All that follows is the value, other than in a longer text.
        Some((name, value)) if !value.is_empty() && is_secret_name(name) => {
            Some(format!("{name}={REDACTED}"))
        }
        Some((name, value)) if is_harmless(name, value) => None,
        _ => redact_text(argument),
    }
}

fn redact_text(text: &str) -> Option<String> {
    let shown = without_passwords(text);
    let shown = without_named(&shown);
    // Last, as what the others have taken out has no more spaces in it.
    let shown = without_options(&shown);
    if holds_secret(&shown) {
        return Some(REDACTED.to_owned());
    }
    (shown != text).then_some(shown)
}

/// Takes the passwords out of `scheme://user:password@host` and `user:password@host`.
fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for address in text
        .split_inclusive(char::is_whitespace)
        .flat_map(addresses)
    {
        match password_of(address) {
            Some((start, end)) => {
                shown.push_str(&address[..start]);
                shown.push_str(REDACTED);
                shown.push_str(&address[end..]);
            }
            None => shown.push_str(address),
        }
    }
    shown
}

/// A word, in parts that each have one `scheme://` at most: it may be a list.
fn addresses(word: &str) -> impl Iterator<Item = &str> {
    let is_scheme = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let starts = word
        .match_indices("://")
        .map(move |(colon, _)| word[..colon].trim_end_matches(is_scheme).len());
    let mut from = 0;
    starts.skip(1).chain([word.len()]).map(move |to| {
        let address = word.get(from..to).unwrap_or_default();
        from = to.max(from);
        address
    })
}

/// Where the password of an address begins and ends.
fn password_of(address: &str) -> Option<(usize, usize)> {
    let address = before_digest(address);
    let scheme = address.find("://");
    let mut host = scheme.map_or(0, |scheme| scheme + 3);
    loop {
        let start = host + address[host..].find(':')? + 1;
        // Before the colon stands a user, and no path.
        if address[host..start].contains(['/', '@']) {
            return None;
        }
        let rest = &address[start..];
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == authority {
            return None;
        }
        // A list of hosts with their ports, of which the next may have a password.
        if scheme.is_none() && (1..=5).contains(&digits) && rest[digits..].starts_with(',') {
            host = start + digits + 1;
            continue;
        }
        // A password may have any of these letters in it. Rather is too much taken out.
        let length = rest.rfind('@')?;
        return (length > 0).then_some((start, start + length));
    }
}

/// Takes out what a name stands before that tells that it is secret: `password=…`, `Authorization: …`.
fn without_named(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for (at, mark) in text.match_indices(['=', ':']) {
        // What is taken out already, or the scheme of an address.
        if at < done || text[at..].starts_with("://") {
            continue;
        }
        if !is_secret_name(name_before(&text[done..at])) {
            continue;
        }
        let start = at + 1;
        let start = start + (text[start..].len() - text[start..].trim_start().len());
        let (start, end) = value_at(text, start, mark == ":");
        if start < end {
            shown.push_str(&text[done..start]);
            shown.push_str(REDACTED);
            done = end;
        }
    }
    shown.push_str(&text[done..]);
    shown
}

/// The name that a text ends with, in quotes or not; empty where what is there is part of a path.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '"', '\'']);
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let path = text.trim_end_matches(is_name);
    if path.ends_with(['/', '\\']) {
        return "";
    }
    &text[path.len()..]
}

/// Where the value that begins here begins and ends, without its quotes.
fn value_at(text: &str, start: usize, to_the_end_of_line: bool) -> (usize, usize) {
    let value = &text[start..];
    if let Some(length) = quoted(value) {
        return (start + 1, start + 1 + length);
    }
    let is_end = |letter: char| match letter {
        '\n' => true,
        letter => !to_the_end_of_line && (letter.is_whitespace() || matches!(letter, '&' | ';')),
    };
    (start, start + value.find(is_end).unwrap_or(value.len()))
}

/// How long the text in quotes is that a text begins with.
pub(super) fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|&first| is_quote(first))?;
    let text = &text[1..];
    let mut quotes = text.match_indices(quote).map(|(at, _)| at);
    let length = quotes.find(|&at| !text[..at].ends_with('\\'))?;
    // Otherwise the quote belongs to the value.
    let is_between = |letter: char| letter.is_whitespace() || ",;&)]}".contains(letter);
    let behind = text[length + 1..].chars().next();
    behind.is_none_or(is_between).then_some(length)
}

pub(super) fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '`')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_secret_name_stands_for_is_taken_out() {
        assert_eq!(redact_value("PASSWORD", "x").as_deref(), Some(REDACTED));
        assert_eq!(redact_value("PASSWORD", ""), None);
        assert_eq!(redact_value("PWD", "/root"), None);
    }

    #[test]
    fn what_a_harmless_name_stands_for_stays() {
        let hash = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
        for (name, value, is_shown) in [
            ("GIT_SHA", hash, true),
            ("IMAGE_SHA256", hash, true),
            ("TOKEN_SHA", hash, false),
            ("GIT_SHA", "Xk3p2QwR8tYz4LmN0vBc", false),
            (
                "TERM_SESSION_ID",
                "w0t0p0:123e4567-e89b-12d3-a456-426614174000",
                true,
            ),
        ] {
            assert_eq!(redact_value(name, value).is_none(), is_shown, "{name}");
        }
    }

    #[test]
    fn what_looks_secret_in_a_text_is_taken_out() {
        for (text, shown) in [
            (
                "postgres://ann:hunter2@db/x",
                "postgres://ann:<redacted>@db/x",
            ),
            ("redis://:p@ss/w@h:6379/0", "redis://:<redacted>@h:6379/0"),
            (
                "http://a:p@x,http://b:q@y",
                "http://a:<redacted>@x,http://b:<redacted>@y",
            ),
            ("ann:pw@tcp(db:3306)/x", "ann:<redacted>@tcp(db:3306)/x"),
            (
                "jdbc:x://db/x?user=a&password=b&c=d",
                "jdbc:x://db/x?user=a&password=<redacted>&c=d",
            ),
            (
                "host=db password='a b' user=c",
                "host=db password='<redacted>' user=c",
            ),
            (
                "Server=db;Pwd=x y;User=c",
                "Server=db;Pwd=<redacted> y;User=c",
            ),
            (
                "{\"token\": \"abc\", \"a\": 1}",
                "{\"token\": \"<redacted>\", \"a\": 1}",
            ),
            ("Authorization: Basic YTpi", "Authorization: <redacted>"),
            (
                "-Djavax.net.ssl.keyPassword=x -Xmx1g",
                "-Djavax.net.ssl.keyPassword=<redacted> -Xmx1g",
            ),
            (
                "localhost:80,ann:pw@db:81",
                "localhost:80,ann:<redacted>@db:81",
            ),
            ("https://Xk3p2QwR8tYz4LmN0vBc@host/", "<redacted>"),
            ("https://glpat-abcdefghijklmnopqrst@h", "<redacted>"),
            ("x --token hunter2", "x --token <redacted>"),
            ("--token password=\"a b\"", "--token <redacted>\""),
            ("curl -u bob:hun@ter2 h", "curl -u bob:<redacted> h"),
            ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "<redacted>"),
        ] {
            assert_eq!(redact_value("X", text).as_deref(), Some(shown));
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            ":",
            "=",
            "://@",
            "a:@b",
            "token",
            "token=",
            "password: ",
            "http://localhost:8080/a@b",
            "git@example.com:team/repo.git",
            "NO_PROXY=localhost:80,a@b",
            "localhost:80,a@b",
            "image@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "r:5000/i:tag@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "image:tag@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "https://ann@example.com/",
            "/opt/keys:/usr/bin",
            "RUST_LOG=info,a::b=debug",
            "é:ü=ö",
        ] {
            assert_eq!(redact_value("X", text), None, "{text}");
        }
    }

    #[test]
    fn arguments_are_read_as_options_and_values() {
        let arguments = [
            ("/opt/token=/server", "/opt/token=/server"),
            ("--password=a&b c", "--password=<redacted>"),
            ("--token", "--token"),
            ("abc", "<redacted>"),
            ("--api-key", "--api-key"),
            ("--verbose", "--verbose"),
            ("-u", "-u"),
            ("ann:pw", "ann:<redacted>"),
            ("--user=bob:hunter 2", "--user=bob:<redacted>"),
            ("-ubob:hunter2", "-ubob:<redacted>"),
            ("--secret", "--secret"),
            ("-hunter2", "<redacted>"),
            ("OPTS='--password hunter2'", "OPTS='--password <redacted>'"),
            (
                "--git-sha=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "--git-sha=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            ),
            ("--env=TOKEN=abc", "--env=TOKEN=<redacted>"),
            ("-H", "-H"),
            ("X-Api-Key: abc", "X-Api-Key: <redacted>"),
            ("--db", "--db"),
            ("mysql://a:b@c/d", "mysql://a:<redacted>@c/d"),
            ("--port=80", "--port=80"),
            ("secret", "secret"),
        ];
        let given = arguments.iter().map(|(given, _)| (*given).to_owned());
        let shown: Vec<_> = arguments.iter().map(|(_, shown)| *shown).collect();
        assert_eq!(redact_arguments(given), shown);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

        #[test]
        fn any_text_can_be_read(text in "( -u| --key | password |[a-f:/@=?&;,'\"\\\\éü \n<-]){0,60}") {
            let _ = redact_value("X", &text);
            let _ = redact_arguments([text.clone(), text.clone(), text]);
        }

        #[test]
        fn no_password_stays(
            password in "[a-z0-9!$%()*+,.:;<>\\[\\]^_`{|}~'\"=&-]{8,20}",
            bare in "[a-zA-Z0-9!$%()*+,./:<>?@^_{|}~=#-]{8,20}",
        ) {
            for text in [
                format!("a://b:{password}@c:80/d?e=f"),
                format!("x a://b:{password}@c,a://b:{password}@c"),
                format!("a=b password={bare}&c=d"),
                format!("a=b; Password = \"{bare}\" ;c=d"),
                format!("{{\"a\": \"b\", \"password\": \"{bare}\"}}"),
                format!("x\npassword: p{password}\ny"),
                format!("x --key p{bare} y"),
                format!("x -u a:{bare} -ua:{bare} --user=a:{bare} y"),
                format!("machine a login b password p{bare}"),
            ] {
                let shown = redact_value("X", &text).unwrap_or_default();
                prop_assert!(shown.contains(REDACTED), "{} {}", text, shown);
                for secret in [&password, &bare] {
                    prop_assert!(!shown.contains(secret), "{} {}", text, shown);
                }
            }
        }
    }

    #[test]
    fn any_text_is_done_soon() {
        for part in [
            "a:",
            "=",
            "a=b:",
            "\"",
            "x://",
            "@:",
            "token:\"",
            "key=é ",
            "-u a:80,",
            "--key \"",
            "--key \\\"\n",
        ] {
            let long = part.repeat((1 << 16) / part.len());
            let started = std::time::Instant::now();
            let _ = redact_value("X", &long);
            let took = started.elapsed();
            assert!(took < std::time::Duration::from_secs(5), "{part}: {took:?}");
        }
    }
}
