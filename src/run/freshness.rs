//! How old data is: the newest value of a column at the end of the logical date, or the newest delivery by the clock.

use chrono::{DateTime, Duration, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::error::Class;
use super::inputs::SourceInputs;
use super::{Error, Ground, Run};
use crate::column::ColumnType;
use crate::diag::{Diagnostic, Diagnostics};
use crate::names::{Layer, Name, TableName};
use crate::project::{Age, Project, Source, Verdict};

/// Age of a value at the end of a day. A date is as old as its own end: the day itself has no age.
pub(super) fn age_of(value: i64, kind: ColumnType, as_of: NaiveDate, zone: Tz) -> Age {
    match kind {
        ColumnType::Date => {
            let today = as_of.signed_duration_since(NaiveDate::default()).num_days();
            Age::of_seconds(today.saturating_sub(value).saturating_mul(86_400))
        }
        _ => Age::of_seconds(end_of(as_of, zone).timestamp_micros().saturating_sub(value) / 1_000_000),
    }
}

/// The first moment of the next day; where the clocks skip midnight, the first there is.
fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = day.succ_opt().unwrap_or(day).and_hms_opt(0, 0, 0).unwrap_or_default();
    let hours = (0..=3).find_map(|hours| zone.from_local_datetime(&(next + Duration::hours(hours))).earliest());
    hours.map_or_else(|| next.and_utc(), |moment| moment.with_timezone(&Utc))
}

/// Holds the newest delivery of every source against the clock. Files say nothing about an earlier or a later day, so
/// only a run for the current day looks at them.
pub(super) fn deliveries(ground: &Ground, as_of: NaiveDate, now: DateTime<Utc>) -> Result<Vec<String>, Error> {
    let project = &ground.project;
    let mut findings = Findings::default();
    if now.with_timezone(&project.timezone).date_naive() == as_of {
        for source in project.sources.values() {
            let Some(freshness) = source.freshness.as_ref().filter(|freshness| freshness.column.is_none()) else {
                continue;
            };
            let Some(age) = ground.inputs.get(&source.name).and_then(|inputs| age_of_delivery(inputs, now)) else {
                continue;
            };
            let what = format!("its newest file came {age} ago");
            findings.add(project, source, freshness.ages.judge(Some(age)), &what);
        }
    }
    findings.end()
}

fn age_of_delivery(inputs: &SourceInputs, now: DateTime<Utc>) -> Option<Age> {
    let newest = inputs.objects.iter().map(|object| object.modified_ms).max()?;
    Some(Age::of_seconds(now.timestamp_millis().saturating_sub(newest) / 1000))
}

impl Run {
    /// Holds the newest value of each source's column against the end of the logical date.
    pub(super) async fn judge_freshness(&self, sources: &[&Name]) -> Result<(), Error> {
        let mut findings = Findings::default();
        for source in sources.iter().filter_map(|name| self.project.sources.get(*name)) {
            let Some((freshness, name)) =
                source.freshness.as_ref().and_then(|of| of.column.as_ref().map(|name| (of, name)))
            else {
                continue;
            };
            let kind = source.columns.iter().find(|column| column.name == *name).map(|column| column.kind);
            let table = TableName::new(Layer::Raw, source.name.clone());
            let newest = self.whole_number(&format!("select max(\"{name}\") from {table}"), "the newest value").await?;
            let age = newest.zip(kind).map(|(value, kind)| age_of(value, kind, self.plan.as_of, self.project.timezone));
            let what = match age {
                Some(age) => format!("its newest `{name}` is {age} old at the end of {}", self.plan.as_of),
                None => format!("it has no `{name}` at all"),
            };
            findings.add(&self.project, source, freshness.ages.judge(age), &what);
        }
        findings.end()?.into_iter().for_each(|warning| self.warn(warning));
        Ok(())
    }
}

#[derive(Default)]
struct Findings {
    warnings: Vec<String>,
    stale: Diagnostics,
}

impl Findings {
    fn add(&mut self, project: &Project, source: &Source, verdict: Verdict, what: &str) {
        let name = &source.name;
        match verdict {
            Verdict::Fresh => {}
            Verdict::Warn(limit) => {
                self.warnings.push(format!("source `{name}` is stale: {what}, `warn_after` is {limit}"));
            }
            Verdict::Error(limit) => self.stale.push(
                Diagnostic::error("S0415", format!("source `{name}` is stale: {what}, `error_after` is {limit}"))
                    .at_place(project.source_places.get(name).map(|places| places.freshness.clone()))
                    .help("see why no new export arrived, or raise `error_after`; nothing was published"),
            ),
        }
    }

    fn end(self) -> Result<Vec<String>, Error> {
        if self.stale.has_errors() {
            return Err(Error { class: Class::Data, diagnostics: self.stale });
        }
        Ok(self.warnings)
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use chrono_tz::{America, Asia, Tz};

    use super::{age_of, end_of};
    use crate::column::ColumnType;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_date_ages_by_whole_days() {
        let age = |value| age_of(value, ColumnType::Date, day("1970-01-31"), Tz::UTC).to_string();
        assert_eq!((age(30), age(29), age(0), age(99)), ("0m".into(), "1d".into(), "30d".into(), "0m".into()));
    }

    #[test]
    fn a_day_ends_where_its_zone_says() {
        assert_eq!(end_of(day("2026-10-31"), Asia::Shanghai).to_rfc3339(), "2026-10-31T16:00:00+00:00");
        // Midnight of this day did not exist: the clocks went from 23:59:59 to 01:00:00.
        assert_eq!(end_of(day("2018-11-03"), America::Sao_Paulo).to_rfc3339(), "2018-11-04T03:00:00+00:00");
        let noon = 1_793_448_000_000_000; // 2026-10-31T12:00:00Z
        assert_eq!(age_of(noon, ColumnType::Timestamp, day("2026-10-31"), Asia::Shanghai).to_string(), "4h");
    }
}
