//! Only what is new is read, and what an old file said before it was replaced, deleted or restored does not linger.

use super::{MARCH, inode, with_march};
use crate::door::{Test, files_below};

/// Files of a source, and those of them that the last run read.
fn files_read(test: &Test, source: &str) -> (u64, u64) {
    let results = test.results();
    let sources = results["sources"].as_array().expect("sources");
    let found = sources.iter().find(|found| found["name"] == source).expect("the source was needed");
    let count = |key: &str| found[key].as_u64().expect("a number");
    (count("files"), count("files_read"))
}

fn lines(test: &Test) -> String {
    test.query("select order_id, line_no, net_amount from fct_sale order by order_id, line_no")
}

/// What a run of the same inputs in an empty store publishes.
fn afresh(test: &Test) -> String {
    let store = tempfile::tempdir().expect("a folder");
    let marts = store.path().join("marts").display().to_string();
    let command = |arguments: &[&str]| {
        let output = test.command(arguments).env("SEPTET_MARTS", &marts).output().expect("the binary starts");
        crate::door::Ran::of(output)
    };
    let ran = command(&["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    command(&[
        "query",
        "--format",
        "csv",
        "select order_id, line_no, net_amount from fct_sale order by order_id, line_no",
    ])
    .stdout
}

#[test]
fn a_new_file_alone_is_read() {
    let test = Test::tiny();
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (2, 2));
    with_march(&test);
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (3, 1));
    // One that stands before the others in the order of paths moves them, and is still the only one read.
    test.write("raw/orders-2025-12.csv", MARCH.replace("o5", "p5").replace("o6", "o1"));
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (4, 1));
    assert_eq!(lines(&test), afresh(&test));
    assert!(lines(&test).contains("o1,1,10.00"), "January's line is still the later one: {}", lines(&test));
}

#[test]
fn typed_records_are_linked_not_copied() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let cache = test.path("marts.store/cache");
    let records: Vec<_> = files_below(&cache).into_iter().filter(|path| path.ends_with("0.parquet")).collect();
    let of = |start: &str| {
        let found =
            records.iter().filter(|path| path.starts_with(start) || path.display().to_string().starts_with(start));
        let mut inodes: Vec<u64> = found.map(|path| inode(&cache.join(path))).collect();
        inodes.sort_unstable();
        inodes
    };
    assert_eq!(of("file-orders-").len(), 2);
    assert_eq!(of("file-orders-"), of("raw-orders-"));
}

#[test]
fn a_replaced_file_replaces_what_it_said() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.edit("raw/orders-2026-01.csv", "o1,2,c1,2026-01-05,20.50\n", "o1,3,c1,2026-01-05,20.75\n");
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (2, 1));
    assert_eq!(lines(&test), afresh(&test));
    assert!(lines(&test).contains("o1,3,20.75") && !lines(&test).contains("o1,2,"), "{}", lines(&test));
}

#[test]
fn a_deleted_file_takes_its_records_along_and_a_restored_one_brings_them_back() {
    let test = Test::tiny();
    // An older version of a line, which counts when the newer one is gone.
    test.write("raw/orders-2026-03.csv", "order_id,line_no,customer_id,ordered_on,amount\no1,1,c1,2026-01-05,99.00\n");
    test.ok(&["run"]);
    let all = lines(&test);
    assert!(all.contains("o1,1,99.00"), "{all}");
    let march = test.read("raw/orders-2026-03.csv");
    test.remove("raw/orders-2026-03.csv");
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (2, 0));
    assert!(lines(&test).contains("o1,1,10.00"), "{}", lines(&test));
    assert_eq!(lines(&test), afresh(&test));
    test.write("raw/orders-2026-03.csv", march);
    test.ok(&["run"]);
    assert_eq!(lines(&test), all);
}

#[test]
fn what_no_file_needs_leaves_the_cache() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let kept = || {
        let entries = std::fs::read_dir(test.path("marts.store/cache")).expect("a cache");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("file-orders-")).count()
    };
    assert_eq!(kept(), 2);
    test.append("raw/orders-2026-02.csv", "o7,1,c1,2026-02-20,1.00\n");
    test.ok(&["run"]);
    assert_eq!(kept(), 2, "the file as it was is of no use");
    test.remove("raw/orders-2026-02.csv");
    test.ok(&["run"]);
    assert_eq!(kept(), 1);
}

#[test]
fn another_choice_of_records_reads_nothing_anew() {
    let test = Test::tiny();
    test.ok(&["run"]);
    test.edit(
        "pipelines/shop.yaml",
        "    feeds: staging.order_line\n",
        "    feeds: staging.order_line\n    keep_when: amount < 100\n",
    );
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (2, 0), "the condition is not about reading");
    assert!(!lines(&test).contains("150.00"), "{}", lines(&test));
    test.edit(
        "pipelines/shop.yaml",
        "      amount:      { type: \"decimal(18,2)\",",
        "      amount:      { null_words: [x], type: \"decimal(18,2)\",",
    );
    test.ok(&["run"]);
    assert_eq!(files_read(&test, "orders"), (2, 2), "the column is read in another way");
}

/// Written over while it is read, or by someone who set its time back: nothing else can be told from the outside.
#[test]
fn a_file_that_is_not_what_it_was_taken_for_is_not_kept() {
    let test = Test::tiny();
    test.ok(&["run"]);
    let path = test.path("raw/orders-2026-01.csv");
    let time = std::fs::metadata(&path).and_then(|found| found.modified()).expect("a time");
    test.edit("raw/orders-2026-01.csv", "150.00", "250.00");
    let file = std::fs::File::options().write(true).open(&path).expect("a file");
    file.set_modified(time).expect("its time can be set");
    std::fs::remove_dir_all(test.path("marts.store/cache")).expect("a cache");
    let before = super::served(&test);
    let ran = test.septet(&["run", "--full-refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("error[S0425]: orders-2026-01.csv changed while it was read"), "{}", ran.stderr);
    assert_eq!(super::served(&test), before);
    file.set_modified(time + std::time::Duration::from_secs(1)).expect("its time can be set");
    test.ok(&["run"]);
    assert!(lines(&test).contains("250.00"), "{}", lines(&test));
}

/// The little shop with customers from a match, and visits that look theirs up in it.
fn matched_shop() -> Test {
    let test = Test::tiny();
    test.append(
        "pipelines/shop.yaml",
        "  visits:
    path: visits.csv
    format: { type: csv }
    key: [visit_id]
    columns:
      visit_id:    { type: string, required: true }
      customer_id: { type: string }
      day:         { type: date }
match:
  customer:
    records: staging.customer_record
    exact: [[email]]
",
    );
    test.edit(
        "sql/contract.yaml",
        "marts:\n  customer_value:",
        "  visit:
    publish: fct_visit
    about: One row per visit.
    grain: [visit_id]
    visible_on: day
    columns:
      visit_id:     { type: string, about: Number of the visit. }
      customer_key: { type: string, about: Customer who came., references: customer }
      day:          { type: date, about: Day of the visit. }
marts:
  customer_value:",
    );
    test.write(
        "sql/staging/customer_record.sql",
        "-- One row per customer.\n\nselect 'shop' as source_system, customer_id as source_customer_id, email from raw.customers\n",
    );
    test.write("sql/staging/visit.sql", "-- One row per visit.\n\nselect visit_id, customer_id, day from raw.visits\n");
    test.write(
        "sql/core/visit.sql",
        "-- One row per visit.\n\nselect visit.visit_id, link.customer_key, visit.day
from staging.visit as visit
left join match.customer as link on visit.customer_id = link.source_customer_id and link.source_system = 'shop'\n",
    );
    test.write("raw/visits.csv", "visit_id,customer_id,day\nv1,c1,2026-01-07\nv2,c9,2026-02-07\n");
    test
}

#[test]
fn a_table_that_asks_for_no_new_match_is_carried_over() {
    let test = matched_shop();
    test.ok(&["run"]);
    let visits = || test.query("select visit_id, customer_key from fct_visit order by visit_id");
    let before = visits();
    // Nobody visited yet as this customer.
    test.append("raw/customers.csv", "c4,Dot,dot@example.org,2026-03-01\n");
    let (_, carried) = {
        test.ok(&["run"]);
        super::built_and_carried(&test)
    };
    assert!(carried.contains(&"fct_visit".to_owned()), "{carried:?}");
    assert_eq!(test.commit(2)["marts"]["fct_visit"]["built_in"], 1);
    assert_eq!(visits(), before);
    assert!(test.ok(&["run"]).stderr.contains("nothing to do"), "what is carried over is up to date");
    // A visitor whom nobody knew gets a record.
    test.append("raw/customers.csv", "c9,Eve,eve@example.org,2026-02-01\n");
    test.ok(&["run"]);
    let (built, _) = super::built_and_carried(&test);
    assert!(built.contains(&"fct_visit".to_owned()), "{built:?}");
    assert_ne!(visits(), before);
    // Other SQL is another table, whoever asks for what.
    test.append("raw/customers.csv", "c5,Fay,fay@example.org,2026-03-01\n");
    test.edit("sql/core/visit.sql", "visit.day\n", "visit.day + 1 as day\n");
    test.ok(&["run"]);
    let (built, _) = super::built_and_carried(&test);
    assert!(built.contains(&"fct_visit".to_owned()), "{built:?}");
}
