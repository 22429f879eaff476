//! `association_rules(items, n_baskets, min_support, max_antecedent)`: what is bought together.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, Int64Builder, LargeStringArray, ListArray, ListBuilder, StringBuilder,
    StructArray, UInt32Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float64Type, Int64Type, UInt32Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::{Function, Udf};
use crate::statistics::rules::{Baskets, LONGEST_ANTECEDENT, Rules, mine};

const NAME: &str = "association_rules";

pub(super) fn function() -> Function {
    Function {
        udf: Udf::aggregate(AssociationRules { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Association rules of baskets (lists of texts; what comes twice counts once), an aggregate: a list, by antecedent and consequent, of structs of antecedent (a list in the order of bytes, 1 to `max_antecedent` items, at most 10), consequent, baskets (with all of them), antecedent_baskets and consequent_baskets, for all sets that are in at least max(2, min_support × n_baskets) baskets (Agrawal & Srikant 1994; found depth first as in LCM, Uno, Kiyomi & Arimura 2004). Memory: 4 bytes for each item of a basket, while searching at most 12 more and 4 for each length, and the result. A length of which more than 500,000 sets are frequent, or that takes more than a billion steps to look for, is left out with all longer ones, pairs never: more than 5,000,000 of those are an error. NULL items and NULL baskets are left out; NULL without baskets.",
        example: (
            "association_rules(items, 3, 0.5, 1) from (values (['tea', 'milk']), (['milk', 'tea']), (['tea'])) as baskets(items)".into(),
            "[{antecedent: [milk], consequent: tea, baskets: 2, antecedent_baskets: 2, consequent_baskets: 3}, {antecedent: [tea], consequent: milk, baskets: 2, antecedent_baskets: 3, consequent_baskets: 2}]",
        ),
    }
}

fn texts() -> DataType {
    DataType::new_list(DataType::Utf8, true)
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("antecedent", texts(), true),
        Field::new("consequent", DataType::Utf8, true),
        Field::new("baskets", DataType::Int64, true),
        Field::new("antecedent_baskets", DataType::Int64, true),
        Field::new("consequent_baskets", DataType::Int64, true),
    ])
}

fn rules() -> DataType {
    DataType::new_list(DataType::Struct(fields()), true)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AssociationRules {
    signature: Signature,
}

impl AggregateUDFImpl for AssociationRules {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let is_texts = |kind: &DataType| match kind {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                item.data_type().is_string() || item.data_type().is_null()
            }
            kind => kind.is_null(),
        };
        match arguments {
            [items, n, support, longest]
                if is_texts(items) && n.is_integer() && support.is_numeric() && longest.is_integer() =>
            {
                Ok(vec![texts(), DataType::Int64, DataType::Float64, DataType::Int64])
            }
            _ => plan_err!(
                "association_rules takes a list of texts, the number of baskets, the least support and the most items of an antecedent"
            ),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(rules())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let part = |part: &str, kind| Arc::new(Field::new(format!("{}_{part}", args.name), kind, true));
        Ok(vec![
            part("names", DataType::new_list(DataType::LargeUtf8, true)),
            part("items", DataType::new_list(DataType::UInt32, true)),
            part("ends", DataType::new_list(DataType::Int64, true)),
            part("n_baskets", DataType::Int64),
            part("min_support", DataType::Float64),
            part("max_antecedent", DataType::Int64),
        ])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Found::default()))
    }
}

#[derive(Debug, Default)]
struct Found {
    baskets: Baskets,
    limits: Option<Limits>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Limits {
    n_baskets: i64,
    min_support: f64,
    max_antecedent: i64,
}

impl Limits {
    /// The fewest baskets that count; a product that is a whole number but for rounding is that number.
    fn least(self) -> u32 {
        (self.min_support * self.n_baskets as f64 * (1.0 - 1e-12)).ceil().max(2.0) as u32
    }
}

impl Found {
    fn set(&mut self, numbers: &[ArrayRef]) -> Result<()> {
        let [n_baskets, min_support, max_antecedent] = numbers else {
            return exec_err!("association_rules takes four arguments");
        };
        let n_baskets = n_baskets.as_primitive::<Int64Type>();
        let min_support = min_support.as_primitive::<Float64Type>();
        let max_antecedent = max_antecedent.as_primitive::<Int64Type>();
        for ((n_baskets, min_support), max_antecedent) in n_baskets.iter().zip(min_support).zip(max_antecedent) {
            let (Some(n_baskets), Some(min_support), Some(max_antecedent)) = (n_baskets, min_support, max_antecedent)
            else {
                return exec_err!("association_rules takes limits that are not NULL");
            };
            let limits = Limits { n_baskets, min_support, max_antecedent };
            if self.limits.is_some_and(|known| known != limits) {
                return exec_err!("association_rules takes the same limits in every row");
            }
            self.limits = Some(limits);
        }
        match self.limits {
            Some(limits)
                if limits.n_baskets < 0
                    || !(0.0..=1.0).contains(&limits.min_support)
                    || !(1..=LONGEST_ANTECEDENT as i64).contains(&limits.max_antecedent) =>
            {
                exec_err!(
                    "association_rules takes n_baskets from 0, min_support from 0 to 1 and max_antecedent from 1 to {LONGEST_ANTECEDENT}"
                )
            }
            _ => Ok(()),
        }
    }
}

impl Accumulator for Found {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some((baskets, limits)) = values.split_first() else { return exec_err!("association_rules takes baskets") };
        self.set(limits)?;
        for basket in baskets.as_list::<i32>().iter().flatten() {
            self.baskets.add(basket.as_string::<i32>().iter().flatten());
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let Some(limits) = self.limits.filter(|_| !self.baskets.is_empty()) else {
            return ScalarValue::try_from(&rules());
        };
        match mine(&self.baskets, limits.least(), limits.max_antecedent as usize) {
            Ok(rules) => listed(&rules),
            Err(_) => exec_err!("association_rules finds more than 5,000,000 pairs; raise min_support"),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.baskets.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let baskets = std::mem::take(&mut self.baskets);
        let (names, items, ends) = baskets.parts();
        let names = LargeStringArray::from_iter_values(names.iter());
        let items = UInt32Array::from_iter_values(items.iter().copied());
        let ends = Int64Array::from_iter_values(ends.iter().map(|end| *end as i64));
        let limits = self.limits;
        Ok(vec![
            one_list(Arc::new(names))?,
            one_list(Arc::new(items))?,
            one_list(Arc::new(ends))?,
            ScalarValue::Int64(limits.map(|limits| limits.n_baskets)),
            ScalarValue::Float64(limits.map(|limits| limits.min_support)),
            ScalarValue::Int64(limits.map(|limits| limits.max_antecedent)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [names, items, ends, limits @ ..] = states else {
            return exec_err!("association_rules has a state of six parts");
        };
        let parts = names.as_list::<i32>().iter().zip(items.as_list::<i32>().iter()).zip(ends.as_list::<i32>().iter());
        for (row, ((names, items), ends)) in parts.enumerate() {
            let (Some(names), Some(items), Some(ends)) = (names, items, ends) else { continue };
            // A part without rows has no limits.
            if ends.is_empty() && limits.iter().all(|limit| limit.is_null(row)) {
                continue;
            }
            self.set(&limits.iter().map(|limit| limit.slice(row, 1)).collect::<Vec<_>>())?;
            let ends = ends.as_primitive::<Int64Type>().values().iter().map(|end| *end as usize);
            let names = names.as_string::<i64>();
            self.baskets.merge(names.iter().flatten(), items.as_primitive::<UInt32Type>().values(), ends);
        }
        Ok(())
    }
}

fn one_list(values: ArrayRef) -> Result<ScalarValue> {
    if values.len() > i32::MAX as usize {
        return exec_err!("association_rules takes at most two thousand million items");
    }
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(ScalarValue::List(Arc::new(ListArray::try_new(field, offsets, values, None)?)))
}

fn listed(rules: &Rules) -> Result<ScalarValue> {
    let bytes: usize = rules.iter().map(|rule| rule.antecedent.iter().map(|item| item.len()).sum::<usize>()).sum();
    let consequents: usize = rules.iter().map(|rule| rule.consequent.len()).sum();
    if bytes.max(consequents) > i32::MAX as usize {
        return exec_err!("association_rules finds more than two gigabytes of rules; raise min_support");
    }
    let mut antecedents = ListBuilder::new(StringBuilder::with_capacity(rules.len(), bytes));
    let mut names = StringBuilder::with_capacity(rules.len(), consequents);
    let mut counts: [Int64Builder; 3] = std::array::from_fn(|_| Int64Builder::with_capacity(rules.len()));
    for rule in rules.iter() {
        rule.antecedent.iter().for_each(|item| antecedents.values().append_value(item));
        antecedents.append(true);
        names.append_value(rule.consequent);
        let numbers = [rule.baskets, rule.antecedent_baskets, rule.consequent_baskets];
        counts.iter_mut().zip(numbers).for_each(|(column, number)| column.append_value(i64::from(number)));
    }
    let mut columns: Vec<ArrayRef> = vec![Arc::new(antecedents.finish()), Arc::new(names.finish())];
    columns.extend(counts.map(|mut column| Arc::new(column.finish()) as ArrayRef));
    one_list(Arc::new(StructArray::try_new(fields(), columns, None)?))
}
