//! The planted truth, beside the exports: who is who, and the patterns that an analysis should find again.

use std::path::Path;

use serde_json::{Value, json};

use super::calendar::{MONTH_FACTORS, NEW_YEARS, WEEKDAY_FACTORS};
use super::campaigns::{PLANTED, PLANTED_EFFECT};
use super::output::{Fields, Sheet};
use super::people::{self, Person, Twist};
use super::tally::Tally;
use super::{Error, World};
use super::{care, goods, sales, supply};

pub(super) struct Truth {
    persons: Sheet,
    fields: Fields,
    /// Persons in both systems, of them to be found only by likeness.
    both: u64,
    alike: u64,
}

impl Truth {
    pub fn create(world: &World, root: &Path) -> Result<Self, Error> {
        let header = "source_system,source_customer_id,person_id";
        let persons = Sheet::create(root, "truth/persons.csv.gz", header, world.level)?;
        Ok(Self { persons, fields: Fields::default(), both: 0, alike: 0 })
    }

    pub fn person(&mut self, world: &World, person: &Person) -> Result<(), Error> {
        let index = person.index;
        let mut ids = Vec::new();
        if person.crm && !person.deleted {
            ids.push(("crm", world.crm_id(index)));
        }
        if person.crm && person.twice && !person.deleted {
            ids.push(("crm", world.second_crm_id(index)));
        }
        if person.shop {
            ids.push(("shop", world.shop_id(index)));
        }
        if person.crm && person.shop {
            self.both += 1;
            self.alike += u64::from(person.twist == Twist::Typing);
        }
        for (system, id) in ids {
            self.fields.start().add(system).add(id).add(index + 1);
            self.persons.row(index, &self.fields)?;
        }
        Ok(())
    }

    pub fn finish(self, world: &World, root: &Path, tally: &Tally) -> Result<Vec<Sheet>, Error> {
        let mut planted = Sheet::create(root, "truth/planted.json", "", world.level)?;
        let factors: Vec<Value> = MONTH_FACTORS.iter().map(|factor| json!(factor)).collect();
        let trends: Vec<Value> = goods::LINES
            .iter()
            .map(|line| json!({"line": line.names.1, "per_mille_a_year": line.trend, "summer_percent": line.summer}))
            .collect();
        let named: serde_json::Map<String, Value> =
            care::KINDS.iter().zip(care::NAMED).map(|(kind, share)| (kind.1.to_owned(), json!(share))).collect();
        let value = json!({
            "seed": world.seed,
            "customers": world.customers,
            "buyers": tally.buyers,
            "orders": tally.orders,
            "sale_lines": tally.lines,
            "return_lines": tally.returns,
            "persons_in_both_systems": self.both,
            "persons_found_only_by_likeness": self.alike,
            "month_percent": factors,
            "weekday_percent_monday_first": WEEKDAY_FACTORS,
            "new_year_days": NEW_YEARS.iter().map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")).collect::<Vec<_>>(),
            "demand_trend": trends,
            "loyal_segment": {"who": "persons in both systems", "life_percent": people::LOYAL_PERCENT},
            "declining_line": goods::LINES[7].names.1,
            "uplift": {"campaign_id": PLANTED, "extra_buyers_per_mille_of_treated": PLANTED_EFFECT},
            "no_uplift": "XS-2026",
            "troubled_product": {
                "product_id": world.goods.products[goods::TROUBLED].id,
                "returned_lines_per_mille": sales::RETURNS.0,
                "others_returned_per_mille": sales::RETURNS.1,
                "complaints_per_mille": care::COMPLAINTS.0,
                "others_complaints_per_mille": care::COMPLAINTS.1,
            },
            "cases_that_name_a_product_per_mille": named,
            "bought_together": {"antecedent": "Coffee machines", "consequent": "Coffee", "extra_per_mille": sales::TOGETHER},
            "late_supplier": format!("S{:02}", supply::LATE_SUPPLIER + 1),
        });
        planted.line(0, |line| line.push_str(&format!("{value:#}")))?;
        Ok(vec![self.persons, planted])
    }
}
