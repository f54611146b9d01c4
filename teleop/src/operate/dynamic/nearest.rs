//! [`nearest`]: what somebody may have meant who misspelt a name.

/// The candidate that is closest to `name`, if one is close enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A name that is half wrong is another name.
    let most = name.chars().count().div_ceil(3).max(1);
    candidates
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= most * 4)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A schema may have any number of names, and each costs the product of two lengths.
const MOST_CANDIDATES: usize = 4096;
const LONGEST: usize = 64;

/// How many letters to insert, remove, replace or swap with their neighbour to get from one to the
/// other; a capital costs nothing.
fn distance(from: &str, to: &str) -> usize {
    let letters = |name: &str| -> Vec<char> {
        name.chars()
            .flat_map(char::to_lowercase)
            .take(LONGEST)
            .collect()
    };
    let (from, to) = (letters(from), letters(to));
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let mut least = (above[column] + usize::from(letter != other))
                .min(above[column + 1] + 1)
                .min(current[column] + 1);
            let is_swap =
                row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other;
            if is_swap {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let names = ["message", "count", "olderThan"];
        assert_eq!(nearest("mesage", names), Some("message"));
        assert_eq!(nearest("messgae", names), Some("message"));
        assert_eq!(nearest("older_than", names), Some("olderThan"));
        assert_eq!(nearest("cuont", names), Some("count"));
    }

    #[test]
    fn another_name_is_not_suggested() {
        assert_eq!(nearest("path", ["message", "count"]), None);
        assert_eq!(nearest("", ["message"]), None);
    }
}
