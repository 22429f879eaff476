//! What is estimated from numbers and baskets: forecasts, clusters, components, association rules, tests of shares.

pub mod clusters;
pub mod components;
pub mod forecast;
pub mod points;
pub mod proportions;
pub mod rules;
