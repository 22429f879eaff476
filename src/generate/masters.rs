//! The CRM's small tables: products, campaigns, sales people, rates, targets and the rules of the house.

use std::path::Path;

use super::calendar::{self, AS_OF, LAST, Slashed};
use super::chance::{Chance, Theme};
use super::crm::rep_id;
use super::digits::{Plain, Yuan};
use super::goods::{ACCESSORIES, LINES};
use super::output::{Fields, Sheet};
use super::places::{self, OVERSEAS, REGIONS};
use super::sales::CHANNELS;
use super::tally::Tally;
use super::{Error, World};

pub(super) fn write(world: &World, root: &Path, tally: &Tally) -> Result<Vec<Sheet>, Error> {
    Ok(vec![
        products(world, root)?,
        campaigns(world, root)?,
        reps(world, root)?,
        rates(world, root)?,
        targets(world, root, tally)?,
        table(
            world,
            root,
            "crm/cost_rates.csv",
            "成本动因,单位成本",
            &[
                "service_case,18.50",
                "interaction,1.2345",
                &format!("fixed_month,{}.00", 4_000 * (world.customers / 1000).max(1)),
            ],
        )?,
        table(
            world,
            root,
            "crm/tier_rules.csv",
            "等级,最低价值分,排序",
            &["diamond,0.90,1", "high,0.70,2", "mid,0.40,3", "low,0.00,4"],
        )?,
        table(
            world,
            root,
            "crm/tier_weights.csv",
            "维度,权重",
            &[
                "profit_12m,0.30",
                "orders_12m,0.20",
                "net_sales_12m,0.20",
                "loyalty_score,0.15",
                "interactions_90d,0.10",
                "satisfaction,0.05",
            ],
        )?,
        table(
            world,
            root,
            "crm/segment_rules.csv",
            "优先级,分群,R下限,R上限,F下限,F上限,M下限,M上限",
            &[
                "1,Champions,4,,4,,4,",
                "2,Loyal,3,,4,,,",
                "3,Potential loyalist,4,,2,3,,",
                "4,New,5,5,1,1,,",
                "5,Promising,4,4,1,1,,",
                "6,Cannot lose,,2,4,,4,",
                "7,At risk,,2,3,,,",
                "8,Need attention,3,3,3,3,,",
                "9,About to sleep,3,3,,2,,",
                "10,Hibernating,2,2,,,,",
                "11,Lost,1,1,,,,",
            ],
        )?,
    ])
}

fn table(world: &World, root: &Path, name: &str, header: &str, rows: &[&str]) -> Result<Sheet, Error> {
    let mut sheet = Sheet::create(root, name, header, world.level)?;
    for (number, row) in rows.iter().enumerate() {
        sheet.line(number as u64, |line| line.push_str(row))?;
    }
    Ok(sheet)
}

fn products(world: &World, root: &Path) -> Result<Sheet, Error> {
    let header = "商品编码,商品名称,类别,子类别,品牌,供应商,标准售价,成本单价,上市日期,停售日期";
    let mut sheet = Sheet::create(root, "crm/products.csv", header, world.level)?;
    let mut fields = Fields::default();
    for (number, product) in world.goods.products.iter().enumerate().filter(|(_, product)| product.line != ACCESSORIES)
    {
        let line = &LINES[product.line];
        let row = fields.start();
        row.add(&product.id)
            .add(&product.names.0)
            .add(line.names.0)
            .add(line.items[product.item].0)
            .maybe(product.brand);
        row.add(format!("S{:02}", product.supplier + 1)).add(Yuan(product.list_price)).add(Yuan(product.unit_cost));
        row.add(Slashed(product.launched)).maybe(product.discontinued.map(Slashed));
        sheet.row(number as u64, &fields)?;
    }
    Ok(sheet)
}

fn campaigns(world: &World, root: &Path) -> Result<Sheet, Error> {
    let header = "活动编号,活动名称,活动类型,渠道,开始日期,结束日期,预算,实际费用";
    let mut sheet = Sheet::create(root, "crm/campaigns.csv", header, world.level)?;
    let mut fields = Fields::default();
    for (number, campaign) in world.campaigns.iter().enumerate() {
        let row = fields.start();
        row.add(&campaign.id).add(&campaign.name).add(campaign.kind.words().0).add(campaign.channel);
        row.add(Slashed(campaign.starts)).add(Slashed(campaign.ends)).add(Yuan(campaign.budget * 100));
        row.maybe((campaign.starts <= AS_OF).then_some(Yuan(campaign.cost * 100)));
        sheet.row(number as u64, &fields)?;
    }
    Ok(sheet)
}

/// Four sales people a region; the first leads the others.
fn reps(world: &World, root: &Path) -> Result<Sheet, Error> {
    let mut sheet = Sheet::create(root, "crm/sales_reps.csv", "工号,姓名,部门,大区,上级工号", world.level)?;
    let mut fields = Fields::default();
    let mut chance = Chance::new(world.seed, Theme::Targets, 1);
    for (region, names) in REGIONS.iter().enumerate().filter(|(region, _)| *region != OVERSEAS) {
        for rep in 0..4 {
            let name = places::person_name(&mut chance, false).0;
            let row = fields.start();
            row.add(rep_id(region, rep)).add(name).add(["区域管理部", "大客户部", "门店部", "渠道部"][rep]);
            row.add(names.0).maybe((rep > 0).then(|| rep_id(region, 0)));
            sheet.row((region * 4 + rep) as u64, &fields)?;
        }
    }
    Ok(sheet)
}

/// The bank's middle rates for 100 units, on working days only.
fn rates(world: &World, root: &Path) -> Result<Sheet, Error> {
    let mut sheet = Sheet::create(root, "crm/exchange_rates.csv", "币种,日期,中间价", world.level)?;
    let mut fields = Fields::default();
    for (number, (currency, start)) in [("USD", 69_646i64), ("EUR", 74_229), ("HKD", 8_933)].into_iter().enumerate() {
        let mut chance = Chance::new(world.seed, Theme::Rates, number as u64);
        let mut rate = start;
        for day in -2..LAST {
            let weekday = chrono::Datelike::weekday(&calendar::date_of(day)).num_days_from_monday();
            if weekday > 4 {
                continue;
            }
            let step = start as i32 / 500;
            rate += i64::from(chance.between(-step, step)) - (rate - start * 102 / 100) / 120;
            let row = fields.start();
            row.add(currency).add(Slashed(day)).add(Plain(rate));
            sheet.row(((day + 9) as u64) * 4 + number as u64, &fields)?;
        }
    }
    Ok(sheet)
}

/// What was planned: last year's figure with growth, or something near what came where there is no last year.
fn targets(world: &World, root: &Path, tally: &Tally) -> Result<Sheet, Error> {
    let mut sheet = Sheet::create(root, "crm/sales_targets.csv.gz", "月份,口径,对象,目标值", world.level)?;
    let mut fields = Fields::default();
    let mut chance = Chance::new(world.seed, Theme::Targets, 0);
    for month in 0..48 {
        let (year, number) = calendar::year_and_month(month);
        let mut add = |scope: &str, value: &str, target: String| {
            fields.start().add(format!("{year}年{number:02}月")).add(scope).add(value).add(target);
            sheet.row(month as u64, &fields)
        };
        let mut plan = |sums: &dyn Fn(usize) -> i64| {
            let near = if month >= 12 { sums(month - 12) * 112 / 100 } else { sums(month) };
            Yuan(near / 100_000 * i64::from(chance.between(92, 108)) / 100 * 100_000).to_string()
        };
        add("公司", "公司", plan(&|month| tally.months[month].total))?;
        for (channel, (home, shop)) in CHANNELS.iter().enumerate() {
            let name = if home.is_empty() { shop } else { home };
            add("渠道", name, plan(&|month| tally.months[month].channels[channel]))?;
        }
        for (line, kind) in LINES.iter().enumerate() {
            add("类别", kind.names.0, plan(&|month| tally.months[month].lines[line]))?;
        }
        for (region, names) in REGIONS.iter().enumerate() {
            add("大区", names.0, plan(&|month| tally.months[month].regions[region]))?;
        }
        for rep in 0..28 {
            add("员工", &rep_id(rep / 4, rep % 4), plan(&|month| tally.months[month].reps[rep]))?;
        }
        for (kpi, target) in [
            ("gross_margin", "0.33"),
            ("retention_12m", "0.55"),
            ("repeat_rate", "0.50"),
            ("csat", "3.80"),
            ("complaint_rate", "0.02"),
            ("completeness", "0.80"),
        ] {
            add("指标", kpi, target.into())?;
        }
    }
    Ok(sheet)
}
