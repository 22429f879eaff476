//! Exact matching: records that share all values of a rule are one entity, transitively.

use std::collections::HashMap;

use super::Clusters;

/// One record, and its values for each rule: `None` where a value of the rule is NULL.
#[derive(Clone, Debug)]
pub struct Record {
    pub source_system: String,
    pub source_customer_id: String,
    pub values: Vec<Option<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    pub source_system: String,
    pub source_customer_id: String,
    pub customer_key: String,
    /// The first rule by which the record shares a value with another; `None` for a record alone.
    pub rule: Option<usize>,
}

/// Clusters records and names each cluster by its smallest record, so that keys depend on the records alone and not
/// on the order they came in. The result is sorted by system and id.
pub fn exact(mut records: Vec<Record>, rules: usize) -> Vec<Matched> {
    records.sort_by(|a, b| (&a.source_system, &a.source_customer_id).cmp(&(&b.source_system, &b.source_customer_id)));
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let mut clusters = Clusters::new(count);
    let mut rule_of: Vec<Option<usize>> = vec![None; records.len()];
    for rule in 0..rules {
        let mut first: HashMap<&str, u32> = HashMap::new();
        for (index, record) in (0..count).zip(&records) {
            let Some(value) = record.values.get(rule).and_then(Option::as_deref) else { continue };
            let leader = *first.entry(value).or_insert(index);
            if leader != index {
                clusters.join(leader, index);
                for member in [leader, index] {
                    if let Some(slot) = rule_of.get_mut(member as usize) {
                        slot.get_or_insert(rule);
                    }
                }
            }
        }
    }
    let keys: Vec<String> = records.iter().map(|r| format!("{}-{}", r.source_system, r.source_customer_id)).collect();
    (0..count)
        .zip(records.iter().zip(rule_of))
        .map(|(index, (record, rule))| Matched {
            source_system: record.source_system.clone(),
            source_customer_id: record.source_customer_id.clone(),
            customer_key: keys.get(clusters.root(index) as usize).cloned().unwrap_or_default(),
            rule,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(system: &str, id: &str, email: Option<&str>, phone: Option<&str>) -> Record {
        Record {
            source_system: system.to_owned(),
            source_customer_id: id.to_owned(),
            values: vec![email.map(str::to_owned), phone.map(str::to_owned)],
        }
    }

    #[test]
    fn shared_values_chain_and_nulls_join_nobody() {
        let records = vec![
            record("shop", "9", Some("a@x.com"), Some("+861")),
            record("crm", "2", None, Some("+861")),
            record("crm", "1", Some("a@x.com"), None),
            record("crm", "3", None, None),
            record("shop", "4", None, None),
        ];
        let mut reversed = records.clone();
        reversed.reverse();
        let matched = exact(records, 2);
        assert_eq!(matched, exact(reversed, 2));
        let keys: Vec<(&str, Option<usize>)> = matched.iter().map(|m| (m.customer_key.as_str(), m.rule)).collect();
        assert_eq!(
            keys,
            [("crm-1", Some(0)), ("crm-1", Some(1)), ("crm-3", None), ("shop-4", None), ("crm-1", Some(0))]
        );
    }
}
