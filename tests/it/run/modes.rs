//! What the files of a source are to one another: changes, additions, snapshots. When a file comes does not matter.

use std::collections::BTreeMap;

use crate::door::Test;

const STAGES: &str = "\
-- One row per source and stage.

select source, stage, rows_in, rows_out, duplicates_removed, filtered, amount_in, amount_out, amount_removed
from ledger.stage
";

const STAGES_CONTRACT: &str = "  stages:
    about: What the reconciliation counts.
    grain: [source, stage]
    columns:
      source:             { type: string, about: Declared source. }
      stage:              { type: string, about: Stage of the pipeline. }
      rows_in:            { type: bigint, about: Rows in. }
      rows_out:           { type: bigint, about: Rows out. }
      duplicates_removed: { type: bigint, about: Versions that do not count. }
      filtered:           { type: bigint, about: Rows left out. }
      amount_in:          { type: \"decimal(38,2)\", about: Amount in. }
      amount_out:         { type: \"decimal(38,2)\", about: Amount out. }
      amount_removed:     { type: \"decimal(38,2)\", about: Amount left out. }
";

const HEADER: &str = "customer_id,name,since,changed,state\n";

/// The little shop without its customers, who come in files of `HEADER`'s columns.
fn shop(load: &str) -> Test {
    let test = Test::tiny();
    test.edit("pipelines/shop.yaml", "    path: customers.csv\n", "    path: customers-*.csv\n");
    test.edit(
        "pipelines/shop.yaml",
        "    key: [customer_id]\n",
        &format!("    key: [customer_id]\n    amount: worth\n{load}"),
    );
    test.edit(
        "pipelines/shop.yaml",
        "      email:         { type: string, clean: email, class: none }\n",
        "      email:         { type: string, clean: email, optional: true }\n      \
         changed:       { type: integer, optional: true }\n      \
         state:         { type: string, optional: true }\n      \
         worth:         { from: [changed], type: \"decimal(18,2)\", optional: true }\n",
    );
    test.append("sql/contract.yaml", STAGES_CONTRACT);
    test.write("sql/marts/stages.sql", STAGES);
    test.remove("raw/customers.csv");
    test
}

fn customers(test: &Test, file: &str, lines: &[&str]) {
    test.write(&format!("raw/customers-{file}.csv"), format!("{HEADER}{}\n", lines.join("\n")));
}

/// Keys and names of the customers that a source has.
fn known(test: &Test) -> BTreeMap<String, String> {
    let rows = test.query("select customer_key, customer_name from dim_customer where source_records = 1");
    let rows = rows.lines().skip(1).filter_map(|line| line.split_once(','));
    rows.map(|(key, name)| (key.to_owned(), name.to_owned())).collect()
}

fn names(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, name)| ((*key).to_owned(), (*name).to_owned())).collect()
}

/// Runs with the last file coming first, and with all at once: the same customers each time.
fn in_any_order(load: &str, files: &[(&str, &[&str])], expected: &[(&str, &str)]) -> Test {
    if files.len() > 1 {
        let test = shop(load);
        for (file, lines) in files.iter().rev() {
            customers(&test, file, lines);
            test.ok(&["run"]);
        }
        assert_eq!(known(&test), names(expected), "the last file first");
    }
    let test = shop(load);
    for (file, lines) in files {
        customers(&test, file, lines);
    }
    test.ok(&["run"]);
    assert_eq!(known(&test), names(expected), "all at once");
    test
}

/// Rows in, rows out, duplicates, filtered; then the amounts in, out and removed.
fn second_stage(test: &Test) -> Vec<String> {
    let rows =
        test.query("select * exclude (source, stage) from stages where source = 'customers' and stage = '2_latest'");
    rows.lines().nth(1).unwrap_or_default().split(',').map(str::to_owned).collect()
}

#[test]
fn the_latest_version_counts() {
    let load = "    order_by: changed\n";
    let test = in_any_order(
        load,
        &[
            ("1", &["c1,Ada,2026-01-02,5,", "c2,Ben,2026-01-03,,"]),
            ("2", &["c1,Adam,2026-01-02,4,", "c2,Benno,2026-01-03,1,", "c3,Cyd,2026-01-04,1,"]),
        ],
        &[("c1", "Ada"), ("c2", "Benno"), ("c3", "Cyd")],
    );
    assert_eq!(second_stage(&test), ["5", "3", "2", "0", "11.00", "7.00", "4.00"]);
}

#[test]
fn versions_of_the_same_moment_are_told_apart_by_what_they_say() {
    let load = "    order_by: changed\n";
    let lines = ["c1,Ada,2026-01-02,5,", "c1,Zoe,2026-01-02,5,", "c1,,2026-01-02,5,", "c1,Eve,2026-01-02,5,x"];
    let expected = [("c1", "Zoe")];
    in_any_order(load, &[("1", &lines[..1]), ("2", &lines[1..])], &expected);
    in_any_order(load, &[("1", &lines[2..]), ("2", &lines[..2])], &expected);
}

#[test]
fn without_an_order_the_last_line_of_the_last_file_counts() {
    let files: &[(&str, &[&str])] =
        &[("1", &["c1,Zoe,2026-01-02,9,"]), ("2", &["c1,Ben,2026-01-02,1,", "c1,Ada,2026-01-02,0,"])];
    in_any_order("", files, &[("c1", "Ada")]);
}

#[test]
fn what_was_deleted_is_gone_until_it_comes_again() {
    let load = "    order_by: changed\n    deleted_when: state = 'gone'\n    keep_when: customer_name <> 'test'\n";
    let files: &[(&str, &[&str])] = &[
        ("1", &["c1,Ada,2026-01-02,1,", "c2,Ben,2026-01-03,1,", "c4,test,2026-01-03,1,", "c5,test,2026-01-03,1,gone"]),
        ("2", &["c1,Ada,2026-01-02,2,gone", "c2,Ben,2026-01-03,2,gone", "c3,Cyd,2026-01-04,1,"]),
        ("3", &["c2,Ben,2026-01-03,3,"]),
    ];
    let test = in_any_order(load, files, &[("c2", "Ben"), ("c3", "Cyd")]);
    // c1 and c5 were deleted, c4 is left out, and c1 and c2 have three old versions.
    assert_eq!(second_stage(&test), ["8", "2", "3", "3", "12.00", "4.00", "8.00"]);
    let said = test.ok(&["run", "--full-refresh"]);
    assert_eq!(test.results()["sources"][0]["tombstones"], 2);
    assert!(format!("{}{}", said.stdout, said.stderr).contains("deleted 2 records: customers"), "{}", said.stdout);
}

#[test]
fn an_unknown_state_deletes_nothing() {
    let load = "    deleted_when: state = 'gone'\n";
    in_any_order(load, &[("1", &["c1,Ada,2026-01-02,1,", "c2,Ben,2026-01-02,1,gone"])], &[("c1", "Ada")]);
}

#[test]
fn what_was_added_first_stays() {
    let files: &[(&str, &[&str])] = &[
        ("1", &["c1,Ada,2026-01-02,5,", "c1,Adam,2026-01-02,1,"]),
        ("2", &["c1,Eve,2026-01-02,1,", "c2,Ben,2026-01-03,,", "c2,Benno,2026-01-03,7,"]),
    ];
    let test = in_any_order("    load: append\n", files, &[("c1", "Ada"), ("c2", "Ben")]);
    assert_eq!(second_stage(&test), ["5", "2", "3", "0", "14.00", "5.00", "9.00"]);
    in_any_order("    load: append\n    order_by: changed\n", files, &[("c1", "Adam"), ("c2", "Benno")]);
}

#[test]
fn the_last_snapshot_is_the_whole() {
    let load = "    load: snapshot\n    order_by: changed\n";
    let files: &[(&str, &[&str])] = &[
        ("1", &["c1,Ada,2026-01-02,5,", "c2,Ben,2026-01-03,9,", "c2,Ben,2026-01-03,8,"]),
        ("2", &["c2,Benno,2026-01-03,1,", "c2,Benedict,2026-01-03,2,", "c3,Cyd,2026-01-03,3,"]),
    ];
    let test = in_any_order(load, files, &[("c2", "Benedict"), ("c3", "Cyd")]);
    assert_eq!(second_stage(&test), ["6", "2", "4", "0", "28.00", "5.00", "23.00"]);
    // A snapshot that turns out wrong is taken away: the one before holds again.
    test.remove("raw/customers-2.csv");
    test.ok(&["run"]);
    assert_eq!(known(&test), names(&[("c1", "Ada"), ("c2", "Ben")]));
}

#[test]
fn a_record_without_its_key_is_set_aside() {
    let test = shop("    on_bad_row: { fail_above: 1 }\n");
    test.edit(
        "pipelines/shop.yaml",
        "customer_id:   { type: string, required: true }",
        "customer_id:   { type: string }",
    );
    customers(&test, "1", &[",Ada,2026-01-02,5,", ",Ben,2026-01-03,9,", "c3,Cyd,2026-01-03,3,"]);
    let ran = test.ok(&["run"]);
    assert!(ran.stderr.contains("2 quarantined"), "{}", ran.stderr);
    assert_eq!(known(&test), names(&[("c3", "Cyd")]));
}

#[test]
fn snapshots_need_no_key() {
    let test = shop("    load: snapshot\n");
    test.edit("pipelines/shop.yaml", "    key: [customer_id]\n", "");
    customers(&test, "1", &["c1,Ada,2026-01-02,5,"]);
    customers(&test, "2", &["c2,Ben,2026-01-02,5,"]);
    test.ok(&["run"]);
    assert_eq!(known(&test), names(&[("c2", "Ben")]));
    assert_eq!(second_stage(&test), ["2", "1", "1", "0", "10.00", "5.00", "5.00"]);
}

#[test]
fn conditions_are_checked_without_data() {
    let test = shop("    deleted_when: status = 'gone'\n");
    let ran = test.septet(&["check"]);
    assert_eq!(ran.code, 2);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        said.contains("error[S0185]: `deleted_when` of source `customers` cannot be planned: No field named status"),
        "{said}"
    );
    assert!(said.contains("pipelines/shop.yaml:19:19"), "{said}");
    let test = shop("    keep_when: changed < date_part('year', now())\n");
    let ran = test.septet(&["check"]);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(ran.code == 2 && said.contains("`now` gives another result tomorrow"), "{said}");
}
