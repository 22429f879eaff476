//! Times that the clocks of a zone skipped or showed twice.

use super::values::check_values;
use super::*;

fn at(zone: chrono_tz::Tz, clock_gap: ClockGap, clock_overlap: ClockOverlap) -> SourceColumn {
    SourceColumn { zone, clock_gap, clock_overlap, ..column("x", "timestamp") }
}

#[test]
fn gaps_and_overlaps_are_decided() {
    use chrono_tz::America::New_York;
    let (skipped, twice) = ("2024-03-10 02:30:00", "2024-11-03 01:30:00");
    let strict = at(New_York, ClockGap::Quarantine, ClockOverlap::Quarantine);
    check_values(strict, &[(skipped, "✗nonexistent_time"), (twice, "✗ambiguous_time")]);
    let later = at(New_York, ClockGap::Later, ClockOverlap::Later);
    let cases = [
        (skipped, "2024-03-10T07:30:00Z"),
        ("2024-03-10 02:00:00", "2024-03-10T07:00:00Z"),
        ("2024-03-10 03:00:00", "2024-03-10T07:00:00Z"),
        ("2024-03-10 01:59:59", "2024-03-10T06:59:59Z"),
        (twice, "2024-11-03T06:30:00Z"),
        ("2024-11-03 01:30:00-04:00", "2024-11-03T05:30:00Z"),
        ("2024-11-03T01:30:00+08:00", "2024-11-02T17:30:00Z"),
    ];
    check_values(later, &cases);
    // Half an hour, and a whole day: the clocks of Apia went from 29 December 2011, -10:00, to 31 December, +14:00.
    let howe = at(chrono_tz::Australia::Lord_Howe, ClockGap::Later, ClockOverlap::Later);
    check_values(
        howe,
        &[("2023-10-01 02:15:00", "2023-09-30T15:45:00Z"), ("2024-04-07 01:45:00", "2024-04-06T15:15:00Z")],
    );
    let apia = at(chrono_tz::Pacific::Apia, ClockGap::Later, ClockOverlap::Earlier);
    check_values(
        apia,
        &[("2011-12-30 12:00:00", "2011-12-30T22:00:00Z"), ("2011-12-31 00:00:00", "2011-12-30T10:00:00Z")],
    );
    let shanghai = at(chrono_tz::Asia::Shanghai, ClockGap::Quarantine, ClockOverlap::Earlier);
    check_values(
        shanghai,
        &[("1986-05-04 02:30:00", "✗nonexistent_time"), ("1987-01-01 00:00:00", "1986-12-31T16:00:00Z")],
    );
}

/// Only what is kept counts, whatever the number of threads and batches.
#[test]
fn moved_times_are_counted() {
    let ordered = SourceColumn {
        name: name("ordered_at"),
        from: vec!["o".to_owned()],
        ..at(chrono_tz::America::New_York, ClockGap::Later, ClockOverlap::Earlier)
    };
    let source = Source { columns: vec![ordered, column("n", "integer")], ..source("x string") };
    let mut text = "o,n\n2024-03-10 02:30:00,bad\n".to_owned();
    for n in 0..30_000 {
        writeln!(text, "2024-03-10 0{}:30:00,{n}", if n % 10_000 == 0 { 2 } else { 5 }).unwrap();
    }
    text.push_str("2024-11-03 01:30:00,1\n");
    let other = "o,n\n2024-03-10 05:30:00,1\n";
    for threads in [1, 4] {
        let got = run_files(&source, &[("a.csv", text.as_bytes()), ("b.csv", other.as_bytes())], threads).unwrap();
        let warnings: Vec<String> = got.ingested.warnings.iter().map(ToString::to_string).collect();
        let expected = [
            "warning[S0359]: 3 times of `ordered_at` are in an hour that the clocks of America/New_York skipped: taken as later\n --> a.csv",
            "warning[S0360]: 1 time of `ordered_at` is in an hour that the clocks of America/New_York showed twice: taken as the first\n --> a.csv",
        ];
        assert_eq!(warnings, expected);
    }
}
