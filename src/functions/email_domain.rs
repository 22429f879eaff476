//! `email_domain(address)`: where an e-mail address is.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::email_domain;

pub(super) fn function() -> Function {
    Function {
        udf: udf("email_domain", Gives::Text(|address| email_domain(address).map(Into::into))),
        about: "What stands after the last @ of an e-mail address, as it is written (email(…) cleans it first; url_domain(…) has the registrable domain). NULL when either part is missing.",
        example: ("email_domain('ann.lee@mail.example.com')".into(), "mail.example.com"),
    }
}
