//! Everything about septet that can be seen from outside, through one door: [`door::Test`].

mod bytes;
mod docs;
mod door;
mod errors;
mod floors;
mod guards;
mod kill;
mod run;
mod slt;
mod tiny;
