//! What is known of customers: histories, equal ones held once.

/// The longest history that is taken for one: daily purchases of 274 years.
pub const MOST_PURCHASES: u64 = 100_000;

/// What one customer did up to the day of observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Repeat purchases, x: days with a purchase but for the first.
    x: u64,
    /// Weeks from the first purchase to the last, t_x; 0 where x = 0.
    t_x: f64,
    /// Weeks from the first purchase to the day of observation, T.
    t: f64,
}

impl History {
    /// Of somebody at their first purchase.
    pub const NEW: Self = Self { x: 0, t_x: 0.0, t: 0.0 };

    /// `None` unless 0 ≤ x ≤ [`MOST_PURCHASES`] and 0 ≤ t_x ≤ T < ∞. Without a repeat purchase t_x says nothing.
    pub fn new(x: i64, t_x: f64, t: f64) -> Option<Self> {
        let x = u64::try_from(x).ok().filter(|x| *x <= MOST_PURCHASES)?;
        let possible = 0.0 <= t_x && t_x <= t && t.is_finite();
        possible.then_some(Self { x, t_x: if x == 0 { 0.0 } else { t_x }, t })
    }

    pub fn purchases(&self) -> i64 {
        i64::try_from(self.x).unwrap_or(i64::MAX)
    }

    /// As a real number, which every formula wants.
    #[expect(clippy::cast_precision_loss, reason = "at most a hundred thousand")]
    pub fn x(&self) -> f64 {
        self.x as f64
    }

    pub fn t_x(&self) -> f64 {
        self.t_x
    }

    pub fn t(&self) -> f64 {
        self.t
    }
}

/// Customers with the same history.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub history: History,
    pub customers: f64,
    /// The place of its x among the different ones.
    pub level: usize,
}

/// Groups in the order of x, T and t_x.
#[derive(Debug)]
pub struct Buyers {
    pub groups: Vec<Group>,
    /// Every x that there is, ascending.
    pub levels: Vec<u64>,
}

impl Buyers {
    pub fn new(mut histories: Vec<History>) -> Self {
        histories.sort_unstable_by(|one, other| {
            one.x.cmp(&other.x).then(one.t.total_cmp(&other.t)).then(one.t_x.total_cmp(&other.t_x))
        });
        Self::grouped(histories.into_iter().map(|history| (history, 1.0)))
    }

    fn grouped(sorted: impl Iterator<Item = (History, f64)>) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut levels = Vec::new();
        for (history, customers) in sorted {
            if levels.last() != Some(&history.x) {
                levels.push(history.x);
            }
            match groups.last_mut().filter(|last| last.history == history) {
                Some(last) => last.customers += customers,
                None => groups.push(Group { history, customers, level: levels.len() - 1 }),
            }
        }
        Self { groups, levels }
    }

    pub fn customers(&self) -> f64 {
        self.groups.iter().map(|group| group.customers).sum()
    }

    pub fn repeat_buyers(&self) -> f64 {
        self.repeated().iter().map(|group| group.customers).sum()
    }

    /// Purchases for a week of observation, all customers together.
    pub fn rate(&self) -> f64 {
        let sum = |of: fn(&History) -> f64| self.groups.iter().map(|group| group.customers * of(&group.history)).sum();
        let (purchases, weeks): (f64, f64) = (sum(History::x), sum(History::t));
        if weeks > 0.0 { purchases / weeks } else { 1.0 }
    }

    fn repeated(&self) -> &[Group] {
        self.groups.get(self.once()..).unwrap_or_default()
    }

    fn once(&self) -> usize {
        self.groups.partition_point(|group| group.history.x == 0)
    }

    /// About `size` customers that stand for all, where there are more different ones: every so-manieth of those who
    /// bought once, and of those who bought again, weighed back to their number.
    pub fn sample(&self, size: usize) -> Option<Self> {
        if self.groups.len() <= size {
            return None;
        }
        let once = self.groups.get(..self.once()).unwrap_or_default();
        let picked = every(once, size / 4).chain(every(self.repeated(), size - size / 4));
        Some(Self::grouped(picked))
    }
}

fn every(groups: &[Group], picks: usize) -> impl Iterator<Item = (History, f64)> {
    let all: f64 = groups.iter().map(|group| group.customers).sum();
    let step = all / picks as f64;
    let mut passed = 0.0;
    let mut next = 0.5 * step;
    groups.iter().filter_map(move |group| {
        passed += group.customers;
        let mut weight = 0.0;
        while next < passed {
            weight += step;
            next += step;
        }
        (weight > 0.0).then_some((group.history, weight))
    })
}
