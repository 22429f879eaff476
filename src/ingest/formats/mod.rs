//! How the text of a file falls into records, and binary files into rows: one file for each format.

pub mod csv;
pub mod fixed;
pub mod json;
pub mod lines;
pub mod parquet_in;
pub mod workbook;
