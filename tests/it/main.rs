//! Everything about septet that can be seen from outside, through one door: [`door::Test`].

mod door;

mod errors;
mod guards;
mod run;
mod tiny;
