//! Figures that the papers of lifetime models state about the purchases of CDNOW's customers.
//!
//! Parameters and log-likelihoods: Fader, Hardie & Lee 2005 (BG/NBD and Pareto/NBD); Batislam, Denizel & Filiztekin 2007;
//! Fader & Hardie, "The gamma-gamma model of monetary value" (2013). Digits beyond the papers'
//! are those of the packages that follow them (BTYD, BTYDplus, lifetimes), and so are E[X(52)], E[Y(39)] and P(alive).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use chrono::NaiveDate;
use septet::lifetime::gamma_gamma::{self, GammaGamma, Spending};
use septet::lifetime::{Fit, History, Kind, Model};

use crate::door::{shared, skipped};

fn cdnow(test: &str) -> Option<PathBuf> {
    let folder = shared("cdnow");
    if folder.is_none() {
        skipped(test, "../shared/data/cdnow is not there");
    }
    folder
}

/// x, t_x and T by customer, as the papers use them: weeks to two places.
fn summary(folder: PathBuf) -> Vec<(i64, f64, f64)> {
    let text = fs::read_to_string(folder.join("cdnow_customers_summary.csv")).expect("a file");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let weeks = |place: usize| cells[place].trim().parse().expect("weeks");
        (cells[1].parse().expect("a count"), weeks(2), weeks(3))
    };
    text.lines().skip(1).map(row).collect()
}

fn fitted(test: &str, kind: Kind) -> Option<Fit<4>> {
    let histories = summary(cdnow(test)?).into_iter().map(|(x, t_x, t)| History::new(x, t_x, t).expect("a history"));
    let fit = kind.fit(histories.collect()).expect("a maximum");
    assert_eq!(fit.customers, 2357);
    Some(fit)
}

#[track_caller]
fn near(found: f64, published: f64, unit: f64) {
    assert!((found - published).abs() <= 0.500_001 * unit, "{found}, not {published}");
}

#[track_caller]
fn all_near(found: &[f64], published: &[(f64, f64)]) {
    assert_eq!(found.len(), published.len());
    found.iter().zip(published).for_each(|(found, (published, unit))| near(*found, *published, *unit));
}

#[test]
fn cdnow_bg_nbd() {
    let Some(fit) = fitted("cdnow_bg_nbd", Kind::BgNbd) else { return };
    all_near(&fit.parameters, &[(0.24259, 1e-5), (4.41353, 1e-5), (0.79289, 1e-5), (2.42575, 1e-5)]);
    near(fit.log_likelihood, -9582.4256, 1e-3);
    let model = Model { kind: Kind::BgNbd, parameters: fit.parameters };
    near(model.expected_new(52.0).expect("weeks"), 1.44402, 1e-5);
    let second = History::new(2, 30.43, 38.86).expect("a history");
    near(model.expected(&second, 39.0).expect("weeks"), 1.22591, 1e-5);
    near(model.p_alive(&second), 0.72661, 1e-5);
}

#[test]
fn cdnow_mbg_nbd() {
    let Some(fit) = fitted("cdnow_mbg_nbd", Kind::MbgNbd) else { return };
    all_near(&fit.parameters, &[(0.52484, 1e-5), (6.18299, 1e-5), (0.89136, 1e-5), (1.61400, 1e-5)]);
}

#[test]
fn cdnow_pareto_nbd() {
    let Some(fit) = fitted("cdnow_pareto_nbd", Kind::ParetoNbd) else { return };
    all_near(&fit.parameters, &[(0.55328, 1e-5), (10.5776, 1e-4), (0.60621, 1e-5), (11.6679, 1e-4)]);
    near(fit.log_likelihood, -9594.974, 1e-3);
}

/// Cents by customer and day: the raw purchases, those of a day together.
fn purchases(folder: PathBuf) -> BTreeMap<String, BTreeMap<NaiveDate, i64>> {
    let text = fs::read_to_string(folder.join("CDNOW_sample.txt")).expect("a file");
    let mut customers: BTreeMap<String, BTreeMap<NaiveDate, i64>> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let day = NaiveDate::parse_from_str(cells[2], "%Y%m%d").expect("a day");
        let amount: f64 = cells[4].parse().expect("an amount");
        let cents = (100.0 * amount).round() as i64;
        *customers.entry(cells[1].to_owned()).or_default().entry(day).or_default() += cents;
    }
    customers
}

/// The papers fit to the first 39 weeks.
fn observed(days: &BTreeMap<NaiveDate, i64>) -> Vec<(NaiveDate, i64)> {
    let end = NaiveDate::from_ymd_opt(1997, 9, 30).expect("a day");
    days.range(..=end).map(|(day, cents)| (*day, *cents)).collect()
}

#[test]
fn cdnow_histories_of_purchases_are_the_published_ones() {
    let Some(folder) = cdnow("cdnow_histories_of_purchases_are_the_published_ones") else { return };
    let end = NaiveDate::from_ymd_opt(1997, 9, 30).expect("a day");
    let customers = purchases(folder.clone());
    let published = summary(folder);
    assert_eq!(customers.len(), published.len());
    for (days, (x, t_x, t)) in customers.values().zip(published) {
        let days = observed(days);
        let (first, last) = (days[0].0, days[days.len() - 1].0);
        assert_eq!(days.len() as i64 - 1, x);
        near((last - first).num_days() as f64 / 7.0, t_x, 0.01);
        near((end - first).num_days() as f64 / 7.0, t, 0.01);
    }
}

#[test]
fn cdnow_gamma_gamma() {
    let Some(folder) = cdnow("cdnow_gamma_gamma") else { return };
    let repeated = purchases(folder).into_values().filter_map(|days| {
        let amounts: Vec<i64> = observed(&days).into_iter().skip(1).map(|(_, cents)| cents).collect();
        let n = i64::try_from(amounts.len()).ok().filter(|n| *n > 0)?;
        // Means in whole cents, half up, as in the file of which the figures are.
        let mean = (2 * amounts.iter().sum::<i64>() + n) / (2 * n);
        Spending::new(n, mean as f64 / 100.0)
    });
    let fit = gamma_gamma::fit(repeated.collect()).expect("a maximum");
    assert_eq!(fit.customers, 946);
    let [p, q, gamma] = fit.parameters;
    all_near(&[p, q, gamma], &[(6.2488, 1e-4), (3.7446, 1e-4), (15.4477, 1e-4)]);
    near(GammaGamma { p, q, gamma }.mean().expect("a mean"), 35.171, 1e-3);
}
