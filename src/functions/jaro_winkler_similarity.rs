//! `jaro_winkler_similarity(a, b)`: how alike two names are, more so when they begin alike.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::jaro_winkler;

pub(super) fn function() -> Function {
    Function {
        udf: udf("jaro_winkler_similarity", Gives::Share(jaro_winkler)),
        about: "The Jaro–Winkler similarity of two texts, character by character as they are: from 0 to 1 (the same, or both empty), a prefix of up to four characters weighing 0.1 each where Jaro's is above 0.7 (Winkler 1990). Of a text only the first 1,024 characters are compared. NULL when an argument is NULL.",
        example: ("round(jaro_winkler_similarity('MARTHA', 'MARHTA'), 3)".into(), "0.961"),
    }
}
