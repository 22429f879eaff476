//! `phone`: a telephone number in the international form of ITU-T E.164.
//!
//! Numbers are read by the rules and tables of libphonenumber. Kept is what is *possible*: a whole number of a length
//! that its country uses. The ranges in use change faster than any table, and a number that is kept can be judged later;
//! `is_phone` says whether its range is in use.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

use super::clean_text::clean_text;
use super::half_width::narrow;
use super::{Region, Regional};

pub(super) const FUNCTION: Regional = Regional {
    name: "phone",
    about: "A telephone number in E.164 form; one without a calling code is read as in the region (ISO 3166-1 alpha-2). NULL when it has no length that is possible there, or one digit repeated stands for it. Without its extension; the first of several.",
    example: ("010-6552 9988 转 12", "CN", "+861065529988"),
    default: Some("CN"),
    clean: phone,
};

/// No number with all that is written around it is longer.
const LONGEST: usize = 250;

fn phone(text: &str, region: Option<Region>) -> Option<String> {
    if let Some(number) = plain_mobile(text, region) {
        return Some(number);
    }
    parse(text, region).map(|number| e164(&number))
}

/// Whether a text is a number whose range is in use, by the tables of libphonenumber.
pub fn is_phone(text: &str, region: Option<Region>) -> bool {
    parse(text, region).is_some_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
}

/// A Chinese mobile number as most exports have it, with blanks, hyphens, 86 before it and in full width: the same
/// result without the tables.
fn plain_mobile(text: &str, region: Option<Region>) -> Option<String> {
    let mut digits = String::with_capacity(16);
    let text = text.trim_start();
    let abroad = text.starts_with(['+', '＋']);
    for c in text.chars().skip(usize::from(abroad)).map(narrow) {
        match c {
            '0'..='9' if digits.len() < 15 => digits.push(c),
            ' ' | '-' => {}
            _ => return None,
        }
    }
    let home = region.is_some_and(|region| region.as_str() == "CN");
    let number = match digits.len() {
        11 if home && !abroad => Some(digits.as_str()),
        13 if home || abroad => digits.strip_prefix("86"),
        15 if !abroad => digits.strip_prefix("0086"),
        _ => None,
    }?;
    let mobile = matches!(number.as_bytes(), [b'1', b'3'..=b'9', ..]);
    mobile.then(|| format!("+86{number}"))
}

fn parse(text: &str, region: Option<Region>) -> Option<PhoneNumber> {
    if text.len() > LONGEST {
        return None;
    }
    let text = clean_text(text)?;
    let text = text.trim_start_matches('\'');
    // An address; a number with digits left out.
    if text.contains(['@', '*']) {
        return None;
    }
    // A column of numbers with gaps, through a float: `13800138000.0`.
    let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_suffix(".0").filter(digits).unwrap_or(text);
    // Letters among the digits would be read as keys that have them.
    let lettered = text.find(|c: char| c.is_ascii_digit()).and_then(|at| text.get(at..));
    let whole = Some(text).filter(|_| !lettered.is_some_and(|tail| tail.contains(char::is_alphabetic)));
    let number = whole.and_then(|text| possible(text, region));
    number.or_else(|| untangled(text).find_map(|text| possible(&text, region)))
}

/// What people and programs write around a number that the library does not know.
fn untangled(text: &str) -> impl Iterator<Item = String> {
    // An extension or a remark begins at the first letter after a digit; several numbers are listed.
    let digit = text.find(|c: char| c.is_ascii_digit());
    let end = digit.and_then(|at| {
        let tail = text.get(at..)?;
        tail.find(|c: char| c.is_alphabetic() || matches!(c, '/' | ',' | ';' | '、' | '|')).map(|length| at + length)
    });
    let start = digit.map(|at| text.get(..at).and_then(|before| before.rfind(['+', '('])).unwrap_or(at));
    let first = start.and_then(|start| text.get(start..end.unwrap_or(text.len()))).map(str::to_owned);
    // `00` is how most of the world dials abroad, wherever the list was made.
    let abroad = first.as_deref().and_then(|first| first.strip_prefix("00")).map(|number| format!("+{number}"));
    first.into_iter().chain(abroad)
}

fn possible(text: &str, region: Option<Region>) -> Option<PhoneNumber> {
    let region = region.and_then(|region| region.as_str().parse().ok());
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    let whole = PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) == Ok(NumberLengthType::IsPossible);
    // With a second trunk prefix in it a number would be another one when it is read again.
    let written = e164(&number);
    let stable = whole && PHONE_NUMBER_UTIL.parse(&written, None).is_ok_and(|again| e164(&again) == written);
    // Where numbers do begin with a zero, the tables say so; what is written with its calling code is left as it is.
    let zero = !text.contains('+')
        && number.italian_leading_zero.unwrap_or(false)
        && !PHONE_NUMBER_UTIL.is_valid_number(&number);
    (stable && !zero && !is_repeated(&number.national_number.to_string())).then_some(number)
}

fn e164(number: &PhoneNumber) -> String {
    PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).into_owned()
}

/// What people type where a form wants a number.
fn is_repeated(digits: &str) -> bool {
    let mut digits = digits.bytes();
    digits.next().is_some_and(|first| digits.all(|digit| digit == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_and_the_library_agree() {
        let china = Region::parse("CN");
        for head in (1_300..2_000).step_by(3) {
            let number = format!("{head}{:07}", head * 4_871 % 10_000_000);
            let (start, end) = number.split_at(7);
            let forms = [
                number.clone(),
                format!("+86{number}"),
                format!("0086 {number}"),
                format!("86-{start} {end}"),
                format!("＋８６ {start}－{end}"),
            ];
            let form = &forms[head % forms.len()];
            let parsed = parse(form, china).expect(form);
            assert_eq!(plain_mobile(form, china), Some(format!("+86{number}")), "{form}");
            assert_eq!(e164(&parsed), format!("+86{number}"), "{form}");
        }
        for other in ["12345678901", "1380013800", "138001380001", "+13800138000", "+008613800138000", "138.0013.8000"]
        {
            assert_eq!(plain_mobile(other, china), None, "{other}");
        }
        assert_eq!(plain_mobile("13800138000", Region::parse("US")), None);
    }
}
