//! What `septet generate` plants in the sample company, the marts find: testdata/crm/truth/planted.json says what it is.

use std::io::Read as _;
use std::path::Path;

use crate::door::{self, REPOSITORY, Test, files_below};

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

/// The sample in testdata was made by the generator as it is, with its defaults.
#[test]
fn the_sample_is_what_is_generated() {
    let test = Test::empty();
    test.ok(&["generate", "--out", "sample"]);
    let (made, committed) = (test.path("sample"), Path::new(REPOSITORY).join("testdata/crm"));
    let files = files_below(&made);
    assert_eq!(files, files_below(&committed));
    for file in files {
        let same = content(&made.join(&file)) == content(&committed.join(&file));
        assert!(same, "{} differs: `septet generate --out testdata/crm`", file.display());
    }
}

/// Of a compressed file what is in it: the same may be compressed in several ways.
fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("a file");
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut content).expect("a compressed file");
    content
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
    // Of the products that are still sold, more of this line decline than of the others, until a tenth of its demand is left.
    let shares = numbers(&format!(
        "select avg(case when stages.life_stage = 'decline' then 1.0 else 0.0 end) filter (where category = '{declining}'), \
             avg(case when stages.life_stage = 'decline' then 1.0 else 0.0 end) filter (where category <> '{declining}') \
         from product_performance as stages inner join dim_product as products on stages.product_id = products.product_id \
         where month between '2023-11' and '2025-10' and discontinued_on is null"
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

/// How busy the months of the year are.
fn month_factors() -> Vec<f64> {
    planted()["month_percent"].as_array().expect("twelve").iter().filter_map(serde_json::Value::as_f64).collect()
}

#[test]
fn the_seasons_of_the_year_are_seen() {
    let factors = month_factors();
    let sums = door::crm().query(
        "select sum(net_sales) from sales_performance where month between '2023-11' and '2026-10' \
         group by substr(month, 6) order by substr(month, 6)",
    );
    let sums: Vec<f64> = sums.lines().map(|line| line.parse().expect("a sum")).collect();
    assert_eq!((sums.len(), factors.len()), (12, 12));
    in_season(&factors, &sums);
}

/// The best months are among the best found, the worst among the worst: chance blurs the order.
fn in_season(factors: &[f64], found: &[f64]) {
    for (month, factor) in factors.iter().enumerate().filter(|(_, factor)| **factor >= 120.0 || **factor < 80.0) {
        let place = found.iter().filter(|value| **value < found[month]).count();
        assert!(if *factor > 100.0 { place >= 8 } else { place <= 3 }, "month {} is number {place}", month + 1);
    }
}

#[test]
fn the_forecast_has_the_seasons_of_the_year() {
    let factors = month_factors();
    let ahead = door::crm().query("select mean from sales_forecast where series = 'total' order by substr(month, 6)");
    let ahead: Vec<f64> = ahead.lines().map(|line| line.parse().expect("a mean")).collect();
    assert_eq!(ahead.len(), 12);
    in_season(&factors, &ahead);
    let november_of_february = |months: &[f64]| months[10] / months[1];
    let (planted, found) = (november_of_february(&factors), november_of_february(&ahead));
    assert!(found > 0.7 * planted, "{found}, {planted} planted");
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

/// Per product: units sold, before returns, and units that came back.
const SOLD: &str = "select product_id, sum(units) + sum(returns) as units, sum(returns) as returns \
                    from product_performance group by product_id having sum(units) + sum(returns) >= 300";

#[test]
fn the_troubled_product_comes_back_and_is_complained_about() {
    let troubled = text("/troubled_product/product_id");
    let first = |ordered: &str| door::crm().query(&format!("with sold as ({SOLD}) {ordered} desc, product_id limit 1"));
    assert_eq!(first("select product_id from sold order by returns / units"), troubled);
    for kind in ["complaint", "return"] {
        let most = first(&format!(
            "select product_id from sold inner join warranty_summary using (product_id) where kind = '{kind}' \
             group by product_id, units order by sum(cases) / cast(units as double)"
        ));
        assert_eq!(most, troubled, "{kind}");
    }
}

#[test]
fn the_late_supplier_stands_out() {
    let supplier = door::crm().query(
        "select supplier_id from supplier_performance group by supplier_id order by avg(on_time_rate), supplier_id limit 1",
    );
    assert_eq!(supplier, text("/late_supplier"));
}

#[test]
fn cases_name_what_the_customer_had_bought() {
    let planted = &planted()["cases_that_name_a_product_per_mille"];
    let shares = |kind: &str| {
        let sql =
            format!("select count(product_id) / cast(count(*) as double) from fct_service_case where kind = '{kind}'");
        (numbers(&sql)[0], planted[kind].as_f64().expect("a number") / 1000.0)
    };
    for kind in ["complaint", "repair", "claim", "return"] {
        let (found, share) = shares(kind);
        assert!((found - share).abs() < 0.05, "{kind}: {found}, {share} planted");
    }
    // Of inquiries those of new customers name none.
    let (found, most) = shares("inquiry");
    assert!(found > most / 2.0 && found < most + 0.05, "{found}, {most} planted");
    let named = numbers(
        "select count(*) filter (where case_id like 'GD%'), count(*) filter (where case_id like 'T%') \
         from fct_service_case where product_id is not null",
    );
    assert!(named.iter().all(|cases| *cases > 300.0), "of either system: {named:?}");
    assert_eq!(
        numbers(
            "select count(*) from fct_service_case as cases where product_id is not null and not exists (select 1 from fct_sale as sales \
             where sales.customer_key = cases.customer_key and sales.product_id = cases.product_id and sales.ordered_at < cases.opened_at)"
        ),
        [0.0]
    );
}
