//! What people read when run parameters and arguments are wrong.

use expect_test::expect;

use super::{PIPELINE, VALUE, check, refused};
use crate::door::Test;

#[test]
fn unknown_parameter() {
    check(
        &[(VALUE, "$big_order", "$big_orders")],
        expect![[r#"
            error[S0209]: there is no run parameter `$big_orders`
             --> sql/marts/customer_value.sql:8:35
              |
            8 |     case when totals.net_sales >= $big_orders then 'big' else 'small' end as size
              |                                   ^^^^^^^^^^^
              |
            help: did you mean `$big_order`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_variable_on_the_command_line() {
    refused(
        &Test::tiny(),
        &["--var", "big_ordr=5.00"],
        expect![[r#"
            error[S0115]: `--var big_ordr` is not a variable of this pipeline
              --> pipelines/shop.yaml:11:1
               |
            11 | vars:
               | ^^^^
               |
            help: did you mean `big_order`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn variable_of_another_type() {
    refused(
        &Test::tiny(),
        &["--var", "big_order=plenty"],
        expect![[r#"
            error[S0114]: `plenty` is not a decimal(18,2), the type of variable `big_order`
              --> pipelines/shop.yaml:12:3
               |
            12 |   big_order: { type: "decimal(18,2)", default: "100.00" }
               |   ^^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn variable_that_is_sql_is_only_a_value() {
    refused(
        &Test::tiny(),
        &["--var", "big_order=0 or 1=1"],
        expect![[r#"
            error[S0114]: `0 or 1=1` is not a decimal(18,2), the type of variable `big_order`
              --> pipelines/shop.yaml:12:3
               |
            12 |   big_order: { type: "decimal(18,2)", default: "100.00" }
               |   ^^^^^^^^^
               |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn variable_that_is_not_one_of_its_values() {
    let test = Test::tiny();
    test.edit(
        PIPELINE,
        "vars:\n",
        "vars:\n  scoring: { type: string, default: ntile, one_of: [ntile, percent_rank] }\n",
    );
    refused(
        &test,
        &["--var", "scoring=percentrank"],
        expect![[r#"
            error[S0114]: `percentrank` is not a value of `scoring`: one of ntile, percent_rank
              --> pipelines/shop.yaml:12:3
               |
            12 |   scoring: { type: string, default: ntile, one_of: [ntile, percent_rank] }
               |   ^^^^^^^
               |
            help: did you mean `percent_rank`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_target() {
    refused(
        &Test::tiny(),
        &["--target", "prod"],
        expect![[r#"
            error[S0110]: there is no target `prod`
             --> pipelines/shop.yaml:1:1
              |
            1 | version: 1
              | ^
              |
            help: this pipeline declares no targets

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_pipeline() {
    refused(
        &Test::tiny(),
        &["shpo"],
        expect![[r#"
            error[S0141]: there is no pipeline `shpo` in pipelines
            help: did you mean `shop`?

            1 error, 0 warnings
        "#]],
    );
}
