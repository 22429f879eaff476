//! What must hold of the rows of a table.

use super::age::Ages;
use crate::diag::Place;
use crate::model::Model;
use crate::names::{Name, TableName};

/// A test of one column.
#[derive(Clone, Debug)]
pub struct ColumnTest {
    pub rule: ColumnRule,
    /// Whether a failure keeps everything from being published.
    pub fails_run: bool,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ColumnRule {
    NotNull,
    Unique,
    OneOf(Vec<String>),
    Range {
        min: Option<f64>,
        max: Option<f64>,
    },
    /// The whole text must match.
    Matches(String),
    /// Every value is one of a column of a core table or mart.
    References {
        table: TableName,
        column: Name,
    },
    /// Says itself what is a warning and what an error.
    Freshness(Ages),
}

impl ColumnRule {
    /// As it is written, and said.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotNull => "not_null",
            Self::Unique => "unique",
            Self::OneOf(_) => "one_of",
            Self::Range { .. } => "range",
            Self::Matches(_) => "matches",
            Self::References { .. } => "references",
            Self::Freshness(_) => "freshness",
        }
    }
}

/// A test of a whole table.
#[derive(Clone, Debug)]
pub struct TableTest {
    pub name: Name,
    pub rule: TableRule,
    /// Whether a failure keeps everything from being published.
    pub fails_run: bool,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub enum TableRule {
    /// A condition that every row satisfies, or is NULL for.
    Expression(String),
    /// A query that gives the offenders.
    Query(Box<Model>),
    /// Says itself what is a warning and what an error.
    RowCountChange(Change),
}

/// Shares by which the number of rows may differ from that of the last release.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    pub warn_drop: Option<f64>,
    pub error_drop: Option<f64>,
    pub warn_growth: Option<f64>,
    pub error_growth: Option<f64>,
}

/// A change that is too great.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excess {
    pub fails_run: bool,
    /// The share allowed.
    pub allowed: f64,
}

impl Change {
    /// Of nothing there is no share: a table that was empty may have any number of rows.
    pub fn judge(&self, before: u64, now: u64) -> Option<Excess> {
        let share = before.abs_diff(now) as f64 / before as f64;
        let (error, warn) = match now {
            _ if before == 0 => return None,
            now if now < before => (self.error_drop, self.warn_drop),
            _ => (self.error_growth, self.warn_growth),
        };
        let over = |allowed: &f64| share > *allowed;
        let error = error.filter(over).map(|allowed| Excess { fails_run: true, allowed });
        error.or_else(|| warn.filter(over).map(|allowed| Excess { fails_run: false, allowed }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Excess};

    #[test]
    fn changes_are_judged_by_their_own_side() {
        let change = Change { warn_drop: Some(0.1), error_drop: Some(0.5), warn_growth: None, error_growth: Some(1.0) };
        let cases = [
            ((100, 100), None),
            ((100, 90), None),
            ((100, 89), Some((false, 0.1))),
            ((100, 49), Some((true, 0.5))),
            ((100, 0), Some((true, 0.5))),
            ((100, 200), None),
            ((100, 201), Some((true, 1.0))),
            ((0, 7), None),
        ];
        for ((before, now), expected) in cases {
            let expected = expected.map(|(fails_run, allowed)| Excess { fails_run, allowed });
            assert_eq!(change.judge(before, now), expected, "{before} to {now}");
        }
    }
}
