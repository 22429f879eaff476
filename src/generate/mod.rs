//! Sample exports of one company in two systems: a CRM and a web shop.
//!
//! Everything follows from the seed and a customer's number, so no customer is kept in memory and a small sample and a
//! large one differ in size only. The same options give the same bytes on every platform.

mod calendar;
mod campaigns;
mod care;
mod chance;
mod crm;
mod digits;
mod goods;
mod masters;
mod output;
mod people;
mod places;
mod sales;
mod shop;
mod supply;
mod tally;
mod truth;
mod untidy;

use std::fmt;
use std::path::PathBuf;

use campaigns::Campaign;
use output::Sheet;
use people::Person;
use tally::Tally;

/// What the committed sample was made with.
pub const DEFAULT_CUSTOMERS: u64 = 3_000;
pub const DEFAULT_LINES: u64 = 42_000;
pub const DEFAULT_SEED: u64 = 7;

pub struct Options {
    /// Real persons and companies; about a tenth of them are in both systems.
    pub customers: u64,
    /// Sale lines to aim at; what comes out is within a few per cent.
    pub lines: u64,
    pub seed: u64,
    pub out: PathBuf,
}

#[derive(Debug)]
pub struct Summary {
    /// Path below the directory, rows, bytes.
    pub files: Vec<(String, u64, u64)>,
}

#[derive(Debug)]
pub enum Error {
    NoCustomers,
    TooManyCustomers { most: u64 },
    Write { path: PathBuf, source: std::io::Error },
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCustomers => write!(formatter, "a sample needs at least one customer and one sale line"),
            Self::TooManyCustomers { most } => write!(formatter, "a sample has at most {most} customers"),
            Self::Write { path, source } => write!(formatter, "cannot write {}: {source}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { source, .. } => Some(source),
            Self::NoCustomers | Self::TooManyCustomers { .. } => None,
        }
    }
}

/// Phone numbers are told apart by eight digits.
const MOST_CUSTOMERS: u64 = 30_000_000;

/// What all customers have in common.
struct World {
    seed: u64,
    customers: u64,
    clock: calendar::BusyClock,
    goods: goods::Goods,
    campaigns: Vec<Campaign>,
    /// Per mille of customers that buy at all.
    buyers: u32,
    /// Factor on every customer's rate.
    pace: f64,
    /// Neighbours in the shop's numbers are strangers in the CRM's.
    stride: u64,
    /// Of compression: a committed sample should be small, a large one ready soon.
    level: u32,
}

impl World {
    fn new(options: &Options) -> Self {
        let customers = options.customers;
        let mut stride = customers * 618 / 1000 + 1;
        while common_factor(stride, customers) > 1 {
            stride += 1;
        }
        Self {
            seed: options.seed,
            customers,
            clock: calendar::BusyClock::new(),
            goods: goods::Goods::new(options.seed),
            campaigns: campaigns::campaigns(customers),
            buyers: (options.lines * 330 / customers).clamp(1, 870) as u32,
            pace: 0.01,
            stride,
            level: if options.lines <= 200_000 { 9 } else { 1 },
        }
    }

    fn person(&self, index: u64) -> Person {
        Person::new(self.seed, self.buyers, index)
    }

    fn crm_id(&self, index: u64) -> String {
        format!("C{}", 100_001 + index)
    }

    fn second_crm_id(&self, index: u64) -> String {
        format!("C{}", 100_001 + self.customers.next_power_of_two() * 2 + index)
    }

    fn shop_id(&self, index: u64) -> String {
        format!("U{}", 20_001 + index * self.stride % self.customers)
    }

    /// Sets the pace so that the customers' orders have the wanted number of lines: by trying it on some of them.
    fn calibrate(&mut self, lines: u64) {
        let sample = self.customers.min(4_000);
        let wanted = lines as f64 * sample as f64 / self.customers as f64;
        let (mut touches, mut orders) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let mut found = 0u64;
            for number in 0..sample {
                let person = self.person(number * self.customers / sample);
                campaigns::touches(self.seed, &self.campaigns, &person, &mut touches);
                sales::orders(self, &person, &touches, &mut orders);
                let lines = orders.iter().flat_map(|order| &order.lines);
                found += lines.map(|line| 1 + u64::from(line.back.is_some())).sum::<u64>();
            }
            self.pace *= (wanted / found.max(1) as f64).clamp(0.2, 5.0);
        }
    }
}

fn common_factor(first: u64, second: u64) -> u64 {
    if second == 0 { first } else { common_factor(second, first % second) }
}

/// Writes the exports below `options.out`: `crm/`, `shop/` and, for whoever wants to check a result, `truth/`.
///
/// `progress` is told what is being written and how many customers are done.
pub fn generate(options: &Options, progress: &mut dyn FnMut(&str, u64)) -> Result<Summary, Error> {
    if options.customers == 0 || options.lines == 0 {
        return Err(Error::NoCustomers);
    }
    if options.customers > MOST_CUSTOMERS {
        return Err(Error::TooManyCustomers { most: MOST_CUSTOMERS });
    }
    let mut world = World::new(options);
    world.calibrate(options.lines);
    let world = world;
    let root = options.out.as_path();
    let mut crm = crm::Crm::create(&world, root)?;
    let mut shop = shop::Shop::create(&world, root)?;
    let mut care = care::Care::create(&world, root)?;
    let mut truth = truth::Truth::create(&world, root)?;
    let mut tally = Tally::new();
    let (mut touches, mut orders) = (Vec::new(), Vec::new());
    for index in 0..world.customers {
        if index % 5_000 == 0 {
            progress("customers", index);
        }
        let person = world.person(index);
        campaigns::touches(world.seed, &world.campaigns, &person, &mut touches);
        sales::orders(&world, &person, &touches, &mut orders);
        tally.add(&world, &person, &orders);
        crm.customer(&world, &person)?;
        shop.customer(&world, &person)?;
        for touch in &touches {
            if world.campaigns[touch.campaign].by_shop {
                shop.touch(&world, &person, touch)?
            } else {
                crm.touch(&world, &person, touch)?
            }
        }
        for order in &orders {
            if order.shop { shop.order(&world, &person, order)? } else { crm.order(&world, &person, order)? }
        }
        crm.opportunities(&world, &person)?;
        care.cases(&world, &person, &orders)?;
        care.interactions(&world, &person, &orders)?;
        care.points(&world, &person, &orders)?;
        truth.person(&world, &person)?;
    }
    progress("tables", world.customers);
    let mut sheets: Vec<Sheet> = crm.sheets();
    sheets.extend(shop.sheets());
    sheets.extend(care.sheets());
    sheets.push(shop::Shop::products(&world, root)?);
    sheets.extend(masters::write(&world, root, &tally)?);
    sheets.extend(supply::write(&world, root, &tally)?);
    sheets.extend(truth.finish(&world, root, &tally)?);
    let mut files = sheets.into_iter().map(Sheet::finish).collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(Summary { files })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn sample(name: &str, customers: u64, lines: u64) -> (Summary, BTreeMap<String, Vec<u8>>) {
        let out = std::env::temp_dir().join(format!("septet-generate-{}-{name}", std::process::id()));
        let options = Options { customers, lines, seed: 3, out: out.clone() };
        let summary = generate(&options, &mut |_, _| {}).unwrap();
        let read = |file: &String| std::fs::read(Path::new(&out).join(file)).unwrap();
        let files = summary.files.iter().map(|(file, ..)| (file.clone(), read(file))).collect();
        std::fs::remove_dir_all(&out).unwrap();
        (summary, files)
    }

    #[test]
    fn the_same_options_give_the_same_bytes() {
        assert_eq!(sample("first", 200, 2_000).1, sample("second", 200, 2_000).1);
    }

    #[test]
    fn counts_follow_the_options() {
        let (summary, _) = sample("counts", 1_000, 12_000);
        let rows =
            |part: &str| summary.files.iter().filter(|file| file.0.contains(part)).map(|file| file.1).sum::<u64>();
        assert!((1_000..1_250).contains(&(rows("/customers."))), "{} customers", rows("/customers."));
        assert!((11_000..13_000).contains(&rows("/order_lines")), "{} lines", rows("/order_lines"));
    }
}
