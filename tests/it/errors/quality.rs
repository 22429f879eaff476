//! What people read when a data test, an age or a limit is wrong.

use expect_test::expect;

use super::{CONTRACT, PIPELINE, check};

const EMAIL: &str = "email:          { type: string, about: E-mail address. }";
const SALES: &str = "      - { name: no_negative_sales, expression: net_sales >= 0 }";
const LIMITS: &str = "    on_bad_row: { fail_above: 0.2 }\n";

fn email(test: &str) -> String {
    EMAIL.replace(" }", &format!(", tests: [{test}] }}"))
}

fn sales(test: &str) -> String {
    format!("{SALES}\n      - {test}")
}

#[test]
fn pattern_that_is_none() {
    check(
        &[(CONTRACT, EMAIL, &email("{ matches: 'a(b' }"))],
        expect![[r#"
        error[S0175]: this pattern is not a regular expression: unclosed group, at its character 2
          --> sql/contract.yaml:12:82
           |
        12 |       email:          { type: string, about: E-mail address., tests: [{ matches: 'a(b' }] }
           |                                                                                  ^^^^^
           |
        help: in YAML a backslash stands as it is in single quotes, and doubled in double quotes

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn pattern_that_is_too_large() {
    check(
        &[(CONTRACT, EMAIL, &email("{ matches: { pattern: '\\w{1000}{100}', severity: warn } }"))],
        expect![[r#"
        error[S0137]: test `email matches` of `dim_customer` cannot be planned: Arrow error: Compute error: Regular expression did not compile: CompiledTooBig(10485760)
          --> sql/contract.yaml:12:73
           |
        12 |       email:          { type: string, about: E-mail address., tests: [{ matches: { pattern: '\w{1000}{100}', severity: warn } }] }
           |                                                                         ^^^^^^^
           |

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn unknown_test() {
    check(
        &[(CONTRACT, EMAIL, &email("not_nul"))],
        expect![[r#"
            error[S0104]: `not_nul` is not a value of `tests`
              --> sql/contract.yaml:12:71
               |
            12 |       email:          { type: string, about: E-mail address., tests: [not_nul] }
               |                                                                       ^^^^^^^ expected one of: not_null, unique, one_of, range, matches, references, freshness
               |
            help: did you mean `not_null`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_test_with_a_value() {
    check(
        &[(CONTRACT, EMAIL, &email("{ match: x }"))],
        expect![[r#"
            error[S0104]: `match` is not a value of `tests`
              --> sql/contract.yaml:12:73
               |
            12 |       email:          { type: string, about: E-mail address., tests: [{ match: x }] }
               |                                                                         ^^^^^ expected one of: not_null, unique, one_of, range, matches, references, freshness
               |
            help: did you mean `matches`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_severity() {
    check(
        &[(CONTRACT, EMAIL, &email("{ unique: { severity: warning } }"))],
        expect![[r#"
            error[S0104]: `warning` is not a value of `severity`
              --> sql/contract.yaml:12:93
               |
            12 |       email:          { type: string, about: E-mail address., tests: [{ unique: { severity: warning } }] }
               |                                                                                             ^^^^^^^ expected one of: error, warn
               |
            help: did you mean `warn`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn tests_that_do_not_fit_the_type() {
    check(
        &[(CONTRACT, EMAIL, &email("{ range: { min: 1 } }, { freshness: { warn_after: 1d } }"))],
        expect![[r#"
        error[S0177]: `email` is string, `range` tests numbers
          --> sql/contract.yaml:12:73
           |
        12 |       email:          { type: string, about: E-mail address., tests: [{ range: { min: 1 } }, { freshness: { warn_after: 1d } }] }
           |                                                                         ^^^^^
           |
        help: `expression` of the table's tests can say anything that SQL can

        error[S0177]: `email` is string, `freshness` tests dates and time stamps
          --> sql/contract.yaml:12:96
           |
        12 |       email:          { type: string, about: E-mail address., tests: [{ range: { min: 1 } }, { freshness: { warn_after: 1d } }] }
           |                                                                                                ^^^^^^^^^
           |
        help: `expression` of the table's tests can say anything that SQL can

        2 errors, 0 warnings
    "#]],
    );
}

#[test]
fn references_to_what_there_is_not() {
    check(
        &[(
            CONTRACT,
            EMAIL,
            &email(
                "{ references: custmer.email }, { references: sale.order }, { references: { to: sale.line_no } }, { references: here }",
            ),
        )],
        expect![[r#"
            error[S0176]: there is no table `core.custmer`
              --> sql/contract.yaml:12:85
               |
            12 | type: string, about: E-mail address., tests: [{ references: custmer.email }, { references: sale.order }, { references: { to: sale.line_no } }, { references: her
               |                                                             ^^^^^^^^^^^^^
               |
            help: did you mean `customer`?

            error[S0176]: `core.sale` has no column `order`
              --> sql/contract.yaml:12:116
               |
            12 | ress., tests: [{ references: custmer.email }, { references: sale.order }, { references: { to: sale.line_no } }, { references: here }] }
               |                                                             ^^^^^^^^^^
               |
            help: did you mean `order_id`?

            error[S0177]: `email` is string, `core.sale.line_no` is integer
              --> sql/contract.yaml:12:132
               |
            12 |  references: custmer.email }, { references: sale.order }, { references: { to: sale.line_no } }, { references: here }] }
               |                                                             ^^^^^^^^^^
               |

            error[S0176]: `here` is not a column of a core table or mart
              --> sql/contract.yaml:12:182
               |
            12 | rder }, { references: { to: sale.line_no } }, { references: here }] }
               |                                                             ^^^^
               |
            help: write `table.column`, such as `product.product_id`

            4 errors, 0 warnings
        "#]],
    );
}

#[test]
fn ages_that_are_none() {
    check(
        &[
            (
                CONTRACT,
                "acquired_on:    { type: date, about: Day on which the customer came. }",
                "acquired_on:    { type: date, about: Day., tests: [{ freshness: { warn_after: 1 day } }, { freshness: {} }] }",
            ),
            (
                PIPELINE,
                LIMITS,
                &format!("{LIMITS}    freshness: {{ warn_after: 3d, error_after: 36h, column: amount }}\n"),
            ),
        ],
        expect![[r#"
            error[S0173]: `warn_after` of source `orders` is not before `error_after`
              --> pipelines/shop.yaml:36:30
               |
            36 |     freshness: { warn_after: 3d, error_after: 36h, column: amount }
               |                              ^^
               |
            help: warn earlier than you fail

            error[S0179]: `amount` of source `orders` is decimal(18,2), which has no age
              --> pipelines/shop.yaml:36:60
               |
            36 |     freshness: { warn_after: 3d, error_after: 36h, column: amount }
               |                                                            ^^^^^^
               |
            help: name a date or time stamp column

            error[S0173]: `1 day` is not an age
              --> sql/contract.yaml:13:85
               |
            13 |       acquired_on:    { type: date, about: Day., tests: [{ freshness: { warn_after: 1 day } }, { freshness: {} }] }
               |                                                                                     ^^^^^
               |
            help: write a whole number with m, h, d or w, such as 90m, 36h, 1d or 2w

            error[S0173]: the freshness of `acquired_on` has no age
              --> sql/contract.yaml:13:98
               |
            13 |       acquired_on:    { type: date, about: Day., tests: [{ freshness: { warn_after: 1 day } }, { freshness: {} }] }
               |                                                                                                  ^^^^^^^^^
               |
            help: give it `warn_after`, `error_after` or both

            4 errors, 0 warnings
        "#]],
    );
}

#[test]
fn table_tests_that_say_not_one_thing() {
    check(
        &[(
            CONTRACT,
            SALES,
            &sales(
                "{ name: nothing }\n      - { name: two, expression: \"true\", sql: select 1 }\n      - { name: loss, row_count_change: { error_drop: 1.5 } }",
            ),
        )],
        expect![[r#"
            error[S0174]: the test `nothing` of `customer_value` says not one thing to test
              --> sql/contract.yaml:42:17
               |
            42 |       - { name: nothing }
               |                 ^^^^^^^
               |
            help: write `expression`, `sql` or `row_count_change`; a second test for a second one

            error[S0174]: the test `two` of `customer_value` says not one thing to test
              --> sql/contract.yaml:43:17
               |
            43 |       - { name: two, expression: "true", sql: select 1 }
               |                 ^^^
               |
            help: write `expression`, `sql` or `row_count_change`; a second test for a second one

            error[S0174]: the `row_count_change` of the test `loss` cannot be held against anything
              --> sql/contract.yaml:44:23
               |
            44 |       - { name: loss, row_count_change: { error_drop: 1.5 } }
               |                       ^^^^^^^^^^^^^^^^
               |
            help: a table cannot lose more than all of its rows: write a share below 1

            3 errors, 0 warnings
        "#]],
    );
}

#[test]
fn queries_of_tests_are_guarded_like_models() {
    check(
        &[(
            CONTRACT,
            SALES,
            &sales(
                "{ name: raw_rows, sql: select * from raw.orders }\n      - { name: writes, sql: drop table core.sale }\n      - { name: nowhere, sql: select * from core.sales where ordered_on < $asof }",
            ),
        )],
        expect![[r#"
            error[S0178]: test `raw_rows` of `customer_value`: `raw.orders` cannot be read from here
              --> sql/contract.yaml:42:32
               |
            42 |       - { name: raw_rows, sql: select * from raw.orders }
               |                                ^^^^^^^^^^^^^^^^^^^^^^^^
               |
            help: a test reads what is published: core tables and marts

            error[S0210]: test `writes` of `customer_value`: a model is one query: it cannot write, set or define anything
              --> sql/contract.yaml:43:30
               |
            43 |       - { name: writes, sql: drop table core.sale }
               |                              ^^^^^^^^^^^^^^^^^^^^
               |
            help: start with `select` or `with`

            error[S0176]: test `nowhere` of `customer_value`: there is no table `core.sales`
              --> sql/contract.yaml:44:31
               |
            44 |       - { name: nowhere, sql: select * from core.sales where ordered_on < $asof }
               |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
            help: did you mean `core.sale`?

            error[S0209]: test `nowhere` of `customer_value`: there is no run parameter `$asof`
              --> sql/contract.yaml:44:31
               |
            44 |       - { name: nowhere, sql: select * from core.sales where ordered_on < $asof }
               |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
            help: did you mean `$as_of`?

            4 errors, 0 warnings
        "#]],
    );
}

#[test]
fn queries_of_tests_are_planned() {
    check(
        &[(
            CONTRACT,
            SALES,
            &sales(
                "{ name: today, sql: \"select * from core.sale where ordered_on > current_date()\" }\n      - { name: some, sql: select * from core.sale limit 3 }\n      - { name: missing, sql: select net from core.sale }",
            ),
        )],
        expect![[r#"
            error[S0221]: test `today` of `customer_value`: `current_date` gives another result tomorrow
              --> sql/contract.yaml:42:29
               |
            42 |       - { name: today, sql: "select * from core.sale where ordered_on > current_date()" }
               |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
            help: data depends on inputs alone: use `$as_of` for the day of the run

            error[S0222]: test `some` of `customer_value`: `limit` without `order by` keeps rows by chance
              --> sql/contract.yaml:43:28
               |
            43 |       - { name: some, sql: select * from core.sale limit 3 }
               |                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
            help: order by columns that end in a unique key

            error[S0137]: test `missing` of `customer_value` cannot be planned: No field named net.
              --> sql/contract.yaml:44:31
               |
            44 |       - { name: missing, sql: select net from core.sale }
               |                               ^^^^^^^^^^^^^^^^^^^^^^^^^
               |

            3 errors, 0 warnings
        "#]],
    );
}

#[test]
fn tests_of_a_source_look_at_its_own_records() {
    let column = "      customer_name: { from: [name], type: string, class: none }\n";
    check(
        &[
            (
                PIPELINE,
                column,
                "      customer_name: { from: [name], type: string, tests: [{ references: customer.customer_name }, { matches: '[' }] }\n",
            ),
            (
                PIPELINE,
                LIMITS,
                &format!("{LIMITS}    tests:\n      - {{ name: others, sql: select * from core.sale }}\n"),
            ),
        ],
        expect![[r#"
            error[S0174]: tests of source `customers` look at its own records alone
              --> pipelines/shop.yaml:20:74
               |
            20 |       customer_name: { from: [name], type: string, tests: [{ references: customer.customer_name }, { matches: '[' }] }
               |                                                                          ^^^^^^^^^^^^^^^^^^^^^^
               |
            help: test the core table or mart that is made of them

            error[S0175]: this pattern is not a regular expression: unclosed character class, at its character 1
              --> pipelines/shop.yaml:20:111
               |
            20 |       customer_name: { from: [name], type: string, tests: [{ references: customer.customer_name }, { matches: '[' }] }
               |                                                                                                               ^^^
               |
            help: in YAML a backslash stands as it is in single quotes, and doubled in double quotes

            error[S0174]: tests of source `orders` look at its own records alone
              --> pipelines/shop.yaml:37:30
               |
            37 |       - { name: others, sql: select * from core.sale }
               |                              ^^^^^^^^^^^^^^^^^^^^^^^
               |
            help: test the core table or mart that is made of them

            3 errors, 0 warnings
        "#]],
    );
}

#[test]
fn test_of_a_source_that_cannot_be_planned() {
    check(
        &[(PIPELINE, LIMITS, &format!("{LIMITS}    tests:\n      - {{ name: positive, expression: amont > 0 }}\n"))],
        expect![[r#"
            error[S0137]: test `positive` of `orders` cannot be planned: No field named amont. Did you mean 'amount'?
              --> pipelines/shop.yaml:37:39
               |
            37 |       - { name: positive, expression: amont > 0 }
               |                                       ^^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}
