//! Characters that people take for the same, as the plain one of them.

use std::borrow::Cow;

use super::text::narrow;

/// Full-width characters, blanks, minus signs and apostrophes in their ASCII forms.
pub fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.chars().map(plain).collect()) }
}

fn plain(c: char) -> char {
    match narrow(c) {
        '\u{2212}' | '\u{FE63}' => '-',
        '\u{2019}' | '\u{02BC}' => '\'',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}
