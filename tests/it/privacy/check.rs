//! What `check` says of personal data.

use expect_test::{Expect, expect};

use super::{CONTRACT, PIPELINE, shop};
use crate::door::Test;

const POLICIES: &str = "pii.name: mask, pii.email: hmac";

fn refused(test: &Test, expected: Expect) {
    let ran = test.septet(&["check"]);
    expected.assert_eq(&ran.stderr);
    assert_eq!(ran.code, 2);
}

#[test]
fn shop_with_policies_is_right() {
    let ran = shop(POLICIES).ok(&["check"]);
    assert!(ran.stderr.starts_with("ok: "), "{}", ran.stderr);
}

#[test]
fn shipped_pipelines_say_what_is_personal() {
    for pipeline in ["crm", "adventureworks", "complete_journey"] {
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_septet"))
            .args(["check", pipeline])
            .current_dir(crate::door::REPOSITORY)
            .output()
            .expect("the binary starts");
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && !stderr.contains("warning["), "{pipeline}: {stderr}");
    }
}

#[test]
fn columns_that_look_personal_are_named() {
    let test = Test::tiny();
    test.edit(PIPELINE, "type: string, class: none }\n      email", "type: string }\n      email");
    test.edit(PIPELINE, "clean: email, class: none }", "clean: email }");
    let ran = test.ok(&["check"]);
    let (warning, _) = ran.stderr.split_once("\nok: ").expect("a warning, and a project that is right");
    expect![[r#"
        warning[S0265]: `customer_name`, `email` of source `customers` look like personal data, and no `class` says whether they are
          --> pipelines/shop.yaml:14:3
           |
        14 |   customers:
           |   ^^^^^^^^^
           |
        help: add to the columns, or `class: none` where no person is meant: customer_name: { class: pii.name }, email: { class: pii.email }"#]].assert_eq(warning);
}

#[test]
fn published_column_without_a_policy() {
    refused(
        &shop("pii.name: keep"),
        expect![[r#"
        error[S0168]: `dim_customer.email` carries pii.email, and nothing says what is published of it
         --> sql/core/customer.sql:6:5
          |
        6 |     email,
          |     ^^^^^ raw.customers.email → staging.customer.email → core.customer.email → dim_customer.email
          |
        help: say `pii.email: keep` (or mask, hmac, drop) in `privacy.policies` of pipelines/shop.yaml; `class: none` in the contract where the column says nothing of a person

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn unknown_classes_and_policies() {
    let test = shop("pii.name: hide, pii.mail: keep");
    test.edit(
        CONTRACT,
        "about: Name of the customer. }",
        "about: Name of the customer., class: name, policy: masked }",
    );
    refused(
        &test,
        expect![[r#"
        error[S0166]: `hide` is not a policy for personal data
          --> pipelines/shop.yaml:11:64
           |
        11 | privacy: { key_from: SEPTET_PRIVACY_KEY, policies: { pii.name: hide, pii.mail: keep } }
           |                                                                ^^^^
           |
        help: expected one of: keep, mask, hmac, drop

        error[S0165]: `pii.mail` is not a class of personal data
          --> pipelines/shop.yaml:11:70
           |
        11 | privacy: { key_from: SEPTET_PRIVACY_KEY, policies: { pii.name: hide, pii.mail: keep } }
           |                                                                      ^^^^^^^^
           |
        help: did you mean `pii.email`?

        error[S0165]: `name` is not a class of personal data
          --> sql/contract.yaml:11:76
           |
        11 |       customer_name:  { type: string, about: Name of the customer., class: name, policy: masked }
           |                                                                            ^^^^
           |
        help: did you mean `pii.name`?

        error[S0166]: `masked` is not a policy for personal data
          --> sql/contract.yaml:11:90
           |
        11 |       customer_name:  { type: string, about: Name of the customer., class: name, policy: masked }
           |                                                                                          ^^^^^^
           |
        help: did you mean `mask`?

        4 errors, 0 warnings
    "#]],
    );
}

#[test]
fn policy_that_cannot_be_applied() {
    let test = shop(POLICIES);
    test.edit(PIPELINE, "from: [since], type: date,", "from: [since], class: pii.birth_date, type: date,");
    test.edit(PIPELINE, "pii.name: mask", "pii.birth_date: hmac, pii.name: mask");
    refused(
        &test,
        expect![[r#"
        error[S0167]: `hmac` cannot be applied to `dim_customer.acquired_on`, pii.birth_date as date
          --> sql/contract.yaml:13:7
           |
        13 |       acquired_on:    { type: date, about: Day on which the customer came. }
           |       ^^^^^^^^^^^ raw.customers.acquired_on → staging.customer.acquired_on → core.customer.acquired_on → dim_customer.acquired_on
           |
        help: use keep or mask or drop for it: `policy: …` at the column, or the policy of its class

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn two_classes_in_one_column() {
    let test = shop(POLICIES);
    test.edit(
        "sql/core/customer.sql",
        "    customer_name,\n",
        "    customer_name || ' <' || email || '>' as customer_name,\n",
    );
    refused(
        &test,
        expect![[r#"
        error[S0169]: `dim_customer.customer_name` carries pii.name (mask) and pii.email (hmac): which policy?
          --> sql/contract.yaml:11:7
           |
        11 |       customer_name:  { type: string, about: Name of the customer. }
           |       ^^^^^^^^^^^^^
           |
        help: say its `class` in the contract, or publish the parts as columns of their own

        1 error, 0 warnings
    "#]],
    );
    // Said to be one, it is one.
    test.edit(
        CONTRACT,
        "about: Name of the customer. }",
        "about: Name of the customer., class: pii.other, policy: drop }",
    );
    test.ok(&["check"]);
}

#[test]
fn grain_cannot_be_changed() {
    let test = shop(POLICIES);
    test.edit(CONTRACT, "about: Domain of the address., class: none }", "about: Domain of the address. }");
    refused(
        &test,
        expect![[r#"
        error[S0170]: `mail_domain.domain` is part of the grain, and `hmac` would change it
          --> sql/contract.yaml:48:7
           |
        48 |       domain:    { type: string, about: Domain of the address. }
           |       ^^^^^^ raw.customers.email → staging.customer.email → core.customer.email → mail_domain.domain
           |
        help: rows are known and sorted by their grain: keep it, or identify rows by a key that says nothing of a person

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn hashing_needs_a_key() {
    let test = shop(POLICIES);
    test.edit(PIPELINE, "key_from: SEPTET_PRIVACY_KEY, ", "");
    refused(
        &test,
        expect![[r#"
        error[S0172]: a policy is `hmac`, and nothing says where its key is
          --> pipelines/shop.yaml:11:1
           |
        11 | privacy: { policies: { pii.name: mask, pii.email: hmac } }
           | ^^^^^^^
           |
        help: name an environment variable: `privacy: { key_from: SEPTET_PRIVACY_KEY, … }`

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn earlier_snapshots_hold_what_was_published() {
    let test = shop(POLICIES);
    test.edit(
        CONTRACT,
        "      orders:       { type: bigint, about: Number of orders. }",
        "      email:        { type: string, about: Address. }\n      orders:       { type: bigint, about: Number of orders. }",
    );
    test.edit(
        "sql/marts/customer_value.sql",
        "    coalesce(totals.orders, 0) as orders,",
        "    before.email as email,\n    coalesce(totals.orders, 0) as orders,",
    );
    test.append(
        "sql/marts/customer_value.sql",
        "left join previous.customer_value as before\n    on customers.customer_key = before.customer_key\n",
    );
    // What is read back carries nothing but itself.
    test.ok(&["check"]);
    test.edit(
        "sql/marts/customer_value.sql",
        "before.email as email",
        "coalesce(customers.email, before.email) as email",
    );
    refused(
        &test,
        expect![[r#"
        error[S0171]: `marts.customer_value` reads `previous.customer_value.email`, of which `hmac` was published
         --> sql/marts/customer_value.sql:6:24
          |
        6 |     coalesce(customers.email, before.email) as email,
          |                        ^^^^^
          |
        help: join the earlier snapshot by its key, and take this column from today's tables

        1 error, 0 warnings
    "#]],
    );
}

#[test]
fn golden_records_carry_the_classes_of_what_survives() {
    let test = shop("pii.name: keep");
    test.append(
        PIPELINE,
        "match:\n  customer:\n    records: staging.customer_record\n    exact: [[email]]\n    survive: { default: longest }\n",
    );
    test.write(
        "sql/staging/customer_record.sql",
        "-- One row per customer.\n\nselect 'shop' as source_system, customer_id as source_customer_id, customer_name, email from raw.customers\n",
    );
    test.write(
        "sql/core/customer.sql",
        "-- One row per customer.\n\nselect golden.customer_key, golden.email, cell.value as customer_name
from match.customer_golden as golden
left join match.customer_cell as cell on golden.customer_key = cell.customer_key and cell.column_name = 'customer_name'\n",
    );
    refused(
        &test,
        expect![[r#"
        error[S0168]: `dim_customer.email` carries pii.email, and nothing says what is published of it
         --> sql/core/customer.sql:3:36
          |
        3 | select golden.customer_key, golden.email, cell.value as customer_name
          |                                    ^^^^^ raw.customers.email → staging.customer_record.email → match.customer_golden.email → core.customer.email → dim_customer.email
          |
        help: say `pii.email: keep` (or mask, hmac, drop) in `privacy.policies` of pipelines/shop.yaml; `class: none` in the contract where the column says nothing of a person

        error[S0168]: `dim_customer.customer_name` carries pii.email, and nothing says what is published of it
         --> sql/core/customer.sql:3:57
          |
        3 | select golden.customer_key, golden.email, cell.value as customer_name
          |                                                         ^^^^^^^^^^^^^ raw.customers.email → staging.customer_record.email → match.customer_cell.value → core.customer.customer_name → dim_customer.customer_name
          |
        help: say `pii.email: keep` (or mask, hmac, drop) in `privacy.policies` of pipelines/shop.yaml; `class: none` in the contract where the column says nothing of a person

        2 errors, 0 warnings
    "#]],
    );
}
