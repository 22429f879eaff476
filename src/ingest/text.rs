//! Texts as they are meant: trimmed, and cleaned as the source declares.

use std::borrow::Cow;

pub use crate::cleaning::blank::is_blank;
pub use crate::cleaning::half_width::{half_width, narrow};
use crate::project::source::Clean;

#[inline]
pub fn trim(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_none_or(|byte| (0x21..0x7F).contains(byte));
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim_matches(is_blank) }
}

/// Applies the steps in order; `None` is NULL.
pub fn clean<'t>(text: &'t str, steps: &[Clean]) -> Option<Cow<'t, str>> {
    let mut text = Cow::Borrowed(text);
    for step in steps {
        let changed = match step {
            Clean::Plain(function) => match (function.clean)(&text)? {
                Cow::Borrowed(same) if *same == *text => continue,
                changed => changed.into_owned(),
            },
            Clean::Regional(function, region) => (function.clean)(&text, Some(*region))?,
            Clean::Map(mapping) => match mapping.get(&text) {
                Some(meant) => meant.to_owned(),
                None => continue,
            },
        };
        text = Cow::Owned(changed);
    }
    let trimmed = trim(&text);
    if trimmed.is_empty() {
        return None;
    }
    Some(if trimmed.len() == text.len() { text } else { Cow::Owned(trimmed.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cleaning::PLAIN;

    /// As in SQL, where the functions stand alone.
    #[test]
    fn cleaning_is_what_its_functions_give() {
        let texts = ["UK", "us", "臺灣", "华东", "Ａb", "abc", "ABC", "a@B.Example", "  x  ", "Germany", "x y"];
        for function in &PLAIN {
            for text in texts.into_iter().chain([function.example.0]) {
                let alone = (function.clean)(text).map(|cleaned| trim(&cleaned).to_owned()).filter(|it| !it.is_empty());
                let declared = clean(text, &[Clean::Plain(function)]).map(Cow::into_owned);
                assert_eq!(declared, alone, "{} of {text}", function.name);
            }
        }
        let country = PLAIN.iter().find(|function| function.name == "country").unwrap();
        assert_eq!(clean("UK", &[Clean::Plain(country)]).as_deref(), Some("GB"));
    }
}
