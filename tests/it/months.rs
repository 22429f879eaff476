//! Three successive month ends in one place, and the middle one once more.

use std::collections::BTreeMap;

use crate::door::{self, Test};

fn company() -> Test {
    let test = Test::empty().env("SEPTET_RAW", "sample");
    door::copy_project(test.root());
    test.ok(&["generate", "--customers", "250", "--lines", "3000", "--seed", "5", "--out", "sample"]);
    test
}

/// The files of a release: mart and partition, with the hashes of what is in them.
fn contents(test: &Test, release: u64) -> BTreeMap<String, Vec<String>> {
    let commit = test.commit(release);
    let marts = commit["marts"].as_object().expect("marts");
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, mart) in marts {
        for file in mart["files"].as_array().expect("files") {
            let key = format!("{name} {}", file["partition"].as_str().unwrap_or_default());
            out.entry(key).or_default().push(file["sha256"].as_str().expect("a hash").to_owned());
        }
    }
    out
}

#[test]
fn month_ends_give_histories_and_a_middle_one_can_be_made_again() {
    let test = company();
    test.ok(&["run", "crm", "--start", "2026-08-01", "--end", "2026-10-31"]);
    let number = |sql: &str| -> i64 {
        let text = test.query(sql);
        text.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{sql}: {text}"))
    };
    assert_eq!(number("select count(distinct as_of) from customer_profile"), 3);
    // What a snapshot says of the one before is what that one says of itself.
    assert_eq!(
        number(
            "select count(*) from customer_profile as now inner join customer_profile as before \
             on now.customer_key = before.customer_key and before.as_of = date '2026-09-30' \
             where now.as_of = date '2026-10-31' and now.tier_previous <> before.value_tier"
        ),
        0
    );
    assert_eq!(
        number(
            "select count(*) from customer_loyalty as now inner join customer_loyalty as before \
             on now.customer_key = before.customer_key and before.as_of = date '2026-09-30' \
             where now.as_of = date '2026-10-31' \
                 and coalesce(abs(now.loyalty_score_previous - before.loyalty_score), 0) > 1e-9"
        ),
        0
    );
    // Every customer of a snapshot is in one tier on that day.
    for day in ["2026-08-31", "2026-09-30", "2026-10-31"] {
        assert_eq!(
            number(&format!(
                "select count(*) from customer_profile as profile left join tier_history as history \
                 on profile.customer_key = history.customer_key and profile.value_tier = history.value_tier \
                     and history.valid_from <= profile.as_of and coalesce(history.valid_to, profile.as_of) >= profile.as_of \
                 where profile.as_of = date '{day}' and history.customer_key is null"
            )),
            0,
            "{day}"
        );
    }
    assert!(number("select count(*) from tier_history where not is_current") > 0);
    assert_eq!(
        number("select count(*) from tier_history where is_current"),
        number("select count(*) from customer_profile where as_of = date '2026-10-31'")
    );
    assert!(number("select count(distinct as_of) from tier_migration where from_tier <> '(new)'") == 2);
    let shares = "select count(*) from (select as_of, from_tier, sum(share) as share from tier_migration group by as_of, from_tier) \
                  as shares where abs(share - 1) > 1e-9";
    assert_eq!(number(shares), 0);

    let last = test.release();
    test.ok(&["run", "crm", "--logical-date", "2026-09-30", "--full-refresh"]);
    let (before, after) = (contents(&test, last), contents(&test, test.release()));
    let changed: Vec<&String> = after
        .iter()
        .filter(|(key, files)| before.get(*key) != Some(files))
        .map(|(key, _)| key)
        .filter(|key| !key.starts_with("etl_status "))
        .collect();
    // Made again from the same inputs it is the same, byte by byte.
    assert!(changed.is_empty(), "{changed:?}");
    assert!(before.keys().all(|key| after.contains_key(key)), "nothing is lost");

    // With another rule that day's snapshot alone changes.
    test.ok(&["run", "crm", "--logical-date", "2026-09-30", "--var", "rfm_scoring=ntile"]);
    let ranked = contents(&test, test.release());
    let changed: Vec<&String> =
        ranked.iter().filter(|(key, files)| after.get(*key) != Some(files)).map(|(key, _)| key).collect();
    assert!(
        !changed.is_empty() && changed.iter().all(|key| key.ends_with(" 2026-09-30") || key.starts_with("etl_status ")),
        "{changed:?}"
    );
}
