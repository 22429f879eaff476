//! A 64-bit hash of every record's key, to know which records can have a second version at all.
//!
//! Fixed for all time: the hashes stand in files. Equal keys have equal hashes; unequal ones nearly never do.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};

use crate::project::source::{Key, Source};

const SEED: u64 = 0x5E97_E75E_97E7_5E97;
const NULL: u64 = 0x6E75_6C6C_6B65_7973;
const MIX: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03];

/// Positions of the key's columns.
pub fn columns(source: &Source) -> Vec<usize> {
    match &source.key {
        Key::None => Vec::new(),
        Key::All => (0..source.columns.len()).collect(),
        Key::Columns(names) => {
            names.iter().filter_map(|name| source.columns.iter().position(|column| column.name == *name)).collect()
        }
    }
}

/// One hash a record over the columns at `keys`.
pub fn hashes(columns: &[ArrayRef], keys: &[usize]) -> Vec<i64> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut hashes = vec![SEED; rows];
    for array in keys.iter().filter_map(|key| columns.get(*key)) {
        add(array, &mut hashes);
    }
    hashes.into_iter().map(u64::cast_signed).collect()
}

/// The hashes of the records that were kept.
pub fn last_column(columns: &[ArrayRef]) -> &[i64] {
    let last = columns.last().and_then(|column| column.as_any().downcast_ref::<Int64Array>());
    last.map(|column| column.values().as_ref()).unwrap_or_default()
}

fn add(array: &ArrayRef, hashes: &mut [u64]) {
    let any = array.as_any();
    if let Some(texts) = any.downcast_ref::<StringArray>() {
        each(array, hashes, |hash, row| bytes(hash, texts.value(row).as_bytes()));
    } else if let Some(values) = any.downcast_ref::<Int64Array>() {
        each(array, hashes, |hash, row| mix(hash, values.value(row).cast_unsigned()));
    } else if let Some(values) = any.downcast_ref::<Int32Array>() {
        each(array, hashes, |hash, row| mix(hash, i64::from(values.value(row)).cast_unsigned()));
    } else if let Some(values) = any.downcast_ref::<Date32Array>() {
        each(array, hashes, |hash, row| mix(hash, i64::from(values.value(row)).cast_unsigned()));
    } else if let Some(values) = any.downcast_ref::<TimestampMicrosecondArray>() {
        each(array, hashes, |hash, row| mix(hash, values.value(row).cast_unsigned()));
    } else if let Some(values) = any.downcast_ref::<Decimal128Array>() {
        each(array, hashes, |hash, row| bytes(hash, &values.value(row).to_le_bytes()));
    } else if let Some(values) = any.downcast_ref::<Float64Array>() {
        // Both zeros are one value.
        each(array, hashes, |hash, row| mix(hash, (values.value(row) + 0.0).to_bits()));
    } else if let Some(values) = any.downcast_ref::<BooleanArray>() {
        each(array, hashes, |hash, row| mix(hash, u64::from(values.value(row))));
    }
}

fn each(array: &ArrayRef, hashes: &mut [u64], value: impl Fn(u64, usize) -> u64) {
    for (row, hash) in hashes.iter_mut().enumerate() {
        *hash = if array.is_null(row) { mix(*hash, NULL) } else { value(*hash, row) };
    }
}

/// Multiplies to 128 bits and folds: every bit of both reaches every bit of the result.
#[inline]
fn mix(hash: u64, value: u64) -> u64 {
    let [a, b] = MIX;
    let product = u128::from(hash ^ a) * u128::from(value ^ b);
    let folded = (product as u64) ^ ((product >> 64) as u64);
    // A factor of zero must not forget the other.
    folded.wrapping_add(value.rotate_left(32)) ^ hash.rotate_left(17)
}

#[inline]
fn bytes(mut hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    // The length ends the text, so that neighbouring columns do not run into one another.
    mix(mix(hash, u64::from_le_bytes(last)), bytes.len() as u64)
}
