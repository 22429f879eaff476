//! `id_card_cn`: the citizen identification number of China (GB 11643-1999; check character by ISO 7064 MOD 11-2).
//!
//! Six digits of a place (GB/T 2260), eight of the day of birth, three of a sequence (odd for men), a check character.
//! Numbers of before 1999 have fifteen digits: a year of two, and no check character.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::Plain;
use super::half_width::narrow;

pub(super) const FUNCTION: Plain = Plain {
    name: "id_card_cn",
    about: "A Chinese identity number (GB 11643-1999) with its eighteen characters, numbers of fifteen digits brought up to them; NULL when the place, the day or the check character cannot be.",
    example: ("11010519491231002x", "11010519491231002X"),
    clean: |text| parse(text).map(|card| Cow::Owned(card.number)),
};

pub const BIRTH_DATE: Plain = Plain {
    name: "id_card_cn_birth_date",
    about: "The day of birth in a Chinese identity number: in SQL a date, in `clean:` the text YYYY-MM-DD; NULL when it is no such number.",
    example: ("11010519491231002X", "1949-12-31"),
    clean: |text| parse(text).map(|card| Cow::Owned(card.born.format("%Y-%m-%d").to_string())),
};

pub(super) const GENDER: Plain = Plain {
    name: "id_card_cn_gender",
    about: "`male` or `female` by the sequence in a Chinese identity number; NULL when it is no such number.",
    example: ("11010519491231002X", "female"),
    clean: |text| parse(text).map(|card| Cow::Borrowed(if card.male { "male" } else { "female" })),
};

pub fn birth_date(text: &str) -> Option<NaiveDate> {
    parse(text).map(|card| card.born)
}

struct Card {
    number: String,
    born: NaiveDate,
    male: bool,
}

/// Provinces of GB/T 2260, and 83 for residents of Taiwan.
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83,
];

const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

fn parse(text: &str) -> Option<Card> {
    // No number with its blanks is longer; a text that is need not be read to its end.
    let signs = text.chars().map(narrow).filter(|c| !c.is_whitespace() && *c != '-').take(19);
    let mut number: String = signs.map(|c| c.to_ascii_uppercase()).collect();
    if !number.is_ascii() {
        return None;
    }
    let check = match number.len() {
        15 => {
            number.insert_str(6, "19");
            None
        }
        18 => number.pop(),
        _ => return None,
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let province: u8 = number.get(..2)?.parse().ok()?;
    let born = NaiveDate::parse_from_str(number.get(6..14)?, "%Y%m%d").ok()?;
    let expected = check_character(&number)?;
    let fits = PROVINCES.contains(&province)
        && (1800..2100).contains(&born.year())
        && check.is_none_or(|check| check == expected);
    if !fits {
        return None;
    }
    let male = number.bytes().last()? % 2 == 1;
    number.push(expected);
    Some(Card { number, born, male })
}

/// ISO 7064 MOD 11-2: every digit by 2 to the power of its place from the right, the check character's being 0.
fn check_character(digits: &str) -> Option<char> {
    let sum = digits.bytes().fold(0, |sum, digit| (sum + usize::from(digit - b'0')) * 2 % 11);
    CHECKS.get(sum).copied()
}
