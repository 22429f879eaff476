//! What people read when YAML is wrong: its form, then its meaning.

use expect_test::expect;

use super::{CONTRACT, MONTHLY, PIPELINE, check, refused};
use crate::door::Test;

#[test]
fn unknown_key() {
    check(
        &[(CONTRACT, "    partition_by: [month]\n", "    partition_on: [month]\n")],
        expect![[r#"
            error[S0107]: unknown key `partition_on` in mart `monthly_sales`
              --> sql/contract.yaml:46:5
               |
            46 |     partition_on: [month]
               |     ^^^^^^^^^^^^ expected one of: about, columns, driven_by, engine, folder, grain, partition_by, tests
               |
            help: did you mean `partition_by`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_key_of_a_source() {
    check(
        &[(PIPELINE, "    key: [customer_id]\n", "    keys: [customer_id]\n")],
        expect![[r#"
            error[S0107]: unknown key `keys` in source `customers`
              --> pipelines/shop.yaml:17:5
               |
            17 |     keys: [customer_id]
               |     ^^^^ expected one of: about, amount, columns, deleted_when, feeds, format, freshness, keep_when, key, load, on_bad_row, on_new_column, order_by, path, tests
               |
            help: did you mean `key`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_key_of_a_map_that_may_be_left_out() {
    check(
        &[(PIPELINE, "on_bad_row: { fail_above: 0.2 }", "on_bad_row: { fail_abov: 0.2 }")],
        expect![[r#"
            error[S0107]: unknown key `fail_abov` in `on_bad_row` of source `orders`
              --> pipelines/shop.yaml:35:19
               |
            35 |     on_bad_row: { fail_abov: 0.2 }
               |                   ^^^^^^^^^ expected one of: fail_above, fail_above_rows
               |
            help: did you mean `fail_above`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn wrong_type() {
    check(
        &[(CONTRACT, "    grain: [month]\n", "    grain: month\n")],
        expect![[r#"
            error[S0103]: `grain` is a text, expected a list
              --> sql/contract.yaml:45:12
               |
            45 |     grain: month
               |            ^^^^^ expected a list
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_map_where_a_list_is_wanted() {
    check(
        &[(PIPELINE, "models: [sql/staging, sql/core, sql/work, sql/marts]", "models: { staging: sql/staging }")],
        expect![[r#"
            error[S0103]: `models` is a map, expected a list
              --> pipelines/shop.yaml:10:1
               |
            10 | models: { staging: sql/staging }
               | ^^^^^^ expected a list
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn duplicate_key() {
    check(
        &[(PIPELINE, "currency: EUR\n", "currency: EUR\nname: store\n")],
        expect![[r#"
            error[S0102]: the key `name` stands twice in one map
             --> pipelines/shop.yaml:5:1
              |
            5 | name: store
              | ^
              |
            help: remove or rename one of the two

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn missing_key() {
    check(
        &[(PIPELINE, "timezone: Europe/Berlin\n", "")],
        expect![[r#"
            error[S0106]: missing key `timezone`
             --> pipelines/shop.yaml:1:1
              |
            1 | version: 1
              | ^
              |
            help: `timezone`: IANA zone whose days and months the business counts in, such as `Asia/Shanghai`.

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn missing_key_of_a_column() {
    check(
        &[(
            CONTRACT,
            "net_amount:   { type: \"decimal(18,2)\", about: Amount of the line. }",
            "net_amount:   { type: \"decimal(18,2)\" }",
        )],
        expect![[r#"
            error[S0106]: missing key `about` in `net_amount` of core `sale`
              --> sql/contract.yaml:26:7
               |
            26 |       net_amount:   { type: "decimal(18,2)" }
               |       ^^^^^^^^^^
               |
            help: `about`: One sentence: the dictionary, the docs and the Parquet metadata show it.

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn yaml_that_is_none() {
    check(
        &[(PIPELINE, "storage:\n", "storage: [raw\n")],
        expect![[r#"
            error[S0101]: this YAML cannot be read: illegal placement of ':' indicator
             --> pipelines/shop.yaml:7:6
              |
            7 |   raw: raw
              |      ^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn yaml_with_a_tab() {
    check(
        &[(PIPELINE, "storage:\n  raw: raw\n", "storage:\n\traw: raw\n")],
        expect![[r#"
            error[S0101]: this YAML cannot be read: tabs disallowed within this context (block indentation)
             --> pipelines/shop.yaml:7:2
              |
            7 |  raw: raw
              |  ^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn an_empty_file() {
    let test = Test::tiny();
    test.write(PIPELINE, "");
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0103]: this file is nothing, expected a map
             --> pipelines/shop.yaml:1:1

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_bare_no_is_false_and_not_a_text() {
    check(
        &[(PIPELINE, "name: shop\n", "name: no\n")],
        expect![[r#"
            error[S0103]: `name` is true or false, expected a text
             --> pipelines/shop.yaml:2:7
              |
            2 | name: no
              |       ^^ expected a text
              |
            help: put it in quotes

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_number_where_a_text_is_wanted() {
    check(
        &[(PIPELINE, "default: \"100.00\"", "default: 100.00")],
        expect![[r#"
            error[S0103]: `default` is a number, expected a text
              --> pipelines/shop.yaml:12:48
               |
            12 |   big_order: { type: "decimal(18,2)", default: 100.00 }
               |                                                ^^^^^^ expected a text
               |
            help: put it in quotes

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_file_that_says_too_much() {
    // Nine lists of nine references to the list before them: half a billion texts when written out.
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        let before = format!("*a{}, ", n - 1).repeat(9);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", before.trim_end_matches(", ")));
    }
    let test = Test::tiny();
    test.write(PIPELINE, bomb);
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0101]: this YAML grows beyond what a project file may be
             --> pipelines/shop.yaml:6:20
              |
            6 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
              |                    ^
              |
            help: aliases that repeat aliases multiply: write it out, or split the file

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn bad_name() {
    check(
        &[(PIPELINE, "name: shop\n", "name: ../shop\n")],
        expect![[r#"
            error[S0105]: `../shop` is not a name: use lower-case letters, digits and `_`, at most 63, not starting with a digit
             --> pipelines/shop.yaml:2:7
              |
            2 | name: ../shop
              |       ^^^^^^^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_zone() {
    check(
        &[(PIPELINE, "Europe/Berlin", "Europe/Berlim")],
        expect![[r#"
            error[S0109]: `Europe/Berlim` is not an IANA time zone
             --> pipelines/shop.yaml:3:11
              |
            3 | timezone: Europe/Berlim
              |           ^^^^^^^^^^^^^
              |
            help: did you mean `Europe/Berlin`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_column_type() {
    check(
        &[(CONTRACT, "lines:     { type: bigint,", "lines:     { type: bigit,")],
        expect![[r#"
            error[S0108]: `bigit` is not a column type; expected string, boolean, integer, bigint, double, decimal(p,s), date or timestamp
              --> sql/contract.yaml:50:26
               |
            50 |       lines:     { type: bigit, about: Number of order lines. }
               |                          ^^^^^
               |
            help: did you mean `bigint`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_word_in_a_format() {
    check(
        &[(
            PIPELINE,
            "path: customers.csv\n    format: { type: csv }",
            "path: customers.csv\n    format: { type: cvs }",
        )],
        expect![[r#"
            error[S0104]: `cvs` is not a value of `format`
              --> pipelines/shop.yaml:16:21
               |
            16 |     format: { type: cvs }
               |                     ^^^ expected one of: csv, fixed, jsonl, json, xlsx, parquet
               |
            help: did you mean `csv`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_encoding() {
    check(
        &[(
            PIPELINE,
            "path: customers.csv\n    format: { type: csv }",
            "path: customers.csv\n    format: { type: csv, encoding: utf9 }",
        )],
        expect![[r#"
            error[S0122]: `utf9` is not an encoding
              --> pipelines/shop.yaml:16:36
               |
            16 |     format: { type: csv, encoding: utf9 }
               |                                    ^^^^
               |
            help: such as utf-8, utf-16le, gbk, gb18030, big5, shift_jis, windows-1252, auto

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn key_column_that_does_not_exist() {
    check(
        &[(PIPELINE, "key: [order_id, line_no]", "key: [order_id, line_nr]")],
        expect![[r#"
            error[S0116]: source `orders` has no column `line_nr`
              --> pipelines/shop.yaml:26:21
               |
            26 |     key: [order_id, line_nr]
               |                     ^^^^^^^
               |
            help: did you mean `line_no`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn path_that_leaves_the_storage() {
    check(
        &[(PIPELINE, "path: customers.csv", "path: ../secrets/*.csv")],
        expect![[r#"
            error[S0118]: the path of source `customers` leaves the raw storage
              --> pipelines/shop.yaml:15:11
               |
            15 |     path: ../secrets/*.csv
               |           ^^^^^^^^^^^^^^^^
               |
            help: write it relative to `storage.raw`, without `..`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn grain_column_that_does_not_exist() {
    check(
        &[(CONTRACT, "grain: [month]", "grain: [mont]")],
        expect![[r#"
            error[S0130]: `monthly_sales` has no column `mont`, which its grain names
              --> sql/contract.yaml:45:13
               |
            45 |     grain: [mont]
               |             ^^^^
               |
            help: did you mean `month`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn partition_column_that_does_not_exist() {
    check(
        &[(CONTRACT, "partition_by: [month]", "partition_by: [day]")],
        expect![[r#"
            error[S0130]: `monthly_sales` has no column `day`, which its partition_by names
              --> sql/contract.yaml:46:20
               |
            46 |     partition_by: [day]
               |                    ^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn visible_on_is_no_date() {
    check(
        &[(CONTRACT, "visible_on: ordered_on", "visible_on: order_id")],
        expect![[r#"
            error[S0131]: `visible_on` of `sale` must be a date or a time stamp
              --> sql/contract.yaml:19:17
               |
            19 |     visible_on: order_id
               |                 ^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn reference_to_no_table() {
    check(
        &[(CONTRACT, "references: customer", "references: custmer")],
        expect![[r#"
            error[S0135]: `sale` names `custmer`, which is not a core table
              --> sql/contract.yaml:15:3
               |
            15 |   sale:
               |   ^^^^
               |
            help: did you mean `customer`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn driven_by_no_table() {
    check(
        &[(CONTRACT, "driven_by: sale", "driven_by: sales")],
        expect![[r#"
            error[S0135]: `monthly_sales` is driven by `sales`, which is not a core table
              --> sql/contract.yaml:42:3
               |
            42 |   monthly_sales:
               |   ^^^^^^^^^^^^^
               |
            help: did you mean `sale`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn feeds_no_model() {
    check(
        &[(PIPELINE, "feeds: staging.order_line", "feeds: staging.order_lines")],
        expect![[r#"
            error[S0208]: there is no table `staging.order_lines`
              --> pipelines/shop.yaml:28:12
               |
            28 |     feeds: staging.order_lines
               |            ^^^^^^^^^^^^^^^^^^^
               |
            help: did you mean `staging.order_line`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn mart_without_a_model() {
    let test = Test::tiny();
    test.remove(MONTHLY);
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0212]: mart `monthly_sales` has no model
              --> sql/contract.yaml:42:3
               |
            42 |   monthly_sales:
               |   ^^^^^^^^^^^^^
               |
            help: write sql/marts/performance/monthly_sales.sql

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn model_without_a_contract() {
    let test = Test::tiny();
    test.write("sql/marts/yearly_sales.sql", "-- One row per year.\n\nselect 1 as year\n");
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0211]: `marts.yearly_sales` has no contract
             --> sql/marts/yearly_sales.sql
            help: declare its grain and columns in a contract file that the pipeline includes

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn data_test_over_an_unknown_column() {
    check(
        &[(CONTRACT, "expression: net_sales >= 0", "expression: net_sale >= 0")],
        expect![[r#"
            error[S0137]: test `no_negative_sales` of `customer_value` cannot be planned: No field named net_sale. Did you mean 'net_sales'?
              --> sql/contract.yaml:41:48
               |
            41 |       - { name: no_negative_sales, expression: net_sale >= 0 }
               |                                                ^^^^^^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn data_test_that_is_no_condition() {
    check(
        &[(CONTRACT, "expression: net_sales >= 0", "expression: net_sales + 1")],
        expect![[r#"
            error[S0137]: test `no_negative_sales` of `customer_value` cannot be planned: this is a Decimal128(38, 2), not a condition
              --> sql/contract.yaml:41:48
               |
            41 |       - { name: no_negative_sales, expression: net_sales + 1 }
               |                                                ^^^^^^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn keep_when_over_an_unknown_column() {
    check(
        &[(PIPELINE, "    amount: amount\n", "    amount: amount\n    keep_when: amont > 0\n")],
        expect![[r#"
            error[S0124]: `keep_when` of source `orders` cannot be planned: No field named amont. Did you mean 'amount'?
              --> pipelines/shop.yaml:28:16
               |
            28 |     keep_when: amont > 0
               |                ^^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn contract_that_is_not_there() {
    check(
        &[(PIPELINE, "include: [../sql/contract.yaml]", "include: [../sql/contracts.yaml]")],
        expect![[r#"
            error[S0142]: this file cannot be read: No such file or directory (os error 2)
             --> pipelines/shop.yaml:9:11
              |
            9 | include: [../sql/contracts.yaml]
              |           ^^^^^^^^^^^^^^^^^^^^^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn folder_of_models_that_is_not_there() {
    check(
        &[(PIPELINE, "sql/work, sql/marts]", "sql/works, sql/marts]")],
        expect![[r#"
        error[S0140]: the folder of models `sql/works` cannot be read: No such file or directory (os error 2)
          --> pipelines/shop.yaml:10:33
           |
        10 | models: [sql/staging, sql/core, sql/works, sql/marts]
           |                                 ^^^^^^^^^
           |
        help: folders in `models` are relative to the project

        error[S0208]: there is no table `work.customer_total`
          --> sql/marts/customer_value.sql:10:11
           |
        10 | left join work.customer_total as totals
           |           ^^^^^^^^^^^^^^^^^^^
           |

        2 errors, 0 warnings
    "#]],
    );
}

#[test]
fn environment_variable_without_a_value() {
    check(
        &[(PIPELINE, "  raw: raw\n", "  raw: ${SHOP_RAW}\n")],
        expect![[r#"
            error[S0111]: the environment has no `SHOP_RAW`
             --> pipelines/shop.yaml:7:8
              |
            7 |   raw: ${SHOP_RAW}
              |        ^^^^^^^^^^^
              |
            help: set the variable, or give a default: `${NAME:-default}`

            1 error, 0 warnings
        "#]],
    );
}
