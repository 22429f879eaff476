//! `formal_given_name(name)`: Bob is Robert.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::formal_given_name;

pub(super) fn function() -> Function {
    Function {
        udf: udf(
            "formal_given_name",
            Gives::Text(|name| Some(formal_given_name(name)).filter(|name| !name.is_empty())),
        ),
        about: "The formal English given name that a short form stands for, in small letters, the first in alphabetical order when there are several; a name that is no short form is itself in small letters. By the list nicknames of Carlton Northern and others (Apache License 2.0). NULL when the name is NULL or empty.",
        example: ("formal_given_name('Bob')".into(), "robert"),
    }
}
