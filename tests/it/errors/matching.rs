//! What people read when `match:` is wrong.

use expect_test::{Expect, expect};

use super::{PIPELINE, refused};
use crate::door::Test;

const RECORDS: &str = "\
-- One row per customer.

select
    'shop' as source_system,
    customer_id as source_customer_id,
    customer_name,
    email,
    acquired_on,
    cast(1 as double) as latitude,
    make_array(email) as emails
from raw.customers
";

/// The little shop with a match stage.
fn matched(stage: &str) -> Test {
    let test = Test::tiny();
    test.append(PIPELINE, &format!("match:\n  customer:\n{stage}"));
    test.write("sql/staging/customer_record.sql", RECORDS);
    test
}

pub(super) fn check(stage: &str, expected: Expect) {
    refused(&matched(stage), &[], expected);
}

pub(super) const GOOD: &str = "    records: staging.customer_record\n    block: [[email], [\"lower(left(customer_name, 3))\", acquired_on]]\n    compare: { customer_name: person_name, email: email, acquired_on: date }\n";

#[test]
fn five_lines_are_enough() {
    let test = matched(&format!("{GOOD}    threshold: 0.95\n"));
    let ran = test.ok(&["check"]);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

#[test]
fn everything_that_can_be_said() {
    let test = matched(
        "    records: staging.customer_record
    exact: [email, [customer_name, acquired_on]]
    never: [acquired_on]
    block: [email, [\"upper(customer_name)\"], emails]
    compare:
      email: email
      name: { kind: person_name, columns: customer_name, term_frequency: false }
      acquired_on:
        kind: date
        levels: [{ same: true }, { misread: true }, { label: a month, days: 31 }]
        weights: [{ m: 0.9, u: 0.01 }, { m: 0.05, u: 0.01 }, { m: 0.03, u: 0.1 }, { m: 0.02, u: 0.88 }]
      place: { kind: distance, columns: [latitude, latitude], levels: [{ kilometres: 5 }] }
      written:
        kind: email
        columns: [email]
        levels: [{ same: true }, { local: true }, { local_like: 0.9 }, { jaro_winkler: 0.92 }, { edits: 2 }, { edits_of_digits: 2 }, { words: 0.5 }, { ending: 7 }, { beginning: 3 }]
    threshold: 0.9
    review: 0.5
    largest_block: 100
    largest_entity: 50
    seed: 7
    decisions: decisions.csv
    labels: ../labels.csv
    keys: records
    survive:
      default: latest
      changed: acquired_on
      made: acquired_on
      columns:
        email: most_frequent
        customer_name: longest
        latitude: { priority: [shop, crm] }
        acquired_on: earliest
        emails: { greatest: \"length(email)\" }
",
    );
    test.write("pipelines/decisions.csv", "left_system,left_id,right_system,right_id,decision\n");
    test.write("labels.csv", "left_system,left_id,right_system,right_id,decision\n");
    refused(
        &test,
        &[],
        expect![[r#"
        error[S0229]: `staging.customer_record.emails` is List(Utf8), which cannot be in a golden record
          --> pipelines/shop.yaml:71:9
           |
        71 |         emails: { greatest: "length(email)" }
           |         ^^^^^^
           |
        help: make it a text, such as with `array_to_string`, or name in `survive.columns` what survives

        1 error, 0 warnings
    "#]],
    );
    test.edit("sql/staging/customer_record.sql", "make_array(email) as emails", "email as emails");
    test.ok(&["check"]);
}

#[test]
fn nothing_is_matched() {
    check(
        "    records: staging.customer_record\n",
        expect![[r#"
        error[S0186]: match `customer` does not say which records are one entity
          --> pipelines/shop.yaml:37:3
           |
        37 |   customer:
           |   ^^^^^^^^
           |
        help: say `exact: [[email]]`, or `block` and `compare`; docs/matching.md has five lines to begin with

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn half_of_it() {
    check(
        "    records: staging.customer_record\n    compare: { email: email }\n",
        expect![[r#"
        error[S0187]: match `customer` does not say which records are compared
          --> pipelines/shop.yaml:39:5
           |
        39 |     compare: { email: email }
           |     ^^^^^^^
           |
        help: say `block: [[email], [phone]]`: comparing all with all takes days

        1 error, 0 warnings
    "#]],
    );
    check(
        "    records: staging.customer_record\n    block: [[email]]\n",
        expect![[r#"
        error[S0187]: match `customer` does not say what is compared
          --> pipelines/shop.yaml:39:5
           |
        39 |     block: [[email]]
           |     ^^^^^
           |
        help: say `compare: { email: email }`, or `exact` where records that agree are one entity

        1 error, 0 warnings
    "#]],
    );
    check(
        "    records: staging.customer_record\n    exact: [[email]]\n    review: 0.5\n",
        expect![[r#"
        error[S0187]: `review` of match `customer` says something of likely pairs, and none are looked for
          --> pipelines/shop.yaml:40:13
           |
        40 |     review: 0.5
           |             ^^^
           |
        help: say `block` and `compare`, or leave it out

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn unknown_kind_and_wrong_count_of_columns() {
    check(
        "    records: staging.customer_record
    block: [[email]]
    compare:
      email: e_mail
      customer_name: { kind: persn_name }
      latitude: distance
      name: { kind: text, columns: [customer_name, email] }
",
        expect![[r#"
            error[S0189]: there is no kind of comparison `e_mail`
              --> pipelines/shop.yaml:41:14
               |
            41 |       email: e_mail
               |              ^^^^^^
               |
            help: did you mean `email`? there are: exact, text, given_name, family_name, person_name, company_name, address, email, phone, postcode, identifier, date, number, distance

            error[S0189]: there is no kind of comparison `persn_name`
              --> pipelines/shop.yaml:42:30
               |
            42 |       customer_name: { kind: persn_name }
               |                              ^^^^^^^^^^
               |
            help: did you mean `person_name`? there are: exact, text, given_name, family_name, person_name, company_name, address, email, phone, postcode, identifier, date, number, distance

            error[S0190]: distance compares two columns, and `latitude` has 1
              --> pipelines/shop.yaml:43:7
               |
            43 |       latitude: distance
               |       ^^^^^^^^
               |
            help: say `columns: [latitude, longitude]`

            error[S0190]: text compares one column, and `name` has 2
              --> pipelines/shop.yaml:44:27
               |
            44 |       name: { kind: text, columns: [customer_name, email] }
               |                           ^^^^^^^
               |
            help: write a comparison of its own for each column

            4 errors, 0 warnings
        "#]],
    );
}

#[test]
fn levels_that_are_none() {
    check(
        "    records: staging.customer_record
    block: [[email]]
    compare:
      email: { kind: email, levels: [] }
      acquired_on: { kind: date, levels: [{ same: true }, { jaro_winkler: 0.9 }, { days: 0 }] }
      customer_name: { kind: text, levels: [{ same: true, edits: 1 }, { label: nothing }, { edits: 1 }, { edits: 1 }] }
",
        expect![[r#"
            error[S0191]: `email` has 0 levels
              --> pipelines/shop.yaml:41:29
               |
            41 |       email: { kind: email, levels: [] }
               |                             ^^^^^^
               |
            help: write 1 to 13, or leave `levels` out: its kind has some of its own

            error[S0191]: a level of `acquired_on`: `jaro_winkler` is no test of a date
              --> pipelines/shop.yaml:42:59
               |
            42 |       acquired_on: { kind: date, levels: [{ same: true }, { jaro_winkler: 0.9 }, { days: 0 }] }
               |                                                           ^
               |
            help: docs/matching.md says which test is of which kind

            error[S0191]: a level of `acquired_on`: `days` is at least 1
              --> pipelines/shop.yaml:42:82
               |
            42 |       acquired_on: { kind: date, levels: [{ same: true }, { jaro_winkler: 0.9 }, { days: 0 }] }
               |                                                                                  ^
               |
            help: one test each, such as `{ jaro_winkler: 0.92 }`

            error[S0191]: a level of `customer_name`: it has two tests, `same` and `edits`
              --> pipelines/shop.yaml:43:45
               |
            43 |       customer_name: { kind: text, levels: [{ same: true, edits: 1 }, { label: nothing }, { edits: 1 }, { edits: 1 }] }
               |                                             ^
               |
            help: one test each, such as `{ jaro_winkler: 0.92 }`

            error[S0191]: a level of `customer_name`: it has no test
              --> pipelines/shop.yaml:43:71
               |
            43 |       customer_name: { kind: text, levels: [{ same: true, edits: 1 }, { label: nothing }, { edits: 1 }, { edits: 1 }] }
               |                                                                       ^
               |
            help: one test each, such as `{ jaro_winkler: 0.92 }`

            error[S0191]: a level of `customer_name`: `one letter differs` stands there already
              --> pipelines/shop.yaml:43:105
               |
            43 |       customer_name: { kind: text, levels: [{ same: true, edits: 1 }, { label: nothing }, { edits: 1 }, { edits: 1 }] }
               |                                                                                                         ^
               |
            help: a pair is in the first level that it reaches

            6 errors, 0 warnings
        "#]],
    );
}

#[test]
fn weights_that_do_not_fit() {
    check(
        "    records: staging.customer_record
    block: [[email]]
    compare:
      email: { kind: exact, weights: [{ m: 0.9, u: 0.1 }] }
      customer_name: { kind: exact, weights: [{ m: 1.5, u: 0.1 }, { m: 0.1, u: 0 }] }
",
        expect![[r#"
            error[S0192]: `email` has 1 levels and 1 weights
              --> pipelines/shop.yaml:41:29
               |
            41 |       email: { kind: exact, weights: [{ m: 0.9, u: 0.1 }] }
               |                             ^^^^^^^
               |
            help: write one for each level, from the likest on, and one for `else`

            error[S0192]: a weight of `customer_name` has m 1.5, which is not a share of pairs
              --> pipelines/shop.yaml:42:52
               |
            42 |       customer_name: { kind: exact, weights: [{ m: 1.5, u: 0.1 }, { m: 0.1, u: 0 }] }
               |                                                    ^^^
               |
            help: above 0, to 1: what never happens in a sample may happen once in a million, 0.000001

            error[S0192]: a weight of `customer_name` has u 0, which is not a share of pairs
              --> pipelines/shop.yaml:42:80
               |
            42 |       customer_name: { kind: exact, weights: [{ m: 1.5, u: 0.1 }, { m: 0.1, u: 0 }] }
               |                                                                                ^
               |
            help: above 0, to 1: what never happens in a sample may happen once in a million, 0.000001

            3 errors, 0 warnings
        "#]],
    );
}

#[test]
fn numbers_out_of_their_ranges() {
    check(
        &format!("{GOOD}    threshold: 95\n    review: 99\n    largest_block: 1\n    largest_entity: 0\n"),
        expect![[r#"
            error[S0193]: the threshold 95 of match `customer` is not a probability from 0.5 to below 1
              --> pipelines/shop.yaml:41:16
               |
            41 |     threshold: 95
               |                ^^
               |
            help: 0.95 means that one of twenty such pairs may be wrong

            error[S0193]: `review` of match `customer` is 99, and not between 0 and the threshold 95
              --> pipelines/shop.yaml:42:13
               |
            42 |     review: 99
               |             ^^
               |
            help: pairs from `review` up to `threshold` are shown to people; 0.5 is a good start

            error[S0193]: `largest_block` of match `customer` is 1: it takes two records to match
              --> pipelines/shop.yaml:43:20
               |
            43 |     largest_block: 1
               |                    ^
               |
            help: write at least 2, or leave it out

            error[S0193]: `largest_entity` of match `customer` is 0: it takes two records to match
              --> pipelines/shop.yaml:44:21
               |
            44 |     largest_entity: 0
               |                     ^
               |
            help: write at least 2, or leave it out

            4 errors, 0 warnings
        "#]],
    );
    check(
        &format!("{GOOD}    threshold: 0.9\n    review: 0.9\n"),
        expect![[r#"
        error[S0193]: `review` of match `customer` is 0.9, and not between 0 and the threshold 0.9
          --> pipelines/shop.yaml:42:13
           |
        42 |     review: 0.9
           |             ^^^
           |
        help: pairs from `review` up to `threshold` are shown to people; 0.5 is a good start

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn blocks_that_are_no_expressions() {
    check(
        "    records: staging.customer_record
    block: [[\"lower(email\"], [\"'all'\"], [], [\"(select 1)\"], email, [email]]
    compare: { email: email }
",
        expect![[r#"
            error[S0198]: `lower(email` of match `customer` is no expression over columns: Expected: ), found: EOF
              --> pipelines/shop.yaml:39:14
               |
            39 |     block: [["lower(email"], ["'all'"], [], ["(select 1)"], email, [email]]
               |              ^^^^^^^^^^^^^
               |
            help: a column such as `email`, or an expression such as `left(postcode, 3)`

            error[S0198]: `'all'` of match `customer` is no expression over columns: it reads no column
              --> pipelines/shop.yaml:39:31
               |
            39 |     block: [["lower(email"], ["'all'"], [], ["(select 1)"], email, [email]]
               |                               ^^^^^^^
               |
            help: a column such as `email`, or an expression such as `left(postcode, 3)`

            error[S0188]: a block of match `customer` names no column
              --> pipelines/shop.yaml:39:41
               |
            39 |     block: [["lower(email"], ["'all'"], [], ["(select 1)"], email, [email]]
               |                                         ^
               |
            help: name columns or expressions in which records must agree to be compared

            error[S0198]: `(select 1)` of match `customer` is no expression over columns: it has a query of its own
              --> pipelines/shop.yaml:39:46
               |
            39 |     block: [["lower(email"], ["'all'"], [], ["(select 1)"], email, [email]]
               |                                              ^^^^^^^^^^^^
               |
            help: a column such as `email`, or an expression such as `left(postcode, 3)`

            error[S0188]: a block of match `customer` stands there already
              --> pipelines/shop.yaml:39:68
               |
            39 |     block: [["lower(email"], ["'all'"], [], ["(select 1)"], email, [email]]
               |                                                                    ^
               |
            help: leave it out: every pair counts once

            5 errors, 0 warnings
        "#]],
    );
}

#[test]
fn files_that_are_not_there() {
    check(
        &format!("{GOOD}    decisions: decided.csv\n    labels: labels.csv\n"),
        expect![[r#"
        error[S0195]: the decisions of match `customer` cannot be read: No such file or directory (os error 2)
          --> pipelines/shop.yaml:41:16
           |
        41 |     decisions: decided.csv
           |                ^^^^^^^^^^^
           |
        help: its path is relative to the pipeline's file; docs/matching.md says what stands in it

        error[S0195]: the labels of match `customer` cannot be read: No such file or directory (os error 2)
          --> pipelines/shop.yaml:42:13
           |
        42 |     labels: labels.csv
           |             ^^^^^^^^^^
           |
        help: its path is relative to the pipeline's file; docs/matching.md says what stands in it

        2 errors, 0 warnings
    "#]],
    );
}

#[test]
fn survivors_that_say_nothing() {
    check(
        &format!("{GOOD}    survive: {{ changed: acquired_on }}\n"),
        expect![[r#"
        error[S0194]: `survive` of match `customer` does not say what survives
          --> pipelines/shop.yaml:41:5
           |
        41 |     survive: { changed: acquired_on }
           |     ^^^^^^^
           |
        help: say `default: latest`, or which value each of the `columns` has

        1 error, 0 warnings
    "#]],
    );
    check(
        &format!(
            "{GOOD}    survive: {{ default: latest, columns: {{ email: earliest, customer_name: {{ priority: [] }}, source_system: longest }} }}\n"
        ),
        expect![[r#"
            error[S0194]: `survive` of match `customer`: `latest` goes by a column
              --> pipelines/shop.yaml:41:25
               |
            41 |     survive: { default: latest, columns: { email: earliest, customer_name: { priority: [] }, source_system: longest } }
               |                         ^^^^^^
               |
            help: say which: `changed: updated_at`

            error[S0194]: `survive` of match `customer`: `earliest` goes by a column
              --> pipelines/shop.yaml:41:44
               |
            41 |     survive: { default: latest, columns: { email: earliest, customer_name: { priority: [] }, source_system: longest } }
               |                                            ^^^^^
               |
            help: say which: `made: created_at`

            error[S0194]: `survive` of match `customer`: `priority` names no system
              --> pipelines/shop.yaml:41:61
               |
            41 |     survive: { default: latest, columns: { email: earliest, customer_name: { priority: [] }, source_system: longest } }
               |                                                             ^^^^^^^^^^^^^
               |
            help: name values of `source_system`, the one to trust most first

            error[S0194]: `source_system` is of a record: an entity has none of its own
              --> pipelines/shop.yaml:41:94
               |
            41 |     survive: { default: latest, columns: { email: earliest, customer_name: { priority: [] }, source_system: longest } }
               |                                                                                              ^^^^^^^^^^^^^
               |
            help: `match.<name>_cell` says which record each value is from

            4 errors, 0 warnings
        "#]],
    );
    check(
        &format!("{GOOD}    survive: {{ default: newest }}\n"),
        expect![[r#"
            error[S0104]: `newest` is not a value of `default`
              --> pipelines/shop.yaml:41:25
               |
            41 |     survive: { default: newest }
               |                         ^^^^^^ expected one of: latest, earliest, most_frequent, longest, priority, greatest
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn two_stages_with_one_table() {
    let more = "  customer_cell:\n    records: staging.customer_record\n    exact: [[email]]\n";
    check(
        &format!("{GOOD}{more}"),
        expect![[r#"
        error[S0197]: the match stages `customer` and `customer_cell` both give `match.customer_cell`
          --> pipelines/shop.yaml:41:3
           |
        41 |   customer_cell:
           |   ^^^^^^^^^^^^^
           |
        help: rename one of the two

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn records_that_lack_what_is_compared() {
    check(
        "    records: staging.customer_record
    exact: [[e_mail], [emails]]
    never: [id_card]
    block: [[phone], [\"lowr(email)\"], [\"left(email, 'x')\"], [\"count(email)\"], [acquired_on, email]]
    compare: { emails: text, latitude: text, email: number, acquired_on: date, nam: text }
    survive: { default: { greatest: emails }, changed: updated_at, columns: { acquired: longest, email: { greatest: \"lngth(email)\" } } }
",
        expect![[r#"
            error[S0126]: `staging.customer_record` has no column `e_mail`, which match `customer` needs
              --> pipelines/shop.yaml:39:14
               |
            39 |     exact: [[e_mail], [emails]]
               |              ^^^^^^
               |
            help: did you mean `email`?

            error[S0126]: `staging.customer_record.emails` is List(Utf8): which are equal is not certain
              --> pipelines/shop.yaml:39:24
               |
            39 |     exact: [[e_mail], [emails]]
               |                        ^^^^^^
               |
            help: compare texts, whole numbers or dates

            error[S0126]: `staging.customer_record` has no column `id_card`, which match `customer` needs
              --> pipelines/shop.yaml:40:13
               |
            40 |     never: [id_card]
               |             ^^^^^^^
               |

            error[S0126]: `staging.customer_record` has no column `phone`, which match `customer` needs
              --> pipelines/shop.yaml:41:13
               |
            41 |     block: [[phone], ["lowr(email)"], ["left(email, 'x')"], ["count(email)"], [acquired_on, email]]
               |             ^
               |

            error[S0224]: records cannot be compared by `lowr(email)`: Invalid function 'lowr'.
              --> pipelines/shop.yaml:41:22
               |
            41 |     block: [[phone], ["lowr(email)"], ["left(email, 'x')"], ["count(email)"], [acquired_on, email]]
               |                      ^
               |
            help: an expression over one record, such as `left(postcode, 3)`; docs/functions.md has more

            error[S0224]: records cannot be compared by `left(email, 'x')`: Failed to coerce arguments to satisfy a call to 'left' function: coercion from Utf8, Utf8 to the signature OneOf(Exact(Utf8View, Int64), Exact(Utf8, Int64), Exact(LargeUtf8, Int64)) failed. No function matches the given name and argument types 'left(Utf8, Utf8)'. You might need to add explicit type casts.
              --> pipelines/shop.yaml:41:39
               |
            41 |     block: [[phone], ["lowr(email)"], ["left(email, 'x')"], ["count(email)"], [acquired_on, email]]
               |                                       ^
               |
            help: an expression over one record, such as `left(postcode, 3)`; docs/functions.md has more

            error[S0224]: records cannot be compared by `count(email)`: it is not a value of one row
              --> pipelines/shop.yaml:41:61
               |
            41 |     block: [[phone], ["lowr(email)"], ["left(email, 'x')"], ["count(email)"], [acquired_on, email]]
               |                                                             ^
               |
            help: an expression over one record, such as `left(postcode, 3)`; docs/functions.md has more

            error[S0225]: `staging.customer_record.emails` is List(Utf8), and text compares texts
              --> pipelines/shop.yaml:42:16
               |
            42 |     compare: { emails: text, latitude: text, email: number, acquired_on: date, nam: text }
               |                ^^^^^^
               |
            help: cast it to varchar in the records model

            error[S0225]: `staging.customer_record.latitude` is double, and text compares texts
              --> pipelines/shop.yaml:42:30
               |
            42 |     compare: { emails: text, latitude: text, email: number, acquired_on: date, nam: text }
               |                              ^^^^^^^^
               |
            help: cast it to varchar in the records model

            error[S0225]: `staging.customer_record.email` is string, and number compares numbers
              --> pipelines/shop.yaml:42:46
               |
            42 |     compare: { emails: text, latitude: text, email: number, acquired_on: date, nam: text }
               |                                              ^^^^^
               |
            help: cast it to double in the records model

            error[S0126]: `staging.customer_record` has no column `nam`, which match `customer` needs
              --> pipelines/shop.yaml:42:80
               |
            42 |     compare: { emails: text, latitude: text, email: number, acquired_on: date, nam: text }
               |                                                                                ^^^
               |

            error[S0226]: which value survives cannot be told by `emails`: it gives List(Utf8), which has no order
              --> pipelines/shop.yaml:43:5
               |
            43 |     survive: { default: { greatest: emails }, changed: updated_at, columns: { acquired: longest, email: { greatest: "lngth(email)" } } }
               |     ^^^^^^^
               |
            help: an expression over one record's columns

            error[S0229]: `staging.customer_record.emails` is List(Utf8), which cannot be in a golden record
              --> pipelines/shop.yaml:43:5
               |
            43 |     survive: { default: { greatest: emails }, changed: updated_at, columns: { acquired: longest, email: { greatest: "lngth(email)" } } }
               |     ^^^^^^^
               |
            help: make it a text, such as with `array_to_string`, or name in `survive.columns` what survives

            error[S0126]: `staging.customer_record` has no column `updated_at`, which match `customer` needs
              --> pipelines/shop.yaml:43:56
               |
            43 |     survive: { default: { greatest: emails }, changed: updated_at, columns: { acquired: longest, email: { greatest: "lngth(email)" } } }
               |                                                        ^^^^^^^^^^
               |

            error[S0126]: `staging.customer_record` has no column `acquired`, which match `customer` needs
              --> pipelines/shop.yaml:43:79
               |
            43 |     survive: { default: { greatest: emails }, changed: updated_at, columns: { acquired: longest, email: { greatest: "lngth(email)" } } }
               |                                                                               ^^^^^^^^
               |
            help: did you mean `acquired_on`?

            error[S0226]: which value survives cannot be told by `lngth(email)`: Invalid function 'lngth'.
              --> pipelines/shop.yaml:43:98
               |
            43 |     survive: { default: { greatest: emails }, changed: updated_at, columns: { acquired: longest, email: { greatest: "lngth(email)" } } }
               |                                                                                                  ^^^^^
               |
            help: an expression over one record's columns

            16 errors, 0 warnings
        "#]],
    );
}

#[test]
fn warnings_say_what_will_not_be_found() {
    let test = matched(
        "    records: staging.customer_record\n    block: [[email], [email, acquired_on]]\n    compare: { email: email, customer_name: person_name }\n",
    );
    let ran = test.ok(&["check"]);
    let (warnings, _) = ran.stderr.split_once("ok: ").expect("it is right nevertheless");
    expect![[r#"
        warning[S0227]: all blocks of match `customer` need `email`: records without it are never compared
          --> pipelines/shop.yaml:39:13
           |
        39 |     block: [[email], [email, acquired_on]]
           |             ^
           |
        help: add a block of other columns, such as `[phone]` or `[birth_date, city]`

        warning[S0228]: `email` is in every block, so how often it differs within an entity cannot be learned
          --> pipelines/shop.yaml:40:16
           |
        40 |     compare: { email: email, customer_name: person_name }
           |                ^^^^^
           |
        help: add a block without `email`, or say the `weights` of `email`
    "#]]
    .assert_eq(warnings);
}

/// Golden records have the columns of the records, and what is read of them depends on the stage.
#[test]
fn models_read_the_tables_of_a_stage() {
    let stage = "    records: staging.customer_record\n    exact: [[email]]\n    survive: { default: latest, changed: acquired_on, columns: {} }\n";
    let test = matched(stage);
    test.edit("sql/staging/customer_record.sql", ",\n    make_array(email) as emails", "");
    let golden = "-- One row per customer.\n\nselect golden.customer_key, golden.customer_name, golden.email, golden.acquired_on, golden.source_records
from match.customer_golden as golden\nwhere golden.customer_key in (select customer_key from match.customer_cell where value <> '')
and golden.customer_key not in (select previous_key from match.customer_history where records > 1 and changed_on > $as_of)
and golden.customer_key not in (select left_id from match.customer_review where probability > 0.5 and decision is null)\n";
    test.write("sql/core/customer.sql", golden);
    test.ok(&["check"]);
    let listed = test.ok(&["ls", "--select", "match.customer_cell+"]).stdout;
    assert!(listed.contains("dim_customer") || listed.contains("core.customer"), "{listed}");
    assert!(!listed.contains("fct_sale"), "{listed}");
    // Without `survive` there is none.
    test.edit(PIPELINE, "    survive: { default: latest, changed: acquired_on, columns: {} }\n", "");
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0208]: there is no table `match.customer_golden`
             --> sql/core/customer.sql:4:6
              |
            4 | from match.customer_golden as golden
              |      ^^^^^^^^^^^^^^^^^^^^^
              |
            help: say what survives: `survive` of match `customer`

            error[S0208]: there is no table `match.customer_cell`
             --> sql/core/customer.sql:5:56
              |
            5 | where golden.customer_key in (select customer_key from match.customer_cell where value <> '')
              |                                                        ^^^^^^^^^^^^^^^^^^^
              |
            help: say what survives: `survive` of match `customer`

            2 errors, 0 warnings
        "#]],
    );
}
