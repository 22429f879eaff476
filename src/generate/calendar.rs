//! Days, how busy they are, and the ways in which exports write them.
//!
//! A day is a number, 0 = 1 January 2023; earlier days are negative.

use std::fmt;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::digits::Digits;

/// Sales begin on day 0 and end on `LAST`, some days after the last complete day `AS_OF`: exports made later than the
/// day that a run is for are the rule, not the exception.
pub(super) const AS_OF: i32 = 1399;
pub(super) const LAST: i32 = AS_OF + 8;
pub(super) const MONTHS: usize = 47;
const FIRST_FROM_CE: i32 = 738_521;

/// Planted: how busy a month of the year and a weekday (Monday first) are, in per cent of the mean.
pub(super) const MONTH_FACTORS: [u32; 12] = [75, 55, 80, 95, 105, 130, 115, 85, 85, 95, 150, 130];
pub(super) const WEEKDAY_FACTORS: [u32; 7] = [88, 88, 92, 95, 108, 122, 112];
/// Eve of the Chinese New Year's first day: two busy weeks before, a quiet week after.
pub(super) const NEW_YEARS: [(i32, u32, u32); 4] = [(2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17)];

pub(super) fn day_of(year: i32, month: u32, day: u32) -> i32 {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default().num_days_from_ce() - FIRST_FROM_CE
}

pub(super) fn date_of(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(FIRST_FROM_CE + day).unwrap_or_default()
}

/// Months since January 2023; days before are in month 0.
pub(super) fn month_of(day: i32) -> usize {
    let date = date_of(day.max(0));
    (date.year() - 2023) as usize * 12 + date.month0() as usize
}

pub(super) fn year_and_month(month: usize) -> (i32, u32) {
    (2023 + (month / 12) as i32, (month % 12) as u32 + 1)
}

pub(super) fn first_day(month: usize) -> i32 {
    let (year, number) = year_and_month(month);
    day_of(year, number, 1)
}

fn busyness(day: i32) -> u32 {
    let date = date_of(day);
    let mut percent =
        MONTH_FACTORS[date.month0() as usize] * WEEKDAY_FACTORS[date.weekday().num_days_from_monday() as usize] / 100;
    match (date.month(), date.day()) {
        (11, 11) => percent = percent * 42 / 10,
        (11, 1..=10) => percent = percent * 14 / 10,
        (6, 16..=18) => percent = percent * 24 / 10,
        (12, 12) => percent = percent * 16 / 10,
        _ => {}
    }
    for (year, month, first) in NEW_YEARS {
        match day - day_of(year, month, first) {
            -15..=-2 => percent = percent * 15 / 10,
            -1..=6 => percent = percent * 45 / 100,
            _ => {}
        }
    }
    percent
}

/// Busy time: a clock that runs faster on busy days, so that steady customers buy more on them.
pub(super) struct BusyClock {
    /// Busy time at the start of each day.
    starts: Vec<f64>,
}

impl BusyClock {
    pub fn new() -> Self {
        let mut starts = Vec::with_capacity(LAST as usize + 2);
        let mut sum = 0u64;
        for day in 0..=LAST + 1 {
            starts.push(sum as f64 / 100.0);
            sum += u64::from(busyness(day));
        }
        Self { starts }
    }

    pub fn at(&self, day: f64) -> f64 {
        let day = day.clamp(0.0, f64::from(LAST + 1));
        let whole = (day as usize).min(self.starts.len() - 2);
        self.starts[whole] + (self.starts[whole + 1] - self.starts[whole]) * (day - whole as f64)
    }

    pub fn day(&self, busy: f64) -> i32 {
        self.starts.partition_point(|start| *start <= busy) as i32 - 1
    }
}

/// A moment of the company's own clock (UTC+8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub day: i32,
    pub second: i32,
}

impl Moment {
    pub fn key(self) -> u64 {
        (i64::from(self.day + 4000) * 86_400 + i64::from(self.second)).unsigned_abs()
    }

    pub fn after(self, seconds: i32) -> Self {
        let sum = self.second + seconds;
        Self { day: self.day + sum.div_euclid(86_400), second: sum.rem_euclid(86_400) }
    }
}

/// `2024/3/5`, as spreadsheets write it.
pub(super) struct Slashed(pub i32);

impl fmt::Display for Slashed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Digits::default().slashed(self.0).write(formatter)
    }
}

/// `2024-03-05`.
pub(super) struct Dashed(pub i32);

impl fmt::Display for Dashed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Digits::default().dashed(self.0).write(formatter)
    }
}

/// `2024/3/5 9:07:30`, without an offset.
pub(super) struct Wall(pub Moment);

impl fmt::Display for Wall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0.second.unsigned_abs().into();
        Digits::default().slashed(self.0.day).mark(b' ').clock(second, 1).write(formatter)
    }
}

/// `2024-03-05T09:07:30+08:00`, in the given zone's hours from UTC.
pub(super) struct Stamped(pub Moment, pub i32);

impl fmt::Display for Stamped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(moment, hours) = *self;
        let there = moment.after((hours - 8) * 3600);
        let mut digits = Digits::default();
        digits.dashed(there.day).mark(b'T').clock(there.second.unsigned_abs().into(), 2);
        digits.mark(if hours < 0 { b'-' } else { b'+' }).number(hours.unsigned_abs().into(), 2).mark(b':').number(0, 2);
        digits.write(formatter)
    }
}

/// The last day of a day's month.
pub(super) fn month_end(day: i32) -> i32 {
    let date = date_of(day);
    let first = day - date.day0() as i32;
    let next = date_of(first) + TimeDelta::days(31);
    first + 30 - next.day0() as i32
}

impl Digits {
    fn slashed(&mut self, day: i32) -> &mut Self {
        let date = date_of(day);
        self.number(date.year().unsigned_abs().into(), 4)
            .mark(b'/')
            .number(date.month().into(), 1)
            .mark(b'/')
            .number(date.day().into(), 1)
    }

    fn dashed(&mut self, day: i32) -> &mut Self {
        let date = date_of(day);
        self.number(date.year().unsigned_abs().into(), 4)
            .mark(b'-')
            .number(date.month().into(), 2)
            .mark(b'-')
            .number(date.day().into(), 2)
    }

    fn clock(&mut self, second: u64, width: usize) -> &mut Self {
        self.number(second / 3600, width).mark(b':').number(second / 60 % 60, 2).mark(b':').number(second % 60, 2)
    }
}
