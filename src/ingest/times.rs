//! Cells to dates and time stamps.

use std::borrow::Cow;

use super::cell::Cell;
use super::folded::folded;
use super::reject::Reason;
use super::text::trim;
use super::zone::Zone;
use crate::column::ColumnType;
use crate::datetime::{Clock, Format, Moment, in_range};
use crate::project::notation::Notation;
use crate::project::source::SourceColumn;

const DAY: i64 = 86_400_000_000;
const USUAL_DATES: [&str; 2] = ["%Y-%m-%d", "%Y/%m/%d"];
const USUAL_TIMES: [&str; 4] =
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%z"];

pub struct Times<'a> {
    formats: Cow<'a, [Format]>,
    pub zone: Zone,
}

impl<'a> Times<'a> {
    pub fn new(column: &'a SourceColumn) -> Self {
        let usual: &[&str] = match column.kind {
            ColumnType::Date => &USUAL_DATES,
            ColumnType::Timestamp => &USUAL_TIMES,
            _ => &[],
        };
        let formats = match &column.notation {
            Notation::Times(formats) => Cow::Borrowed(formats.as_slice()),
            _ => Cow::Owned(usual.iter().filter_map(|format| Format::compile(format).ok()).collect()),
        };
        Self { formats, zone: Zone::new(column.zone, column.clock_gap, column.clock_overlap) }
    }

    /// The day that was written or, of an instant that was counted, the day in the zone.
    #[inline]
    pub fn date(&mut self, cell: Cell<'_>) -> Result<i32, Reason> {
        let local = match cell {
            Cell::Text(text) | Cell::Number(text) => return self.day(text),
            Cell::Integer(_) | Cell::Decimal(..) | Cell::Double(_) => return self.day(&cell.to_text()),
            Cell::Date(days) => return Ok(in_range(i64::from(days))?),
            Cell::Local(micros) => micros,
            Cell::Instant(micros) => self.zone.local(micros)?,
            Cell::Null | Cell::Boolean(_) => return Err(Reason::NotADate),
        };
        // A time of day would be lost.
        if local.rem_euclid(DAY) == 0 { Ok(in_range(local.div_euclid(DAY))?) } else { Err(Reason::NotADate) }
    }

    #[inline]
    pub fn timestamp(&mut self, cell: Cell<'_>) -> Result<i64, Reason> {
        let moment = match cell {
            Cell::Text(text) | Cell::Number(text) => self.moment(text, Reason::NotATimestamp)?,
            Cell::Integer(_) | Cell::Decimal(..) | Cell::Double(_) => {
                self.moment(&cell.to_text(), Reason::NotATimestamp)?
            }
            Cell::Date(days) => Moment { days: in_range(i64::from(days))?, micros: 0, clock: Clock::Local },
            Cell::Local(micros) => {
                Moment { days: in_range(micros.div_euclid(DAY))?, micros: micros.rem_euclid(DAY), clock: Clock::Local }
            }
            Cell::Instant(micros) => {
                in_range(micros.div_euclid(DAY))?;
                return Ok(micros);
            }
            Cell::Null | Cell::Boolean(_) => return Err(Reason::NotATimestamp),
        };
        let written = i64::from(moment.days) * DAY + moment.micros;
        let instant = match moment.clock {
            Clock::Offset(offset) => written - i64::from(offset) * 1_000_000,
            Clock::Universal => written,
            Clock::Local | Clock::Serial => self.zone.instant(moment.days, moment.micros)?,
        };
        // What is published is the instant: the day that was written may be of another year.
        in_range(instant.div_euclid(DAY))?;
        Ok(instant)
    }

    #[inline]
    fn day(&self, text: &str) -> Result<i32, Reason> {
        let moment = self.moment(text, Reason::NotADate)?;
        match moment.clock {
            // A format with a time of day says that it may go.
            Clock::Local | Clock::Offset(_) => Ok(moment.days),
            Clock::Serial if moment.micros == 0 => Ok(moment.days),
            Clock::Serial => Err(Reason::NotADate),
            Clock::Universal => {
                let local = self.zone.local(i64::from(moment.days) * DAY + moment.micros)?;
                Ok(in_range(local.div_euclid(DAY))?)
            }
        }
    }

    /// By the first format that makes a moment of the text.
    #[inline]
    fn moment(&self, text: &str, otherwise: Reason) -> Result<Moment, Reason> {
        let mut reason = otherwise;
        for format in self.formats.iter() {
            match format.read(text) {
                Some(Ok(moment)) => return Ok(moment),
                Some(Err(error)) => reason = error.into(),
                None => {}
            }
        }
        if reason == otherwise && !text.is_ascii() { self.unusual(text, otherwise) } else { Err(reason) }
    }

    /// As if it were written in plain characters.
    #[cold]
    fn unusual(&self, text: &str, otherwise: Reason) -> Result<Moment, Reason> {
        let text = folded(text);
        let read = self.formats.iter().filter_map(|format| format.read(trim(&text)));
        let mut beyond = None;
        for moment in read {
            match moment {
                Ok(moment) => return Ok(moment),
                Err(error) => beyond = Some(error.into()),
            }
        }
        Err(beyond.unwrap_or(otherwise))
    }
}
