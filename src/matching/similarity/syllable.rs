//! Words in Latin letters that are pinyin: `zhangwei` is `zhang wei`.
//!
//! The syllables are those that Chinese characters have in the crate `pinyin` (about 400, as Hanyu Pinyin has them, ISO
//! 7098). Where a word can be taken apart in two ways the orthography decides (GB/T 16159: a syllable that begins with
//! a, e or o inside a word has an apostrophe before it): `fangan` is `fan gan`, `fang'an` is `fang an`.

use std::sync::LazyLock;

use ::pinyin::ToPinyin;

/// Sorted.
static SYLLABLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let sounds = ('\u{4E00}'..='\u{9FFF}').filter_map(|c| c.to_pinyin()).map(|sound| sound.plain());
    // Interjections such as `hm` have no vowel.
    let mut syllables: Vec<&str> = sounds.filter(|sound| sound.contains(['a', 'e', 'i', 'o', 'u'])).collect();
    syllables.sort_unstable();
    syllables.dedup();
    syllables
});

/// The longest are `zhuang` and its like.
const LONGEST: usize = 6;
const MOST_SYLLABLES: usize = 4;

/// Adds the syllables of a word in small letters without tones, parts of it divided by apostrophes; `false` when it is
/// not made of them.
pub(super) fn split<'a>(word: &'a str, syllables: &mut Vec<&'a str>) -> bool {
    word.is_ascii()
        && word.split('\'').all(|part| {
            !part.is_empty()
                && part.len() <= LONGEST * MOST_SYLLABLES
                && (divide(part, MOST_SYLLABLES, false, syllables) || divide(part, MOST_SYLLABLES, true, syllables))
        })
}

/// Divides with the longest syllables first; nothing is added where it cannot be done.
fn divide<'a>(text: &'a str, most: usize, vowels_begin: bool, syllables: &mut Vec<&'a str>) -> bool {
    if text.is_empty() {
        return true;
    }
    if most == 0 {
        return false;
    }
    for length in (1..=text.len().min(LONGEST)).rev() {
        let Some((first, rest)) = text.split_at_checked(length) else { continue };
        let unmarked = rest.starts_with(['a', 'e', 'o']);
        if (unmarked && !vowels_begin) || !is_syllable(first) {
            continue;
        }
        let before = syllables.len();
        syllables.push(toneless(first));
        if divide(rest, most - 1, vowels_begin, syllables) {
            return true;
        }
        syllables.truncate(before);
    }
    false
}

fn is_syllable(text: &str) -> bool {
    SYLLABLES.binary_search(&toneless(text)).is_ok()
}

/// `ü` is typed as `v`, written `yu` in passports, and `u` where marks are lost: all of them are `u` here.
pub(super) fn toneless(syllable: &str) -> &str {
    match syllable {
        "lü" | "lv" | "lyu" => "lu",
        "nü" | "nv" | "nyu" => "nu",
        "lüe" | "lve" | "lyue" => "lue",
        "nüe" | "nve" | "nyue" => "nue",
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_divide_as_the_orthography_has_it() {
        let cases = [
            ("zhangwei", Some("zhang wei")),
            ("xian", Some("xian")),
            ("xi'an", Some("xi an")),
            ("fangan", Some("fan gan")),
            ("fang'an", Some("fang an")),
            ("yuee", Some("yue e")),
            ("ouyangnana", Some("ou yang na na")),
            ("lyu", Some("lu")),
            ("lv", Some("lu")),
            ("smith", None),
            ("zh", None),
            ("hm", None),
            ("", None),
            ("'", None),
            ("é", None),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", None),
        ];
        for (word, expected) in cases {
            let mut syllables = Vec::new();
            let found = split(word, &mut syllables).then(|| syllables.join(" "));
            assert_eq!(found.as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn every_syllable_is_one() {
        assert!((390..430).contains(&SYLLABLES.len()), "{}", SYLLABLES.len());
        for syllable in SYLLABLES.iter().filter(|syllable| syllable.is_ascii()) {
            let mut found = Vec::new();
            assert!(split(syllable, &mut found) && found == [*syllable], "{syllable}");
        }
    }
}
