//! Forecasts against published models, and of series that are hard to fit.

use super::{Method, Step, forecast};

/// Monthly totals of international airline passengers, 1949 to 1960 (Box & Jenkins 1976, series G).
const AIR_PASSENGERS: [f64; 144] = [
    112., 118., 132., 129., 121., 135., 148., 148., 136., 119., 104., 118., 115., 126., 141., 135., 125., 149., 170.,
    170., 158., 133., 114., 140., 145., 150., 178., 163., 172., 178., 199., 199., 184., 162., 146., 166., 171., 180.,
    193., 181., 183., 218., 230., 242., 209., 191., 172., 194., 196., 196., 236., 235., 229., 243., 264., 272., 237.,
    211., 180., 201., 204., 188., 235., 227., 234., 264., 302., 293., 259., 229., 203., 229., 242., 233., 267., 269.,
    270., 315., 364., 347., 312., 274., 237., 278., 284., 277., 317., 313., 318., 374., 413., 405., 355., 306., 271.,
    306., 315., 301., 356., 348., 355., 422., 465., 467., 404., 347., 305., 336., 340., 318., 362., 348., 363., 435.,
    491., 505., 404., 359., 310., 337., 360., 342., 406., 396., 420., 472., 548., 559., 463., 407., 362., 405., 417.,
    391., 419., 461., 472., 535., 622., 606., 508., 461., 390., 432.,
];

#[track_caller]
fn means(y: &[f64], method: Method, expected: &[f64], tolerance: f64) {
    let steps = forecast(y, method, expected.len()).expect("a forecast");
    for (step, expected) in steps.iter().zip(expected) {
        assert!((step.mean / expected - 1.0).abs() < tolerance, "{} is not {expected}", step.mean);
    }
}

fn lines(y: &[f64], method: Method) -> Vec<Step> {
    forecast(y, method, 12).expect("a forecast")
}

#[test]
fn theta_agrees_with_other_programs() {
    // statsmodels 0.15, ThetaModel(method="mul"), which begins its smoothing at the first value instead of the best.
    let of_statsmodels = [440.067925, 428.374315, 489.695737, 475.693621, 479.659320, 545.353722];
    means(&AIR_PASSENGERS, Method::Theta, &of_statsmodels, 3e-5);
    // The same with its ExponentialSmoothing(initialization_method="estimated") for the smoothing.
    let with_best_level = [440.076762, 428.382893, 489.705517, 475.703095, 479.668848, 545.364525];
    means(&AIR_PASSENGERS, Method::Theta, &with_best_level, 1e-7);
}

#[test]
fn ets_agrees_with_other_programs() {
    // statsforecast 2, AutoETS(model="ZZN") of the classically adjusted series, times the season: ETS(M,A,N).
    let expected = [442.1125, 431.0886, 493.6216, 480.3025, 485.1042, 552.4461];
    means(&AIR_PASSENGERS, Method::Ets, &expected, 1e-6);
    let bounds = lines(&AIR_PASSENGERS, Method::Ets).last().and_then(|step| step.bounds).expect("bounds");
    for (bound, expected) in [
        (bounds.lower_95, 371.8275),
        (bounds.lower_80, 401.5909),
        (bounds.upper_80, 514.0397),
        (bounds.upper_95, 543.8031),
    ] {
        assert!((bound / expected - 1.0).abs() < 1e-6, "{bound} is not {expected}");
    }
}

#[test]
fn seasonal_naive_repeats_the_last_year() {
    let steps = lines(&AIR_PASSENGERS, Method::SeasonalNaive);
    let last: Vec<f64> = steps.iter().map(|step| step.mean).collect();
    assert_eq!(last, AIR_PASSENGERS[132..]);
    let squares: f64 = (12..144).map(|t| (AIR_PASSENGERS[t] - AIR_PASSENGERS[t - 12]).powi(2)).sum();
    let deviation = (squares / 132.0).sqrt();
    for step in &steps {
        let bounds = step.bounds.expect("bounds");
        assert!((bounds.upper_95 - step.mean - 1.959963984540054 * deviation).abs() < 1e-9);
        assert!((step.mean - bounds.lower_80 - 1.2815515655446004 * deviation).abs() < 1e-9);
    }
    // The second year ahead is less certain by the root of two.
    let longer = forecast(&AIR_PASSENGERS, Method::SeasonalNaive, 13).expect("a forecast");
    let spread = |step: &Step| step.bounds.map(|bounds| bounds.upper_95 - step.mean).expect("bounds");
    assert_eq!(longer[12].mean, longer[0].mean);
    assert!((spread(&longer[12]) / spread(&longer[0]) - 2f64.sqrt()).abs() < 1e-12);
}

#[test]
fn series_may_be_too_short() {
    for (method, least) in [(Method::SeasonalNaive, 12), (Method::Ets, 24), (Method::Theta, 24)] {
        assert_eq!(forecast(&[], method, 12), None);
        assert_eq!(forecast(&AIR_PASSENGERS[..least - 1], method, 12), None, "{method:?}");
        assert!(forecast(&AIR_PASSENGERS[..least], method, 12).is_some(), "{method:?}");
    }
    let year = lines(&AIR_PASSENGERS[..12], Method::SeasonalNaive);
    assert!(year.iter().all(|step| step.bounds.is_none()));
    let more = lines(&AIR_PASSENGERS[..13], Method::SeasonalNaive);
    assert!(more.iter().all(|step| step.bounds.is_some()));
}

#[test]
fn numbers_that_are_none_have_no_forecast() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut y = AIR_PASSENGERS.to_vec();
        y[7] = bad;
        assert!(Method::ALL.iter().all(|(_, method)| forecast(&y, *method, 12).is_none()));
    }
    // Doubles end here: a forecast beyond them is none.
    let huge: Vec<f64> = (0..48).map(|t| if t % 2 == 0 { f64::MAX } else { -f64::MAX }).collect();
    for (_, method) in Method::ALL {
        assert!(forecast(&huge, method, 12).is_none_or(|steps| steps.iter().all(Step::is_finite)));
    }
}

#[test]
fn a_constant_stays_without_doubt() {
    for value in [0.0, -3.5, 1e-300, 0.1, 1e15] {
        for (_, method) in Method::ALL {
            for length in [24, 25, 60] {
                let steps = lines(&vec![value; length], method);
                assert_eq!(steps, vec![Step::normal(value, 0.0); 12]);
            }
        }
    }
}

/// Series as they come: made here, the same in every run.
fn hard() -> Vec<Vec<f64>> {
    let mut seed = 1_u64;
    let mut noise = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let year = |t: usize| (t as f64 * std::f64::consts::TAU / 12.0).sin();
    let mut series = Vec::new();
    for n in [24, 25, 37, 60] {
        series.push((0..n).map(|t| t as f64).collect());
        series.push((0..n).map(|t| -(t as f64) * 1e9).collect());
        series.push((0..n).map(year).collect());
        series.push((0..n).map(|t| 2.0 + year(t)).collect());
        series.push((0..n).map(|t| f64::from(t % 12 == 11)).collect());
        series.push((0..n).map(|t| f64::from(t + 1 == n)).collect());
        series.push((0..n).map(|t| f64::from(t == 0) * 1e12).collect());
        series.push((0..n).map(|t| if t < n / 2 { 0.0 } else { 5.0 }).collect());
        series.push((0..n).map(|t| (t as f64 / 3.0).exp()).collect());
        series.push((0..n).map(|_| noise()).collect());
        series.push((0..n).map(|_| 1e-200 * (1.0 + noise())).collect());
        series.push((0..n).map(|t| 1e6 * (1.5 + year(t) + noise())).collect());
    }
    series
}

#[test]
fn hard_series_have_finite_forecasts_in_order() {
    for y in hard() {
        for (_, method) in Method::ALL {
            let steps = forecast(&y, method, 24).unwrap_or_else(|| panic!("{method:?} of {y:?}"));
            assert_eq!(steps.len(), 24);
            for step in steps {
                let Some(b) = step.bounds else { continue };
                let rising = [b.lower_95, b.lower_80, step.mean, b.upper_80, b.upper_95];
                assert!(rising.is_sorted(), "{method:?} {rising:?} of {y:?}");
            }
        }
    }
}

#[test]
fn a_season_below_zero_is_added() {
    // A loss in winter, a gain in summer, and a rising trend: no factor can say that.
    let season = |t: usize| (t as f64 * std::f64::consts::TAU / 12.0).sin() * 50.0;
    let y: Vec<f64> = (0..60).map(|t| season(t) + t as f64).collect();
    for method in [Method::Ets, Method::Theta] {
        for (step, t) in lines(&y, method).iter().zip(60..) {
            // Theta goes on with half of the slope.
            assert!((step.mean - season(t) - t as f64).abs() < 6.5, "{method:?}: {} in month {t}", step.mean);
        }
    }
}

#[test]
fn currency_does_not_matter() {
    let cents: Vec<f64> = AIR_PASSENGERS.iter().map(|value| value * 100.0).collect();
    for (_, method) in Method::ALL {
        assert_eq!(lines(&cents, method), lines(&cents, method), "{method:?}");
        for (a, b) in lines(&AIR_PASSENGERS, method).iter().zip(lines(&cents, method)) {
            assert!((a.mean * 100.0 / b.mean - 1.0).abs() < 1e-9, "{method:?}");
        }
    }
}

#[test]
fn a_trend_does_not_hide_a_season() {
    let factor = |t: usize| 1.0 + 0.15 * (t as f64 * std::f64::consts::TAU / 12.0).sin();
    let y: Vec<f64> = (0..46).map(|t| 1000.0 * 1.03_f64.powi(t) * factor(t as usize)).collect();
    let steps = forecast(&y, Method::Ets, 12).unwrap();
    let shares: Vec<f64> =
        steps.iter().zip(46..).map(|(step, t)| step.mean / (1000.0 * 1.03_f64.powi(t)) / factor(t as usize)).collect();
    assert!(shares.iter().all(|share| (0.9..1.1).contains(share)), "{shares:?}");
}
