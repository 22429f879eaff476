//! `lower` and `upper`: one case, by Unicode's rules that need no language.

use std::borrow::Cow;

use super::Plain;

pub(super) const LOWER: Plain = Plain {
    name: "lower",
    about: "Lower case, by Unicode's rules that need no language.",
    example: ("ÀB1", "àb1"),
    clean: |text| Some(lower(text)),
};

pub(super) const UPPER: Plain = Plain {
    name: "upper",
    about: "Upper case, by Unicode's rules that need no language.",
    example: ("àb1", "ÀB1"),
    clean: |text| Some(upper(text)),
};

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

fn upper(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_uppercase())
    }
}
