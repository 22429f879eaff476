//! The measures together: against the library they are to agree with, and against texts that nobody means well with.

use rapidfuzz::distance as library;

use super::*;

/// Letters of few kinds, so that they repeat; the same ones every time.
fn texts(count: usize, alphabet: &[char], longest: usize) -> Vec<String> {
    let mut state: u64 = 7;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..count).map(|_| (0..next(longest + 1)).map(|_| alphabet[next(alphabet.len())]).collect()).collect()
}

#[test]
fn short_texts_measure_as_in_the_library() {
    let alphabets: [&[char]; 4] =
        [&['a', 'b'], &['a', 'b', 'c', 'd', 'e', '\0'], &['a', '王', 'é'], &['王', '张', '伟', '😀']];
    for alphabet in alphabets {
        for longest in [4, 9, 17, 34, 70] {
            let texts = texts(60, alphabet, longest);
            for a in &texts {
                for b in &texts {
                    let winkler = library::jaro_winkler::similarity(a.chars(), b.chars());
                    assert_eq!(jaro_winkler(a, b).to_bits(), winkler.to_bits(), "{a:?} {b:?}");
                    for least in [0.6, 0.8, 0.92] {
                        assert_eq!(jaro_winkler_at_least(a, b, least), winkler >= least, "{a:?} {b:?} {least}");
                    }
                    let swaps = library::osa::distance(a.chars(), b.chars());
                    assert_eq!(damerau_levenshtein(a, b), swaps, "{a:?} {b:?}");
                    let plain = library::levenshtein::distance(a.chars(), b.chars());
                    assert_eq!(levenshtein(a, b), plain, "{a:?} {b:?}");
                    for most in [0, 1, 2, 5] {
                        assert_eq!(damerau_within(a, b, most), swaps <= most, "{a:?} {b:?} {most}");
                        assert_eq!(levenshtein_within(a, b, most), plain <= most, "{a:?} {b:?} {most}");
                    }
                }
            }
        }
    }
}

#[test]
fn hostile_texts_cost_little_and_break_nothing() {
    let mut hostile: Vec<String> = [
        "",
        " ",
        "\0",
        "'",
        "''",
        "@",
        ".",
        "-",
        "\u{301}",
        "\u{200D}",
        "\u{FEFF}",
        "\u{10FFFF}",
        "İ",
        "ŉ",
        "ß",
        "ﬃ",
        "Ǆ",
        "単",
        "〇",
        "々",
        "ー",
        "한글",
        "שלום",
        "سلام",
        "🏳️‍🌈",
        "gn",
        "wr",
        "x",
        "czwitz",
        "schwarz",
        "mc",
        "王'",
        "'王",
        "ch'i",
    ]
    .map(str::to_owned)
    .into();
    hostile.extend(
        ["a", "王", "\u{301}", "é ", "ab ", "z'", "\u{1F600}", "zhuang", "c", "a@"].map(|part| part.repeat(3_000)),
    );
    hostile.extend((0..128_u8).map(|byte| format!("{0}a{0}{0}c", char::from(byte))));
    let mut letters: Vec<char> = ('a'..='z').collect();
    letters.extend([' ', '\'', 'ç', 'ñ']);
    hostile.extend(texts(1_000, &letters, 12));
    for (number, a) in hostile.iter().enumerate() {
        let _ = (pinyin(a), pinyin_initials(a), name_sound(a), folded(a), formal_given_name(a), email_domain(a));
        for b in hostile.iter().take(if number < 50 { 50 } else { 3 }) {
            for share in [jaro_winkler(a, b), token_set(a, b)] {
                assert!((0.0..=1.0).contains(&share));
            }
            let _ = (initials_agree(a, b), same_given_name(a, b), damerau_within(a, b, 2), levenshtein_within(a, b, 2));
            assert!(damerau_levenshtein(a, b) <= levenshtein(a, b), "swaps save changes");
        }
    }
}

/// Half a minute would be a table of all characters by all characters.
#[test]
fn a_megabyte_is_read_once() {
    let (a, b) = ("ab ".repeat(350_000), "王 ".repeat(260_000));
    for (a, b) in [(&a, &b), (&a, &format!("c{a}c")), (&b, &format!("张{b}张"))] {
        assert!(jaro_winkler(a, b) < 1.0 && token_set(a, b) <= 1.0);
        assert!(damerau_levenshtein(a, b) >= 2 && !damerau_within(a, b, 1) && !levenshtein_within(a, b, 1));
        assert!(!initials_agree(a, "x") && !same_given_name(a, b) && !name_sound(a).is_empty());
        assert!(pinyin(a).len() > 1_000_000 && !pinyin_initials(a).is_empty());
    }
}
