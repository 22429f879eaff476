//! Personal data: what is published of it, and that nothing else tells of it.

mod canaries;
mod check;
mod publish;

use crate::door::Test;

const PIPELINE: &str = "pipelines/shop.yaml";
const CONTRACT: &str = "sql/contract.yaml";
const KEY: &str = "SEPTET_PRIVACY_KEY";

/// The little shop with classes, these policies, and a mart that needs real e-mail addresses.
fn shop(policies: &str) -> Test {
    let test = Test::tiny().env(KEY, "a key for tests, of enough bytes");
    test.edit(
        PIPELINE,
        "{ from: [name], type: string, class: none }",
        "{ from: [name], type: string, class: pii.name }",
    );
    test.edit(PIPELINE, "clean: email, class: none }", "clean: email, class: pii.email }");
    test.edit(PIPELINE, "vars:\n", &format!("privacy: {{ key_from: {KEY}, policies: {{ {policies} }} }}\nvars:\n"));
    test.edit(
        CONTRACT,
        "  monthly_sales:\n",
        "  mail_domain:\n    folder: profiling\n    about: Customers by domain.\n    grain: [domain]\n    driven_by: customer\n    columns:\n      \
         domain:    { type: string, about: Domain of the address., class: none }\n      \
         customers: { type: bigint, about: Customers there. }\n  monthly_sales:\n",
    );
    test.write(
        "sql/marts/mail_domain.sql",
        "-- One row per domain.\n\nselect\n    coalesce(split_part(email, '@', 2), 'none') as domain,\n    count(*) as customers\n\
         from core.customer\ngroup by 1\n",
    );
    test
}
