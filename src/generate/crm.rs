//! The CRM's exports that follow the customers: CSV in GBK with Chinese headers, written by a program that nobody has
//! looked after for years and edited by hand now and then.

use std::path::Path;

use super::calendar::{self, AS_OF, Dashed, LAST, Moment, Slashed, Wall};
use super::campaigns::{SOURCES, Touch};
use super::chance::{Chance, Theme};
use super::digits::{Yuan, full_width};
use super::goods::COFFEE;
use super::output::{Fields, Sheet};
use super::people::{self, Person, Twist, active_days};
use super::places::{INDUSTRIES, PLACES, REGIONS};
use super::sales::{CHANNELS, Line, Order};
use super::untidy::{mistyped, put, written};
use super::{Error, World};

pub(super) struct Crm {
    pub customers: Sheet,
    orders: Vec<Sheet>,
    touches: Sheet,
    opportunities: Sheet,
    chance: Chance,
    fields: Fields,
    numbers: Vec<u32>,
    returns: Vec<u32>,
    dealt: u64,
}

const CUSTOMERS: &str = "客户编号,客户名称,客户类型,性别,出生日期,所属行业,国家,大区,城市,地址,电子邮箱,联系电话,来源渠道,注册日期,负责人工号,同意营销,状态,更新时间,备注";
/// What the people who set the system up left there.
const TESTS: [&str; 2] = [
    "C000001,测试客户,个人,,,,中国,华东,上海,,test@example.com,,门店,2021/5/6,,否,测试,2021/5/6 10:00:00,",
    "C000002,测试公司,企业,,,科技,中国,华东,上海,,,13800000000,门店,2021/5/7,,否,测试,2021/5/7 10:00:00,勿删",
];
const ORDERS: [&str; 18] = [
    "订单编号",
    "行号",
    "客户编号",
    "商品编码",
    "下单时间",
    "渠道",
    "大区",
    "城市",
    "销售工号",
    "活动编号",
    "数量",
    "原价金额",
    "优惠金额",
    "实付金额",
    "运费",
    "类型",
    "原订单编号",
    "备注",
];
/// From 2025 on: another order of the columns, and some other names.
const MOVED: [usize; 18] = [0, 1, 4, 2, 3, 10, 11, 12, 13, 14, 15, 16, 5, 6, 7, 8, 9, 17];
const TOUCHES: &str = "活动编号,客户编号,分组,触达时间,触达方式,是否打开,是否点击,响应时间";
const OPPORTUNITIES: &str = "商机编号,客户编号,意向商品,销售工号,阶段,赢率,预计金额,创建日期,预计成交日期,实际关闭日期,结果,丢单原因,竞争对手,线索来源";
const STAGES: [(&str, &str); 4] = [("初步接洽", "10%"), ("需求确认", "30%"), ("方案报价", "50%"), ("商务谈判", "80%")];
const RIVALS: [&str; 5] = ["美味家", "康宁电器", "云咖", "大河商贸", "北岸"];
const REASONS: [&str; 5] = ["价格", "交期", "功能", "服务", "预算取消"];

fn renamed(header: &str) -> &str {
    match header {
        "订单编号" => "订单号",
        "实付金额" => "实收金额",
        same => same,
    }
}

impl Crm {
    pub fn create(world: &World, root: &Path) -> Result<Self, Error> {
        let mut orders = Vec::new();
        for year in 2023..=2026 {
            let header: Vec<&str> =
                if year < 2025 { ORDERS.to_vec() } else { MOVED.map(|position| renamed(ORDERS[position])).to_vec() };
            let name = format!("crm/order_lines_{year}.csv.gz");
            orders.push(Sheet::create(root, &name, &header.join(","), world.level)?);
        }
        let mut customers = Sheet::create(root, "crm/customers.csv", CUSTOMERS, world.level)?;
        for row in TESTS {
            customers.line(0, |line| line.push_str(row))?;
        }
        Ok(Self {
            customers,
            orders,
            touches: Sheet::create(root, "crm/campaign_touches.csv.gz", TOUCHES, world.level)?,
            opportunities: Sheet::create(root, "crm/opportunities.csv", OPPORTUNITIES, world.level)?,
            chance: Chance::new(world.seed, Theme::Untidy, 0),
            fields: Fields::default(),
            numbers: vec![0; LAST as usize + 1],
            returns: vec![0; LAST as usize + 1],
            dealt: 0,
        })
    }

    pub fn customer(&mut self, world: &World, person: &Person) -> Result<(), Error> {
        if !person.crm || person.deleted {
            return Ok(());
        }
        let updated = person.acquired.max(0) + self.chance.between(0, (AS_OF - person.acquired.max(0)).max(1));
        let older = self.chance.permille(15);
        if older {
            // An earlier version of the same record is still in the export.
            self.record(person, &world.crm_id(person.index), updated - 40, true)?;
        }
        self.record(person, &world.crm_id(person.index), updated, false)?;
        if person.twice {
            self.record(person, &world.second_crm_id(person.index), updated.min(AS_OF - 5) + 5, true)?;
        }
        Ok(())
    }

    fn record(&mut self, person: &Person, id: &str, updated: i32, poor: bool) -> Result<(), Error> {
        let chance = &mut self.chance;
        let place = &PLACES[person.place];
        let twist = (person.crm && person.shop).then_some(person.twist);
        let email = match twist {
            Some(Twist::Mail | Twist::Both) => Some(person.mailbox.to_uppercase()),
            Some(Twist::Typing) => Some(mistyped(&person.mailbox)),
            Some(Twist::Phone) => None,
            None => (!poor && chance.permille(720)).then(|| person.mailbox.clone()),
        };
        let phone = match twist {
            Some(Twist::Mail) => Some(people::second_phone(person.index)),
            Some(Twist::Typing) => None,
            _ => (poor || person.twice || twist.is_some() || chance.permille(930)).then(|| person.phone.clone()),
        };
        let company = person.industry.is_some();
        let name = if poor && id.len() > 7 { person.name.replace('丽', "莉") } else { person.name.clone() };
        let (sex, country) =
            (if person.female { "女" } else { "男" }, if place.country == "CN" { "中国" } else { place.country });
        let remark = ["送货前电话联系, 勿放门口", "客户说\"周末再联系\"", "老客户\n注意开票"];
        let known = !poor && chance.permille(870);
        let row = self.fields.start();
        row.add(id).add(name).add(if company { "企业" } else { "个人" });
        row.add(if company || !known { "" } else { sex }).maybe((known && !company).then_some(Dashed(person.born)));
        row.maybe(person.industry.map(|industry| INDUSTRIES[industry].0)).add(country);
        row.add(REGIONS[place.region].0)
            .add(place.city)
            .maybe(chance.permille(800).then(|| format!("{}{}", place.city, person.street)));
        row.maybe(email).maybe(phone.map(|phone| written(chance, &phone))).add(SOURCES[person.source].0);
        row.add(Slashed(person.acquired))
            .maybe((company || chance.permille(400)).then(|| rep_id(place.region, person.rep)));
        row.add(if person.consent { "是" } else { "否" }).add("正常");
        row.add(Wall(Moment { day: updated.min(LAST), second: 9 * 3600 + chance.between(0, 36_000) }));
        row.maybe(chance.permille(12).then(|| *chance.pick(&remark)));
        put(&mut self.customers, &mut self.chance, person.index, &self.fields, 8, (13, 0), None)
    }

    pub fn order(&mut self, world: &World, person: &Person, order: &Order) -> Result<(), Error> {
        let counter = &mut self.numbers[order.at.day as usize];
        *counter += 1;
        let number = format!("SO{}{:04}", compact(order.at.day), counter);
        for (position, line) in order.lines.iter().enumerate() {
            let moment = order.at;
            self.line(world, person, order, line, &number, position + 1, moment, None)?;
            if let Some(back) = &line.back {
                let counter = &mut self.returns[back.at.day as usize];
                *counter += 1;
                let code = format!("RT{}{:04}", compact(back.at.day), counter);
                let taken = Line {
                    product: line.product,
                    quantity: -back.quantity,
                    gross: -back.gross,
                    discount: -back.discount,
                    shipping: 0,
                    back: None,
                };
                self.line(world, person, order, &taken, &code, 1, back.at, Some(&number))?;
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn line(
        &mut self,
        world: &World,
        person: &Person,
        order: &Order,
        line: &Line,
        number: &str,
        position: usize,
        at: Moment,
        original: Option<&str>,
    ) -> Result<(), Error> {
        let chance = &mut self.chance;
        let place = &PLACES[person.place];
        let net = Yuan(line.gross - line.discount).to_string();
        let net = if chance.below(400) == 0 { full_width(&net) } else { net };
        let row = self.fields.start();
        row.add(number).add(position).maybe((!order.walk_in).then(|| world.crm_id(person.index)));
        row.add(&world.goods.products[line.product].id).add(Wall(at)).add(CHANNELS[order.channel].0);
        row.add(REGIONS[place.region].0).add(place.city).maybe(order.rep.map(|rep| rep_id(place.region, rep)));
        row.maybe(order.campaign.map(|campaign| &world.campaigns[campaign].id)).add(line.quantity);
        row.add(Yuan(line.gross)).add(Yuan(line.discount)).add(net).add(Yuan(line.shipping));
        row.add(if original.is_some() { "退货" } else { "销售" }).maybe(original).add("");
        let year = chrono::Datelike::year(&calendar::date_of(at.day)) - 2023;
        let moved = (year >= 2).then_some(&MOVED[..]);
        // Numbers of one day are given in their order, returns after sales.
        let key = Moment { day: at.day, second: original.map_or(0, |_| 86_399) }.key();
        put(&mut self.orders[year as usize], &mut self.chance, key, &self.fields, 1, (4, 13), moved)
    }

    pub fn touch(&mut self, world: &World, person: &Person, touch: &Touch) -> Result<(), Error> {
        let campaign = &world.campaigns[touch.campaign];
        let yes = |yes| if yes { "是" } else { "否" };
        let row = self.fields.start();
        row.add(&campaign.id).add(world.crm_id(person.index)).add(if touch.treated {
            "实验组"
        } else {
            "对照组"
        });
        row.add(Wall(touch.at)).add(if campaign.channel == "sms" { "短信" } else { "电话" });
        row.add(yes(touch.opened)).add(yes(touch.clicked)).maybe(touch.responded.map(Wall));
        self.touches.row(touch.at.key(), &self.fields)
    }

    /// Companies are dealt with before they buy.
    pub fn opportunities(&mut self, world: &World, person: &Person) -> Result<(), Error> {
        if !person.crm || person.deleted || (person.industry.is_none() && !person.index.is_multiple_of(9)) {
            return Ok(());
        }
        let mut chance = Chance::new(world.seed, Theme::Opportunities, person.index);
        let (first, last) = active_days(person);
        for _ in 0..chance.between(1, if person.industry.is_some() { 6 } else { 1 }) {
            self.dealt += 1;
            let created = chance.between(first, last);
            let stage = chance.weighted(&[10, 20, 32, 38]);
            let expected = created + chance.between(20, 120);
            let closed = expected + chance.between(-15, 30);
            let won = chance.permille([140, 260, 430, 640][stage]);
            let open = closed > LAST || chance.permille(20);
            let product = world.goods.draw(&mut chance, calendar::month_of(created), COFFEE..8);
            let amount = world.goods.products[product].list_price / 100 * i64::from(chance.between(5, 60)) * 100;
            let lost = !open && !won;
            let row = self.fields.start();
            row.add(format!("OP{:06}", self.dealt)).add(world.crm_id(person.index));
            row.add(&world.goods.products[product].id).add(rep_id(person.region(), person.rep));
            row.add(STAGES[stage].0)
                .add(STAGES[stage].1)
                .add(Yuan(amount))
                .add(Slashed(created))
                .add(Slashed(expected));
            row.maybe((!open).then_some(Slashed(closed))).add(if open {
                "跟进中"
            } else if won {
                "赢单"
            } else {
                "输单"
            });
            row.maybe(lost.then(|| REASONS[chance.weighted(&[45, 15, 15, 10, 15])]));
            row.maybe((lost && chance.permille(700)).then(|| RIVALS[chance.weighted(&[40, 25, 15, 12, 8])]));
            row.add(SOURCES[person.source].0);
            put(&mut self.opportunities, &mut self.chance, self.dealt, &self.fields, 4, (7, 6), None)?;
        }
        Ok(())
    }

    pub fn sheets(self) -> Vec<Sheet> {
        let mut sheets = vec![self.customers, self.touches, self.opportunities];
        sheets.extend(self.orders);
        sheets
    }
}

pub(super) fn rep_id(region: usize, rep: usize) -> String {
    format!("R{}{:02}", region + 1, rep + 1)
}

fn compact(day: i32) -> String {
    Dashed(day).to_string()[2..].replace('-', "")
}
