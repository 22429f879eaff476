//! What people read when `prior`, `facts` or `relearn` of a match is wrong.

use expect_test::expect;

use super::matching::{GOOD, check};

#[test]
fn a_prior_that_says_nothing() {
    check(
        &format!("{GOOD}    prior: {{ rules: [], recall: 0 }}\n"),
        expect![[r#"
        error[S0231]: `prior` of match `customer` has no rules
          --> pipelines/shop.yaml:41:14
           |
        41 |     prior: { rules: [], recall: 0 }
           |              ^^^^^
           |
        help: say which records are certainly one entity, such as `rules: [[email], [id_card]]`

        error[S0230]: `recall` of match `customer` is 0, which is not a share of matches
          --> pipelines/shop.yaml:41:33
           |
        41 |     prior: { rules: [], recall: 0 }
           |                                 ^
           |
        help: above 0, to 1: 0.8 where the rules are thought to find four of five matches

        2 errors, 0 warnings
    "#]],
    );
    check(
        &format!("{GOOD}    prior: {{ rules: [[emial], [], [\"lower(email\"], [\"lowr(email)\"]], recall: 80 }}\n"),
        expect![[r#"
            error[S0188]: a rule of `prior` of match `customer` names no column
              --> pipelines/shop.yaml:41:31
               |
            41 |     prior: { rules: [[emial], [], ["lower(email"], ["lowr(email)"]], recall: 80 }
               |                               ^
               |
            help: name columns or expressions in which records must agree to be compared

            error[S0198]: `lower(email` of match `customer` is no expression over columns: Expected: ), found: EOF
              --> pipelines/shop.yaml:41:36
               |
            41 |     prior: { rules: [[emial], [], ["lower(email"], ["lowr(email)"]], recall: 80 }
               |                                    ^^^^^^^^^^^^^
               |
            help: a column such as `email`, or an expression such as `left(postcode, 3)`

            error[S0230]: `recall` of match `customer` is 80, which is not a share of matches
              --> pipelines/shop.yaml:41:78
               |
            41 |     prior: { rules: [[emial], [], ["lower(email"], ["lowr(email)"]], recall: 80 }
               |                                                                              ^^
               |
            help: above 0, to 1: 0.8 where the rules are thought to find four of five matches

            3 errors, 0 warnings
        "#]],
    );
    check(
        &format!("{GOOD}    prior: {{ rules: [[emial], [\"lowr(email)\"]], recall: 0.8 }}\n"),
        expect![[r#"
        error[S0126]: `staging.customer_record` has no column `emial`, which match `customer` needs
          --> pipelines/shop.yaml:41:22
           |
        41 |     prior: { rules: [[emial], ["lowr(email)"]], recall: 0.8 }
           |                      ^
           |
        help: did you mean `email`?

        error[S0224]: records cannot be compared by `lowr(email)`: Invalid function 'lowr'.
          --> pipelines/shop.yaml:41:31
           |
        41 |     prior: { rules: [[emial], ["lowr(email)"]], recall: 0.8 }
           |                               ^
           |
        help: an expression over one record, such as `left(postcode, 3)`; docs/functions.md has more

        2 errors, 0 warnings
    "#]],
    );
    check(
        "    records: staging.customer_record\n    exact: [[email]]\n    prior: { rules: [[email]], recall: 0.8 }\n",
        expect![[r#"
            error[S0187]: `prior` of match `customer` says something of likely pairs, and none are looked for
              --> pipelines/shop.yaml:40:5
               |
            40 |     prior: { rules: [[email]], recall: 0.8 }
               |     ^^^^^
               |
            help: say `block` and `compare`, or leave it out

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn facts_that_keep_keys_which_nothing_remembers() {
    check(
        &format!("{GOOD}    facts: kept\n"),
        expect![[r#"
        error[S0232]: `facts: kept` of match `customer` needs `match.customer_past` in the release
          --> pipelines/shop.yaml:41:12
           |
        41 |     facts: kept
           |            ^^^^
           |
        help: publish it as a core table: the next run reads there which keys facts have; docs/matching.md has one

        error[S0232]: `facts: kept` of match `customer` needs `match.customer` in the release
          --> pipelines/shop.yaml:41:12
           |
        41 |     facts: kept
           |            ^^^^
           |
        help: publish it as a core table: the next run reads there which keys facts have; docs/matching.md has one

        2 errors, 0 warnings
    "#]],
    );
    check(
        &format!("{GOOD}    facts: stay\n"),
        expect![[r#"
        error[S0104]: `stay` is not a value of `facts`
          --> pipelines/shop.yaml:41:12
           |
        41 |     facts: stay
           |            ^^^^ expected one of: rekeyed, kept
           |

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn shares_of_records_that_are_none() {
    check(
        &format!("{GOOD}    relearn: 5\n"),
        expect![[r#"
        error[S0234]: `relearn` of match `customer` is 5, which is not a share of records up to a half
          --> pipelines/shop.yaml:41:14
           |
        41 |     relearn: 5
           |              ^
           |
        help: 0.05 learns again once one record of twenty is new, changed or gone; `always` in every run

        1 error, 0 warnings
    "#]],
    );
    check(
        &format!("{GOOD}    relearn: never\n"),
        expect![[r#"
        error[S0104]: `never` is not a value of `relearn`
          --> pipelines/shop.yaml:41:14
           |
        41 |     relearn: never
           |              ^^^^^ expected one of: always
           |

        1 error, 0 warnings
    "#]],
    );
    check(
        "    records: staging.customer_record\n    exact: [[email]]\n    relearn: 0.05\n",
        expect![[r#"
        error[S0187]: `relearn` of match `customer` says something of likely pairs, and none are looked for
          --> pipelines/shop.yaml:40:14
           |
        40 |     relearn: 0.05
           |              ^^^^
           |
        help: say `block` and `compare`, or leave it out

        1 error, 0 warnings
    "#]],
    );
}
