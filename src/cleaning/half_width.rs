//! `half_width`: full-width letters, digits and signs in their ASCII forms.
//!
//! The block Halfwidth and Fullwidth Forms of Unicode; unlike NFKC nothing else of the text is changed.

use std::borrow::Cow;

use super::Plain;

pub(super) const FUNCTION: Plain = Plain {
    name: "half_width",
    about: "Full-width letters, digits, signs and blanks in their ASCII forms; all else stays as it is.",
    example: ("ＡＢＣ－１２３", "ABC-123"),
    clean: |text| Some(half_width(text)),
};

/// The ASCII form of a full-width character, the plain form of a full-width sign.
pub fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{A0}' => ' ',
        '\u{FFE5}' => '¥',
        '\u{FFE1}' => '£',
        _ => c,
    }
}

pub fn half_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(|c| narrow(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(narrow).collect())
}
