//! Damerau–Levenshtein distance: insertions, deletions, substitutions, and swaps of two neighbours.
//!
//! The *optimal string alignment* of it: no part of a text is edited twice, so that `CA` and `ABC` are three changes
//! apart and not two. It is what typing errors are counted with (Damerau 1964, CACM 7:3), and it goes bit by bit
//! (Hyyrö 2003, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances"), by the crate `rapidfuzz`.

use rapidfuzz::distance::osa;

use super::levenshtein::{beyond, lengths_allow};

/// The number of changes. Where the parts of two texts that differ are longer than [`LONGEST`](super::LONGEST), each
/// character beyond counts as one.
pub fn damerau_levenshtein(a: &str, b: &str) -> usize {
    if a == b {
        return 0;
    }
    let (a, b, more) = beyond(a, b);
    more + if a.is_ascii() && b.is_ascii() {
        osa::distance(a.bytes(), b.bytes())
    } else {
        osa::distance(a.chars(), b.chars())
    }
}

/// Whether [`damerau_levenshtein`] is at most `most`; texts whose lengths differ by more are not compared.
pub fn damerau_within(a: &str, b: &str, most: usize) -> bool {
    a == b || (lengths_allow(a, b, most) && damerau_levenshtein(a, b) <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swaps_are_one_change_and_nothing_is_edited_twice() {
        let cases = [
            ("CA", "ABC", 3),
            ("Martha", "Marhta", 1),
            ("kitten", "sitting", 3),
            ("王小明", "小王明", 1),
            ("张伟", "张玮", 1),
            ("", "abc", 3),
            ("", "", 0),
            ("a\0", "a", 1),
        ];
        for (a, b, expected) in cases {
            assert_eq!(damerau_levenshtein(a, b), expected, "{a} {b}");
            assert_eq!(damerau_levenshtein(b, a), expected, "{b} {a}");
            for most in 0..6 {
                assert_eq!(damerau_within(a, b, most), expected <= most, "{a} {b} {most}");
            }
        }
    }

    #[test]
    fn beyond_the_bound_every_character_counts() {
        let (a, b) = ("a".repeat(1_000_000), "b".repeat(1_000_000));
        assert_eq!(damerau_levenshtein(&a, &b), 1_000_000);
        // The ends that two texts share are not compared.
        assert_eq!(damerau_levenshtein(&format!("{a}x{a}"), &format!("{a}y{a}")), 1);
        assert!(damerau_within(&format!("王{a}"), &format!("张{a}"), 1));
        assert!(!damerau_within(&a, "b", 3));
    }
}
