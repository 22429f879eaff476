//! What is sold: nine product lines, each with its own price, margin, season and trend.

use super::calendar::{self, MONTHS};
use super::chance::{Chance, Theme};

pub(super) struct Line {
    /// As the CRM writes it, as the shop does.
    pub names: (&'static str, &'static str),
    pub items: [(&'static str, &'static str); 3],
    /// Share of demand, and its change a year in per mille of itself.
    share: u32,
    pub trend: i32,
    /// Price of the middle product in whole yuan; cost in per cent of the price.
    price: u32,
    cost: u32,
    /// Planted: demand from June to August, in per cent of the other months.
    pub summer: u32,
}

pub(super) const ACCESSORIES: usize = 8;
pub(super) const COFFEE: usize = 0;
pub(super) const MACHINES: usize = 1;
/// Lines of what is used up: nobody has it repaired.
pub(super) const CONSUMED: [usize; 3] = [COFFEE, 2, ACCESSORIES];
#[rustfmt::skip]
pub(super) const LINES: [Line; 9] = [
    line(("咖啡", "Coffee"), [("咖啡豆", "Coffee beans"), ("挂耳咖啡", "Drip bags"), ("冷萃液", "Cold brew")], 200, 180, 69, 48, 105),
    line(("咖啡机", "Coffee machines"), [("滴滤机", "Filter machine"), ("意式机", "Espresso machine"), ("磨豆机", "Grinder")], 90, 120, 699, 61, 90),
    line(("茶", "Tea"), [("绿茶", "Green tea"), ("红茶", "Black tea"), ("花草茶", "Herbal tea")], 170, 20, 88, 42, 110),
    line(("厨房电器", "Kitchen"), [("电饭煲", "Rice cooker"), ("空气炸锅", "Air fryer"), ("破壁机", "Blender")], 140, 10, 359, 66, 95),
    line(("清洁电器", "Cleaning"), [("扫地机器人", "Robot vacuum"), ("吸尘器", "Vacuum cleaner"), ("洗地机", "Floor washer")], 70, 420, 1299, 68, 100),
    line(("空气电器", "Air"), [("风扇", "Fan"), ("空气净化器", "Air purifier"), ("加湿器", "Humidifier")], 80, 30, 289, 63, 230),
    line(("个人护理", "Personal care"), [("电动牙刷", "Toothbrush"), ("吹风机", "Hair dryer"), ("剃须刀", "Shaver")], 110, 60, 219, 52, 100),
    line(("影音", "Audio and video"), [("影碟机", "Disc player"), ("收音机", "Radio"), ("音箱", "Speaker")], 100, -330, 399, 77, 100),
    line(("配件", "Accessories"), [("滤芯", "Filter"), ("滤纸", "Filter paper"), ("清洁剂", "Cleaner")], 90, 150, 39, 35, 100),
];

const fn line(
    names: (&'static str, &'static str),
    items: [(&'static str, &'static str); 3],
    share: u32,
    trend: i32,
    price: u32,
    cost: u32,
    summer: u32,
) -> Line {
    Line { names, items, share, trend, price, cost, summer }
}

const EDITIONS: [(&str, &str); 5] =
    [("经典款", "Classic"), ("轻享款", "Lite"), ("专业款", "Pro"), ("家庭装", "Family"), ("限量版", "Limited")];
pub(super) const BRANDS: [&str; 7] = ["Qingfeng", "Morning Peak", "Luyu", "Haolin", "Nordvik", "Casa Viva", "Tongle"];
const PER_LINE: usize = 15;
pub(super) const PRODUCTS: usize = LINES.len() * PER_LINE;
/// Planted: sold well, comes back often, complained about. An air fryer.
pub(super) const TROUBLED: usize = 3 * PER_LINE + 1;

pub(super) struct Product {
    pub id: String,
    pub names: (String, String),
    pub line: usize,
    pub item: usize,
    pub brand: Option<&'static str>,
    pub supplier: usize,
    /// In fen.
    pub list_price: i64,
    pub unit_cost: i64,
    pub launched: i32,
    pub discontinued: Option<i32>,
}

pub(super) struct Goods {
    pub products: Vec<Product>,
    /// Per month, demand summed up over the products in order.
    demand: Vec<Vec<u32>>,
}

pub(super) const SUPPLIERS: usize = 14;

impl Goods {
    pub fn new(seed: u64) -> Self {
        let mut products = Vec::with_capacity(PRODUCTS);
        for (number, line) in LINES.iter().enumerate() {
            for place in 0..PER_LINE {
                products.push(product(seed, number, line, place));
            }
        }
        let mut demand = Vec::with_capacity(MONTHS);
        for month in 0..MONTHS {
            let mut sum = 0;
            let sums = products.iter().enumerate().map(|(number, product)| {
                sum += wanted(product, number % PER_LINE, month);
                sum
            });
            demand.push(sums.collect());
        }
        Self { products, demand }
    }

    /// How willingly, in per mille, even a line's friends still buy it.
    pub fn demanded(line: usize, month: usize) -> u32 {
        growth(line, month).min(1000)
    }

    /// A product that is on sale, of one line or of all up to (not including) a line.
    pub fn draw(&self, chance: &mut Chance, month: usize, lines: std::ops::Range<usize>) -> usize {
        let demand = &self.demand[month];
        let start = if lines.start == 0 { 0 } else { demand[lines.start * PER_LINE - 1] };
        let end = demand[lines.end * PER_LINE - 1];
        let target = start + chance.below((end - start).max(1));
        demand.partition_point(|sum| *sum <= target).min(PRODUCTS - 1)
    }
}

/// A line's demand after some months, in per mille of what it was.
fn growth(line: usize, month: usize) -> u32 {
    (1000 + LINES[line].trend * month as i32 / 12).max(90) as u32
}

fn product(seed: u64, number: usize, line: &Line, place: usize) -> Product {
    let index = number * PER_LINE + place;
    let mut chance = Chance::new(seed, Theme::Goods, index as u64);
    let item = place % 3;
    let edition = EDITIONS[place / 3];
    let whole = line.price * (55 + chance.below(110)) / 100;
    // Prices end in 9, as everywhere.
    let list_price = i64::from(whole / 10 * 10 + 9) * 100;
    let cost = i64::from(line.cost + chance.below(9)) - 4;
    let launched = match place {
        11 => calendar::day_of(2024, 4, 8),
        12 => calendar::day_of(2025, 3, 3),
        13 => calendar::day_of(2026, 7, 6) + number as i32 * 7,
        _ => -400 - chance.between(0, 900),
    };
    let ends = match place {
        10 => Some(calendar::day_of(2025, 6, 30)),
        8 if number == 7 => Some(calendar::day_of(2026, 3, 31)),
        _ => None,
    };
    let (home, shop) = (line.items[item], EDITIONS[place / 3]);
    Product {
        id: format!("P{:02}{:02}", number + 1, place + 1),
        names: (format!("{}{}", home.0, edition.0), format!("{} {}", home.1, shop.1)),
        line: number,
        item,
        brand: if place == 14 { None } else { Some(BRANDS[(number * 3 + place * 2) % BRANDS.len()]) },
        supplier: (number * 2 + item) % SUPPLIERS,
        list_price,
        unit_cost: list_price * cost / 100,
        launched,
        discontinued: ends,
    }
}

/// Demand of a product in a month: its line's share, season and trend, and its rank among the line (Zipf).
fn wanted(product: &Product, rank: usize, month: usize) -> u32 {
    let (first, last) = (calendar::first_day(month), calendar::month_end(calendar::first_day(month)));
    if last <= product.launched || product.discontinued.is_some_and(|day| day < first) {
        return 0;
    }
    let line = &LINES[product.line];
    let growth = growth(product.line, month);
    let season = if matches!(month % 12, 5..=7) { line.summer } else { 100 };
    let rising = if product.launched > 0 { 2 } else { 1 };
    line.share * growth / 100 * season / 100 * 12 * rising / (rank as u32 + 2)
}
