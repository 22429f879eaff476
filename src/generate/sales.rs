//! Orders: buy till you die.
//!
//! While a customer is one, orders come at random, at the customer's own rate, faster in busy seasons; the day the
//! customer is lost ends them. Rates are gamma distributed, so a few buy often and many once.

use super::World;
use super::calendar::{self, LAST, Moment};
use super::campaigns::{Kind, Touch};
use super::chance::{Chance, Theme};
use super::goods::{ACCESSORIES, COFFEE, Goods, LINES, MACHINES, TROUBLED};
use super::people::Person;
use super::places::OVERSEAS;

/// As the CRM writes it (the shop's are never written there), as the shop does.
pub(super) const CHANNELS: [(&str, &str); 7] = [
    ("门店", "store"),
    ("经销商", "dealer"),
    ("电话", "call_center"),
    ("", "web"),
    ("", "app"),
    ("", "mini_program"),
    ("", "marketplace"),
];

pub(super) struct Order {
    pub shop: bool,
    pub at: Moment,
    pub channel: usize,
    /// Among the sales people of the region.
    pub rep: Option<usize>,
    pub campaign: Option<usize>,
    /// In US cents instead of fen.
    pub dollars: bool,
    /// Nobody asked for the customer's card.
    pub walk_in: bool,
    pub lines: Vec<Line>,
}

pub(super) struct Line {
    pub product: usize,
    pub quantity: i64,
    pub gross: i64,
    pub discount: i64,
    pub shipping: i64,
    pub back: Option<Back>,
}

pub(super) struct Back {
    pub at: Moment,
    pub quantity: i64,
    pub gross: i64,
    pub discount: i64,
}

/// Planted: per mille of lines that come back, of the troubled product and of the others.
pub(super) const RETURNS: (u32, u32) = (170, 34);
/// Planted: per mille of coffee machines with which coffee is bought.
pub(super) const TOGETHER: u32 = 450;

pub(super) fn orders(world: &World, person: &Person, touches: &[Touch], orders: &mut Vec<Order>) {
    orders.clear();
    let mut chance = Chance::new(world.seed, Theme::Orders, person.index);
    let first = person.acquired.max(0) + (chance.exponential() * 8.0).min(90.0) as i32;
    if person.buys && first <= LAST {
        // Who was a customer before the exports begin is somewhere between two orders.
        if person.acquired >= 0 {
            order(world, person, touches, &mut chance, first, None, orders);
        }
        let end = world.clock.at(f64::from(person.until()));
        let start = if person.acquired >= 0 { f64::from(first) + chance.unit() } else { 0.0 };
        let mut busy = world.clock.at(start);
        loop {
            busy += chance.exponential() / (person.rate * world.pace);
            if busy >= end {
                break;
            }
            let day = world.clock.day(busy);
            let promoted = promotion(world, day).is_some();
            // Who minds the price waits for a promotion, and buys more in it.
            if person.price_sensitive && !promoted && chance.permille(450) {
                continue;
            }
            order(world, person, touches, &mut chance, day, None, orders);
            if person.price_sensitive && promoted && chance.permille(350) {
                order(world, person, touches, &mut chance, (day + 1).min(LAST), None, orders);
            }
        }
    }
    for touch in touches {
        if let Some(day) = touch.buys {
            order(world, person, touches, &mut chance, day, Some(touch.campaign), orders);
        }
    }
    orders.sort_by_key(|order| order.at);
}

/// The seasonal campaign of a day.
fn promotion(world: &World, day: i32) -> Option<usize> {
    world
        .campaigns
        .iter()
        .position(|campaign| campaign.kind == Kind::Seasonal && campaign.starts <= day && day <= campaign.ends)
}

fn order(
    world: &World,
    person: &Person,
    touches: &[Touch],
    chance: &mut Chance,
    day: i32,
    because: Option<usize>,
    orders: &mut Vec<Order>,
) {
    let shop = person.shop && (!person.crm || chance.permille(600));
    let hour = (person.hour + chance.between(-3, 3)).rem_euclid(24);
    let at = Moment { day, second: hour * 3600 + chance.between(0, 3599) };
    let month = calendar::month_of(day);
    let channel = channel(person, chance, shop, month);
    let near = touches
        .iter()
        .rev()
        .find(|touch| touch.treated && (0..=14).contains(&(day - touch.at.day)))
        .map(|touch| touch.campaign)
        .filter(|_| chance.permille(350));
    let mut order = Order {
        shop,
        at,
        channel,
        rep: (!shop).then(|| if person.industry.is_some() { person.rep } else { chance.below(4) as usize }),
        campaign: because.or(near),
        dollars: person.region() == OVERSEAS,
        walk_in: channel == 0 && chance.permille(35),
        lines: Vec::new(),
    };
    let wanted = 1 + chance.geometric(if person.industry.is_some() { 560 } else { 430 }, 7);
    let lines = if shop { LINES.len() } else { ACCESSORIES };
    for _ in 0..wanted {
        let favourite = person.favourite;
        let liked = chance.permille(420) && chance.permille(Goods::demanded(favourite, month));
        let range = if liked && favourite < lines { favourite..favourite + 1 } else { 0..lines };
        let product = world.goods.draw(chance, month, range);
        add(world, person, chance, &mut order, product);
        if world.goods.products[product].line == MACHINES && chance.permille(TOGETHER) {
            let coffee = world.goods.draw(chance, month, COFFEE..COFFEE + 1);
            add(world, person, chance, &mut order, coffee);
        }
    }
    if let Some(line) = order.lines.first_mut() {
        let large = line.gross - line.discount >= 9900 || person.industry.is_some();
        line.shipping = match (order.dollars, shop, large) {
            (true, ..) => 690,
            (_, true, false) => 800,
            (_, true, true) => 600,
            _ if order.channel == 0 => 0,
            _ => 1500,
        };
    }
    orders.push(order);
}

fn channel(person: &Person, chance: &mut Chance, shop: bool, month: usize) -> usize {
    // The app and the mini program grow at the cost of the web.
    let grown = month as u32 * 6;
    match (shop, person.industry.is_some(), person.region() == OVERSEAS) {
        (true, _, true) => 3 + chance.weighted(&[600, 0, 0, 400]),
        (true, ..) => 3 + chance.weighted(&[420 - grown, 200 + grown, 130 + grown / 2, 250]),
        (_, true, _) => chance.weighted(&[60, 720, 220]),
        _ => chance.weighted(&[820, 40, 140]),
    }
}

fn add(world: &World, person: &Person, chance: &mut Chance, order: &mut Order, product: usize) {
    if order.lines.iter().any(|line| line.product == product) {
        return;
    }
    let quantity = match person.industry {
        Some(_) => i64::from(chance.between(2, 8) + chance.between(0, 8)),
        None => [1, 1, 1, 1, 1, 1, 2, 2, 3][chance.below(9) as usize],
    };
    // Prices rise by 2 % every year.
    let list = world.goods.products[product].list_price * (1000 + 20 * i64::from(order.at.day / 365)) / 1000;
    let price = if order.dollars { (list / 700 + 1) * 100 - 1 } else { list };
    let gross = price * quantity;
    let percent = discount(world, person, chance, order);
    let discount = (gross * percent + 50) / 100;
    let troubled = if product == TROUBLED { RETURNS.0 } else { RETURNS.1 };
    let back = (chance.permille(troubled)).then(|| {
        let part =
            if quantity > 1 && chance.permille(500) { i64::from(chance.between(1, quantity as i32)) } else { quantity };
        let late = Moment { day: order.at.day + chance.between(2, 22), second: chance.between(9 * 3600, 18 * 3600) };
        Back { at: late, quantity: part, gross: gross * part / quantity, discount: discount * part / quantity }
    });
    let back = back.filter(|back| back.at.day <= LAST);
    order.lines.push(Line { product, quantity, gross, discount, shipping: 0, back });
}

/// In per cent of the gross amount.
fn discount(world: &World, person: &Person, chance: &mut Chance, order: &Order) -> i64 {
    let promoted = promotion(world, order.at.day).is_some();
    let weights = match (person.industry.is_some(), promoted, person.price_sensitive) {
        (true, ..) => [20, 10, 45, 20, 5, 0],
        (_, true, true) => [5, 5, 20, 30, 25, 15],
        (_, true, false) => [35, 8, 22, 20, 10, 5],
        (_, _, true) => [30, 10, 25, 20, 10, 5],
        _ => [80, 6, 8, 4, 2, 0],
    };
    [0, 5, 10, 15, 25, 40][chance.weighted(&weights)]
}
