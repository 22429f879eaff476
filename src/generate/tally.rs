//! Sums over all customers that targets, stock and the planted truth need. Their size does not depend on the customers.

use super::World;
use super::calendar::{self, MONTHS};
use super::goods::{LINES, PRODUCTS};
use super::people::Person;
use super::places::REGIONS;
use super::sales::{CHANNELS, Order};

#[derive(Clone, Default)]
pub(super) struct Month {
    /// Net sales in fen; dollars at about seven yuan.
    pub total: i64,
    pub channels: [i64; CHANNELS.len()],
    pub lines: [i64; LINES.len()],
    pub regions: [i64; REGIONS.len()],
    pub reps: [i64; 28],
}

pub(super) struct Tally {
    pub months: Vec<Month>,
    /// Units sold, per product and month.
    pub units: Vec<[i64; MONTHS]>,
    pub orders: u64,
    pub lines: u64,
    pub returns: u64,
    pub buyers: u64,
}

impl Tally {
    pub fn new() -> Self {
        Self {
            months: vec![Month::default(); 48],
            units: vec![[0; MONTHS]; PRODUCTS],
            orders: 0,
            lines: 0,
            returns: 0,
            buyers: 0,
        }
    }

    pub fn add(&mut self, world: &World, person: &Person, orders: &[Order]) {
        self.buyers += u64::from(!orders.is_empty());
        for order in orders {
            self.orders += 1;
            let number = calendar::month_of(order.at.day);
            let month = &mut self.months[number];
            for line in &order.lines {
                self.lines += 1;
                self.returns += u64::from(line.back.is_some());
                let net = (line.gross - line.discount) * if order.dollars { 7 } else { 1 };
                month.total += net;
                month.channels[order.channel] += net;
                month.lines[world.goods.products[line.product].line] += net;
                month.regions[person.region()] += net;
                if let Some(rep) = order.rep {
                    month.reps[person.region() * 4 + rep] += net;
                }
                self.units[line.product][number] += line.quantity;
            }
        }
    }
}
