//! The web shop's exports: UTF-8, English headers, JSON lines and compressed CSV, times with their offset.

use std::fmt::Write as _;
use std::path::Path;

use super::calendar::{self, Dashed, LAST, Moment, Stamped};
use super::campaigns::{SOURCES, Touch};
use super::chance::{Chance, Theme};
use super::digits::Plain;
use super::goods::LINES;
use super::output::{Fields, Sheet};
use super::people::{Person, Twist};
use super::places::{PLACES, REGIONS};
use super::sales::{CHANNELS, Order};
use super::untidy::written;
use super::{Error, World};

pub(super) struct Shop {
    users: Sheet,
    orders: Vec<Sheet>,
    touches: Sheet,
    chance: Chance,
    fields: Fields,
    numbers: Vec<u32>,
}

const ORDERS: &str = "order_id,line,kind,customer_id,sku,created_at,channel,country,region,city,campaign,quantity,currency,gross,discount,net,shipping";

impl Shop {
    pub fn create(world: &World, root: &Path) -> Result<Self, Error> {
        let mut orders = Vec::new();
        for quarter in 0..calendar::MONTHS.div_ceil(3) {
            let (year, month) = calendar::year_and_month(quarter * 3);
            let name = format!("shop/order_lines-{year}-q{}.csv.gz", month / 3 + 1);
            orders.push(Sheet::create(root, &name, ORDERS, world.level)?);
        }
        Ok(Self {
            users: Sheet::create(root, "shop/customers.jsonl.gz", "", world.level)?,
            orders,
            touches: Sheet::create(root, "shop/campaign_touches.jsonl.gz", "", world.level)?,
            chance: Chance::new(world.seed, Theme::Untidy, 1),
            fields: Fields::default(),
            numbers: vec![0; LAST as usize + 1],
        })
    }

    pub fn customer(&mut self, world: &World, person: &Person) -> Result<(), Error> {
        if !person.shop {
            return Ok(());
        }
        let chance = &mut self.chance;
        let place = &PLACES[person.place];
        let twist = person.crm.then_some(person.twist);
        let must_mail = matches!(twist, Some(Twist::Mail | Twist::Both | Twist::Typing));
        let must_phone = matches!(twist, Some(Twist::Phone | Twist::Both));
        let email = (must_mail || chance.permille(930)).then(|| {
            if chance.permille(30) { format!(" {}", person.mailbox.to_uppercase()) } else { person.mailbox.clone() }
        });
        let phone = (must_phone || chance.permille(780))
            .then(|| if chance.permille(700) { person.phone.clone() } else { written(chance, &person.phone) });
        let known = twist == Some(Twist::Typing) || chance.permille(640);
        let created = Moment { day: person.acquired, second: chance.between(0, 86_399) };
        let first = person.acquired.max(0);
        let updated =
            Moment { day: first + chance.between(0, (LAST - 1 - first).max(0)), second: chance.between(0, 86_399) };
        let city = if place.country == "CN" { format!("{}市", place.city) } else { place.city.to_owned() };
        let region = chance.permille(950).then_some(REGIONS[place.region].1);
        let gender = known.then_some(if person.female { "F" } else { "M" });
        let source = SOURCES[if person.crm { 5 } else { person.source }].1;
        let id = world.shop_id(person.index);
        self.users.line(person.index, |line| {
            let _ = write!(
                line,
                "{{\"id\":\"{id}\",\"profile\":{{\"name\":{},\"gender\":{},\"birthday\":{}}},\"contact\":{{\"email\":{},\"phone\":{}}},",
                json(Some(&person.name)),
                json(gender),
                json(known.then(|| Dashed(person.born).to_string()).as_deref()),
                json(email.as_deref()),
                json(phone.as_deref()),
            );
            let _ = write!(
                line,
                "\"address\":{{\"country\":\"{}\",\"region\":{},\"city\":\"{city}\"}},\"signup_source\":\"{source}\",\"marketing_opt_in\":{},\"created_at\":\"{}\",\"updated_at\":\"{}\"}}",
                place.country,
                json(region),
                person.consent,
                Stamped(created, place.zone),
                Stamped(updated, place.zone),
            );
        })
    }

    pub fn order(&mut self, world: &World, person: &Person, order: &Order) -> Result<(), Error> {
        let counter = &mut self.numbers[order.at.day as usize];
        *counter += 1;
        // Numbers of the shop grow from day to day.
        let number = format!("W{}{:04}", 10_000 + order.at.day, counter);
        for (position, line) in order.lines.iter().enumerate() {
            let amounts = (line.quantity, line.gross, line.discount, line.shipping);
            self.line(world, person, order, (&number, position + 1, line.product), order.at, amounts)?;
            if let Some(back) = &line.back {
                // A refund is another line of its order, in the file of its own day.
                let amounts = (-back.quantity, -back.gross, -back.discount, 0);
                self.line(world, person, order, (&number, position + 101, line.product), back.at, amounts)?;
            }
        }
        Ok(())
    }

    fn line(
        &mut self,
        world: &World,
        person: &Person,
        order: &Order,
        (number, position, product): (&str, usize, usize),
        at: Moment,
        (quantity, gross, discount, shipping): (i64, i64, i64, i64),
    ) -> Result<(), Error> {
        let place = &PLACES[person.place];
        let row = self.fields.start();
        row.add(number)
            .add(position)
            .add(if quantity < 0 { "refund" } else { "sale" })
            .add(world.shop_id(person.index));
        row.add(&world.goods.products[product].id).add(Stamped(at, place.zone)).add(CHANNELS[order.channel].1);
        row.add(place.country).add(REGIONS[place.region].1).add(place.city);
        row.maybe(order.campaign.map(|campaign| &world.campaigns[campaign].id)).add(quantity);
        row.add(if order.dollars { "USD" } else { "CNY" })
            .add(Plain(gross))
            .add(Plain(discount))
            .add(Plain(gross - discount));
        row.add(Plain(shipping));
        let key = Moment { day: at.day, second: if quantity < 0 { 86_399 } else { 0 } }.key();
        let sheet = &mut self.orders[calendar::month_of(at.day) / 3];
        sheet.row(key, &self.fields)?;
        // The export tool writes a page's last row again as the next page's first.
        if self.chance.below(2500) == 0 { sheet.row(key, &self.fields) } else { Ok(()) }
    }

    pub fn touch(&mut self, world: &World, person: &Person, touch: &Touch) -> Result<(), Error> {
        let campaign = &world.campaigns[touch.campaign];
        let zone = PLACES[person.place].zone;
        let responded = touch.responded.map(|moment| Stamped(moment, zone).to_string());
        self.touches.line(touch.at.key(), |line| {
            let _ = write!(
                line,
                "{{\"campaign\":\"{}\",\"user\":{{\"id\":\"{}\"}},\"arm\":\"{}\",\"sent_at\":\"{}\",\"channel\":\"{}\",\"opened\":{},\"clicked\":{},\"responded_at\":{}}}",
                campaign.id,
                world.shop_id(person.index),
                if touch.treated { "treatment" } else { "control" },
                Stamped(touch.at, zone),
                campaign.channel,
                touch.opened,
                touch.clicked,
                json(responded.as_deref()),
            );
        })
    }

    /// The shop's own catalogue: what the CRM knows under Chinese names, and the accessories, which only the shop sells.
    pub fn products(world: &World, root: &Path) -> Result<Sheet, Error> {
        let mut sheet = Sheet::create(root, "shop/products.jsonl", "", world.level)?;
        for (number, product) in world.goods.products.iter().enumerate() {
            let discontinued = product.discontinued.map(|day| Dashed(day).to_string());
            sheet.line(number as u64, |line| {
                let _ = write!(
                    line,
                    "{{\"sku\":\"{}\",\"title\":\"{}\",\"category\":{{\"name\":\"{}\",\"sub\":\"{}\"}},\"brand\":{},\"vendor\":\"S{:02}\",\"list_price\":\"{}\",\"cost\":\"{}\",\"launched_on\":\"{}\",\"discontinued_on\":{}}}",
                    product.id,
                    product.names.1,
                    LINES[product.line].names.1,
                    LINES[product.line].items[product.item].1,
                    json(product.brand),
                    product.supplier + 1,
                    Plain(product.list_price),
                    Plain(product.unit_cost),
                    Dashed(product.launched),
                    json(discontinued.as_deref()),
                );
            })?;
        }
        Ok(sheet)
    }

    pub fn sheets(self) -> Vec<Sheet> {
        let mut sheets = vec![self.users, self.touches];
        sheets.extend(self.orders);
        sheets
    }
}

/// A text as JSON; `null` for none.
pub(super) fn json(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), |text| serde_json::Value::from(text).to_string())
}
