//! `nfkc`: one spelling of every character (Unicode Standard Annex #15, Normalization Form KC).

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::Plain;

pub(super) const FUNCTION: Plain = Plain {
    name: "nfkc",
    about: "Unicode Normalization Form KC (UAX #15): full-width, circled and composed variants of a character become one.",
    example: ("①ﬁ ｶﾞ Ｌｔｄ", "1fi ガ Ltd"),
    clean: |text| Some(nfkc(text)),
};

pub(super) fn nfkc(text: &str) -> Cow<'_, str> {
    // ASCII is its own normal form; the table's quick answer is enough for nearly all else.
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfkc().collect())
}
