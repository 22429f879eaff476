//! Numbers with a currency beside them: a column whose numbers have several is added up as if they were one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diag::{Diagnostic, Diagnostics};
use crate::project::source::Source;

/// By column and currency, how many numbers have it beside them.
#[derive(Debug, Default)]
pub struct Currencies(pub(super) BTreeMap<(usize, &'static str), u64>);

/// How many numbers of a column in a file have a currency beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    pub column: String,
    /// A code, or `¥` or `$`, which are signs of several.
    pub currency: String,
    pub numbers: u64,
}

impl Currencies {
    pub fn add(&mut self, counted: Option<((usize, &'static str), u64)>) {
        if let Some((key, count)) = counted {
            *self.0.entry(key).or_default() += count;
        }
    }

    pub fn named(&self, source: &Source) -> Vec<Priced> {
        let priced = |((at, currency), numbers): (&(usize, &str), &u64)| {
            let column = source.columns.get(*at)?.name.to_string();
            Some(Priced { column, currency: (*currency).to_owned(), numbers: *numbers })
        };
        self.0.iter().filter_map(priced).collect()
    }
}

/// Judges the files of a source, in the order of their paths, together: January in one currency and February in another
/// is no better than both in one file.
pub fn judge(source: &Source, files: &[(&str, &[Priced])]) -> Diagnostics {
    let mut found = Diagnostics::default();
    for column in &source.columns {
        let of_column = |priced: &&Priced| priced.column == column.name.as_str();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, priced) in files {
            for priced in priced.iter().filter(of_column) {
                *counts.entry(&priced.currency).or_default() += priced.numbers;
            }
        }
        let meant: Vec<&str> = counts.keys().copied().collect();
        let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
        for (currency, count) in counts {
            *totals.entry(meaning(currency, &meant)).or_default() += count;
        }
        if totals.len() < 2 {
            continue;
        }
        let mut seen: Vec<&str> = Vec::new();
        let second = files.iter().find(|(_, priced)| {
            seen.extend(priced.iter().filter(of_column).map(|priced| meaning(&priced.currency, &meant)));
            seen.iter().any(|currency| Some(currency) != seen.first())
        });
        let mut totals: Vec<(&str, u64)> = totals.into_iter().collect();
        totals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let told: Vec<String> = totals.iter().map(|(currency, count)| format!("{count} in {currency}")).collect();
        let message =
            format!("`{}` has numbers of several currencies, added up as if of one: {}", column.name, told.join(", "));
        let said = Diagnostic::warning("S0361", message)
            .help("have the export name the currency in a column of its own, and convert; or make each a source");
        found.push(match second {
            Some((path, _)) => said.in_file(path),
            None => said,
        });
    }
    found
}

/// Which currency is meant where a sign is that of several: one that is named elsewhere in the column.
fn meaning<'a>(currency: &'a str, named: &[&str]) -> &'a str {
    match currency {
        "¥" if named.contains(&"CNY") => "CNY",
        "¥" if named.contains(&"JPY") => "JPY",
        "$" if named.contains(&"USD") => "USD",
        currency => currency,
    }
}
