//! What a process says of a call that returned nothing.

use crate::error::Error;

/// Tells an argument that the process refuses from what else it reports: its words begin with
/// ``bad argument `NAME`: `` then.
pub(super) fn told(error: capnp::Error) -> Error {
    const MISFIT: &str = "bad argument `";

    // capnp-rpc writes something before it.
    let misfit = error
        .extra
        .split_once(MISFIT)
        .filter(|(before, _)| before.is_empty() || before.ends_with(": "))
        .and_then(|(_, rest)| rest.split_once("`: "));
    match misfit {
        Some((field, problem)) if error.kind == capnp::ErrorKind::Failed => Error::BadArgument {
            field: field.to_owned(),
            problem: problem.to_owned(),
        },
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use capnp::Error;

    use super::told;

    #[test]
    fn an_argument_that_is_refused_is_told_from_what_fails() {
        let refused = "remote exception: Failed: bad argument `filter`: no level";
        let error = told(Error::failed(refused.to_owned()));
        assert_eq!(error.to_string(), "`filter`: no level");
        for other in ["not a bad argument `x`: y", "bad argument"] {
            let error = told(Error::failed(other.to_owned()));
            assert!(matches!(error, crate::Error::Remote(_)), "{other}");
        }
        let disconnected = told(Error::disconnected("bad argument `x`: y".to_owned()));
        assert!(matches!(disconnected, crate::Error::Remote(_)));
    }
}
