//! What stays readable of a masked value.

use chrono::{Datelike as _, NaiveDate};

use super::Class;

/// What stands for what is not shown. Always as long, so that it does not tell how much that is.
const HIDDEN: &str = "***";

/// A masked text. Empty texts stay empty.
pub(super) fn text(class: Class, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    match class {
        Class::Name => value.chars().next().map(|first| format!("{first}**")).unwrap_or_default(),
        Class::Email => email(value),
        Class::Phone => phone(value),
        Class::NationalId | Class::Account => ending(value, 4),
        Class::BirthDate => birth(value),
        Class::Ip => ip(value),
        Class::Address | Class::FreeText | Class::Other => HIDDEN.to_owned(),
    }
}

/// The first of January of the year.
pub(super) fn date(value: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(value.year(), 1, 1)
}

/// The first character and the domain.
fn email(value: &str) -> String {
    match (value.chars().next(), value.rsplit_once('@')) {
        (Some(first), Some((local, domain))) if !local.is_empty() => format!("{first}{HIDDEN}@{domain}"),
        _ => HIDDEN.to_owned(),
    }
}

/// The calling code of the country where there is one, and two to four digits: fewer of short numbers.
fn phone(value: &str) -> String {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let code = if value.starts_with('+') { calling_code(&digits) } else { "" };
    let own = digits.len() - code.len();
    let shown = match own {
        0..=5 => 0,
        6..=7 => 2,
        8..=9 => 3,
        _ => 4,
    };
    let end = digits.get(digits.len() - shown..).unwrap_or_default();
    let plus = if code.is_empty() { "" } else { "+" };
    format!("{plus}{code}{HIDDEN}{end}")
}

/// The country codes of one and two digits are those of ITU-T E.164; all others have three.
fn calling_code(digits: &str) -> &str {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or_default()
}

/// The last characters of a number that has at least as many more.
fn ending(value: &str, shown: usize) -> String {
    let length = value.chars().count();
    let end: String = value.chars().skip(if length >= 2 * shown { length - shown } else { length }).collect();
    format!("{HIDDEN}{end}")
}

/// A day of birth that is kept as text.
fn birth(value: &str) -> String {
    match value.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(year) => format!("{year}-01-01"),
        None => HIDDEN.to_owned(),
    }
}

/// The network of an address of version 4, which is too wide to be one household.
fn ip(value: &str) -> String {
    match value.split('.').collect::<Vec<_>>().as_slice() {
        [first, second, _, _] if first.len() <= 3 && second.len() <= 3 => format!("{first}.{second}.*.*"),
        _ => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::privacy::Class;

    #[test]
    fn enough_is_hidden_of_every_class() {
        for (class, value, masked) in [
            (Class::Name, "张伟", "张**"),
            (Class::Name, "Ada Lovelace", "A**"),
            (Class::Name, "王", "王**"),
            (Class::Email, "ada@example.org", "a***@example.org"),
            (Class::Email, "no address", "***"),
            (Class::Email, "@example.org", "***"),
            (Class::Phone, "+8613800138000", "+86***8000"),
            (Class::Phone, "+14155550123", "+1***0123"),
            (Class::Phone, "+35312345", "+353***"),
            (Class::Phone, "13800138000", "***8000"),
            (Class::Phone, "555123", "***23"),
            (Class::Phone, "none", "***"),
            (Class::NationalId, "11010519491231002X", "***002X"),
            (Class::NationalId, "1234", "***"),
            (Class::Account, "6222020200112233", "***2233"),
            (Class::BirthDate, "1990-05-17", "1990-01-01"),
            (Class::BirthDate, "May 1990", "***"),
            (Class::Ip, "203.0.113.9", "203.0.*.*"),
            (Class::Ip, "2001:db8::1", "***"),
            (Class::Address, "1 Main Street", "***"),
            (Class::FreeText, "call Ada", "***"),
            (Class::Name, "", ""),
        ] {
            assert_eq!(text(class, value), masked, "{class} {value}");
        }
    }
}
