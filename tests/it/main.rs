//! Everything about septet that can be seen from outside, through one door: [`door::Test`].

mod azure;
mod bucket;
mod bytes;
mod docs;
mod door;
mod duckdb;
mod errors;
mod faults;
mod floors;
mod gcs;
mod guards;
mod infer;
mod init;
mod kill;
mod linking;
mod node;
mod privacy;
mod python;
mod real;
mod run;
mod s3;
mod slt;
mod splits;
mod tiny;
mod walk;
