//! The tests of a published table as columns of one query over it: a scan answers them all.

use crate::project::{ColumnTest, Table};

/// A declared test, and the SQL condition of the rows that offend against it.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// `customer_key not_null`.
    pub name: String,
    /// Counts offenders as `count(*) filter (where …)`, or by another aggregate for `unique`.
    pub aggregate: String,
    pub fails_run: bool,
}

/// Everything declared about a table but its grain, which the sink proves while it writes.
pub fn expectations(table: &Table) -> Vec<Expectation> {
    let mut out = Vec::new();
    for column in &table.columns {
        let name = format!("\"{}\"", column.name);
        for test in &column.tests {
            let mut fails = true;
            let (label, aggregate) = match test {
                // A partition without a value is a folder with a name of its own, which reads as a text.
                ColumnTest::NotNull if table.partition_by.as_ref() == Some(&column.name) => (
                    "not_null",
                    offenders(&format!("{name} is null or cast({name} as varchar) = '__HIVE_DEFAULT_PARTITION__'")),
                ),
                ColumnTest::NotNull => ("not_null", offenders(&format!("{name} is null"))),
                ColumnTest::Unique => ("unique", format!("count({name}) - count(distinct {name})")),
                ColumnTest::OneOf(words) => {
                    let words: Vec<String> =
                        words.iter().map(|word| format!("'{}'", word.replace('\'', "''"))).collect();
                    ("one_of", offenders(&format!("{name} is not null and {name} not in ({})", words.join(", "))))
                }
                ColumnTest::Range { min, max, fails_run } => {
                    fails = *fails_run;
                    let below = min.map(|min| format!("cast({name} as double) < cast({min} as double)"));
                    let above = max.map(|max| format!("cast({name} as double) > cast({max} as double)"));
                    let outside: Vec<String> = below.into_iter().chain(above).collect();
                    if outside.is_empty() {
                        continue;
                    }
                    ("range", offenders(&outside.join(" or ")))
                }
            };
            out.push(Expectation { name: format!("{} {label}", column.name), aggregate, fails_run: fails });
        }
    }
    for test in &table.tests {
        let aggregate = offenders(&format!("not ({})", test.expression));
        out.push(Expectation { name: test.name.to_string(), aggregate, fails_run: test.fails_run });
    }
    out
}

fn offenders(condition: &str) -> String {
    format!("count(*) filter (where {condition})")
}
