//! [`is_privileged`]: whether this program has more rights than who started it.

use std::fs;

use crate::process::user::has_changed_its_user;

/// Whether this program has other rights than who started it: its users or groups differ, or its file gave
/// it capabilities.
pub(crate) fn is_privileged() -> bool {
    has_changed_its_user()
        || match fs::read("/proc/self/auxv") {
            Ok(vector) => is_secure(&vector),
            // The kernel hides it from a program with such rights, and from one that has given up others.
            Err(_) => fs::read_to_string("/proc/self/status").is_ok_and(|it| has_been_raised(&it)),
        }
}

/// What getauxval(3) says of `AT_SECURE`, read from the file that it stands in.
fn is_secure(vector: &[u8]) -> bool {
    const AT_SECURE: usize = 23;

    let words: Vec<_> = vector
        .chunks_exact(size_of::<usize>())
        .map(|word| usize::from_ne_bytes(word.try_into().expect("it has the size of one")))
        .collect();
    words
        .chunks_exact(2)
        .any(|entry| entry[0] == AT_SECURE && entry[1] != 0)
}

/// Whether a process may have capabilities that it did not inherit from who executed it.
fn has_been_raised(status: &str) -> bool {
    let set = |name: &str| {
        let text = status.lines().find_map(|line| line.strip_prefix(name))?;
        u64::from_str_radix(text.trim(), 16).ok()
    };
    let ambient = set("CapAmb:").unwrap_or(0);
    set("CapPrm:").is_some_and(|permitted| permitted & !ambient != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_said_is_found_among_the_rest() {
        let vector = |secure: usize| -> Vec<u8> {
            let words = [6, 4096, 23, secure, 0, 0];
            words
                .iter()
                .flat_map(|word: &usize| word.to_ne_bytes())
                .collect()
        };
        assert!(is_secure(&vector(1)));
        assert!(!is_secure(&vector(0)));
        // The same numbers, but in other places.
        assert!(!is_secure(&vector(1)[size_of::<usize>()..]));
        assert!(!is_secure(&[]));
        assert!(!is_privileged(), "this test has no such rights");
    }

    #[test]
    fn inherited_capabilities_are_nobody_elses() {
        let raised = |permitted, ambient| {
            has_been_raised(&format!("CapPrm:\t{permitted}\nCapAmb:\t{ambient}\n"))
        };
        assert!(raised("0000000000000400", "0000000000000000"));
        assert!(!raised("0000000000000400", "0000000000000400"));
        assert!(!raised("0000000000000000", "0000000000000000"));
        assert!(!has_been_raised("Name:\tx\n"));
    }
}
