//! `kmeans_fit(features order by …)`: clusters of rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, LargeBinaryBuilder, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::lists::{Features, doubles, is_numbers, list, list_of_lists};
use super::{Function, Udf};
use crate::statistics::clusters;

const NAME: &str = "kmeans_fit";

pub(super) fn function() -> Function {
    Function {
        udf: Udf::aggregate(KMeansFit { signature: Signature::user_defined(Volatility::Immutable) }),
        about: "Clusters of rows of features (lists of doubles of one length, on one scale), an aggregate: a struct of k (bigint) and centres (a list of k lists). `order by` is part of the definition: row i of n, from 0 and in that order, starts in run floor(i·k/n), centres are the means of the runs; then rounds of Lloyd (1982) until nothing changes, at most 100, a tie to the lower number, an empty cluster keeps its centre. k is that of 2 to 8 with the best mean simplified silhouette, (b − a) / max(a, b) of the distances to the own and the nearest other centre (Hruschka, Campello & de Castro 2004), a tie (1e-9) to the smaller. Batches and threads change no digit. NULL features are left out; NULL below 20 rows; a NULL among the features or a number that is not finite is an error.",
        example: (
            "kmeans_fit([x] order by x) from (select cast(value % 2 as double) as x from range(20) as r(value)) as numbers".into(),
            "{k: 2, centres: [[0.0], [1.0]]}",
        ),
    }
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("k", DataType::Int64, true),
        Field::new("centres", DataType::new_list(doubles(), true), true),
    ])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct KMeansFit {
    signature: Signature,
}

impl AggregateUDFImpl for KMeansFit {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [features] if is_numbers(features) => Ok(vec![doubles()]),
            _ => plan_err!("kmeans_fit takes a list of numbers"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![
            Arc::new(Field::new(format!("{}_features", args.name), doubles(), true)),
            Arc::new(Field::new(format!("{}_width", args.name), DataType::Int64, true)),
            Arc::new(Field::new(format!("{}_order", args.name), DataType::new_list(DataType::LargeBinary, true), true)),
        ])
    }

    // The rows are put in order here, once and whatever part of them came from where.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Beneficial
    }

    fn with_beneficial_ordering(self: Arc<Self>, _: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.order_bys.is_empty() {
            return plan_err!("kmeans_fit starts from the order of the rows: write kmeans_fit(features order by …)");
        }
        let mut order = Vec::with_capacity(args.order_bys.len());
        for by in args.order_bys {
            order.push(SortField::new_with_options(by.expr.data_type(args.schema)?, by.options));
        }
        let converter = RowConverter::new(order)?;
        Ok(Box::new(Rows { converter, features: Features::default(), keys: Vec::new(), ends: Vec::new() }))
    }
}

/// Rows with the bytes that they are ordered by.
#[derive(Debug)]
struct Rows {
    converter: RowConverter,
    features: Features,
    keys: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    fn push_key(&mut self, key: &[u8]) {
        self.keys.extend_from_slice(key);
        self.ends.push(self.keys.len());
    }

    fn key(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(row).and_then(|end| self.keys.get(start..*end)).unwrap_or_default()
    }

    fn row(&self, row: usize) -> &[f64] {
        let width = self.features.width;
        self.features.values.get(row * width..(row + 1) * width).unwrap_or_default()
    }

    /// By key; rows of one key by their values, so that the result is one whatever order they came in.
    fn in_order(&self) -> Vec<f64> {
        let mut rows: Vec<usize> = (0..self.ends.len()).collect();
        rows.sort_unstable_by(|a, b| {
            let values = || self.row(*a).iter().zip(self.row(*b)).map(|(a, b)| a.total_cmp(b));
            let by_values = || values().find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal);
            self.key(*a).cmp(self.key(*b)).then_with(by_values)
        });
        let mut values = Vec::with_capacity(self.features.values.len());
        rows.into_iter().for_each(|row| values.extend_from_slice(self.row(row)));
        values
    }
}

impl Accumulator for Rows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some((features, order)) = values.split_first() else { return exec_err!("kmeans_fit takes features") };
        let rows = self.converter.convert_columns(order)?;
        for row in self.features.add(NAME, features)? {
            self.push_key(rows.row(row).as_ref());
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let nothing = ScalarValue::try_from(&DataType::Struct(fields()));
        if self.ends.is_empty() {
            return nothing;
        }
        let values = self.in_order();
        let Some(centres) = clusters::fit(self.features.points(NAME, &values)?) else { return nothing };
        let k = Int64Array::from(vec![centres.len() as i64]);
        let columns: Vec<ArrayRef> = vec![Arc::new(k), Arc::new(list_of_lists(centres)?)];
        Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(fields(), columns, None)?)))
    }

    fn size(&self) -> usize {
        let keys = self.keys.capacity() + self.ends.capacity() * size_of::<usize>();
        size_of_val(self) + self.features.size() + keys
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut keys = LargeBinaryBuilder::new();
        (0..self.ends.len()).for_each(|row| keys.append_value(self.key(row)));
        let keys = keys.finish();
        let offsets = OffsetBuffer::from_lengths([keys.len()]);
        let field = Arc::new(Field::new_list_field(DataType::LargeBinary, true));
        let keys = ListArray::try_new(field, offsets, Arc::new(keys), None)?;
        let features = std::mem::take(&mut self.features);
        Ok(vec![
            ScalarValue::List(Arc::new(list(features.values))),
            ScalarValue::Int64(Some(features.width as i64)),
            ScalarValue::List(Arc::new(keys)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [features, widths, keys] = states else { return exec_err!("kmeans_fit has a state of three parts") };
        let parts = features.as_list::<i32>().iter().zip(keys.as_list::<i32>().iter());
        for ((features, keys), width) in parts.zip(widths.as_primitive::<Int64Type>()) {
            let (Some(features), Some(keys), Some(width)) = (features, keys, width) else { continue };
            self.features.merge(NAME, &features, width as usize)?;
            keys.as_binary::<i64>().iter().flatten().for_each(|key| self.push_key(key));
        }
        Ok(())
    }
}
