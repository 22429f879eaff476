//! Campaigns, whom they touched, and what they truly did.

use super::calendar::{self, LAST, Moment};
use super::chance::{Chance, Theme};
use super::people::Person;

pub(super) struct Campaign {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub channel: &'static str,
    pub starts: i32,
    pub ends: i32,
    /// Whole yuan.
    pub budget: i64,
    pub cost: i64,
    /// Sent by the web shop, to its users.
    pub by_shop: bool,
    /// Per mille: customers touched, of them the control group's part, and planted: who buys only because of it.
    pub reach: u32,
    pub control: u32,
    pub effect: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Seasonal,
    Acquisition,
    Retention,
    CrossSell,
    Loyalty,
}

impl Kind {
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Seasonal => ("季节促销", "seasonal"),
            Self::Acquisition => ("拉新", "acquisition"),
            Self::Retention => ("挽回", "retention"),
            Self::CrossSell => ("交叉销售", "cross_sell"),
            Self::Loyalty => ("会员关怀", "loyalty"),
        }
    }
}

/// Where customers come from: as the CRM writes it, as the shop does.
pub(super) const SOURCES: [(&str, &str); 7] = [
    ("门店", "store"),
    ("转介绍", "referral"),
    ("展会", "trade_fair"),
    ("搜索广告", "search_ads"),
    ("社交广告", "social_ads"),
    ("自然流量", "organic"),
    ("电话营销", "telemarketing"),
];
/// Paid sources: position, monthly cost in yuan per customer of the company in thousands.
const PAID: [(usize, i64); 3] = [(2, 700), (3, 1900), (4, 1500)];

pub(super) fn campaigns(customers: u64) -> Vec<Campaign> {
    let scale = (customers / 1000).max(1) as i64;
    let mut all = Vec::new();
    for year in 2023..=2026 {
        let spring = calendar::NEW_YEARS.iter().find(|(of, ..)| *of == year);
        if let Some((_, month, day)) = spring.filter(|(of, ..)| *of > 2023) {
            let eve = calendar::day_of(year, *month, *day);
            all.push(seasonal(format!("CNY-{year}"), format!("{year}年货节"), "sms", eve - 18, eve - 2, false));
        }
        let [june, july, november] = [(6, 12), (7, 10), (11, 1)].map(|(month, day)| calendar::day_of(year, month, day));
        all.push(seasonal(format!("M618-{year}"), format!("{year} 618大促"), "push", june, june + 6, true));
        all.push(seasonal(format!("SUM-{year}"), format!("{year}清凉一夏"), "email", july, july + 31, true));
        all.push(seasonal(format!("D11-{year}"), format!("{year}双十一"), "push", november, november + 10, true));
    }
    all.push(Campaign {
        kind: Kind::Loyalty,
        control: 0,
        effect: 15,
        ..seasonal(
            "LOY-2024".into(),
            "2024会员日".into(),
            "email",
            calendar::day_of(2024, 9, 6),
            calendar::day_of(2024, 9, 12),
            true,
        )
    });
    all.push(Campaign {
        kind: Kind::Retention,
        reach: 550,
        control: 350,
        effect: PLANTED_EFFECT,
        ..seasonal(
            PLANTED.into(),
            "2025老客唤醒券".into(),
            "sms",
            calendar::day_of(2025, 9, 8),
            calendar::day_of(2025, 9, 21),
            false,
        )
    });
    all.push(Campaign {
        kind: Kind::CrossSell,
        reach: 400,
        control: 300,
        effect: 0,
        ..seasonal(
            "XS-2026".into(),
            "2026咖啡搭配推荐".into(),
            "email",
            calendar::day_of(2026, 3, 9),
            calendar::day_of(2026, 3, 22),
            true,
        )
    });
    for campaign in &mut all {
        campaign.cost = scale * i64::from(campaign.reach) * if campaign.channel == "sms" { 3 } else { 1 } + 37;
        campaign.budget = campaign.cost / 100 * 110 + 500;
    }
    for month in 0..calendar::MONTHS - 1 {
        let (year, number) = calendar::year_and_month(month);
        for (source, cost) in PAID {
            let starts = calendar::first_day(month);
            let cost = cost * scale / 10 * (8 + (month as i64 * 7 + source as i64 * 3) % 5);
            all.push(Campaign {
                id: format!("ACQ-{year}{number:02}-{}", source + 1),
                name: format!("{year}年{number}月{}投放", SOURCES[source].0),
                kind: Kind::Acquisition,
                channel: SOURCES[source].1,
                starts,
                ends: calendar::month_end(starts),
                budget: cost * 11 / 10,
                cost,
                by_shop: false,
                reach: 0,
                control: 0,
                effect: 0,
            });
        }
    }
    all
}

/// Planted: the campaign whose effect a correct uplift must find, in per mille of those touched.
pub(super) const PLANTED: &str = "WB-2025";
pub(super) const PLANTED_EFFECT: u32 = 90;

fn seasonal(id: String, name: String, channel: &'static str, starts: i32, ends: i32, by_shop: bool) -> Campaign {
    Campaign {
        id,
        name,
        kind: Kind::Seasonal,
        channel,
        starts,
        ends,
        budget: 0,
        cost: 0,
        by_shop,
        reach: 300,
        control: 150,
        effect: 25,
    }
}

pub(super) struct Touch {
    /// Position in the list of campaigns.
    pub campaign: usize,
    pub treated: bool,
    pub at: Moment,
    pub opened: bool,
    pub clicked: bool,
    pub responded: Option<Moment>,
    /// When the customer buys because of it.
    pub buys: Option<i32>,
}

pub(super) fn touches(seed: u64, campaigns: &[Campaign], person: &Person, touches: &mut Vec<Touch>) {
    touches.clear();
    let mut chance = Chance::new(seed, Theme::Touches, person.index);
    for (number, campaign) in campaigns.iter().enumerate().filter(|(_, campaign)| campaign.reach > 0) {
        // Drawn for everybody, so that one campaign's terms do not change the others'.
        let (reached, control, effect) = (chance.below(1000), chance.below(1000), chance.below(1000));
        let day = campaign.starts + chance.between(0, 2);
        let at = Moment { day, second: 9 * 3600 + chance.between(0, 9 * 3600) };
        let (opens, clicks, answers, delay) =
            (chance.below(1000), chance.below(1000), chance.below(1000), chance.between(1, 12));
        let member = if campaign.by_shop { person.shop } else { person.crm };
        if !member || !person.consent || person.acquired >= campaign.starts || reached >= campaign.reach || day > LAST {
            continue;
        }
        let treated = control >= campaign.control;
        let buys = (treated && effect < campaign.effect && day + delay < LAST).then_some(day + delay);
        let opened = treated && (buys.is_some() || opens < 340);
        let clicked = opened && (buys.is_some() || clicks < 260);
        let responded = clicked && (buys.is_some() || answers < 350);
        touches.push(Touch {
            campaign: number,
            treated,
            at,
            opened,
            clicked,
            responded: responded.then(|| at.after(delay * 7 * 3600)),
            buys,
        });
    }
}
