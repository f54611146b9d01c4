//! What is called a secret: names, by their words.

use super::secret::is_hex;

/// What makes a name secret wherever it stands in it, whatever stands between its letters.
const ANYWHERE: &[&str] = &[
    "ACCESSKEY",
    "APIKEY",
    "CONNECTIONSTRING",
    "COOKIE",
    "CREDENTIAL",
    "PASSPHRASE",
    "PASSW",
    "PRIVATE",
    "SECRET",
    "TOKEN",
];

/// What makes a name secret where one of its words ends with it.
const ENDINGS: &[&str] = &[
    "AUTH", "CREDS", "DSN", "JWT", "KEY", "KEYS", "PASS", "PSK", "PWD", "SESSION",
];

/// What makes a name secret where it is one of its words.
const WORDS: &[&str] = &[
    "AUTHENTICATION",
    "AUTHORIZATION",
    "BEARER",
    "OTP",
    "PAT",
    "PIN",
    "PW",
    "SALT",
    "SIG",
    "SIGNATURE",
];

/// Words that the rules above are wrong about: they are left out of a name. It is these that are listed,
/// and not what may stand before `KEY` or `PASS`, as nobody knows all of that.
const HARMLESS_WORDS: &[&str] = &[
    "BANDPASS",
    "BYPASS",
    "COMPASS",
    "DONKEY",
    "HIGHPASS",
    "HOCKEY",
    "HOTKEY",
    "JOCKEY",
    "LOWPASS",
    "MONKEY",
    "OVERPASS",
    "PRIVATEER",
    "PUBKEY",
    "PUBLICKEY",
    "SECRETARY",
    "SPIDERMONKEY",
    "SURPASS",
    "TOKENIZATION",
    "TOKENIZER",
    "TRESPASS",
    "TURKEY",
    "UNDERPASS",
    "WHISKEY",
];

/// What a name ends with that tells where a secret lies, and not which it is.
const PLACES: &[&str] = &["DIR", "DIRECTORY", "FILE", "PATH"];

/// What tells terminals apart, and looks random.
const TERMINALS: &[&str] = &["ITERM_SESSION_ID", "TERM_SESSION_ID", "WT_SESSION"];

/// Names that the rules above are wrong about; what begins with the last is, too.
const HARMLESS: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
    "OLDPWD",
    "PWD",
    "SESSION_MANAGER",
    "SSH_AUTH_SOCK",
];
const HARMLESS_START: &str = "XDG_SESSION_";

/// Whether what has this name is a secret: that of a variable, of an option, of a part of an address.
pub(super) fn is_secret_name(name: &str) -> bool {
    let harmless = [HARMLESS, TERMINALS];
    if harmless.iter().any(|names| names.contains(&name)) || name.starts_with(HARMLESS_START) {
        return false;
    }
    let mut words = words(name);
    if words.last().is_some_and(|last| PLACES.contains(&&**last)) {
        return false;
    }
    words.retain(|word| !is_harmless_word(word));
    let joined = words.concat();
    let is_public = |at: usize| {
        let key = words[at].strip_suffix('S').unwrap_or(&words[at]);
        key == "KEY" && at.checked_sub(1).is_some_and(|at| words[at] == "PUBLIC")
    };
    ANYWHERE.iter().any(|mark| joined.contains(mark))
        || words.iter().enumerate().any(|(at, word)| {
            let is_secret =
                WORDS.contains(&&**word) || ENDINGS.iter().any(|end| word.ends_with(end));
            is_secret && !is_public(at)
        })
}

/// Whether the name tells that the value is no secret, though it may look like one.
pub(super) fn is_harmless(name: &str, value: &str) -> bool {
    let is_hash = || words(name).last().is_some_and(|last| last == "SHA") && is_hex(value);
    TERMINALS.contains(&name) || (is_hash() && !is_secret_name(name))
}

/// Whether it is one of these words, or more than one of them.
fn is_harmless_word(word: &str) -> bool {
    let one = word.strip_suffix('S').unwrap_or(word);
    HARMLESS_WORDS.contains(&word) || HARMLESS_WORDS.contains(&one)
}

/// The words of a name, in capitals: parted by what is no letter and no digit, and where a capital
/// follows a small letter; without the digits that they end with.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (after_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        after_small = letter.is_lowercase() || (after_small && letter.is_numeric());
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_uppercase());
        }
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(char::is_numeric).len());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "Authorization",
            "DATABASE_DSN",
            "GITHUB_TOKEN",
            "GPG_KEY",
            "MYSQL_PWD",
            "OPENAI_API_KEY",
            "PGPASSWORD",
            "PGPASSFILE_PASS",
            "SENTRY_DSN",
            "SESSION",
            "STRIPE_SK_KEY",
            "accessKey",
            "api-key",
            "apikey",
            "auth",
            "clientSecret",
            "credentials",
            "db_pass",
            "dbPassword",
            "encryption_key_v2",
            "jwt",
            "private.pem",
            "sessionCookie",
            "x-amz-signature",
            "APIKEY1",
            "AUTH2",
            "DB2PASS",
            "DBPASS",
            "DBPASS2",
            "KEY1",
            "MY_PW2",
            "OAUTH2",
            "PASS1",
            "PUBLIC_KEY_PASSWORD",
            "PWD2",
            "SMTPPASS",
            "SSHKEY",
            "TOKENIZERS_API_KEY",
            "db2Pass",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_things_are_left_alone() {
        for name in [
            "",
            "DBUS_SESSION_BUS_ADDRESS",
            "GIT_AUTHOR_NAME",
            "HOME",
            "KEYBOARD_LAYOUT",
            "LC_ALL",
            "OLDPWD",
            "PASSENGERS",
            "PATH",
            "PINGS",
            "PWD",
            "SSH_AUTH_SOCK",
            "TERM",
            "XDG_SESSION_ID",
            "XDG_SESSION_TYPE",
            "log-level",
            "BYPASS",
            "COMPASS_WIDTH",
            "DONKEY",
            "GIT_SHA",
            "HOTKEYS",
            "MONKEY",
            "PASSWD_FILE",
            "PRIVATEER",
            "PUBLIC_KEY",
            "SECRETARY",
            "SSH_KEY_PATH",
            "TERM_SESSION_ID",
            "TOKENIZERS_PARALLELISM",
            "TURKEY",
            "publicKey",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
