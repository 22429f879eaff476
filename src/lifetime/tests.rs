//! Models against the formulas of the papers with ₂F₁, in sixty digits.

mod simulated;

use super::*;

/// Values of reference.csv, computed with mpmath from the closed forms with ₂F₁ (see [`beta_geometric`] and
/// [`pareto_nbd`]): p_alive and the purchases expected of one who is alive.
fn reference() -> impl Iterator<Item = (Model, History, f64, f64, f64)> {
    include_str!("reference.csv").lines().skip(1).map(|line| {
        let mut cells = line.split(',');
        let kind = match cells.next() {
            Some("bg_nbd") => Kind::BgNbd,
            Some("mbg_nbd") => Kind::MbgNbd,
            _ => Kind::ParetoNbd,
        };
        let numbers: Vec<f64> = cells.map(|cell| cell.parse().unwrap()).collect();
        let [r, alpha, third, fourth, x, t_x, t, weeks, p_alive, expected] = numbers[..] else { panic!("{line}") };
        let model = Model { kind, parameters: [r, alpha, third, fourth] };
        (model, History::new(x as i64, t_x, t).unwrap(), weeks, p_alive, expected)
    })
}

#[test]
fn as_with_hypergeometric_functions() {
    assert_eq!(reference().count(), 168);
    for (model, history, weeks, p_alive, expected) in reference() {
        let found = [model.p_alive(&history), model.expected_if_alive(&history, weeks).unwrap()];
        for (found, precise) in found.into_iter().zip([p_alive, expected]) {
            // What is far below anything that is published may have fewer digits.
            let allowed = 1e-11 * precise + 1e-30;
            assert!((found - precise).abs() <= allowed, "{model:?} {history:?} {weeks}: {found}, not {precise}");
        }
    }
}

const KINDS: [Kind; 3] = [Kind::BgNbd, Kind::MbgNbd, Kind::ParetoNbd];

fn histories(rows: impl IntoIterator<Item = (usize, i64, f64, f64)>) -> Vec<History> {
    let row = |(customers, x, t_x, t)| vec![History::new(x, t_x, t).unwrap(); customers];
    rows.into_iter().flat_map(row).collect()
}

/// Nothing that a model says may be infinite, negative or more than sure.
#[track_caller]
fn sane(kind: Kind, fit: Option<Fit<4>>) -> Fit<4> {
    let fit = fit.unwrap_or_else(|| panic!("{kind:?}: nothing found"));
    assert!(
        fit.log_likelihood.is_finite() && fit.parameters.iter().all(|p| (1e-6..=1e6).contains(p)),
        "{kind:?} {fit:?}"
    );
    let model = Model { kind, parameters: fit.parameters };
    for (x, t_x, t) in
        [(0, 0.0, 0.0), (0, 0.0, 3000.0), (1, 0.1, 0.1), (3, 20.0, 60.0), (900, 2900.0, 3000.0), (900, 5.0, 3000.0)]
    {
        let history = History::new(x, t_x, t).unwrap();
        let p_alive = model.p_alive(&history);
        assert!((0.0..=1.0).contains(&p_alive), "{model:?} {history:?}: {p_alive}");
        let mut before = 0.0;
        for weeks in [0.0, 0.1, 13.0, 52.0, 3000.0] {
            let expected = model.expected(&history, weeks).unwrap();
            // Where all that can be expected has been, its last digit may waver.
            assert!(
                expected.is_finite() && expected >= before * (1.0 - 1e-12),
                "{model:?} {history:?} {weeks}: {expected}"
            );
            before = expected;
        }
    }
    fit
}

#[test]
fn data_of_every_shape_give_a_model() {
    let shapes: [(&str, Vec<History>); 9] = [
        ("nearly all once", histories([(5000, 0, 0.0, 50.0), (10, 1, 7.0, 40.0)])),
        (
            "one day of joining",
            histories([(100, 0, 0.0, 52.0), (30, 1, 30.0, 52.0), (20, 3, 50.0, 52.0), (4, 9, 20.0, 52.0)]),
        ),
        ("all alike", histories([(10, 2, 10.0, 12.0)])),
        ("nobody leaves", histories((1..60).map(|x| (2, x, 59.0, 60.0)))),
        ("all left at once", histories((1..30).map(|x| (3, x, 0.5, 1000.0)))),
        ("hundreds of purchases", histories((0..40).map(|x| (1, 25 * x, 50.0 * x as f64, 2000.0)))),
        ("few buy all", histories([(1000, 0, 0.0, 500.0), (12, 5000, 499.0, 500.0)])),
        ("came today", histories([(500, 0, 0.0, 0.0), (11, 1, 1.0, 1.0)])),
        ("clockwork", histories((1..40).map(|x| (5, x, 2.0 * x as f64, 2.0 * x as f64 + 1.0)))),
    ];
    for (shape, histories) in shapes {
        for kind in KINDS {
            let fit = sane(kind, kind.fit(histories.clone()));
            println!("{shape} {kind:?} {fit:?}");
        }
    }
}

#[test]
fn nine_who_came_back_are_too_few() {
    for kind in KINDS {
        let few = histories([(1000, 0, 0.0, 30.0), (9, 2, 10.0, 30.0)]);
        assert_eq!(kind.fit(few), None);
        assert_eq!(kind.fit(Vec::new()), None);
    }
}

#[test]
fn order_changes_no_digit() {
    let rows: Vec<_> = (0..300).map(|i| (1, i % 5, (i % 5) as f64 * 3.3, 20.0 + (i * 7 % 13) as f64)).collect();
    for kind in KINDS {
        let forward = kind.fit(histories(rows.clone()));
        assert_eq!(forward, kind.fit(histories(rows.iter().rev().copied())));
        assert!(forward.is_some());
    }
}

#[test]
fn impossible_histories_are_none() {
    for (x, t_x, t) in [
        (-1, 0.0, 1.0),
        (1, 2.0, 1.0),
        (1, -0.1, 1.0),
        (1, f64::NAN, 1.0),
        (1, 0.0, f64::INFINITY),
        (100_001, 1.0, 1.0),
    ] {
        assert_eq!(History::new(x, t_x, t), None);
    }
    assert_eq!(History::new(0, 5.0, 9.0), History::new(0, 0.0, 9.0));
}

#[test]
fn one_time_buyers_can_be_lost_where_the_first_purchase_can_be_the_last() {
    let once = History::new(0, 0.0, 50.0).unwrap();
    assert_eq!(Model { kind: Kind::BgNbd, parameters: [0.5, 6.0, 0.9, 1.6] }.p_alive(&once), 1.0);
    let new = Model { kind: Kind::MbgNbd, parameters: [0.5, 6.0, 0.9, 1.6] }.p_alive(&History::NEW);
    assert!((new - 1.6 / 2.5).abs() < 1e-15, "b / (a + b)");
}
