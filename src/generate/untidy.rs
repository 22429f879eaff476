//! How people and old programs spoil data.

use super::Error;
use super::chance::Chance;
use super::digits::full_width;
use super::output::{Fields, Sheet};

/// A letter is left out.
pub(super) fn mistyped(mailbox: &str) -> String {
    let mut letters: Vec<char> = mailbox.chars().collect();
    letters.remove(2);
    letters.into_iter().collect()
}

/// A phone number as different people type it.
pub(super) fn written(chance: &mut Chance, phone: &str) -> String {
    let Some(number) = phone.strip_prefix("+86") else { return phone.to_owned() };
    let (head, middle, tail) = (&number[..3], &number[3..7], &number[7..]);
    match chance.weighted(&[60, 10, 10, 8, 6, 6]) {
        0 => number.to_owned(),
        1 => format!("{head}-{middle}-{tail}"),
        2 => format!("{head} {middle} {tail}"),
        3 => format!("+86 {head}-{middle}-{tail}"),
        4 => format!("0086{number}"),
        _ => full_width(number),
    }
}

/// Writes a row, now and then twice, after a blank row or followed by a spoilt copy: an unreadable date, a row cut off,
/// no number in the first column, an amount that is none. `often` is in parts of 10,000.
pub(super) fn put(
    sheet: &mut Sheet,
    chance: &mut Chance,
    key: u64,
    fields: &Fields,
    often: u32,
    (date, amount): (usize, usize),
    moved: Option<&[usize]>,
) -> Result<(), Error> {
    let write =
        |sheet: &mut Sheet, spoil: Option<(usize, &str)>| sheet.line(key, |line| fields.csv(line, moved, spoil));
    let lot = chance.below(10_000) / often;
    if lot == 16 {
        sheet.line(key, |line| line.push_str(&",".repeat(fields.len() - 1)))?;
    }
    write(sheet, None)?;
    match lot {
        0..=11 => write(sheet, None),
        12 => write(sheet, Some((date, "2024/13/45"))),
        13 => write(sheet, Some((amount, if amount == 0 { "" } else { "待定" }))),
        14 => write(sheet, Some((0, ""))),
        15 => sheet.line(key, |line| {
            for position in 0..5 {
                line.push_str(fields.get(position));
                line.push(',');
            }
        }),
        _ => Ok(()),
    }
}
