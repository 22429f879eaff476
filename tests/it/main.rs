//! Everything about septet that can be seen from outside, through one door: [`door::Test`].

mod bytes;
mod docs;
mod door;
mod duckdb;
mod errors;
mod floors;
mod guards;
mod kill;
mod python;
mod real;
mod run;
mod s3;
mod slt;
mod tiny;
