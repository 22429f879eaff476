//! Texts as they are meant: trimmed, narrowed, normalised.

use std::borrow::Cow;

use crate::project::source::Clean;

/// White space of any script, and the byte-order mark that joined files carry inside.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

#[inline]
pub fn trim(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_none_or(|byte| (0x21..0x7F).contains(byte));
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim_matches(is_blank) }
}

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

/// Applies the normalisations in order; `None` is NULL.
pub fn clean<'t>(text: &'t str, steps: &[Clean]) -> Option<Cow<'t, str>> {
    let mut text = Cow::Borrowed(text);
    for step in steps {
        text = match step {
            Clean::HalfWidth => replace(text, half_width),
            Clean::Lower => replace(text, lower),
            Clean::Upper => replace(text, upper),
            Clean::Digits => Cow::Owned(digits(&text)),
            Clean::Email => Cow::Owned(email(&text)?),
            Clean::Phone { calling_code } => Cow::Owned(phone(&text, calling_code)?),
        };
    }
    let trimmed = trim(&text);
    if trimmed.is_empty() {
        return None;
    }
    Some(if trimmed.len() == text.len() { text } else { Cow::Owned(trimmed.to_owned()) })
}

/// Applies a step that may have nothing to do.
fn replace<'t>(text: Cow<'t, str>, step: impl Fn(&str) -> Cow<'_, str>) -> Cow<'t, str> {
    match step(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => Cow::Owned(changed),
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c.is_ascii() && !c.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

fn upper(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c.is_ascii() && !c.is_ascii_lowercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_uppercase())
    }
}

fn digits(text: &str) -> String {
    text.chars().map(narrow).filter(char::is_ascii_digit).collect()
}

fn email(text: &str) -> Option<String> {
    let mail: String = text.chars().map(narrow).filter(|c| !is_blank(*c)).collect::<String>().to_lowercase();
    mail.contains('@').then_some(mail)
}

/// E.164: `+`, calling code, number.
fn phone(text: &str, calling_code: &str) -> Option<String> {
    let text: String = text.chars().map(narrow).collect();
    // An extension is not part of the number: it begins at the first letter after a digit.
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let international = text.get(..start)?.contains('+');
    let number = text.get(start..)?;
    let number = number.split(|c: char| c.is_alphabetic()).next()?;
    // `+44 (0)20 …`: the trunk zero in parentheses is for callers within the country.
    let number = if international { number.replace("(0)", "") } else { number.to_owned() };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let code = calling_code.trim_start_matches('+');
    let whole = if international {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else if let Some(rest) = digits.strip_prefix('0') {
        format!("{code}{rest}")
    } else if digits.len() >= code.len() + national_length(code) && digits.starts_with(code) {
        digits
    } else {
        format!("{code}{digits}")
    };
    (8..=15).contains(&whole.len()).then(|| format!("+{whole}"))
}

/// The least digits of a number within a calling code: from this length on a leading calling code is one.
fn national_length(code: &str) -> usize {
    match code {
        "1" | "86" | "7" | "91" => 10,
        "852" | "853" | "65" => 8,
        _ => 9,
    }
}
