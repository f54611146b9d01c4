//! What looks secret: values, by their form.
//!
//! It is a guess, and made so that it is rather wrong about what is none: that can be had by asking for
//! it by name. What is secret and neither called so nor looks random, nobody can see.

/// What some keys and tokens begin with.
const STARTS: &[&str] = &[
    "AGE-SECRET-KEY-",
    "AIza",
    "AKIA",
    "ASIA",
    "SG.",
    "dckr_pat_",
    "eyJ", // `{"` in base64: a JSON Web Token, and others of its kind.
    "gho_",
    "ghp_",
    "ghr_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "hf_",
    "hvs.",
    "npm_",
    "pypi-",
    "rk_live_",
    "shpat_",
    "sk-",
    "sk_live_",
    "xapp-",
    "xox",
    "ya29.",
];

/// What the digest of an image begins with.
const DIGEST: &str = "sha256:";

/// What stands before the `@sha256:…` that an image ends with, or all of the text.
pub(super) fn before_digest(text: &str) -> &str {
    match text.rsplit_once('@') {
        Some((image, digest)) if has_digest(digest) => image,
        _ => text,
    }
}

/// Whether something in this text looks like a key, a token or the like.
pub(super) fn holds_secret(text: &str) -> bool {
    if text.contains("PRIVATE KEY-----") || text.contains("PRIVATE KEY BLOCK-----") {
        return true;
    }
    let is_between = |letter: char| {
        !letter.is_ascii_alphanumeric()
            && !matches!(letter, '+' | '/' | '\\' | '_' | '-' | '.' | '~')
    };
    let mut end = 0;
    text.split_inclusive(is_between).any(|word| {
        let start = end;
        end += word.len();
        let is_digest = text[..start]
            .strip_suffix(DIGEST)
            .is_some_and(|before| before.ends_with('@'))
            && has_digest(&text[start - DIGEST.len()..]);
        !is_digest && is_secret(word.trim_end_matches(is_between))
    })
}

/// Whether a text begins with a digest.
fn has_digest(text: &str) -> bool {
    const DIGITS: usize = 64;

    let Some(digest) = text.strip_prefix(DIGEST) else {
        return false;
    };
    let length = digest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    length == DIGITS && is_hex(&digest[..length])
}

/// Whether a text has hexadecimal digits only.
pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_secret(word: &str) -> bool {
    const SHORTEST: usize = 16;

    if word.len() < SHORTEST {
        return false;
    }
    // What is left of an address behind its colon begins with two.
    let is_address = word.starts_with("//");
    let known = word.strip_prefix("//").unwrap_or(word);
    if STARTS
        .iter()
        .any(|start| known.starts_with(start) && known.len() >= start.len() + SHORTEST)
    {
        return true;
    }
    let is_path = !is_address && word.starts_with(['/', '.', '~']) || word.contains('\\');
    if is_path {
        return false;
    }
    (!is_address && looks_random(word)) || word.split(['/', '.']).any(looks_random)
}

/// Whether a word looks as if its letters had been drawn by lot.
fn looks_random(word: &str) -> bool {
    let kinds = word.bytes().filter_map(Kind::of);
    let (mut small, mut capital, mut digits, mut changes) = (0, 0, 0, 0_usize);
    let mut last = None;
    for kind in kinds {
        match kind {
            Kind::Small => small += 1,
            Kind::Capital => capital += 1,
            Kind::Digit => digits += 1,
        }
        changes += usize::from(last.is_some_and(|last| last != kind));
        last = Some(kind);
    }
    let length: usize = small + capital + digits;
    let is_hex = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
    if word.bytes().all(is_hex) {
        // A hash, a key, a UUID.
        return length >= 32 && digits > 0 && digits < length;
    }
    if small > 0 && capital > 0 {
        // Words change from capitals to small letters and back once each.
        return length >= 20 && digits > 0 && changes * 10 >= length * 3;
    }
    // One kind of letters, and digits between them; what has hyphens is rather a name.
    length >= 24 && digits > 0 && length == word.len() && changes * 4 >= length
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            b'a'..=b'z' => Some(Self::Small),
            b'A'..=b'Z' => Some(Self::Capital),
            b'0'..=b'9' => Some(Self::Digit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_secret_are_known() {
        for value in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "123e4567-e89b-12d3-a456-426614174000",
            "AKIAIOSFODNN7EXAMPLE",
            "Basic c3VwZXI6c2VjcmV0LXBhc3N3b3JkMQ==",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.Xk3p2Q",
            "https://glpat-abcdefghijklmnopqrst@h",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "https://hooks.example.com/services/T00/B00/Xk3p2QwR8tYz4LmN0vBc7DfG",
            "k5j2h8f9d3s6a1p0o9i8u7y6t5r4",
            "sk-abcdefghijklmnopqrst",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "{\"id\":\"Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg\"}",
        ] {
            assert!(holds_secret(value), "{value}");
        }
    }

    #[test]
    fn values_of_other_things_are_left_alone() {
        for value in [
            "",
            "/nix/store/0c5b8vw40d1178xlpddw65q9gf1h2186-bash-5.2/bin:/usr/bin",
            "/usr/lib/x86_64-linux-gnu/libQt5Core.so.5.15.8",
            "1",
            "1700000000000000000000000000000000",
            "2026-01-31T09:30:00.000Z",
            "C:\\Users\\Ann\\AppData\\Local\\Programs\\Python312",
            "Mozilla/5.0 (X11; Linux x86_64)",
            "org.example.application.ApplicationServerFactory2",
            "a perfectly long sentence, with nothing in it that anybody would want to hide",
            "https://example.com:8080/some/long/path/of/an/index.html?page=12",
            "info,hyper=warn,tower_http::trace=debug",
            "registry.example.com/team/image-name:v1.22.333-alpine3.19",
            "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:*.tar=01;31",
            "image@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "unix:path=/run/user/1000/bus",
            "x86_64-unknown-linux-gnu",
        ] {
            assert!(!holds_secret(value), "{value}");
        }
    }
}
