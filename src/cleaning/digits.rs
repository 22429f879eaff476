//! `digits`: only the digits.

use std::borrow::Cow;

use super::Plain;
use super::half_width::narrow;

pub(super) const FUNCTION: Plain = Plain {
    name: "digits",
    about: "Only the digits 0 to 9, full-width ones among them; NULL when there are none.",
    example: ("No. 12-３４", "1234"),
    clean: |text| {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Cow::Borrowed(text));
        }
        let digits: String = text.chars().map(narrow).filter(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(Cow::Owned(digits))
    },
};
