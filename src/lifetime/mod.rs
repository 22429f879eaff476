//! Customers' lifetimes: who is still a customer, and how often they will buy. Models of non-contractual settings, in
//! which nobody says goodbye. No I/O, no engine.
//!
//! Each customer buys at a rate λ of their own and one day, unseen, buys no more; the rates of all follow a gamma
//! distribution with shape r and rate α (weeks). The models differ in when people leave:
//!
//! - Pareto/NBD: at a rate μ at any time, μ gamma(s, β). Schmittlein, Morrison & Colombo, "Counting Your Customers",
//!   Management Science 33 (1987), pp. 1–24.
//! - BG/NBD: with probability p after each repeat purchase, p beta(a, b). Fader, Hardie & Lee, "'Counting Your
//!   Customers' the Easy Way", Marketing Science 24 (2005), pp. 275–284.
//! - MBG/NBD: the same after each purchase, the first among them, so that one-time buyers can be lost too. Batislam,
//!   Denizel & Filiztekin, "Empirical validation and comparison of models for customer base analysis", International
//!   Journal of Research in Marketing 24 (2007), pp. 201–209; found as well by Hoppe & Wagner, "Customer base analysis",
//!   Marketing: Journal of Research and Management 3 (2007), pp. 75–90.
//!
//! What a customer spends per purchase is the gamma-gamma model's (see [`gamma_gamma`]).
//!
//! ```text
//! histories ─► buyers (equal ones once, with their number) ─► likelihood ─► maximum ─► Fit ─► P(alive), expected
//! ```
//!
//! None of the formulas here needs a Gauss hypergeometric function: what the papers write with ₂F₁ is computed as a
//! mean over the number of purchases ([`beta_geometric`]) or an integral over the day of leaving ([`pareto_nbd`]),
//! sums of positive terms that neither overflow nor cancel where ₂F₁ of large arguments does.

mod beta_geometric;
mod buyers;
pub mod gamma_gamma;
mod maximum;
mod pareto_nbd;

use beta_geometric::{BetaGeometric, Leaving};
use buyers::Buyers;
pub use buyers::{History, MOST_PURCHASES};
use pareto_nbd::ParetoNbd;

/// Below so many customers who bought again nothing is fitted.
pub const FEWEST_REPEAT_BUYERS: f64 = 10.0;

/// A hundred years.
pub const MOST_MONTHS: u32 = 1_200;
/// 365 / 12 days.
const WEEKS_OF_MONTH: f64 = 365.0 / 84.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    BgNbd,
    MbgNbd,
    ParetoNbd,
}

/// A model with its parameters, in the order of [`Kind::parameters`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    pub kind: Kind,
    pub parameters: [f64; 4],
}

/// What fits best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit<const N: usize> {
    pub parameters: [f64; N],
    /// Natural logarithm, summed over all customers.
    pub log_likelihood: f64,
    pub customers: u64,
}

impl Kind {
    /// Names of the parameters; α and β are in weeks, the others are pure numbers.
    pub fn parameters(self) -> [&'static str; 4] {
        match self {
            Self::BgNbd | Self::MbgNbd => ["r", "alpha", "a", "b"],
            Self::ParetoNbd => ["r", "alpha", "s", "beta"],
        }
    }

    /// The parameters under which these histories are likeliest, without any penalty. The order of histories does not
    /// change a digit.
    ///
    /// `None` below ten customers who bought again and where no maximum is found. Parameters are looked for between
    /// 1e-6 and 1e6: where data drive one to zero or to infinity (customers who are all alike: r, α → ∞ or a, b → ∞;
    /// nobody leaves: a → 0) the likelihood has no maximum but a limit, which is reached at that bound up to parts in
    /// a million, and the predictions with it.
    pub fn fit(self, histories: Vec<History>) -> Option<Fit<4>> {
        let buyers = Buyers::new(histories);
        if buyers.repeat_buyers() < FEWEST_REPEAT_BUYERS {
            return None;
        }
        match self {
            Self::BgNbd => beta_geometric::fit(Leaving::AfterRepeats, buyers),
            Self::MbgNbd => beta_geometric::fit(Leaving::AfterAll, buyers),
            Self::ParetoNbd => pareto_nbd::fit(buyers),
        }
    }
}

impl Model {
    /// The probability that a customer with this history will ever buy again if given time: 0 to 1.
    pub fn p_alive(&self, history: &History) -> f64 {
        match self.kind {
            Kind::BgNbd => self.beta_geometric(Leaving::AfterRepeats).p_alive(history),
            Kind::MbgNbd => self.beta_geometric(Leaving::AfterAll).p_alive(history),
            Kind::ParetoNbd => self.pareto_nbd().p_alive(history),
        }
    }

    /// Purchases expected of a customer with this history in the next `weeks` weeks: E[Y(t) | x, t_x, T].
    ///
    /// `None` unless 0 ≤ weeks < ∞, here and below.
    pub fn expected(&self, history: &History, weeks: f64) -> Option<f64> {
        Some(self.p_alive(history) * self.expected_if_alive(history, weeks)?)
    }

    /// The same of one who is alive for sure; it depends on x and T alone.
    pub fn expected_if_alive(&self, history: &History, weeks: f64) -> Option<f64> {
        if !(weeks >= 0.0 && weeks.is_finite()) {
            return None;
        }
        self.if_alive(history, &[weeks]).first().copied()
    }

    /// Purchases of a customer who is alive, for each number of weeks.
    fn if_alive(&self, history: &History, weeks: &[f64]) -> Vec<f64> {
        match self.kind {
            Kind::BgNbd => self.beta_geometric(Leaving::AfterRepeats).if_alive(history, weeks),
            Kind::MbgNbd => self.beta_geometric(Leaving::AfterAll).if_alive(history, weeks),
            Kind::ParetoNbd => self.pareto_nbd().if_alive(history, weeks),
        }
    }

    /// Repeat purchases expected of a new customer in the first `weeks` weeks: E[X(t)].
    pub fn expected_new(&self, weeks: f64) -> Option<f64> {
        self.expected(&History::NEW, weeks)
    }

    /// Purchases expected of one who is alive in each of the next `months` months of 365/12 days, those of month m
    /// divided by (1 + rate)^m, added up.
    ///
    /// `None` unless rate > −1 and months ≤ [`MOST_MONTHS`].
    pub fn discounted_if_alive(&self, history: &History, months: u32, rate: f64) -> Option<f64> {
        if !(rate > -1.0 && rate.is_finite()) || months > MOST_MONTHS {
            return None;
        }
        let weeks: Vec<f64> = (1..=months).map(|month| f64::from(month) * WEEKS_OF_MONTH).collect();
        let (mut sum, mut before, mut worth) = (0.0, 0.0, 1.0);
        for purchases in self.if_alive(history, &weeks) {
            worth /= 1.0 + rate;
            sum += (purchases - before) * worth;
            before = purchases;
        }
        Some(sum)
    }

    fn beta_geometric(&self, leaving: Leaving) -> BetaGeometric {
        let [r, alpha, a, b] = self.parameters;
        BetaGeometric { leaving, r, alpha, a, b }
    }

    fn pareto_nbd(&self) -> ParetoNbd {
        let [r, alpha, s, beta] = self.parameters;
        ParetoNbd { r, alpha, s, beta }
    }
}

#[cfg(test)]
mod tests;
