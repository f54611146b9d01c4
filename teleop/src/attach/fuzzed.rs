//! [`fuzz`]: what an endpoint says of itself, and what it is called.

use super::{About, sweep::pid_of};

/// Bytes that may be an `about.json`, or the name of an endpoint: what is read is what would be written, and
/// nothing else is an endpoint.
pub fn fuzz(bytes: &[u8]) {
    if let Ok(about) = About::parse(bytes) {
        let text = serde_json::to_vec(&about).expect("numbers and strings can be written");
        let again = About::parse(&text).expect("what was written can be read");
        assert_eq!(again, about);
        assert_eq!(
            pid_of(&format!("{}-{}", about.pid, about.started)),
            Some(about.pid)
        );
    }
    let Ok(name) = std::str::from_utf8(bytes) else {
        return;
    };
    if pid_of(name).is_some() {
        let is_name = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
        assert!(bytes.iter().all(is_name), "{name:?} would be swept");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_endpoint_of_the_corpus_does_harm() {
        crate::corpus::replay("about", super::fuzz);
    }
}
