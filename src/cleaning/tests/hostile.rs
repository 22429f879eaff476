//! Texts that are meant to break something.

use super::*;

/// Texts of every kind of character that is trouble somewhere, put together by a counter: always the same ones.
fn hostile() -> impl Iterator<Item = String> {
    const PIECES: [&str; 48] = [
        "",
        " ",
        "a",
        "Z",
        "é",
        "e\u{301}",
        "\u{301}",
        "\u{200D}",
        "\u{200B}",
        "\u{202E}",
        "\u{FEFF}",
        "\u{0}",
        "\u{FFFF}",
        "😀",
        "👨\u{200D}👩\u{200D}👧",
        "🇨🇳",
        "中",
        "有限公司",
        "先生",
        "(",
        ")",
        "（",
        "）",
        "[",
        "<",
        ">",
        "@",
        ".",
        ",",
        "，",
        "-",
        "+",
        "+86",
        "00",
        "0",
        "13800138000",
        "１",
        "٣",
        "李",
        "ß",
        "İ",
        "ﷺ",
        "Mr.",
        "Ltd",
        "http://",
        "xn--",
        "\u{10FFFF}",
        "한",
    ];
    let mut state: u64 = 42;
    (0..1_000).map(move |_| {
        let mut text = String::new();
        let mut next = |bound: u64| {
            // Numerical Recipes' linear congruential generator.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..next(9) {
            match next(4) {
                0 => text.extend(char::from_u32(u32::try_from(next(0x11_0000)).expect("small"))),
                _ => text.push_str(PIECES[usize::try_from(next(48)).expect("small")]),
            }
        }
        text
    })
}

#[test]
fn no_text_is_too_much() {
    let long = ["中", "a ", "(", "\u{301}", "ﷺ", "1", "a.", ", ", "@", "+", " Ltd", "有限公司", "先生", "\u{200D}"]
        .map(|piece| piece.repeat(3_000));
    let regions = [None, Region::parse("CN"), Region::parse("US"), Region::parse("GB"), Region::parse("AQ")];
    for text in hostile().chain(long) {
        for function in &PLAIN {
            let Some(once) = (function.clean)(&text) else { continue };
            // What is in the form already stays.
            if !matches!(
                function.name,
                "country" | "id_card_cn_birth_date" | "id_card_cn_gender" | "company_name" | "person_name"
            ) {
                let twice = (function.clean)(&once);
                assert_eq!(twice.as_ref(), Some(&once), "{}({text:?})", function.name);
            }
        }
        for function in &REGIONAL {
            for region in regions {
                let Some(once) = (function.clean)(&text, region) else { continue };
                assert_eq!((function.clean)(&once, region).as_ref(), Some(&once), "{}({text:?})", function.name);
            }
        }
        let _ = Mapping::parse(&text);
    }
}
