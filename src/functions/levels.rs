//! `phone_level(a, b)` and its like: the level that two values reach, by the code that match stages compare records with.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, StringArray, StringBuilder, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{Function, Udf};
use crate::matching::{Comparison, Kind, Level, Likeness, NO_EVIDENCE};

/// What a function says of the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Says {
    /// Of each part of the kind, the label.
    Label,
    /// Whether it is this one.
    Is(u8),
}

pub(super) fn functions() -> Vec<Function> {
    let label = |kind: Kind, name, about, sql: &'static str, gives| {
        function(Compare { name, kind, says: Says::Label, levels: kind.levels(), signature: any() }, about, sql, gives)
    };
    let is = |name, kind, levels: &[Likeness], at, about, sql, gives| {
        let levels = levels.iter().map(|likeness| Level { label: String::new(), likeness: *likeness }).collect();
        function(Compare { name, kind, says: Says::Is(at), levels, signature: any() }, about, sql, gives)
    };
    vec![
        label(
            Kind::Exact,
            "exact_level",
            "`same`, or `else`: two values of one type, of whatever type, as `exact` of a match stage compares them (docs/matching.md). NULL when one of them is NULL or empty.",
            "exact_level('Berlin', 'Bern')",
            "else",
        ),
        label(
            Kind::Text,
            "text_level",
            "The level that two texts reach, as `text` of a match stage compares them (docs/matching.md has the levels of every kind): its label, `else` when none. Case and repeated blanks do not count. NULL when one of them is NULL or blank.",
            "text_level('Wiesbaden', 'wiesbadn')",
            "one or two letters differ",
        ),
        label(
            Kind::GivenName,
            "given_name_level",
            "The level that two given names reach, as `given_name` of a match stage compares them: the same, a short form, initial or the same sound, alike; `else` when none. NULL when one of them is NULL or blank.",
            "given_name_level('Bob', 'Robert')",
            "short form, initial or same sound",
        ),
        label(
            Kind::FamilyName,
            "family_name_level",
            "The level that two family names reach, as `family_name` of a match stage compares them; `else` when none. NULL when one of them is NULL or blank.",
            "family_name_level('Smith', 'Smyth')",
            "short form, initial or same sound",
        ),
        label(
            Kind::PersonName,
            "person_name_level",
            "The levels that two persons' names reach, as `person_name` of a match stage compares them: of two whole names, or of given and family name of the one and given and family name of the other. A struct with the labels of `given` and `family`, the way round that fits better; NULL of a part that one of them lacks, `else` when no level is reached.",
            "person_name_level('Bob Smith', 'SMITH, Robert')['given']",
            "short form, initial or same sound",
        ),
        label(
            Kind::CompanyName,
            "company_name_level",
            "The level that two companies' names reach, as `company_name` of a match stage compares them (company_name(…) takes the legal form away first); `else` when none. NULL when one of them is NULL or blank.",
            "company_name_level('Acme Trading', 'Trading Acme')",
            "same words",
        ),
        label(
            Kind::Address,
            "address_level",
            "The level that two addresses reach, as `address` of a match stage compares them; `else` when none. NULL when one of them is NULL or blank.",
            "address_level('12 Long Street', 'Long Street 12, Apt 3')",
            "most words the same",
        ),
        label(
            Kind::Email,
            "email_level",
            "The level that two e-mail addresses reach, as `email` of a match stage compares them: the same, the same before the @, alike; `else` when none. NULL when one of them is NULL or blank.",
            "email_level('ann.lee@work.com', 'ann.lee@home.org')",
            "same before the @",
        ),
        label(
            Kind::Phone,
            "phone_level",
            "The level that two telephone numbers reach, as `phone` of a match stage compares them, by their digits; `else` when none. NULL when one of them is NULL or has no digits.",
            "phone_level('+86 139 1234 5678', '139-1234-5678')",
            "same last seven digits",
        ),
        label(
            Kind::Postcode,
            "postcode_level",
            "The level that two postal codes reach, as `postcode` of a match stage compares them, by their letters and digits; `else` when none. NULL when one of them is NULL or has none.",
            "postcode_level('SW1A 1AA', 'sw1a2bb')",
            "same area",
        ),
        label(
            Kind::Identifier,
            "identifier_level",
            "The level that two identifiers reach, as `identifier` of a match stage compares them, by their letters and digits; `else` when none. NULL when one of them is NULL or has none.",
            "identifier_level('DE-1234-5678', 'de12345687')",
            "one letter differs",
        ),
        label(
            Kind::Date,
            "date_level",
            "The level that two dates reach, as `date` of a match stage compares them: the same, misread, so many days apart; `else` when none. Dates, time stamps (their day), or texts that begin with year, month and day. NULL when one of them is NULL.",
            "date_level(date '1987-03-05', '1987-05-03')",
            "day and month swapped, or one digit differs",
        ),
        label(
            Kind::Number,
            "number_level",
            "The level that two numbers reach, as `number` of a match stage compares them: the same, or apart by at most a share of the larger; `else` when none. NULL when one of them is NULL.",
            "number_level(1000, 1009.5)",
            "within 1 %",
        ),
        label(
            Kind::Distance,
            "distance_level",
            "The level that two places reach, as `distance` of a match stage compares them: latitude and longitude of the one, then of the other, in degrees; `else` when none. NULL when one of the four is NULL.",
            "distance_level(39.9042, 116.4074, 39.9163, 116.3972)",
            "within 10 km",
        ),
        is(
            "is_name_form",
            Kind::GivenName,
            &[Likeness::Form],
            0,
            "Whether two names, given or family, are the same, sound the same, or one is a short form or an initial of the other: the test `form` of a match stage. NULL when one of them is NULL or blank.",
            "is_name_form('Liz', 'Elizabeth')",
            "true",
        ),
        is(
            "is_date_misread",
            Kind::Date,
            &[Likeness::Same, Likeness::Misread],
            1,
            "Whether two dates that differ are one with day and month swapped, one digit changed, or two neighbouring digits swapped: the test `misread` of a match stage. Dates, time stamps (their day), or texts that begin with year, month and day. NULL when one of them is NULL.",
            "is_date_misread('1978-03-15', '1987-03-15')",
            "true",
        ),
    ]
}

fn any() -> Signature {
    Signature::user_defined(Volatility::Immutable)
}

fn function(compare: Compare, about: &'static str, sql: &'static str, gives: &'static str) -> Function {
    Function { udf: Udf::scalar(compare), about, example: (sql.into(), gives) }
}

#[derive(Debug)]
struct Compare {
    name: &'static str,
    kind: Kind,
    levels: Vec<Level>,
    says: Says,
    signature: Signature,
}

// The name says which function it is.
impl PartialEq for Compare {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Compare {}

impl std::hash::Hash for Compare {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Compare {
    /// What it takes, and whether it may have so many arguments.
    fn takes(&self, arguments: usize) -> (&'static str, bool) {
        match self.kind {
            Kind::Exact => ("two values of one type", arguments == 2),
            Kind::Date => ("two dates, time stamps or texts", arguments == 2),
            Kind::Number => ("two numbers", arguments == 2),
            Kind::Distance => ("four numbers: latitude and longitude of two places", arguments == 4),
            Kind::PersonName => {
                ("two names, or given and family name of one and of the other", matches!(arguments, 2 | 4))
            }
            _ => ("two texts", arguments == 2),
        }
    }

    fn labels(&self) -> Fields {
        let parts = self.kind.parts().iter();
        parts.map(|part| Field::new(*part, DataType::Utf8, true)).collect()
    }

    /// Of each part, the level that each row reaches.
    fn levels(&self, arguments: &[StringArray], rows: usize) -> Result<Vec<Vec<u8>>> {
        let Ok(count) = u32::try_from(rows) else { return exec_err!("{} has too many rows at once", self.name) };
        let (one, other) = arguments.split_at(arguments.len() / 2);
        // Two records for each row: those of the first values, then those of the second.
        let texts: Vec<_> = one
            .iter()
            .zip(other)
            .map(|(one, other)| {
                move |record: u32| {
                    let (side, row) = if record < count { (one, record) } else { (other, record - count) };
                    let row = row as usize;
                    (!side.is_null(row)).then(|| side.value(row)).filter(|text| !text.is_empty())
                }
            })
            .collect();
        let columns: Vec<crate::matching::Column<'_>> =
            texts.iter().map(|column| column as crate::matching::Column<'_>).collect();
        let comparison = Comparison {
            name: self.name.to_owned(),
            kind: self.kind,
            levels: self.levels.clone(),
            term_frequency: false,
            parts: Comparison::parts_of(self.kind, count.saturating_mul(2), &columns),
        };
        let mut found = vec![Vec::with_capacity(rows); comparison.parts.len()];
        let mut these = vec![NO_EVIDENCE; comparison.parts.len()];
        for row in 0..count {
            comparison.levels_into(row, row + count, &mut these);
            found.iter_mut().zip(&these).for_each(|(part, level)| part.push(*level));
        }
        Ok(found)
    }

    fn label_array(&self, levels: &[u8]) -> ArrayRef {
        let mut out = StringBuilder::new();
        for level in levels {
            let label = self.levels.get(usize::from(*level)).map_or("else", |level| &level.label);
            out.append_option((*level != NO_EVIDENCE).then_some(label));
        }
        Arc::new(out.finish())
    }
}

impl ScalarUDFImpl for Compare {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let (takes, counts) = self.takes(arguments.len());
        let text = |kind: &DataType| kind.is_string() || kind.is_null();
        let fits = |kind: &DataType| match self.kind {
            Kind::Exact => !kind.is_nested(),
            Kind::Date => text(kind) || matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _)),
            Kind::Number | Kind::Distance => kind.is_numeric() || kind.is_null(),
            _ => text(kind),
        };
        let plain = |kind: &DataType| if kind.is_string() { DataType::Utf8 } else { kind.clone() };
        let mut known = arguments.iter().filter(|kind| !kind.is_null()).map(plain);
        let first = known.next();
        let alike = self.kind != Kind::Exact || known.all(|kind| Some(&kind) == first.as_ref());
        if !counts || !arguments.iter().all(fits) || !alike {
            return plan_err!("{} takes {takes}", self.name);
        }
        // A NULL is of the type of the others.
        let null = first.unwrap_or(DataType::Utf8);
        Ok(arguments.iter().map(|kind| if kind.is_null() { null.clone() } else { plain(kind) }).collect())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.says {
            Says::Is(_) => DataType::Boolean,
            Says::Label if self.kind.parts().len() > 1 => DataType::Struct(self.labels()),
            Says::Label => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        // As the records of a stage are read.
        let texts: Result<Vec<StringArray>, _> =
            arrays.iter().map(|array| Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())).collect();
        let texts: Vec<StringArray> = texts.map_err(|error: arrow::error::ArrowError| {
            datafusion::common::DataFusionError::ArrowError(Box::new(error), None)
        })?;
        let found = self.levels(&texts, arrays.first().map_or(0, |array| array.len()))?;
        let labels: Vec<ArrayRef> = found.iter().map(|levels| self.label_array(levels)).collect();
        Ok(ColumnarValue::Array(match (self.says, found.as_slice(), labels.as_slice()) {
            (Says::Is(at), [levels], _) => {
                let mut out = BooleanBuilder::with_capacity(levels.len());
                levels.iter().for_each(|level| out.append_option((*level != NO_EVIDENCE).then_some(*level == at)));
                Arc::new(out.finish())
            }
            (Says::Label, _, [one]) => Arc::clone(one),
            (Says::Label, _, _) => Arc::new(StructArray::try_new(self.labels(), labels, None)?),
            _ => return exec_err!("{} compares one part of values", self.name),
        }))
    }
}
