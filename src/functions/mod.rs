//! SQL functions that septet adds to the engine's own. One file each; this list is the only place that knows them all.

mod cleaning;
mod decimal;
mod id_card_cn_birth_date;
mod is_phone;
mod local_timestamp;
mod money_per;
mod money_round;

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

/// A function, with what docs/functions.md says of it.
pub struct Function {
    pub udf: Arc<ScalarUDF>,
    /// One sentence: shapes, units, what NULL does.
    pub about: &'static str,
    /// SQL that runs without tables, and the text it gives.
    pub example: (Cow<'static, str>, &'static str),
}

/// Every function, by name.
pub fn all() -> Vec<Function> {
    let mut all = cleaning::functions();
    all.extend([
        id_card_cn_birth_date::function(),
        is_phone::function(),
        local_timestamp::function(),
        money_per::function(),
        money_round::function(),
    ]);
    all
}
