//! Customers' lifetimes in SQL: models that are fitted by aggregates, and what they say of one customer.

mod fit;
mod fitted;
mod gamma_gamma_fit;
mod gamma_gamma_value;
mod of_history;

use super::{Function, Udf};
use crate::lifetime::Kind;
use of_history::Gives;

/// x, t_x and T of a few customers, for examples.
const CUSTOMERS: &str =
    "from (select i % 4 as x, 7.5 * (i % 4) as t_x, 30 + i % 9 as t from (select unnest(range(60)) as i))";
const BG_NBD: &str = "named_struct('r', 0.243, 'alpha', 4.414, 'a', 0.793, 'b', 2.426)";
const MBG_NBD: &str = "named_struct('r', 0.525, 'alpha', 6.183, 'a', 0.891, 'b', 1.614)";
const PARETO_NBD: &str = "named_struct('r', 0.553, 'alpha', 10.578, 's', 0.606, 'beta', 11.669)";

pub(super) fn functions() -> Vec<Function> {
    let mut functions = vec![gamma_gamma_fit::function(), gamma_gamma_value::function()];
    functions.extend(of_model(
        Kind::BgNbd,
        "bg_nbd",
        BG_NBD,
        &BG_NBD_ABOUT,
        ["-367.5187", "0.7266", "1.226", "1.4461", "1.4714"],
    ));
    functions.extend(of_model(
        Kind::MbgNbd,
        "mbg_nbd",
        MBG_NBD,
        &MBG_NBD_ABOUT,
        ["-362.338", "0.7062", "1.263", "1.4197", "1.5084"],
    ));
    functions.extend(of_model(
        Kind::ParetoNbd,
        "pareto_nbd",
        PARETO_NBD,
        &PARETO_NBD_ABOUT,
        ["-362.3382", "0.8692", "1.4551", "1.473", "1.7472"],
    ));
    functions
}

const BG_NBD_ABOUT: [&str; 5] = [
    "The BG/NBD model of purchases (Fader, Hardie & Lee 2005) fitted to customers by maximum likelihood, an aggregate of x (bigint, purchase days less the first), t_x and T (weeks from the first to the last and to the day of observation): struct r, alpha (weeks), a, b, log_likelihood, customers (bigint). Customers may leave after each repeat purchase. The order of rows changes no digit; rows with a NULL are left out; NULL below ten customers with x ≥ 1 and where no maximum is found. A parameter that data drive to 0 or infinity stops at 1e-6 or 1e6. A history that cannot be (x < 0, not 0 ≤ t_x ≤ T) is an error.",
    "The probability that a customer is still one by the BG/NBD model, of (fit, x, t_x, T) as in bg_nbd_fit; 1 where x = 0. NULL when an argument is NULL or the history cannot be.",
    "The purchases expected of a customer in the next `weeks` weeks by the BG/NBD model (Fader, Hardie & Lee 2005), of (fit, x, t_x, T, weeks). NULL when an argument is NULL, the history cannot be or weeks < 0.",
    "The repeat purchases expected of a new customer in their first `weeks` weeks by the BG/NBD model, of (fit, weeks). NULL when an argument is NULL or weeks < 0.",
    "The purchases expected of a customer in each of the next `months` months (of 365/12 days, at most 1,200), those of month m divided by (1 + rate)^m, added up; by the BG/NBD model, of (fit, x, t_x, T, months, rate). NULL when an argument is NULL, the history cannot be, months < 0 or rate ≤ −1.",
];

const MBG_NBD_ABOUT: [&str; 5] = [
    "The MBG/NBD model of purchases (Batislam, Denizel & Filiztekin 2007) fitted to customers by maximum likelihood, an aggregate of x (bigint, purchase days less the first), t_x and T (weeks from the first to the last and to the day of observation): struct r, alpha (weeks), a, b, log_likelihood, customers (bigint). Customers may leave after every purchase, the first among them. The order of rows changes no digit; rows with a NULL are left out; NULL below ten customers with x ≥ 1 and where no maximum is found. A parameter that data drive to 0 or infinity stops at 1e-6 or 1e6. A history that cannot be (x < 0, not 0 ≤ t_x ≤ T) is an error.",
    "The probability that a customer is still one by the MBG/NBD model, of (fit, x, t_x, T) as in mbg_nbd_fit; below 1 for one-time buyers too. NULL when an argument is NULL or the history cannot be.",
    "The purchases expected of a customer in the next `weeks` weeks by the MBG/NBD model, of (fit, x, t_x, T, weeks). NULL when an argument is NULL, the history cannot be or weeks < 0.",
    "The repeat purchases expected of a new customer in their first `weeks` weeks by the MBG/NBD model, of (fit, weeks). NULL when an argument is NULL or weeks < 0.",
    "The purchases expected of a customer in each of the next `months` months (of 365/12 days, at most 1,200), those of month m divided by (1 + rate)^m, added up; by the MBG/NBD model, of (fit, x, t_x, T, months, rate). NULL when an argument is NULL, the history cannot be, months < 0 or rate ≤ −1.",
];

const PARETO_NBD_ABOUT: [&str; 5] = [
    "The Pareto/NBD model of purchases (Schmittlein, Morrison & Colombo 1987) fitted to customers by maximum likelihood, an aggregate of x (bigint, purchase days less the first), t_x and T (weeks from the first to the last and to the day of observation): struct r, alpha (weeks), s, beta (weeks), log_likelihood, customers (bigint). Customers may leave at any time. The order of rows changes no digit; rows with a NULL are left out; NULL below ten customers with x ≥ 1 and where no maximum is found. A parameter that data drive to 0 or infinity stops at 1e-6 or 1e6. A history that cannot be (x < 0, not 0 ≤ t_x ≤ T) is an error.",
    "The probability that a customer is still one by the Pareto/NBD model, of (fit, x, t_x, T) as in pareto_nbd_fit. NULL when an argument is NULL or the history cannot be.",
    "The purchases expected of a customer in the next `weeks` weeks by the Pareto/NBD model, of (fit, x, t_x, T, weeks). NULL when an argument is NULL, the history cannot be or weeks < 0.",
    "The repeat purchases expected of a new customer in their first `weeks` weeks by the Pareto/NBD model, of (fit, weeks). NULL when an argument is NULL or weeks < 0.",
    "The purchases expected of a customer in each of the next `months` months (of 365/12 days, at most 1,200), those of month m divided by (1 + rate)^m, added up; by the Pareto/NBD model, of (fit, x, t_x, T, months, rate). NULL when an argument is NULL, the history cannot be, months < 0 or rate ≤ −1.",
];

/// The five functions of a model. `gives` are the answers of their examples.
fn of_model(
    kind: Kind,
    model: &str,
    parameters: &str,
    about: &[&'static str; 5],
    gives: [&'static str; 5],
) -> [Function; 5] {
    let name = |what: &str| format!("{model}_{what}");
    let udfs = [
        Udf::aggregate(fit::udf(kind, name("fit"))),
        of_history::udf(kind, Gives::PAlive, name("p_alive")),
        of_history::udf(kind, Gives::Expected, name("expected")),
        of_history::udf(kind, Gives::ExpectedNew, name("expected_new")),
        of_history::udf(kind, Gives::Discounted, name("discounted")),
    ];
    let examples = [
        format!("round({model}_fit(x, t_x, t)['log_likelihood'], 4) {CUSTOMERS}"),
        format!("round({model}_p_alive({parameters}, 2, 30.43, 38.86), 4)"),
        format!("round({model}_expected({parameters}, 2, 30.43, 38.86, 39), 4)"),
        format!("round({model}_expected_new({parameters}, 52), 4)"),
        format!("round({model}_discounted({parameters}, 2, 30.43, 38.86, 12, 0.01), 4)"),
    ];
    let mut texts = about.iter().zip(examples).zip(gives);
    udfs.map(|udf| {
        let ((about, example), gives) = texts.next().unwrap_or(((&"", String::new()), ""));
        Function { udf, about, example: (example.into(), gives) }
    })
}
