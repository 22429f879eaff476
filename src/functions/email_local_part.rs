//! `email_local_part(address)`: the mailbox in an e-mail address.

use super::Function;
use super::of_texts::{Gives, udf};
use crate::matching::similarity::email_local_part;

pub(super) fn function() -> Function {
    Function {
        udf: udf("email_local_part", Gives::Text(|address| email_local_part(address).map(Into::into))),
        about: "What stands before the last @ of an e-mail address, as it is written (email(…) cleans it first). NULL when either part is missing.",
        example: ("email_local_part('ann.lee@example.com')".into(), "ann.lee"),
    }
}
