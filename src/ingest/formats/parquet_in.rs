//! Parquet files to batches of cells, by column name.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, LargeBinaryArray,
    PrimitiveArray, StringArray, StringBuilder,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float16Type, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::super::cell::Cell;
use super::super::drift::Stored;
use super::super::error::Error;
use super::super::guard::{guard, open_parquet};
use super::super::header::{Mapping, by_stated_name};
use super::super::reject::Reason;
use crate::column::ColumnType;
use crate::project::notation::Notation;
use crate::project::source::{Source, SourceColumn};

const BATCH: usize = 8192;
/// Bytes of text in an array.
const MOST_TEXT: usize = i32::MAX as usize;

type Half = <Float16Type as ArrowPrimitiveType>::Native;

pub struct ParquetFile<'a> {
    path: &'a str,
    reader: ParquetRecordBatchReader,
    pub mapping: Mapping,
    /// What the columns are in the file.
    pub stored: Vec<(String, Stored)>,
    /// For every column of the source, its position among those that are read.
    positions: Vec<Option<usize>>,
    rows: i64,
}

/// The columns of a source in a batch, as arrays that cells can be read from; `None` where the file has none.
pub struct Arrays {
    pub first_row: i64,
    pub rows: usize,
    columns: Vec<Option<ArrayRef>>,
    /// Row, column and what is wrong with the text that is there.
    pub unsound: Vec<(usize, usize, Reason)>,
}

impl<'a> ParquetFile<'a> {
    pub fn open(path: &'a str, local: &Path, source: &Source) -> Result<Self, Error> {
        let failed = |cause: parquet::errors::ParquetError| Error::parquet(path, cause);
        let file = File::open(local).map_err(|cause| Error::Read { path: path.to_owned(), cause })?;
        let builder = open_parquet(file).map_err(failed)?;
        let schema = Arc::clone(builder.schema());
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let mapping = by_stated_name(source, path, &names)?;
        for (column, field) in source.columns.iter().zip(&mapping.fields) {
            let Some(found) = field.and_then(|at| schema.fields().get(at)) else { continue };
            if !converts(found.data_type(), column) {
                return Err(Error::ParquetType {
                    path: path.to_owned(),
                    column: found.name().clone(),
                    found: found.data_type().to_string(),
                    declared: column.kind.to_string(),
                });
            }
        }
        let stored = source.columns.iter().zip(&mapping.fields).filter_map(|(column, field)| {
            let found = field.and_then(|at| schema.fields().get(at))?;
            Some((column.name.to_string(), Stored::of(found.data_type())?))
        });
        let stored = stored.collect();
        let mut roots: Vec<usize> = mapping.fields.iter().flatten().copied().collect();
        roots.sort_unstable();
        roots.dedup();
        let positions =
            mapping.fields.iter().map(|field| roots.iter().position(|root| Some(*root) == *field)).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let Some(reader) = guard(|| builder.with_projection(mask).with_batch_size(BATCH).build()) else {
            return Err(Error::parquet(path, "its metadata is damaged"));
        };
        let reader = reader.map_err(failed)?;
        Ok(Self { path, reader, mapping, stored, positions, rows: 0 })
    }

    pub fn next(&mut self) -> Result<Option<Arrays>, Error> {
        let Some(next) = guard(|| self.reader.next()) else {
            return Err(Error::parquet(self.path, "a page is damaged"));
        };
        let Some(batch) = next else { return Ok(None) };
        let batch = batch.map_err(|cause| Error::parquet(self.path, cause))?;
        let mut unsound = Vec::new();
        let column = |(column, position): (usize, &Option<usize>)| {
            let Some(array) = position.and_then(|at| batch.columns().get(at)) else { return Ok(None) };
            let mut found = |row, reason| unsound.push((row, column, reason));
            let array = plain(array, &mut found).map_err(|cause| Error::parquet(self.path, cause))?;
            find_nul(&array, &mut found);
            Ok(Some(array))
        };
        let columns = self.positions.iter().enumerate().map(column).collect::<Result<_, _>>()?;
        let first_row = self.rows + 1;
        let rows = batch.num_rows();
        self.rows += i64::try_from(rows).unwrap_or(i64::MAX);
        Ok(Some(Arrays { first_row, rows, columns, unsound }))
    }
}

/// Whether values of a Parquet type have a way to the declared one that loses nothing but what was declared away.
fn converts(found: &DataType, column: &SourceColumn) -> bool {
    use DataType as D;
    if let D::Dictionary(_, value) = found {
        return converts(value, column);
    }
    let text = matches!(found, D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Binary | D::LargeBinary | D::BinaryView);
    let number = found.is_integer()
        || matches!(found, D::Float16 | D::Float32 | D::Float64)
        || matches!(found, D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..));
    let day = matches!(found, D::Date32 | D::Date64 | D::Timestamp(..));
    let boolean = *found == D::Boolean;
    *found == D::Null
        || text
        || match column.kind {
            ColumnType::String => number || day || boolean,
            ColumnType::Boolean => boolean || found.is_integer(),
            ColumnType::Integer | ColumnType::Bigint | ColumnType::Double | ColumnType::Decimal { .. } => number,
            // Numbers are counted from a day, or have its digits, when a format says so.
            ColumnType::Date | ColumnType::Timestamp => {
                day || (number && matches!(column.notation, Notation::Times(_)))
            }
        }
}

/// One of the few array types that cells are read from; `unsound` is told of rows whose bytes are no text.
fn plain(array: &ArrayRef, unsound: &mut dyn FnMut(usize, Reason)) -> Result<ArrayRef, ArrowError> {
    use DataType as D;
    let to = match array.data_type() {
        D::Dictionary(_, value) => return plain(&cast_with_options(array, value, &strict())?, unsound),
        D::LargeUtf8 | D::Utf8View => D::Utf8,
        D::Binary | D::LargeBinary | D::BinaryView => return texts(array, unsound),
        D::UInt64 => D::Decimal128(20, 0),
        D::Decimal32(_, scale) | D::Decimal64(_, scale) => D::Decimal128(38, *scale),
        D::Float16 => return Ok(doubles(array.as_primitive::<Float16Type>(), meant_by_half)),
        D::Float32 => return Ok(doubles(array.as_primitive::<Float32Type>(), meant_by_single)),
        D::Date64 => D::Date32,
        found if found.is_integer() => D::Int64,
        _ => return Ok(Arc::clone(array)),
    };
    cast_with_options(array, &to, &strict())
}

/// The texts that bytes are. Those that are none cost their record; they are kept as well as text can keep them.
fn texts(array: &ArrayRef, unsound: &mut dyn FnMut(usize, Reason)) -> Result<ArrayRef, ArrowError> {
    let refused = match cast_with_options(array, &DataType::Utf8, &strict()) {
        Ok(texts) => return Ok(texts),
        Err(refused) => refused,
    };
    let bytes = cast_with_options(array, &DataType::LargeBinary, &strict())?;
    let Some(bytes) = bytes.as_any().downcast_ref::<LargeBinaryArray>() else { return Err(refused) };
    // What stands for a byte that is no text takes three.
    if bytes.value_data().len() > MOST_TEXT / 3 {
        return Err(refused);
    }
    let mut builder = StringBuilder::with_capacity(bytes.len(), bytes.value_data().len());
    for (row, value) in bytes.iter().enumerate() {
        let text = value.map(String::from_utf8_lossy);
        if matches!((&text, value), (Some(text), Some(value)) if text.as_bytes() != value) {
            unsound(row, Reason::Undecodable);
        }
        builder.append_option(text);
    }
    Ok(Arc::new(builder.finish()))
}

/// Text with a NUL is refused as it is of every other format.
fn find_nul(array: &ArrayRef, unsound: &mut dyn FnMut(usize, Reason)) {
    let Some(texts) = array.as_any().downcast_ref::<StringArray>() else { return };
    if !texts.value_data().contains(&0) {
        return;
    }
    for (row, text) in texts.iter().enumerate() {
        if text.is_some_and(|text| text.contains('\0')) {
            unsound(row, Reason::NulByte);
        }
    }
}

fn doubles<T: ArrowPrimitiveType>(floats: &PrimitiveArray<T>, meant: fn(T::Native) -> f64) -> ArrayRef {
    Arc::new(floats.unary::<_, Float64Type>(meant))
}

/// The number whose shortest text names the float: 0.1 and not 0.10000000149011612, which nobody wrote.
fn meant_by_single(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

/// Five digits name every float of 16 bits; as few as do are what was meant. Whole numbers are what they are.
fn meant_by_half(value: Half) -> f64 {
    let exact = value.to_f32();
    if exact.fract() == 0.0 {
        return f64::from(exact);
    }
    let named = (0..5).find_map(|digits| {
        let text = format!("{exact:.digits$e}");
        text.parse().ok().filter(|single| Half::from_f32(*single) == value).and_then(|_| text.parse().ok())
    });
    named.unwrap_or_else(|| f64::from(exact))
}

/// What does not convert is an error, not a NULL.
fn strict() -> CastOptions<'static> {
    CastOptions { safe: false, ..CastOptions::default() }
}

impl Arrays {
    pub fn column(&self, at: usize) -> Vec<Cell<'_>> {
        match self.columns.get(at) {
            Some(Some(array)) => cells(array),
            _ => vec![Cell::Null; self.rows],
        }
    }

    /// What a record says, for the quarantine.
    pub fn raw(&self, source: &Source, row: usize) -> String {
        let mut parts = Vec::new();
        for (column, array) in source.columns.iter().zip(&self.columns) {
            let Some(array) = array else { continue };
            let cell = cells(&array.slice(row, 1)).first().map(|cell| cell.to_text()).unwrap_or_default();
            parts.push(format!("{}={cell}", column.name));
        }
        parts.join(", ")
    }
}

fn cells(array: &ArrayRef) -> Vec<Cell<'_>> {
    let rows = 0..array.len();
    let any = array.as_any();
    /// Cells of one array type.
    macro_rules! cells {
        ($values:expr, $cell:expr) => {
            rows.map(|row| if array.is_null(row) { Cell::Null } else { $cell($values.value(row)) }).collect()
        };
    }
    if let Some(values) = any.downcast_ref::<StringArray>() {
        return cells!(values, Cell::Text);
    }
    if let Some(values) = any.downcast_ref::<Int64Array>() {
        return cells!(values, |value| Cell::Integer(i128::from(value)));
    }
    if let Some(values) = any.downcast_ref::<Float64Array>() {
        // NaN is how floats say that there is nothing.
        return cells!(values, |value: f64| if value.is_nan() { Cell::Null } else { Cell::Double(value) });
    }
    if let Some(values) = any.downcast_ref::<BooleanArray>() {
        return cells!(values, Cell::Boolean);
    }
    if let Some(values) = any.downcast_ref::<Date32Array>() {
        return cells!(values, Cell::Date);
    }
    if let Some(values) = any.downcast_ref::<Decimal128Array>() {
        let scale = values.scale();
        return cells!(values, |value| Cell::Decimal(value, scale));
    }
    if let DataType::Timestamp(unit, zone) = array.data_type() {
        // Out of range becomes the end of the range, which no accepted year is near.
        let micros = |row: usize| match unit {
            TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1_000_000),
            TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row).saturating_mul(1000),
            TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
            TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1000),
        };
        let cell = |row| if zone.is_some() { Cell::Instant(micros(row)) } else { Cell::Local(micros(row)) };
        return rows.map(|row| if array.is_null(row) { Cell::Null } else { cell(row) }).collect();
    }
    vec![Cell::Null; array.len()]
}
