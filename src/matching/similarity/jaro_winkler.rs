//! Jaro–Winkler similarity, the measure of names in record linkage.
//!
//! Jaro 1989 (JASA 84:414), with the weight of a common prefix of Winkler 1990 ("String Comparator Metrics and Enhanced
//! Decision Rules in the Fellegi-Sunter Model of Record Linkage"): 0.1 for each of the first four characters, where
//! Jaro's similarity is above 0.7. Short ASCII texts, most names, are compared here; others by the crate
//! `rapidfuzz`, with the same results to the last bit.

use rapidfuzz::distance::jaro_winkler as long;

use super::cut;
use super::short::{Ascii, MOST, both, lowest};

const PREFIX_WEIGHT: f64 = 0.1;
const BOOSTED_ABOVE: f64 = 0.7;

/// From 0, nothing in common, to 1, the same; two empty texts are the same. Of a text that is longer than
/// [`LONGEST`](super::LONGEST) only the beginning is compared.
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    if let Some(similarity) = short(a, b, 0.0) {
        return similarity;
    }
    let (a, b) = (cut(a).0, cut(b).0);
    if a.is_ascii() && b.is_ascii() {
        long::similarity(a.bytes(), b.bytes())
    } else {
        long::similarity(a.chars(), b.chars())
    }
}

/// Whether [`jaro_winkler`] is at least `least`; given up as soon as it cannot be.
pub fn jaro_winkler_at_least(a: &str, b: &str, least: f64) -> bool {
    if a == b {
        return least <= 1.0;
    }
    if let Some(similarity) = short(a, b, least) {
        return similarity >= least;
    }
    let (a, b) = (cut(a).0, cut(b).0);
    // The library's own bound is of Jaro's similarity, rounded: by a hair below, the value decides and not the rounding.
    let args = long::Args::default().score_cutoff(least - 1e-9);
    let similarity = if a.is_ascii() && b.is_ascii() {
        long::similarity_with_args(a.bytes(), b.bytes(), &args)
    } else {
        long::similarity_with_args(a.chars(), b.chars(), &args)
    };
    similarity.is_some_and(|similarity| similarity >= least)
}

#[inline]
fn short(a: &str, b: &str, least: f64) -> Option<f64> {
    match a.len().max(b.len()) {
        0..=8 => both::<1>(a, b).map(|(a, b)| similarity(&a, &b, least)),
        9..=16 => both::<2>(a, b).map(|(a, b)| similarity(&a, &b, least)),
        17..=MOST => both::<4>(a, b).map(|(a, b)| similarity(&a, &b, least)),
        _ => None,
    }
}

/// The similarity, or something below `least` where it is below.
fn similarity<const WORDS: usize>(a: &Ascii<WORDS>, b: &Ascii<WORDS>, least: f64) -> f64 {
    let (len_a, len_b) = (a.len(), b.len());
    let fewer = len_a.min(len_b);
    if fewer == 0 {
        return if len_a == len_b { 1.0 } else { 0.0 };
    }
    let prefix = a.prefix(b);
    if least > 0.0 {
        let most = boosted(jaro(len_a, len_b, fewer, 0), prefix);
        if most < least {
            return most;
        }
    }
    // Characters agree when they are not further apart than this.
    let reach = (len_a.max(len_b) / 2).saturating_sub(1);
    // The places of `a` that are in reach are above the middle; those before its beginning come from below.
    let mut window = u64::from(lowest(2 * reach + 1)) << 32 >> reach;
    let (mut found_a, mut found_b) = (0_u32, 0_u32);
    for place in 0..b.steps() {
        let there = u32::from(place < len_b).wrapping_neg();
        let free = a.places(b.at(place)) & (window >> 32) as u32 & !found_a & there;
        window <<= 1;
        found_a |= free & free.wrapping_neg();
        found_b |= u32::from(free != 0) << place;
    }
    let found = found_a.count_ones() as usize;
    if found == 0 {
        return 0.0;
    }
    let mut out_of_order = 0;
    while found_a != 0 {
        let (place_a, place_b) = (found_a.trailing_zeros() as usize, found_b.trailing_zeros() as usize);
        out_of_order += usize::from(a.at(place_a) != b.at(place_b));
        found_a &= found_a - 1;
        found_b &= found_b.wrapping_sub(1);
    }
    boosted(jaro(len_a, len_b, found, out_of_order / 2), prefix)
}

fn jaro(len_a: usize, len_b: usize, found: usize, transposed: usize) -> f64 {
    let (found, transposed) = (found as f64, transposed as f64);
    (found / len_a as f64 + found / len_b as f64 + (found - transposed) / found) / 3.0
}

fn boosted(jaro: f64, prefix: usize) -> f64 {
    if jaro > BOOSTED_ABOVE { jaro + prefix as f64 * PREFIX_WEIGHT * (1.0 - jaro) } else { jaro }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of Winkler's paper, as its table has them.
    #[test]
    fn published_values() {
        let cases = [
            ("SHACKLEFORD", "SHACKELFORD", 0.982),
            ("DUNNINGHAM", "CUNNIGHAM", 0.896),
            ("NICHLESON", "NICHULSON", 0.956),
            ("MARHTA", "MARTHA", 0.961),
            ("DWAYNE", "DUANE", 0.840),
            ("DIXON", "DICKSONX", 0.813),
            ("张伟明", "张伟", 0.911),
            ("ab", "", 0.0),
            ("", "", 1.0),
            ("ab", "xy", 0.0),
        ];
        for (a, b, expected) in cases {
            assert!((jaro_winkler(a, b) - expected).abs() < 0.0006, "{a} {b}: {}", jaro_winkler(a, b));
            assert_eq!(jaro_winkler(a, b), jaro_winkler(b, a), "{a} {b}");
        }
    }

    #[test]
    fn a_bound_decides_as_the_value_does() {
        for (a, b) in [("MARHTA", "MARTHA"), ("DIXON", "DICKSONX"), ("王小明", "王晓明"), ("a", "abcdefgh"), ("", "")]
        {
            let value = jaro_winkler(a, b);
            for least in [0.0, 0.5, 0.7, 0.8, value, 0.9, 1.0, f64::from_bits(value.to_bits() + 1)] {
                assert_eq!(jaro_winkler_at_least(a, b, least), value >= least, "{a} {b} {least}");
            }
        }
    }
}
