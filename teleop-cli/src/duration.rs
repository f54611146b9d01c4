//! Durations, as options take them.

use std::time::Duration;

/// Reads how long something may take: not nothing at all.
pub(crate) fn limit(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("no process answers in no time; `1ms` is little".to_owned()),
        limit => Ok(limit),
    }
}

/// Reads a duration.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    humantime::parse_duration(text).map_err(|_| match is_bare {
        true => format!("a duration has a unit: `{text}s`, `{text}ms`"),
        false => "a duration is a number with a unit: `500ms`, `5s`, `2m`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, limit};

    #[test]
    fn a_duration_has_a_unit_and_a_limit_is_not_nothing() {
        assert_eq!(duration("1m 5s"), Ok(Duration::from_secs(65)));
        assert!(duration("5").unwrap_err().contains("`5s`"));
        assert!(duration("abc").unwrap_err().contains("`500ms`"));
        assert!(duration("").unwrap_err().contains("`500ms`"));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        assert!(limit("0s").unwrap_err().contains("in no time"));
        assert_eq!(limit("1ms"), Ok(Duration::from_millis(1)));
    }
}
