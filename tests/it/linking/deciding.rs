//! What people decide about pairs: what is not followed is said, and stands in the review table.

use super::*;

const HEADER: &str = "left_system,left_id,right_system,right_id,decision";

/// Records that only an exact rule and decisions join.
fn plain(rows: &[&str], decided: &str) -> Test {
    let test = people(rows);
    let likely = "    block: [[\"name_sound(name)\"], [born_on]]
    compare: { name: person_name, born_on: date }
    threshold: 0.9
    review: 0.2
";
    test.edit("pipelines/people.yaml", likely, "    decisions: decided.csv\n");
    test.write("pipelines/decided.csv", format!("{HEADER}\n{decided}"));
    test
}

const FOUR: [&str; 4] = [
    "crm,1,Ann Ostermann,a@x.example,1971-05-06,,,",
    "crm,2,Anna Ostermann,a@x.example,1971-05-06,,,",
    "crm,3,Bert Quast,b@x.example,1988-11-12,X1,,",
    "crm,4,Cleo Quast,c@x.example,1989-11-12,X2,,",
];

const REVIEW: &str = "select left_id, right_id, probability, evidence, decision from review order by 1, 2";

#[test]
fn decisions_that_cannot_all_hold_are_named() {
    let test = plain(&FOUR, "crm,1,crm,3,same\ncrm,3,crm,2,same\n\ncrm,1,crm,2,different\ncrm,4,crm,3,same\n");
    let said = test.ok(&["run"]).stderr;
    let others = "decided.csv:3: `same` does not count in match `person`: other decisions say";
    assert!(said.contains(others), "{said}");
    assert!(said.contains("decided.csv:6: `same` does not count in match `person`: `never` of passport"), "{said}");
    // What an exact rule would join is there without a comparison of anything.
    assert_eq!(rows(&test, REVIEW), "1,2,,same email,different\n2,3,,,same\n3,4,,,same");
    assert_eq!(test.results()["matches"][0]["refused"], 3);
    let keys = "select source_customer_id, customer_key from person_link order by 1";
    assert_eq!(rows(&test, keys), "1,crm-1\n2,crm-2\n3,crm-1\n4,crm-4");
    // An entity that is too large is another reason.
    test.edit("pipelines/people.yaml", "    never: [passport]\n", "    largest_entity: 2\n");
    test.write("pipelines/decided.csv", format!("{HEADER}\ncrm,1,crm,2,same\ncrm,2,crm,3,same\ncrm,2,crm,3,same\n"));
    let said = test.ok(&["run"]).stderr;
    assert!(said.contains("decided.csv:3: `same` does not count in match `person`: the entity would"), "{said}");
}

#[test]
fn what_is_decided_to_be_different_is_shown_with_what_speaks_for_it() {
    let crowd = crowd();
    let test = people(&with_crowd(&FOUR, &crowd));
    test.edit("pipelines/people.yaml", "    threshold: 0.9\n", "    threshold: 0.9\n    decisions: decided.csv\n");
    test.write("pipelines/decided.csv", format!("{HEADER}\ncrm,1,crm,2,different\ncrm,1,crm,4,different\n"));
    test.ok(&["run"]);
    let shown = "select left_id, right_id, probability > 0.9, split_part(evidence, ';', 1), decision from review \
                 where length(left_id) = 1 and length(right_id) = 1 order by 1, 2";
    let shown = rows(&test, shown);
    assert!(shown.contains("1,2,true,same email,different"), "{shown}");
    assert!(shown.lines().any(|row| row.starts_with("1,4,false,") && row.ends_with(",different")), "{shown}");
}

#[test]
fn lines_of_decisions_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n", "\n\n"] {
        let test = plain(&FOUR, "");
        let write = |lines: &[&str]| {
            test.write("pipelines/decided.csv", [&[HEADER], lines, &[""]].concat().join(end));
            test.septet(&["run"])
        };
        let line = |number: usize| if end == "\n\n" { 2 * number - 1 } else { number };
        let ran = write(&["crm,1,crm,3,same", "\"crm\",2,crm,3,perhaps"]);
        let place = format!("decided.csv:{}", line(3));
        assert!(ran.stderr.contains("S0445") && ran.stderr.contains(&place), "{end:?}: {}", ran.stderr);
        // Of two that contradict each other both are named, by their lines alone.
        let ran = write(&["crm,1,crm,3,same", "crm,2,crm,4,same", "crm,3,crm,1,different"]);
        let (place, other) = (format!("decided.csv:{}", line(4)), format!("line {} says the opposite", line(2)));
        assert!(ran.stderr.contains(&place) && ran.stderr.contains(&other), "{end:?}: {}", ran.stderr);
    }
}

#[test]
fn a_decision_about_a_record_and_itself_is_none() {
    let test = plain(&FOUR, "crm,1,crm,1,same\ncrm,3,crm,99,same\ncrm,99,crm,99,different\n");
    let said = test.ok(&["run"]).stderr;
    assert!(said.contains("decided.csv: 1 lines name one record twice"), "{said}");
    assert!(said.contains("decided.csv: 2 lines name a record that is not there"), "{said}");
}

/// A system's name and an id may be cut in two ways.
#[test]
fn a_key_depends_on_no_other_record() {
    let two = ["a,b-1,Ann Ostermann,,1971-05-06,,,", "a-b,1,Bert Quast,,1988-11-12,,,"];
    let test = plain(&two, "");
    test.edit("pipelines/people.yaml", "    decisions: decided.csv\n", "    keys: records\n");
    test.ok(&["run"]);
    let keys = "select source_system, customer_key from person_link where source_system like 'a%' order by 1";
    let found = rows(&test, keys);
    assert!(found.starts_with("a,a-b-1\na-b,a-b-1~"), "{found}");
    test.write("raw/people.csv", records(&[two[1], "A,0,Cleo Quast,,,,,", two[0]]));
    test.ok(&["run"]);
    assert_eq!(rows(&test, keys), found);
}
