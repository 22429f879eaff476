//! `token_set_similarity(a, b)`: how much two texts have of the same words, in any order.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::token_set;

pub(super) fn function() -> Function {
    Function {
        udf: udf("token_set_similarity", Gives::Share(token_set)),
        about: "Twice the characters of the words that two texts have in common by those of all their words, each word once, in any order (Dice's coefficient): from 0 to 1. A word that is almost one of the other text counts less its changes, of which there may be one in four characters; Chinese and Japanese are compared by pairs of characters. Of a text only the first 1,024 characters are read. NULL when an argument is NULL.",
        example: ("token_set_similarity('Acme Trading', 'Trading, Acme')".into(), "1.0"),
    }
}
