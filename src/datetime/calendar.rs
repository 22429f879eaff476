//! Days of the proleptic Gregorian calendar as numbers, and which of them a business record can be of.

use std::ops::RangeInclusive;

/// Years that a business record can be of; what is outside is a typing error or a placeholder.
pub const YEARS: RangeInclusive<i64> = 1800..=9999;

/// A moment that exists, of a year that no business record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, counting years from March so that the leap day is last.
pub const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// A day within the accepted years.
pub fn in_range(days: i64) -> Result<i32, OutOfRange> {
    const FIRST: i64 = days_from_civil(*YEARS.start(), 1, 1);
    const LAST: i64 = days_from_civil(*YEARS.end(), 12, 31);
    if (FIRST..=LAST).contains(&days) { i32::try_from(days).map_err(|_| OutOfRange) } else { Err(OutOfRange) }
}
