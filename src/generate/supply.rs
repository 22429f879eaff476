//! Stock counts and purchase orders: what was sold must have been there.

use std::path::Path;

use super::calendar::{self, AS_OF, LAST, MONTHS, Slashed};
use super::chance::{Chance, Theme};
use super::output::{Fields, Sheet};
use super::tally::Tally;
use super::{Error, World};

/// Planted: a supplier that delivers late and short.
pub(super) const LATE_SUPPLIER: usize = 6;

pub(super) fn write(world: &World, root: &Path, tally: &Tally) -> Result<Vec<Sheet>, Error> {
    let mut stock = Sheet::create(root, "crm/stock_counts.csv.gz", "商品编码,盘点日期,库存数量", world.level)?;
    let header = "采购单号,供应商,商品编码,下单日期,承诺日期,到货日期,订购数量,到货数量";
    let mut supply = Sheet::create(root, "crm/purchase_orders.csv.gz", header, world.level)?;
    let (mut fields, mut number) = (Fields::default(), 0u64);
    for (index, product) in world.goods.products.iter().enumerate() {
        let mut chance = Chance::new(world.seed, Theme::Supply, index as u64);
        let units = &tally.units[index];
        let late = product.supplier == LATE_SUPPLIER;
        let lead = 6 + (product.supplier as i32 * 5) % 23;
        let mut arriving = [0i64; MONTHS + 4];
        let mut on_hand = units[0] * 2 + 10;
        for month in 0..MONTHS {
            let first = calendar::first_day(month);
            let last = calendar::month_end(first);
            let next = units[(month + 1).min(MONTHS - 1)].max(units[month]);
            let coming: i64 = arriving[month..].iter().sum();
            if last > product.launched
                && product.discontinued.is_none_or(|day| day > last)
                && on_hand + coming < next * 2 + 6
            {
                number += 1;
                let ordered = next * 2 + 6 - on_hand - coming + i64::from(chance.between(0, 5));
                let on = (first + chance.between(0, 9)).min(LAST);
                let promised = on + lead;
                let delay = if chance.permille(if late { 600 } else { 160 }) {
                    chance.between(2, 24)
                } else {
                    -chance.between(0, 2)
                };
                let received = promised + delay;
                let short = chance.permille(if late { 400 } else { 70 });
                let came = if short { ordered * i64::from(chance.between(50, 95)) / 100 } else { ordered };
                let here = received <= AS_OF + 2;
                if here {
                    arriving[calendar::month_of(received)] += came;
                }
                let row = fields.start();
                row.add(format!("PO{number:06}")).add(format!("S{:02}", product.supplier + 1)).add(&product.id);
                row.add(Slashed(on)).add(Slashed(promised)).maybe(here.then_some(Slashed(received)));
                row.add(ordered).add(if here { came } else { 0 });
                supply.row((on + 9).unsigned_abs().into(), &fields)?;
            }
            on_hand = (on_hand + arriving[month] - units[month]).max(0);
            arriving[month] = 0;
            let counted = last.min(AS_OF);
            if last > product.launched && month < MONTHS - 1 {
                let row = fields.start();
                row.add(&product.id).add(Slashed(counted)).add(on_hand);
                stock.row((counted + 9).unsigned_abs().into(), &fields)?;
            }
        }
    }
    Ok(vec![stock, supply])
}
