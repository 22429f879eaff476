//! What `septet generate` plants in the sample company, the marts find: testdata/crm/truth/planted.json says what it is.

use std::path::Path;

use crate::door::{self, REPOSITORY};

fn planted() -> serde_json::Value {
    let path = Path::new(REPOSITORY).join("testdata/crm/truth/planted.json");
    serde_json::from_slice(&std::fs::read(path).expect("planted.json")).expect("JSON")
}

/// A text of planted.json, by the path to it.
fn text(path: &str) -> String {
    let planted = planted();
    planted.pointer(path).and_then(|value| value.as_str()).unwrap_or_else(|| panic!("{path}")).to_owned()
}

fn numbers(sql: &str) -> Vec<f64> {
    let row = door::crm().query(sql);
    assert_eq!(row.lines().count(), 1, "{sql}\n{row}");
    row.split(',').map(|number| number.parse().unwrap_or_else(|error| panic!("{sql}: {row}: {error}"))).collect()
}

#[test]
fn the_campaign_that_works_is_told_from_the_one_that_does_not() {
    let figures = |campaign: &str| {
        numbers(&format!(
            "select uplift, uplift_lower_95, uplift_upper_95, p_value, incremental_net_sales \
             from campaign_performance where campaign_id = '{campaign}'"
        ))
    };
    let effect = planted()["uplift"]["extra_buyers_per_mille_of_treated"].as_f64().expect("a number") / 1000.0;
    let works = figures(&text("/uplift/campaign_id"));
    assert!(works[1] <= effect && effect <= works[2], "{effect} is not between {} and {}", works[1], works[2]);
    assert!(works[1] > 0.0 && works[3] < 0.05 && works[4] > 0.0, "{works:?}");
    let idle = figures(&text("/no_uplift"));
    assert!(idle[1] < 0.0 && idle[2] > 0.0 && idle[3] > 0.05, "{idle:?}");
}

#[test]
fn the_declining_line_is_seen() {
    let declining = text("/declining_line");
    let least = door::crm().query(
        "select category from sales_performance group by category \
         order by sum(net_sales) filter (where month between '2025-11' and '2026-10') \
             / sum(net_sales) filter (where month between '2023-11' and '2024-10') limit 1",
    );
    assert_eq!(least, declining);
    // Of the products that are still sold, more of this line decline than of the others.
    let shares = numbers(&format!(
        "select avg(case when stages.life_stage = 'decline' then 1.0 else 0.0 end) filter (where category = '{declining}'), \
             avg(case when stages.life_stage = 'decline' then 1.0 else 0.0 end) filter (where category <> '{declining}') \
         from product_performance as stages inner join dim_product as products on stages.product_id = products.product_id \
         where month >= '2025-11' and discontinued_on is null"
    ));
    assert!(shares[0] > shares[1], "{shares:?}");
}

#[test]
fn who_is_in_both_systems_is_loyal() {
    let scores = numbers(
        "with systems as (select customer_key, count(distinct source_system) as systems from dim_customer_link group by customer_key) \
         select avg(loyalty_score) filter (where systems > 1), avg(loyalty_score) filter (where systems = 1), \
             avg(p_alive) filter (where systems > 1), avg(p_alive) filter (where systems = 1) \
         from customer_loyalty as loyalty inner join systems on loyalty.customer_key = systems.customer_key",
    );
    assert!(scores[0] > scores[1] + 5.0 && scores[2] > scores[3], "{scores:?}");
}

#[test]
fn the_seasons_of_the_year_are_seen() {
    let factors: Vec<f64> =
        planted()["month_percent"].as_array().expect("twelve").iter().filter_map(serde_json::Value::as_f64).collect();
    let sums = door::crm().query(
        "select sum(net_sales) from sales_performance where month between '2023-11' and '2026-10' \
         group by substr(month, 6) order by substr(month, 6)",
    );
    let sums: Vec<f64> = sums.lines().map(|line| line.parse().expect("a sum")).collect();
    assert_eq!((sums.len(), factors.len()), (12, 12));
    let place = |values: &[f64], of: f64| values.iter().filter(|value| **value < of).count();
    // The best month is among the best found, the worst among the worst: three years of chance blur the order.
    for (month, factor) in factors.iter().enumerate().filter(|(_, factor)| **factor >= 120.0 || **factor <= 80.0) {
        let found = place(&sums, sums[month]);
        assert!(if *factor > 100.0 { found >= 8 } else { found <= 3 }, "month {} is number {found}", month + 1);
    }
}

#[test]
fn what_is_bought_together_is_found() {
    let (antecedent, consequent) = (text("/bought_together/antecedent"), text("/bought_together/consequent"));
    let rule = numbers(&format!(
        "select confidence, lift from product_affinity \
         where level = 'category' and antecedent = '{antecedent}' and consequent = '{consequent}'"
    ));
    let extra = planted()["bought_together"]["extra_per_mille"].as_f64().expect("a number") / 1000.0;
    assert!(rule[0] > extra && rule[1] > 1.2, "{rule:?}");
}

#[test]
fn the_troubled_product_and_the_late_supplier_stand_out() {
    let product = text("/troubled_product/product_id");
    let shares = numbers(&format!(
        "select sum(returns) filter (where product_id = '{product}') / sum(units) filter (where product_id = '{product}'), \
             sum(returns) filter (where product_id <> '{product}') / sum(units) filter (where product_id <> '{product}') \
         from product_performance"
    ));
    assert!(shares[0] > 2.5 * shares[1], "{shares:?}");
    let supplier = door::crm()
        .query("select supplier_id from supplier_performance group by supplier_id order by avg(on_time_rate), supplier_id limit 1");
    assert_eq!(supplier, text("/late_supplier"));
}
