//! `damerau_levenshtein_distance(a, b)`: how many typing errors make one text of another.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::damerau_levenshtein;

pub(super) fn function() -> Function {
    Function {
        udf: udf(
            "damerau_levenshtein_distance",
            Gives::Count(|a, b| i64::try_from(damerau_levenshtein(a, b)).unwrap_or(i64::MAX)),
        ),
        about: "How many characters are inserted, deleted, replaced or swapped with their neighbour to make one text of another (bigint): the optimal string alignment distance, in which nothing is edited twice. Where the parts that differ are longer than 1,024 characters, each one beyond counts as one. NULL when an argument is NULL.",
        example: ("damerau_levenshtein_distance('Martha', 'Marhta')".into(), "1"),
    }
}
