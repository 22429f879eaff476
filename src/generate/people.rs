//! Customers: who they are, where they are known, how they buy. Everything follows from the seed and their number.

use super::calendar::{AS_OF, LAST};
use super::chance::{Chance, Theme};
use super::goods::LINES;
use super::places::{self, INDUSTRIES, PLACES};

pub(super) struct Person {
    pub index: u64,
    pub crm: bool,
    pub shop: bool,
    /// Registered a second time in the CRM under another number.
    pub twice: bool,
    /// Orders are there, the customer record was deleted.
    pub deleted: bool,
    /// Industry of a company; a person has none.
    pub industry: Option<usize>,
    pub place: usize,
    pub source: usize,
    pub consent: bool,
    /// Day of the first contact.
    pub acquired: i32,
    pub buys: bool,
    /// Orders per busy day, before the pace that makes the total come out.
    pub rate: f64,
    /// Last day on which the customer is one.
    pub lost: i32,
    pub price_sensitive: bool,
    pub favourite: usize,
    /// Hour around which the customer shops.
    pub hour: i32,
    /// Owner among the sales people of the region.
    pub rep: usize,
    pub female: bool,
    pub born: i32,
    pub name: String,
    pub mailbox: String,
    pub phone: String,
    pub street: String,
    /// How the records of the two systems differ.
    pub twist: Twist,
}

/// What a person in both systems left there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Twist {
    /// The same e-mail, in another case, and another phone.
    Mail,
    /// The same phone, written differently, and another e-mail.
    Phone,
    Both,
    /// Neither is equal: a mistyped e-mail, no phone. Only name, birthday and city give the person away.
    Typing,
}

/// Planted: who is in both systems stays a customer as much longer as others.
pub(super) const LOYAL_PERCENT: u32 = 260;

/// In per mille.
const ONLY_CRM: u32 = 350;
const ONLY_SHOP: u32 = 545;

impl Person {
    pub fn new(seed: u64, buyers: u32, index: u64) -> Self {
        let mut chance = Chance::new(seed, Theme::Person, index);
        let known = chance.below(1000);
        let (crm, shop) = (!(ONLY_CRM..ONLY_CRM + ONLY_SHOP).contains(&known), known >= ONLY_CRM);
        let company = crm && !shop && chance.permille(260);
        let overseas = shop && !crm && chance.permille(80);
        let place = places::place(&mut chance, overseas);
        let industry = company.then(|| chance.below(INDUSTRIES.len() as u32) as usize);
        let (person_name, latin) = places::person_name(&mut chance, overseas);
        let name = match industry {
            Some(industry) => places::company_name(&mut chance, place, industry),
            None => person_name,
        };
        let acquired = if chance.permille(if crm { 240 } else { 90 }) {
            chance.between(-900, -1)
        } else {
            // Twice as many newcomers at the end as at the beginning.
            let share = (1.0 + 3.0 * chance.unit()).sqrt() - 1.0;
            ((share * f64::from(LAST)) as i32).min(LAST - 1)
        };
        let twist = [Twist::Mail, Twist::Phone, Twist::Both, Twist::Typing][chance.weighted(&[40, 38, 14, 8])];
        let price_sensitive = chance.permille(if company { 60 } else { 230 });
        let rate = (chance.half_gamma() + 0.04) * if company { 1.2 } else { 1.0 } * if crm && shop { 1.3 } else { 1.0 };
        // Exponential life times whose mean itself varies from customer to customer.
        let leaving = (chance.exponential() + chance.exponential()) / 2.0;
        let loyal = if crm && shop { f64::from(LOYAL_PERCENT) / 100.0 } else { 1.0 };
        let life = chance.exponential() / leaving * 420.0 * loyal + 5.0;
        let lost = if life > 3000.0 { LAST } else { acquired.max(0) + life as i32 };
        let source = match (crm, company) {
            (true, true) => [2, 1, 6, 3][chance.weighted(&[40, 25, 20, 15])],
            (true, false) => [0, 1, 3, 2][chance.weighted(&[55, 25, 15, 5])],
            _ => [3, 4, 5, 1][chance.weighted(&[30, 30, 28, 12])],
        };
        Self {
            index,
            crm,
            shop,
            twice: crm && !company && chance.permille(12),
            deleted: crm && !shop && chance.permille(6),
            industry,
            place,
            source,
            consent: chance.permille(820),
            acquired,
            buys: chance.permille(buyers),
            rate,
            lost,
            price_sensitive,
            favourite: chance.weighted(&LINE_TASTE),
            hour: [9, 12, 15, 20, 22][chance.weighted(&[18, 20, 20, 30, 12])],
            rep: chance.below(4) as usize,
            female: chance.permille(540),
            born: -8_400 - chance.between(0, 9_000) - chance.between(0, 9_000),
            mailbox: format!("{latin}{}@{}", index + 10, chance.pick(&places::MAILBOXES)),
            phone: phone(place, index),
            street: places::street(&mut chance),
            name,
            twist,
        }
    }

    pub fn region(&self) -> usize {
        PLACES[self.place].region
    }

    /// Day up to which the customer does things that are seen.
    pub fn until(&self) -> i32 {
        self.lost.min(LAST)
    }
}

const LINE_TASTE: [u32; LINES.len()] = [24, 8, 20, 12, 7, 7, 11, 6, 5];

/// A number that no other customer has: the multiplier and the modulus have no common factor.
fn phone(place: usize, index: u64) -> String {
    let tail = (index * 48_611_777 + 12_345_678) % 100_000_000;
    match PLACES[place].country {
        "CN" => {
            let heads = ["138", "139", "136", "150", "159", "186", "188", "177"];
            format!("+86{}{tail:08}", heads[(index % 8) as usize])
        }
        "US" => format!("+1{}{:07}", ["310", "213", "646", "917"][(index % 4) as usize], 2_000_000 + index % 7_999_999),
        "GB" => format!("+4477{tail:08}"),
        _ => format!("+65{tail:08}"),
    }
}

/// The phone of another device: its own number, also nobody else's.
pub(super) fn second_phone(index: u64) -> String {
    format!("+86199{:08}", (index * 48_611_777 + 12_345_678) % 100_000_000)
}

/// Days between which a customer's clicks, calls and orders may lie.
pub(super) fn active_days(person: &Person) -> (i32, i32) {
    let first = person.acquired.max(0);
    (first, person.until().min(AS_OF + 4).max(first))
}
