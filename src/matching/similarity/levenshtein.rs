//! Levenshtein distance: insertions, deletions and substitutions (Levenshtein 1966), by the crate `rapidfuzz`.

use rapidfuzz::distance::levenshtein as distance;

use super::cut;

/// The number of changes. Where the parts of two texts that differ are longer than [`LONGEST`](super::LONGEST), each
/// character beyond counts as one.
pub fn levenshtein(a: &str, b: &str) -> usize {
    if a == b {
        return 0;
    }
    let (a, b, more) = beyond(a, b);
    more + if a.is_ascii() && b.is_ascii() {
        distance::distance(a.bytes(), b.bytes())
    } else {
        distance::distance(a.chars(), b.chars())
    }
}

/// Whether [`levenshtein`] is at most `most`; given up as soon as it cannot be.
pub fn levenshtein_within(a: &str, b: &str, most: usize) -> bool {
    if a == b {
        return true;
    }
    if !lengths_allow(a, b, most) {
        return false;
    }
    let (a, b, more) = beyond(a, b);
    let Some(most) = most.checked_sub(more) else { return false };
    let args = distance::Args::default().score_cutoff(most);
    if a.is_ascii() && b.is_ascii() {
        distance::distance_with_args(a.bytes(), b.bytes(), &args).is_some()
    } else {
        distance::distance_with_args(a.chars(), b.chars(), &args).is_some()
    }
}

/// Whether so few changes can make up for the difference in length of two texts that are not the same.
pub(super) fn lengths_allow(a: &str, b: &str, most: usize) -> bool {
    let (shorter, longer) = if a.len() < b.len() { (a, b) } else { (b, a) };
    // A character has one byte in ASCII, and up to four else.
    let least = if longer.is_ascii() { longer.len() } else { longer.len() / 4 };
    most > 0 && least <= shorter.len().saturating_add(most)
}

/// Two texts without the ends that they share where they are long, cut to what is compared; how many changes the rest
/// is counted as.
pub(super) fn beyond<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str, usize) {
    if a.len().max(b.len()) <= super::LONGEST {
        return (a, b, 0);
    }
    let start: usize = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let (a, b) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let end: usize = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let (a, b) = (a.get(..a.len() - end).unwrap_or_default(), b.get(..b.len() - end).unwrap_or_default());
    let ((a, more_a), (b, more_b)) = (cut(a), cut(b));
    (a, b, more_a.chars().count().max(more_b.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swaps_are_two_changes() {
        for (a, b, expected) in
            [("Martha", "Marhta", 2), ("kitten", "sitting", 3), ("王小明", "小王明", 2), ("", "", 0)]
        {
            assert_eq!(levenshtein(a, b), expected, "{a} {b}");
            for most in 0..5 {
                assert_eq!(levenshtein_within(a, b, most), expected <= most, "{a} {b} {most}");
            }
        }
        let long = "王".repeat(300_000);
        assert_eq!(levenshtein(&long, &"张".repeat(300_001)), 300_001);
        assert!(levenshtein_within(&format!("{long}a"), &format!("{long}b"), 1));
        assert!(!levenshtein_within(&long, "", 299_999));
    }
}
