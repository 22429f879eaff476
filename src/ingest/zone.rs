//! Wall-clock times of a zone to instants.
//!
//! Looking a rule up costs more than parsing the text it is for, so days without a change of offset are remembered.

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::reject::Reason;
use crate::project::source::{ClockGap, ClockOverlap};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Days remembered; a power of two.
const SLOTS: usize = 4096;

/// What was decided about a time of a wall clock that is no single instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shift {
    /// The clocks skipped it.
    Gap,
    /// They showed it twice.
    Overlap,
}

pub struct Zone {
    zone: Tz,
    gap: ClockGap,
    overlap: ClockOverlap,
    /// What was decided about the last instant.
    pub shift: Option<Shift>,
    /// By day modulo the size: the day, and its offset in seconds when it has only one.
    days: Vec<Option<(i32, Option<i32>)>>,
}

impl Zone {
    pub fn new(zone: Tz, gap: ClockGap, overlap: ClockOverlap) -> Self {
        Self { zone, gap, overlap, shift: None, days: Vec::new() }
    }

    /// Microseconds since the epoch.
    #[inline]
    pub fn instant(&mut self, day: i32, micros: i64) -> Result<i64, Reason> {
        let local = i64::from(day) * DAY + micros;
        match self.day_offset(day) {
            Some(offset) => Ok(local - i64::from(offset) * SECOND),
            None => self.look_up(local),
        }
    }

    /// The wall clock of an instant, in microseconds.
    pub fn local(&self, instant: i64) -> Result<i64, Reason> {
        let utc = DateTime::from_timestamp_micros(instant).ok_or(Reason::OutOfRange)?;
        let offset = self.zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc();
        instant.checked_add(i64::from(offset) * SECOND).ok_or(Reason::OutOfRange)
    }

    fn look_up(&mut self, local: i64) -> Result<i64, Reason> {
        let wall = DateTime::from_timestamp_micros(local).ok_or(Reason::OutOfRange)?.naive_utc();
        let offset = match self.zone.offset_from_local_datetime(&wall) {
            LocalResult::Single(one) => one.fix().local_minus_utc(),
            LocalResult::None => {
                let before = if self.gap == ClockGap::Later { self.offset_before(wall) } else { None };
                let before = before.ok_or(Reason::NonexistentTime)?;
                self.shift = Some(Shift::Gap);
                before
            }
            LocalResult::Ambiguous(one, two) => {
                let (one, two) = (one.fix().local_minus_utc(), two.fix().local_minus_utc());
                // The greater offset is the earlier instant.
                let offset = match self.overlap {
                    ClockOverlap::Earlier => one.max(two),
                    ClockOverlap::Later => one.min(two),
                    ClockOverlap::Quarantine => return Err(Reason::AmbiguousTime),
                };
                self.shift = Some(Shift::Overlap);
                offset
            }
        };
        Ok(local - i64::from(offset) * SECOND)
    }

    /// The offset that held when the clocks were put forward over a time. Most gaps are an hour; Samoa skipped a day.
    fn offset_before(&self, wall: NaiveDateTime) -> Option<i32> {
        (1..=4 * 25).find_map(|quarters| {
            let earlier = wall.checked_sub_signed(Duration::minutes(15 * quarters))?;
            match self.zone.offset_from_local_datetime(&earlier) {
                LocalResult::None => None,
                LocalResult::Single(one) => Some(one.fix().local_minus_utc()),
                LocalResult::Ambiguous(one, two) => Some(one.fix().local_minus_utc().min(two.fix().local_minus_utc())),
            }
        })
    }

    #[inline]
    fn day_offset(&mut self, day: i32) -> Option<i32> {
        if self.days.is_empty() {
            self.days = vec![None; SLOTS];
        }
        let slot = day.rem_euclid(4096) as usize;
        if let Some(Some((known, offset))) = self.days.get(slot)
            && *known == day
        {
            return *offset;
        }
        let offset = self.only_offset(day);
        if let Some(slot) = self.days.get_mut(slot) {
            *slot = Some((day, offset));
        }
        offset
    }

    /// The offset that holds at every full hour of the day and the next midnight. No zone changed twice within one.
    fn only_offset(&self, day: i32) -> Option<i32> {
        let midnight: NaiveDateTime =
            NaiveDate::from_num_days_from_ce_opt(day.checked_add(719_163)?)?.and_hms_opt(0, 0, 0)?;
        let mut only = None;
        for hour in 0..=24 {
            let wall = midnight.checked_add_signed(Duration::hours(hour))?;
            let offset = self.zone.offset_from_local_datetime(&wall).single()?.fix().local_minus_utc();
            if only.is_some_and(|only| only != offset) {
                return None;
            }
            only = Some(offset);
        }
        only
    }
}
