//! SQL functions that septet adds to the engine's own. One file each; this list is the only place that knows them all.

mod association_rules;
mod cleaning;
mod damerau_levenshtein_distance;
mod decimal;
mod email_domain;
mod email_local_part;
mod forecast;
mod formal_given_name;
mod geo_distance_km;
mod gini;
mod id_card_cn_birth_date;
mod is_phone;
mod jaro_winkler_similarity;
mod kmeans_assign;
mod kmeans_fit;
mod levels;
mod lifetime;
mod lists;
mod local_timestamp;
mod money_per;
mod money_round;
mod name_sound;
mod of_texts;
mod pinyin;
mod principal_components;
mod token_set_similarity;
mod two_proportion_p_value;

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, AggregateUDFImpl, ScalarUDF, ScalarUDFImpl};

/// A function, with what docs/functions.md says of it.
pub struct Function {
    pub udf: Udf,
    /// One sentence: shapes, units, what NULL does.
    pub about: &'static str,
    /// SQL that runs without tables, and the text it gives.
    pub example: (Cow<'static, str>, &'static str),
}

/// What the engine knows a function as.
pub enum Udf {
    Scalar(Arc<ScalarUDF>),
    Aggregate(Arc<AggregateUDF>),
}

impl Udf {
    fn scalar(function: impl ScalarUDFImpl + 'static) -> Self {
        Self::Scalar(Arc::new(ScalarUDF::new_from_impl(function)))
    }

    fn aggregate(function: impl AggregateUDFImpl + 'static) -> Self {
        Self::Aggregate(Arc::new(AggregateUDF::new_from_impl(function)))
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Scalar(function) => function.name(),
            Self::Aggregate(function) => function.name(),
        }
    }
}

/// Every function, by name.
pub fn all() -> Vec<Function> {
    let mut all = cleaning::functions();
    all.extend(levels::functions());
    all.extend(lifetime::functions());
    all.extend([
        association_rules::function(),
        damerau_levenshtein_distance::function(),
        email_domain::function(),
        email_local_part::function(),
        forecast::function(),
        formal_given_name::function(),
        geo_distance_km::function(),
        gini::function(),
        id_card_cn_birth_date::function(),
        is_phone::function(),
        jaro_winkler_similarity::function(),
        kmeans_assign::function(),
        kmeans_fit::function(),
        local_timestamp::function(),
        money_per::function(),
        money_round::function(),
        name_sound::function(),
        pinyin::function(),
        principal_components::function(),
        token_set_similarity::function(),
        two_proportion_p_value::function(),
    ]);
    all
}
