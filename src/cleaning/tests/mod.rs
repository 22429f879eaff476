//! Every function by tables, and what holds of all of them.

mod hostile;
mod names;

use super::*;

/// Texts and what becomes of them; `∅` is NULL.
fn check(name: &str, cases: &[(&str, &str)]) {
    let function = plain(name).expect("a function");
    for (text, expected) in cases {
        assert_eq!((function.clean)(text).as_deref().unwrap_or("∅"), *expected, "{name}({text:?})");
    }
}

fn check_in(name: &str, region: &str, cases: &[(&str, &str)]) {
    let function = regional(name).expect("a function");
    for (text, expected) in cases {
        let cleaned = (function.clean)(text, Region::parse(region));
        assert_eq!(cleaned.as_deref().unwrap_or("∅"), *expected, "{name}({text:?}, {region})");
    }
}

#[test]
fn lists_are_sorted_and_examples_true() {
    assert!(PLAIN.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(REGIONAL.windows(2).all(|pair| pair[0].name < pair[1].name));
    for function in &PLAIN {
        check(function.name, &[function.example]);
        assert_eq!(plain(function.name), Some(function));
    }
    for function in &REGIONAL {
        let (text, region, expected) = function.example;
        check_in(function.name, region, &[(text, expected)]);
    }
}

#[test]
fn texts() {
    check("half_width", &[("ＡＢ－１\u{3000}￥", "AB-1 ¥"), ("①é", "①é"), ("", "")]);
    check("digits", &[("a1-２", "12"), ("abc", "∅"), ("", "∅"), ("٣", "∅"), ("007", "007")]);
    check("upper", &[("ab-1", "AB-1"), ("é", "É"), ("ß", "SS")]);
    check("lower", &[("AB-1", "ab-1"), ("ΑΣ", "ας")]);
    check("nfkc", &[("Å", "Å"), ("㈱", "(株)"), ("e\u{301}", "é"), ("\u{301}", "\u{301}"), ("한", "한")]);
    check(
        "clean_text",
        &[
            ("  a \t\r\n b\u{3000}c ", "a b c"),
            ("", "∅"),
            (" \u{200B}\u{FEFF}\u{200F} ", "∅"),
            ("a\u{0}b\u{7}c\u{1B}", "abc"),
            ("\u{202E}abc\u{202C}", "abc"),
            ("a\u{AD}b", "ab"),
            ("\u{301}", "\u{301}"),
            ("e\u{200B}\u{301}", "é"),
            ("👨\u{200D}👩\u{200D}👧 x", "👨\u{200D}👩\u{200D}👧 x"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("a\u{200D}b", "ab"),
            ("\u{2800}x", "x"),
            ("ﬁ Ⅳ ½", "fi IV 1⁄2"),
        ],
    );
}

#[test]
fn emails() {
    check(
        "email",
        &[
            (" A.B＠X.com", "a.b@x.com"),
            ("none", "∅"),
            ("", "∅"),
            ("@", "∅"),
            ("a@b", "∅"),
            ("a@b.1", "∅"),
            ("a@@b.com", "∅"),
            ("a@b..com", "∅"),
            ("a@-b.com", "∅"),
            ("a b @ x.com", "ab@x.com"),
            ("mailto:Ann@x.com?subject=hi", "ann@x.com"),
            ("<ann@x.com>", "ann@x.com"),
            ("Lee, Ann <ann@x.com>", "ann@x.com"),
            ("ann@x.com; bob@y.com", "ann@x.com"),
            ("ann@x.com.", "ann@x.com"),
            ("张三@例子。公司", "张三@例子.公司"),
            ("ann@bücher.de", "ann@bücher.de"),
            ("ann\u{200B}@x.com", "ann@x.com"),
            ("o'neil+tag@x.co.uk", "o'neil+tag@x.co.uk"),
            ("ann@[127.0.0.1]", "∅"),
            ("😀@x.com", "∅"),
        ],
    );
}

#[test]
fn urls() {
    check(
        "url_domain",
        &[
            ("http://www.Acme.com/about", "acme.com"),
            ("acme.com", "acme.com"),
            ("//acme.com:8080", "acme.com"),
            ("shop.acme.com.cn?x=1#y", "acme.com.cn"),
            ("HTTPS://u:p@Shop.Acme.CO.UK", "acme.co.uk"),
            ("someone.github.io", "someone.github.io"),
            ("info@acme.com", "acme.com"),
            ("mailto:info@acme.com", "acme.com"),
            ("http://bücher.de/x", "bücher.de"),
            ("xn--bcher-kva.de", "bücher.de"),
            ("ｗｗｗ.acme.com。", "acme.com"),
            ("http://127.0.0.1/", "∅"),
            ("http://[::1]/", "∅"),
            ("localhost", "∅"),
            ("com", "∅"),
            ("n/a", "∅"),
            ("N.A.", "∅"),
            ("", "∅"),
            ("http://", "∅"),
            ("not a url", "∅"),
        ],
    );
}

#[test]
fn phones() {
    let cases = [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("+86-138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("013800138000", "+8613800138000"),
        ("010-6552 9988", "+861065529988"),
        ("(010) 65529988 转 12", "+861065529988"),
        ("021-65529988-803", "∅"),
        ("400-800-8820", "+864008008820"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("tel:+8613800138000", "+8613800138000"),
        ("电话：13800138000（微信同号）", "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("13800138000/13900139000", "+8613800138000"),
        ("86123456", "+8686123456"),
        ("\u{202A}+86 138 0013 8000\u{202C}", "+8613800138000"),
        ("'13800138000", "+8613800138000"),
        ("11111111111", "∅"),
        ("00000000000", "∅"),
        ("13800138000@qq.com", "∅"),
        ("1.38E+10", "∅"),
        ("113800138000Ltd0", "∅"),
        ("138****8000", "∅"),
        ("n/a", "∅"),
        ("123", "∅"),
        ("10086", "∅"),
        ("+", "∅"),
        ("", "∅"),
        ("📞", "∅"),
    ];
    check_in("phone", "CN", &cases);
    check_in("phone", "US", &[("(415) 555-2671 x12", "+14155552671"), ("0044 20 7946 0958", "+442079460958")]);
    check_in("phone", "GB", &[("020 7946 0958", "+442079460958")]);
    check_in("phone", "BR", &[("(11) 96123-4567", "+5511961234567")]);
    check_in("phone", "none", &[("+1 415 555 2671", "+14155552671"), ("13800138000", "∅")]);
    let china = Region::parse("CN");
    assert!(phone::is_phone("138 0013 8000", china));
    assert!(!phone::is_phone("86123456", china) && !phone::is_phone("12345678901", china));
}

#[test]
fn identity_numbers() {
    check(
        "id_card_cn",
        &[
            ("11010519491231002X", "11010519491231002X"),
            ("１１０１０５ 19491231 002x", "11010519491231002X"),
            ("440524188001010014", "440524188001010014"),
            ("130503670401001", "130503196704010016"),
            ("110105194912310021", "∅"),
            ("110105194913310029", "∅"),
            ("99010519491231002X", "∅"),
            ("11010519491231002XX", "∅"),
            ("1101051949123100２é", "∅"),
            ("X1010519491231002X", "∅"),
            ("", "∅"),
        ],
    );
    check("id_card_cn_birth_date", &[("130503670401001", "1967-04-01"), ("130503670431001", "∅")]);
    check("id_card_cn_gender", &[("130503670401001", "male"), ("11010519491231002X", "female"), ("x", "∅")]);
}

#[test]
fn postcodes() {
    check_in("postcode", "CN", &[("100 000", "100000"), ("１０００００", "100000"), ("10000", "∅"), ("", "∅")]);
    check_in(
        "postcode",
        "US",
        &[("02134", "02134"), ("021341234", "02134-1234"), ("2134", "∅"), ("02134-1234", "02134-1234")],
    );
    check_in(
        "postcode",
        "GB",
        &[("m1 1ae", "M1 1AE"), ("EC1A1BB", "EC1A 1BB"), ("gir 0aa", "GIR 0AA"), ("12345", "∅")],
    );
    check_in("postcode", "DE", &[("D-10115", "10115"), ("10115", "10115"), ("1011", "∅")]);
    check_in("postcode", "CA", &[("k1a0b1", "K1A 0B1"), ("W1A 0B1", "∅"), ("K1A0O1", "∅")]);
    check_in("postcode", "JP", &[("〒100-0001", "100-0001"), ("1000001", "100-0001"), ("100", "∅")]);
    check_in("postcode", "NL", &[(" 1012  ab ", "1012 AB"), ("-", "∅")]);
    check_in("postcode", "none", &[("ab 1", "AB 1")]);
}
