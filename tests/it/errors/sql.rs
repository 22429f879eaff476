//! What people read when a model is wrong.

use expect_test::expect;

use super::{MONTHLY, VALUE, check, refused};
use crate::door::Test;

#[test]
fn sql_that_cannot_be_read() {
    check(
        &[(MONTHLY, "group by 1", "group bye 1")],
        expect![[r#"
            error[S0200]: this SQL cannot be read: Expected: end of statement, found: group
             --> sql/marts/monthly_sales.sql:8:1
              |
            8 | group bye 1
              | ^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_table() {
    check(
        &[(MONTHLY, "from core.sale", "from core.sales")],
        expect![[r#"
            error[S0208]: there is no table `core.sales`
             --> sql/marts/monthly_sales.sql:7:6
              |
            7 | from core.sales
              |      ^^^^^^^^^^
              |
            help: did you mean `core.sale`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_layer() {
    check(
        &[(MONTHLY, "from core.sale", "from cor.sale")],
        expect![[r#"
            error[S0203]: `cor.sale` is not a table that a model can read
             --> sql/marts/monthly_sales.sql:7:6
              |
            7 | from cor.sale
              |      ^^^^^^^^ no such layer
              |
            help: did you mean `core.sale`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn table_without_a_layer() {
    check(
        &[(MONTHLY, "from core.sale", "from sale")],
        expect![[r#"
            error[S0203]: table `sale` has no layer
             --> sql/marts/monthly_sales.sql:7:6
              |
            7 | from sale
              |      ^^^^ neither a CTE of this model nor `layer.table`
              |
            help: write the layer, such as `core.sale` or `staging.sale`

            1 error, 0 warnings
        "#]],
    );
}

/// What reads the broken model has no error of its own.
#[test]
fn unknown_column_of_a_model_that_others_read() {
    check(
        &[("sql/work/customer_total.sql", "net_amount", "net_amont")],
        expect![[r#"
        error[S0204]: model `customer_total` reads an unknown column
         --> sql/work/customer_total.sql:6:14
          |
        6 |     cast(sum(net_amont) as decimal(38, 2)) as net_sales
          |              ^^^^^^^^^ no column `net_amont`
          |
        help: did you mean `net_amount`?

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn unknown_column() {
    check(
        &[(MONTHLY, "sum(net_amount)", "sum(net_amont)")],
        expect![[r#"
            error[S0204]: model `monthly_sales` reads an unknown column
             --> sql/marts/monthly_sales.sql:6:14
              |
            6 |     cast(sum(net_amont) as decimal(38, 2)) as net_sales
              |              ^^^^^^^^^ no column `net_amont`
              |
            help: did you mean `net_amount`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_column_of_a_named_table() {
    check(
        &[(VALUE, "coalesce(totals.orders, 0)", "coalesce(totals.order, 0)")],
        expect![[r#"
            error[S0204]: model `customer_value` reads an unknown column
             --> sql/marts/customer_value.sql:6:14
              |
            6 |     coalesce(totals.order, 0) as orders,
              |              ^^^^^^^^^^^^ `totals` has no column `order`
              |
            help: did you mean `orders`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unknown_function() {
    check(
        &[(MONTHLY, "to_char(", "to_chr(")],
        expect![[r#"
            error[S0213]: model `monthly_sales` calls an unknown function
             --> sql/marts/monthly_sales.sql:4:5
              |
            4 |     to_chr(ordered_on, '%Y-%m') as month,
              |     ^^^^^^ there is no function `to_chr`
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn type_error() {
    check(
        &[(MONTHLY, "sum(net_amount)", "sum(ordered_on)")],
        expect![[r#"
            error[S0214]: model `monthly_sales` calls `sum` wrongly: it takes Decimal, UInt64, Int64, Float64, Duration or Interval, not Date
             --> sql/marts/monthly_sales.sql:6:10
              |
            6 |     cast(sum(ordered_on) as decimal(38, 2)) as net_sales
              |          ^^^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn wrong_number_of_arguments() {
    check(
        &[(MONTHLY, "sum(net_amount)", "sum(round(net_amount, 1, 2))")],
        expect![[r#"
        error[S0214]: model `monthly_sales` calls `round` wrongly: it takes 2 arguments or 1 argument, not 3
         --> sql/marts/monthly_sales.sql:6:14
          |
        6 |     cast(sum(round(net_amount, 1, 2)) as decimal(38, 2)) as net_sales
          |              ^^^^^
          |

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn wrong_arguments_of_a_function_of_septet() {
    check(
        &[(MONTHLY, "to_char(ordered_on, '%Y-%m')", "jaro_winkler_similarity(order_id)")],
        expect![[r#"
            error[S0214]: model `monthly_sales` calls `jaro_winkler_similarity` wrongly: it takes two texts
             --> sql/marts/monthly_sales.sql:4:5
              |
            4 |     jaro_winkler_similarity(order_id) as month,
              |     ^^^^^^^^^^^^^^^^^^^^^^^
              |
            help: it is called as `jaro_winkler_similarity(Utf8)`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn comparison_of_types_that_do_not_meet() {
    check(
        &[(VALUE, "when totals.net_sales >=", "when customers.acquired_on >=")],
        expect![[r#"
            error[S0214]: model `customer_value` cannot be planned: expressions have incompatible types
             --> sql/marts/customer_value.sql:1:1
              |
            1 | -- One row per customer, and snapshot.
              | ^
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn column_that_is_not_grouped() {
    check(
        &[(MONTHLY, "    count(*) as lines,", "    order_id as lines,")],
        expect![[r#"
            error[S0214]: model `monthly_sales` cannot be planned: 'core.sale.order_id' must appear in GROUP BY clause because it's not an aggregate expression
             --> sql/marts/monthly_sales.sql:5:5
              |
            5 |     order_id as lines,
              |     ^^^^^^^^
              |
            help: Either add 'core.sale.order_id' to GROUP BY clause, or use an aggregate function like ANY_VALUE(core.sale.order_id)

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn circle() {
    let test = Test::tiny();
    test.write("sql/work/hen.sql", "-- One row per hen.\n\nselect egg as hen from work.egg\n");
    test.write("sql/work/egg.sql", "-- One row per egg.\n\nselect hen as egg from work.hen\n");
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0206]: models read each other in a circle: work.egg → work.hen → work.egg
             --> sql/work/egg.sql:3:24
              |
            3 | select hen as egg from work.hen
              |                        ^^^^^^^^ the circle closes here
              |
            help: take what both need into a model of its own

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn layer_violation() {
    check(
        &[(MONTHLY, "from core.sale", "from staging.order_line")],
        expect![[r#"
            error[S0207]: a marts model cannot read `staging.order_line`
             --> sql/marts/monthly_sales.sql:7:6
              |
            7 | from staging.order_line
              |      ^^^^^^^^^^^^^^^^^^ marts reads only core, work, previous, snapshots, ledger, marts
              |
            help: each layer reads only the ones before it: map the data onto core first

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn two_models_of_one_table() {
    let test = Test::tiny();
    test.write("sql/work/more/customer_total.sql", "-- One row.\n\nselect 1 as one\n");
    refused(
        &test,
        &[],
        expect![[r#"
            error[S0205]: two models make `work.customer_total`
             --> sql/work/more/customer_total.sql
              = the other is sql/work/customer_total.sql

            1 error, 0 warnings
        "#]],
    );
}
