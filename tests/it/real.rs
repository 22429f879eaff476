//! Figures that others state about data that nobody on this project wrote, and what the sample company's maker knows.

use std::path::Path;

use crate::door::{self, Published, REPOSITORY, Test, skipped};

fn adventureworks(test: &str) -> Option<&'static Published> {
    let published = door::adventureworks();
    if published.is_none() {
        skipped(test, "../shared/data/adventureworks is not there");
    }
    published
}

#[test]
fn adventureworks_sales() {
    let Some(published) = adventureworks("adventureworks_sales") else { return };
    let figures = "count(*), count(distinct order_id), count(distinct customer_key), sum(net_amount), sum(cost_amount)";
    assert_eq!(
        published.query(&format!("select {figures} from fct_sale where not is_return")),
        "56046,25162,17411,24914583.66,14456847.13"
    );
}

#[test]
fn adventureworks_returns() {
    let Some(published) = adventureworks("adventureworks_returns") else { return };
    let figures = "count(*), cast(sum(-quantity) as bigint), sum(-net_amount)";
    assert_eq!(published.query(&format!("select {figures} from fct_sale where is_return")), "1809,1828,765277.55");
}

#[test]
fn adventureworks_months() {
    let Some(published) = adventureworks("adventureworks_months") else { return };
    let month = |month: &str| {
        published.query(&format!(
            "select sum(net_amount) from fct_sale where not is_return and to_char(ordered_on, '%Y-%m') = '{month}'"
        ))
    };
    assert_eq!(month("2018-01"), "432425.86");
    assert_eq!(month("2019-06"), "1826986.81");
}

#[test]
fn adventureworks_marts_sum_to_the_company() {
    let Some(published) = adventureworks("adventureworks_marts_sum_to_the_company") else { return };
    let net = "24149306.11";
    assert_eq!(published.query("select sum(net_amount) from fct_sale"), net, "sales less returns");
    assert_eq!(published.query("select sum(net_sales) from product_line_profitability"), net);
    assert_eq!(published.query("select count(*) from reconciliation where difference <> 0"), "0");
}

/// Counted by another program from the files of the cut.
#[test]
fn complete_journey_cut() {
    let published = door::complete_journey();
    let figures = "count(*), count(distinct order_id), count(distinct customer_key), sum(net_amount)";
    assert_eq!(published.query(&format!("select {figures} from fct_sale")), "82692,8477,125,265131.87");
}

/// Two minutes without optimisation: run where somebody waits for it anyway.
#[test]
fn complete_journey_whole() {
    let Some(data) = door::shared("complete_journey") else {
        return skipped("complete_journey_whole", "../shared/data/complete_journey is not there; the cut was tested");
    };
    if cfg!(debug_assertions) && std::env::var_os("CI").is_none() {
        return skipped(
            "complete_journey_whole",
            "it takes minutes in a build without optimisation; `CI=1` or `cargo test --release` runs it, the cut was tested",
        );
    }
    let published = door::publish("complete_journey", &[], Some(&data));
    let figures = "count(*), count(distinct order_id), count(distinct customer_key), sum(net_amount)";
    assert_eq!(published.query(&format!("select {figures} from fct_sale")), "1469307,155848,2469,4596039.58");
}

// ── The sample company ──────────────────────────────────────────────────────────────────────────────────────────────

fn planted() -> serde_json::Value {
    let path = Path::new(REPOSITORY).join("testdata/crm/truth/planted.json");
    serde_json::from_slice(&std::fs::read(path).expect("planted.json")).expect("JSON")
}

#[test]
fn crm_has_every_line_that_was_made() {
    let published = door::crm();
    let made = planted()["sale_lines"]
        .as_u64()
        .zip(planted()["return_lines"].as_u64())
        .map(|(sales, returns)| sales + returns);
    let number = |sql: &str| published.query(sql).parse::<u64>().unwrap_or_else(|error| panic!("{sql}: {error}"));
    let visible = number("select count(*) from fct_sale");
    let later = number("select sum(filtered) from reconciliation where stage = '4_core'");
    assert_eq!(Some(visible + later), made, "{visible} visible lines and {later} after the logical date");
    assert_eq!(number("select count(*) from reconciliation where difference <> 0"), 0);
}

// ── Opportunities without sales ─────────────────────────────────────────────────────────────────────────────────────

#[test]
fn crm_sales_opportunities() {
    let Some(published) = door::crm_sales_opportunities() else {
        return skipped("crm_sales_opportunities", "../shared/data/crm_sales_opportunities is not there");
    };
    let figures = "count(*), count(*) filter (where outcome = 'won'), count(*) filter (where outcome = 'lost'), \
                   sum(amount) filter (where outcome = 'won')";
    assert_eq!(published.query(&format!("select {figures} from fct_opportunity")), "8800,4238,2473,10005534.00");
    let rates = "round(count(*) filter (where outcome = 'won') / cast(count(*) as double), 4), \
                 round(avg(closed_on - created_on), 3)";
    assert_eq!(
        published.query(&format!("select {rates} from fct_opportunity where outcome <> 'open'")),
        "0.6315,47.985"
    );
    // Pipeline and price list write one product in two ways; 35 % of the amount won is its.
    let won = "select sum(amount) from fct_opportunity inner join dim_product using (product_id) where outcome = 'won'";
    assert_eq!(published.query(&format!("{won} and product_name = 'GTX Pro' and category = 'GTX'")), "3510578.00");
    assert_eq!(published.query(&format!("{won} and product_name is not null")), "10005534.00");
    assert_eq!(published.query("select count(*) from customer_profile where lifecycle = 'prospect'"), "85");
}

/// Without the mapping a third of the value is of a product that no price list knows: nothing is published.
#[test]
fn crm_sales_opportunities_without_its_mapping() {
    let pipeline = "crm_sales_opportunities";
    let Some(data) = door::shared(pipeline) else {
        return skipped(
            "crm_sales_opportunities_without_its_mapping",
            "../shared/data/crm_sales_opportunities is not there",
        );
    };
    let test = Test::empty().env("SEPTET_RAW", data.display().to_string());
    door::copy_project(test.root());
    test.write("pipelines/crm_sales_opportunities/products.csv", "from,to\n");
    let ran = test.septet(&["run", pipeline]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("fct_opportunity.products_are_known"), "{}", ran.stderr);
    assert!(!test.path("marts-crm_sales_opportunities/current").exists());
}
