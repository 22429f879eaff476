//! What happens around orders: service cases, calls and clicks, points.

use std::fmt::Write as _;
use std::path::Path;

use super::calendar::{self, LAST, Moment, Stamped, Wall};
use super::chance::{Chance, Theme};
use super::digits::{Plain, Yuan};
use super::goods::{CONSUMED, TROUBLED};
use super::output::{Fields, Sheet};
use super::people::{Person, active_days};
use super::places::PLACES;
use super::sales::{Line, Order};
use super::shop::json;
use super::{Error, World};

pub(super) struct Care {
    cases: Sheet,
    tickets: Sheet,
    contacts: Sheet,
    events: Sheet,
    points: Sheet,
    fields: Fields,
    counts: [u64; 4],
}

const CASES: &str = "工单号,客户编号,类型,产品编号,受理渠道,受理时间,结案时间,满意度,推荐分,处理成本";
const CONTACTS: &str = "记录编号,客户编号,方式,时间,相关商品";
const POINTS: &str = "entry_id,customer_id,kind,points,posted_at";
pub(super) const KINDS: [(&str, &str); 5] =
    [("投诉", "complaint"), ("咨询", "inquiry"), ("维修", "repair"), ("理赔", "claim"), ("退货", "return")];
/// Planted: per mille of lines complained about, of the troubled product and of the others.
pub(super) const COMPLAINTS: (u32, u32) = (120, 9);
/// Planted: per mille of cases of each kind that name the product they are about, one that the customer has bought.
/// Inquiries come before an order, so those of new customers name none.
pub(super) const NAMED: [u32; KINDS.len()] = [900, 450, 985, 960, 970];

/// Why a customer writes or calls.
struct Concern {
    shop: bool,
    kind: usize,
    opened: Moment,
    product: Option<usize>,
}

impl Care {
    pub fn create(world: &World, root: &Path) -> Result<Self, Error> {
        let create = |name, header| Sheet::create(root, name, header, world.level);
        Ok(Self {
            cases: create("crm/service_cases.csv", CASES)?,
            tickets: create("shop/tickets.jsonl.gz", "")?,
            contacts: create("crm/contacts.csv.gz", CONTACTS)?,
            events: create("shop/events.jsonl.gz", "")?,
            points: create("shop/points.csv.gz", POINTS)?,
            fields: Fields::default(),
            counts: [0; 4],
        })
    }

    pub fn cases(&mut self, world: &World, person: &Person, orders: &[Order]) -> Result<(), Error> {
        let mut chance = Chance::new(world.seed, Theme::Care, person.index);
        let mut subjects = Chance::new(world.seed, Theme::Subjects, person.index);
        for order in orders.iter().filter(|order| !order.walk_in) {
            let mut about = |kind: usize, opened: Moment, line: Option<&Line>| {
                let named = subjects.permille(NAMED[kind]);
                let product =
                    line.map(|line| line.product).or_else(|| owned(orders, order.shop, opened, &mut subjects));
                Concern { shop: order.shop, kind, opened, product: product.filter(|_| named) }
            };
            if chance.permille(26) {
                let opened = order.at.after(-chance.between(3600, 200_000));
                self.case(world, person, about(1, opened, None), &mut chance)?;
            }
            for line in &order.lines {
                let broken = if CONSUMED.contains(&world.goods.products[line.product].line) { 3 } else { 2 };
                let troubled = if line.product == TROUBLED { COMPLAINTS.0 } else { COMPLAINTS.1 };
                let later = order.at.after(86_400 * chance.between(2, 30) + chance.between(0, 40_000));
                if chance.permille(troubled) {
                    self.case(world, person, about(0, later, Some(line)), &mut chance)?;
                } else if chance.permille(6) {
                    self.case(world, person, about(broken, later.after(86_400 * 60), Some(line)), &mut chance)?;
                } else if chance.permille(3) {
                    self.case(world, person, about(3, later, Some(line)), &mut chance)?;
                }
                if let Some(back) = line.back.as_ref().filter(|_| chance.permille(350)) {
                    self.case(world, person, about(4, back.at.after(-86_400), Some(line)), &mut chance)?;
                }
            }
        }
        Ok(())
    }

    fn case(&mut self, world: &World, person: &Person, concern: Concern, chance: &mut Chance) -> Result<(), Error> {
        let Concern { shop, kind, opened, product } = concern;
        if opened.day < 0 || opened.day > LAST {
            return Ok(());
        }
        let closed = opened.after(3600 * chance.between(1, 30) * if kind > 1 { 8 } else { 2 });
        let closed = (closed.day <= LAST).then_some(closed);
        let weights = if kind == 0 { [26, 28, 24, 16, 6] } else { [3, 6, 15, 41, 35] };
        let csat = 1 + chance.weighted(&weights);
        let nps = (csat as i32 * 2 + chance.between(-2, 1)).clamp(0, 10);
        let csat = (closed.is_some() && chance.permille(560)).then_some(csat);
        let nps = csat.filter(|_| chance.permille(600)).map(|_| nps);
        let product = product.map(|product| world.goods.products[product].id.as_str());
        let cost = chance.permille(700).then(|| i64::from(chance.between(300, 6000)) * if kind > 1 { 4 } else { 1 });
        if shop {
            self.counts[0] += 1;
            let zone = PLACES[person.place].zone;
            let (id, user) = (self.counts[0], world.shop_id(person.index));
            let number = |value: Option<String>| value.unwrap_or_else(|| "null".into());
            return self.tickets.line(opened.key(), |line| {
                let _ = write!(
                    line,
                    "{{\"ticket\":\"T{id:07}\",\"user\":{{\"id\":\"{user}\"}},\"type\":\"{}\",\"sku\":{},\"channel\":\"{}\",\"opened_at\":\"{}\",\"closed_at\":{},\"rating\":{{\"csat\":{},\"nps\":{}}},\"handling_cost\":{}}}",
                    KINDS[kind].1,
                    json(product),
                    ["chat", "email", "phone"][chance.weighted(&[60, 25, 15])],
                    Stamped(opened, zone),
                    json(closed.map(|closed| Stamped(closed, zone).to_string()).as_deref()),
                    number(csat.map(|csat| csat.to_string())),
                    number(nps.map(|nps| nps.to_string())),
                    json(cost.map(|cost| Plain(cost).to_string()).as_deref()),
                );
            });
        }
        self.counts[1] += 1;
        let row = self.fields.start();
        row.add(format!("GD{:07}", self.counts[1])).add(world.crm_id(person.index)).add(KINDS[kind].0);
        row.maybe(product)
            .add(["电话", "门店", "邮件"][chance.weighted(&[60, 30, 10])])
            .add(Wall(opened))
            .maybe(closed.map(Wall));
        row.maybe(csat).maybe(nps).maybe(cost.map(Yuan));
        self.cases.row(opened.key(), &self.fields)
    }

    pub fn interactions(&mut self, world: &World, person: &Person, orders: &[Order]) -> Result<(), Error> {
        let mut chance = Chance::new(world.seed, Theme::Interactions, person.index);
        let (first, last) = active_days(person);
        if person.crm && !person.deleted {
            let most = if person.industry.is_some() { 8 } else { 2 };
            for _ in 0..chance.below(most) {
                let at = Moment { day: chance.between(first, last), second: chance.between(9 * 3600, 18 * 3600) };
                self.counts[2] += 1;
                let product =
                    chance.permille(300).then(|| world.goods.draw(&mut chance, calendar::month_of(at.day), 0..8));
                let row = self.fields.start();
                row.add(format!("GJ{:08}", self.counts[2])).add(world.crm_id(person.index));
                row.add(["电话", "拜访", "邮件"][chance.weighted(&[60, 15, 25])]).add(Wall(at));
                row.maybe(product.map(|product| &world.goods.products[product].id));
                self.contacts.row(at.key(), &self.fields)?;
            }
        }
        if !person.shop {
            return Ok(());
        }
        for _ in 0..1 + chance.geometric(720, 12) {
            let at = Moment { day: chance.between(first, last), second: chance.between(7 * 3600, 23 * 3600) };
            let kind = ["browse", "login", "social"][chance.weighted(&[40, 45, 15])];
            let product = (kind == "browse").then(|| world.goods.draw(&mut chance, calendar::month_of(at.day), 0..9));
            self.event(world, person, kind, at, product)?;
        }
        for order in orders.iter().filter(|order| order.shop && order.at.day >= 3) {
            if let Some(line) = order.lines.first().filter(|_| chance.permille(550)) {
                let at = order.at.after(-chance.between(120, 200_000));
                self.event(world, person, "browse", at, Some(line.product))?;
            }
        }
        Ok(())
    }

    fn event(
        &mut self,
        world: &World,
        person: &Person,
        kind: &str,
        at: Moment,
        product: Option<usize>,
    ) -> Result<(), Error> {
        self.counts[3] += 1;
        let (id, user) = (self.counts[3], world.shop_id(person.index));
        let sku = product.map(|product| world.goods.products[product].id.as_str());
        self.events.line(at.key(), |line| {
            let _ = write!(
                line,
                "{{\"event\":{id},\"user\":\"{user}\",\"kind\":\"{kind}\",\"at\":\"{}\",\"sku\":{}}}",
                Stamped(at, PLACES[person.place].zone),
                json(sku)
            );
        })
    }

    /// One point for every ten yuan paid in the shop; what is left expires in part at the end of each year.
    pub fn points(&mut self, world: &World, person: &Person, orders: &[Order]) -> Result<(), Error> {
        let mut chance = Chance::new(world.seed, Theme::Points, person.index);
        if !person.shop || !chance.permille(700) {
            return Ok(());
        }
        let (mut balance, mut year) = (0i64, 0);
        for order in orders.iter().filter(|order| order.shop) {
            let now = calendar::month_of(order.at.day) / 12;
            if now > year && balance > 40 {
                let expired = balance * i64::from(chance.between(0, 3)) / 10;
                let last = Moment { day: calendar::first_day(now * 12) - 1, second: 86_000 };
                balance -= expired;
                self.entry(world, person, "expire", -expired, last)?;
            }
            year = now;
            let paid: i64 = order.lines.iter().map(|line| line.gross - line.discount).sum();
            let earned = if order.dollars { paid * 7 } else { paid } / 1000;
            balance += earned;
            self.entry(world, person, "earn", earned, order.at.after(600))?;
            if balance > 100 && chance.permille(260) {
                let redeemed = balance * i64::from(chance.between(4, 10)) / 10;
                balance -= redeemed;
                self.entry(world, person, "redeem", -redeemed, order.at.after(900))?;
            }
            if chance.permille(6) {
                balance += 20;
                self.entry(world, person, "adjust", 20, order.at.after(86_400))?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, world: &World, person: &Person, kind: &str, points: i64, at: Moment) -> Result<(), Error> {
        if points == 0 || at.day > LAST {
            return Ok(());
        }
        self.counts[0] += 1;
        let row = self.fields.start();
        row.add(format!("E{:08}", self.counts[0])).add(world.shop_id(person.index)).add(kind).add(points);
        row.add(Stamped(at, PLACES[person.place].zone));
        self.points.row(at.key(), &self.fields)
    }

    pub fn sheets(self) -> Vec<Sheet> {
        vec![self.cases, self.tickets, self.contacts, self.events, self.points]
    }
}

/// Something that the customer's orders of one system brought before a moment.
fn owned(orders: &[Order], shop: bool, before: Moment, chance: &mut Chance) -> Option<usize> {
    let earlier = orders.iter().filter(|order| order.shop == shop && !order.walk_in && order.at < before);
    let products: Vec<usize> = earlier.flat_map(|order| &order.lines).map(|line| line.product).collect();
    (!products.is_empty()).then(|| *chance.pick(&products))
}
