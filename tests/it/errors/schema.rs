//! What people read when a model does not give what its contract says.

use expect_test::expect;

use super::{CONTRACT, MONTHLY, SALE, check};

#[test]
fn planned_type_differs_from_the_contract() {
    check(
        &[(MONTHLY, "cast(sum(net_amount) as decimal(38, 2))", "sum(net_amount)")],
        expect![[r#"
            error[S0217]: `marts.monthly_sales.net_sales` is decimal(28,2), its contract says decimal(38,2)
             --> sql/marts/monthly_sales.sql:6:24
              |
            6 |     sum(net_amount) as net_sales
              |                        ^^^^^^^^^
              |
            help: `cast(… as decimal(38,2))`, or change the contract at sql/contract.yaml:51

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn planned_type_of_a_core_column_differs() {
    check(
        &[(SALE, "    line_no,", "    cast(line_no as bigint) as line_no,")],
        expect![[r#"
            error[S0217]: `core.sale.line_no` is bigint, its contract says integer
             --> sql/core/sale.sql:6:10
              |
            6 |     cast(line_no as bigint) as line_no,
              |          ^^^^^^^
              |
            help: `cast(… as integer)`, or change the contract at sql/contract.yaml:23

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn missing_column() {
    check(
        &[(MONTHLY, "    count(*) as lines,\n", "")],
        expect![[r#"
            error[S0219]: `marts.monthly_sales` lacks the column `lines` of its contract
              --> sql/contract.yaml:50:7
               |
            50 |       lines:     { type: bigint, about: Number of order lines. }
               |       ^^^^^
               |
            help: select it in sql/marts/monthly_sales.sql

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn extra_column() {
    check(
        &[(MONTHLY, "    count(*) as lines,\n", "    count(*) as lines,\n    min(ordered_on) as first_on,\n")],
        expect![[r#"
            error[S0216]: `marts.monthly_sales` has a column `first_on` that its contract does not
             --> sql/marts/monthly_sales.sql:6:24
              |
            6 |     min(ordered_on) as first_on,
              |                        ^^^^^^^^ not in the contract
              |

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn time_stamp_in_nanoseconds() {
    check(
        &[
            (
                CONTRACT,
                "ordered_on:   { type: date, about: Day of the order., tests: [not_null] }",
                "ordered_on:   { type: timestamp, about: Time of the order., tests: [not_null] }",
            ),
            (SALE, "    ordered_on,\n", "    arrow_cast(ordered_on, 'Timestamp(Nanosecond, None)') as ordered_on,\n"),
        ],
        expect![[r#"
            error[S0218]: `core.sale.ordered_on` is Timestamp(ns), a type that not every reader of marts knows
             --> sql/core/sale.sql:8:16
              |
            8 |     arrow_cast(ordered_on, 'Timestamp(Nanosecond, None)') as ordered_on,
              |                ^^^^^^^^^^
              |
            help: `arrow_cast(…, 'Timestamp(Microsecond, Some("UTC"))')`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn list() {
    check(
        &[(MONTHLY, "    count(*) as lines,", "    array_agg(order_id order by order_id, line_no) as lines,")],
        expect![[r#"
            error[S0218]: `marts.monthly_sales.lines` is List(Utf8), a type that not every reader of marts knows
             --> sql/marts/monthly_sales.sql:5:55
              |
            5 |     array_agg(order_id order by order_id, line_no) as lines,
              |                                                       ^^^^^
              |
            help: `cast(… as bigint)`

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn unsigned_number() {
    check(
        &[(MONTHLY, "    count(*) as lines,", "    arrow_cast(count(*), 'UInt64') as lines,")],
        expect![[r#"
            error[S0218]: `marts.monthly_sales.lines` is UInt64, a type that not every reader of marts knows
             --> sql/marts/monthly_sales.sql:5:39
              |
            5 |     arrow_cast(count(*), 'UInt64') as lines,
              |                                       ^^^^^
              |
            help: `cast(… as bigint)`

            1 error, 0 warnings
        "#]],
    );
}
