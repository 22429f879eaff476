"""The whole `crm` job as one DuckDB program: read, type, match, join, compute every mart, write Parquet.

    python3 duckdb_job.py --raw exports --marts out --as-of 2026-10-31

It is the opponent that compare.py measures septet against, so it is written to be fast: every core table is made once and
in memory, each mart's SQL is read from sql/ beside this file or, where there is no faster form, from the
verification's SQL in tests/duckdb. DuckDB cannot read GBK without an extension from the network, so Python decodes those files
to UTF-8 first; that is part of the job and of its time.
"""

import argparse
import codecs
import concurrent.futures
import glob
import gzip
import os
import shutil
import sys
import tempfile
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(PROJECT, "tests", "duckdb"))
from contract import DIGITS, GRAINS, MARTS  # noqa: E402
from verify import MONEY_PER  # noqa: E402

MACROS = [
    MONEY_PER,
    # ￥1,234.50, some of it full-width: the CRM prints money for people. What is not a number then is a bad row.
    "create macro amount(x) as try_cast(translate(x, '０１２３４５６７８９．￥¥，, ', '0123456789.') as decimal(18, 2))",
    "create macro flag(x) as case x when '是' then true when '否' then false end",
    "create macro mail(x) as case when contains(x, '@') then lower(replace(x, ' ', '')) end",
    "create macro half_width(x) as translate(x, '０１２３４５６７８９＋', '0123456789+')",
    "create macro digits(x) as regexp_replace(half_width(x), '[^0-9]', '', 'g')",
    """create macro e164(d, international) as case
        when international then '+' || d
        when starts_with(d, '00') then '+' || d[3:]
        when starts_with(d, '0') then '+86' || d[2:]
        when starts_with(d, '86') and length(d) >= 12 then '+' || d
        else '+86' || d end""",
    """create macro phone(x) as case when length(e164(digits(x), contains(half_width(x), '+'))) between 9 and 16
        then e164(digits(x), contains(half_width(x), '+')) end""",
    "create macro day_of(moment) as cast(moment as date)",  # in the session's zone
    "create macro word(of, x) as coalesce(map_extract_value(getvariable(of), x), x)",
]

WORDS = {
    "region": "华东 East China|华北 North China|华南 South China|华中 Central China|西南 Southwest China|"
              "西北 Northwest China|东北 Northeast China|海外 Overseas",
    "channel": "门店 store|经销商 dealer|电话 call_center",
    "category": "咖啡 Coffee|咖啡机 Coffee machines|茶 Tea|厨房电器 Kitchen|清洁电器 Cleaning|空气电器 Air|"
                "个人护理 Personal care|影音 Audio and video|配件 Accessories",
    "source": "门店 store|转介绍 referral|展会 trade_fair|搜索广告 search_ads|社交广告 social_ads|自然流量 organic|"
              "电话营销 telemarketing",
    "industry": "餐饮 Catering|酒店 Hotels|零售 Retail|科技 Technology|制造 Manufacturing|教育 Education",
    "scope": "公司 company|渠道 channel|类别 category|大区 region|员工 rep|指标 kpi",
    "kind": "季节促销 seasonal|拉新 acquisition|挽回 retention|交叉销售 cross_sell|会员关怀 loyalty",
    "stage": "初步接洽 contact|需求确认 needs|方案报价 quote|商务谈判 negotiation",
    "lost_reason": "价格 price|交期 delivery time|功能 features|服务 service|预算取消 budget cancelled",
    "case_kind": "投诉 complaint|咨询 inquiry|维修 repair|理赔 claim|退货 return",
    "case_channel": "电话 phone|门店 store|邮件 email",
    "contact": "电话 call|拜访 visit|邮件 email",
    "touch": "短信 sms|电话 call",
}


class Source:
    """One export: where it is, what its typed columns are made of, what makes a row bad, what makes it the same row."""

    def __init__(self, path, key, columns, required=(), order_by=None, keep_when=None, amount=None, json=None):
        self.path, self.key, self.columns, self.json = path, key.split(), columns, json
        self.required = list(required) + [k for k in self.key if k not in required]
        self.order_by, self.keep_when, self.amount = order_by, keep_when, amount
        self.gbk = path.startswith("crm/")


def text(header):
    return f'"{header}"', None


def typed(header, kind):
    return f'try_cast("{header}" as {kind})', f'"{header}"'


def money(header):
    return f'amount("{header}")', f'"{header}"'


def wall(header):
    """A wall clock of the session's zone."""
    return f'cast(try_cast("{header}" as timestamp) as timestamptz)', f'"{header}"'


def flag(header):
    return f'flag("{header}")', f'"{header}"'


def field(path, kind=None):
    parts = path.split(".")
    expression = ".".join(f'"{part}"' for part in parts)
    return (expression, None) if kind is None else (f"try_cast({expression} as {kind})", expression)


ORDER_NO, PAID = 'coalesce("订单编号", "订单号")', 'coalesce("实付金额", "实收金额")'

SOURCES = {
    "crm_customers": Source(
        "crm/customers*.csv", "customer_id", {
            "customer_id": text("客户编号"), "customer_name": text("客户名称"), "customer_kind": text("客户类型"),
            "gender": text("性别"), "birth_date": typed("出生日期", "date"), "industry": text("所属行业"),
            "country": text("国家"), "region": text("大区"), "city": text("城市"), "address": text("地址"),
            "email": ('mail("电子邮箱")', None), "phone": ('phone("联系电话")', None), "source_channel": text("来源渠道"),
            "registered_on": typed("注册日期", "date"), "owner_rep_id": text("负责人工号"), "consent": flag("同意营销"),
            "status": text("状态"), "updated_at": wall("更新时间"),
        }, required=["status"], order_by="updated_at", keep_when="status <> '测试'"),
    "crm_order_lines": Source(
        "crm/order_lines_*.csv.gz", "order_no line_no", {
            "order_no": (ORDER_NO, None), "line_no": typed("行号", "bigint"), "customer_id": text("客户编号"),
            "product_id": text("商品编码"), "ordered_at": wall("下单时间"), "channel": text("渠道"), "region": text("大区"),
            "city": text("城市"), "sales_rep_id": text("销售工号"), "campaign_id": text("活动编号"),
            "quantity": typed("数量", "decimal(18, 3)"), "list_amount": money("原价金额"),
            "discount_amount": money("优惠金额"), "paid_amount": (f"amount({PAID})", PAID),
            "shipping_amount": money("运费"), "kind": text("类型"),
        }, required=["product_id", "ordered_at", "quantity", "list_amount", "discount_amount", "paid_amount", "kind"],
        amount="paid_amount"),
    "crm_products": Source(
        "crm/products.csv", "product_id", {
            "product_id": text("商品编码"), "product_name": text("商品名称"), "category": text("类别"),
            "subcategory": text("子类别"), "brand": text("品牌"), "supplier_id": text("供应商"),
            "list_price": money("标准售价"), "unit_cost": money("成本单价"), "launched_on": typed("上市日期", "date"),
            "discontinued_on": typed("停售日期", "date"),
        }),
    "crm_opportunities": Source(
        "crm/opportunities.csv", "opportunity_id", {
            "opportunity_id": text("商机编号"), "customer_id": text("客户编号"), "product_id": text("意向商品"),
            "sales_rep_id": text("销售工号"), "stage": text("阶段"), "probability": text("赢率"), "amount": money("预计金额"),
            "created_on": typed("创建日期", "date"), "expected_on": typed("预计成交日期", "date"),
            "closed_on": typed("实际关闭日期", "date"), "outcome": text("结果"), "lost_reason": text("丢单原因"),
            "competitor": text("竞争对手"), "lead_source": text("线索来源"),
        }, required=["created_on", "outcome"]),
    "crm_campaigns": Source(
        "crm/campaigns.csv", "campaign_id", {
            "campaign_id": text("活动编号"), "campaign_name": text("活动名称"), "kind": text("活动类型"), "channel": text("渠道"),
            "starts_on": typed("开始日期", "date"), "ends_on": typed("结束日期", "date"), "budget_amount": money("预算"),
            "cost_amount": money("实际费用"),
        }),
    "crm_campaign_touches": Source(
        "crm/campaign_touches.csv.gz", "campaign_id customer_id touched_at", {
            "campaign_id": text("活动编号"), "customer_id": text("客户编号"), "arm": text("分组"), "touched_at": wall("触达时间"),
            "channel": text("触达方式"), "opened": flag("是否打开"), "clicked": flag("是否点击"),
            "responded_at": wall("响应时间"),
        }, required=["arm"]),
    "crm_service_cases": Source(
        "crm/service_cases.csv", "case_id", {
            "case_id": text("工单号"), "customer_id": text("客户编号"), "kind": text("类型"), "channel": text("受理渠道"),
            "opened_at": wall("受理时间"), "closed_at": wall("结案时间"), "csat": typed("满意度", "integer"),
            "nps": typed("推荐分", "integer"), "handling_cost": money("处理成本"),
        }, required=["kind", "opened_at"]),
    "crm_contacts": Source(
        "crm/contacts.csv.gz", "contact_id", {
            "contact_id": text("记录编号"), "customer_id": text("客户编号"), "kind": text("方式"), "occurred_at": wall("时间"),
            "product_id": text("相关商品"),
        }, required=["kind", "occurred_at"]),
    "crm_sales_reps": Source(
        "crm/sales_reps.csv", "sales_rep_id", {
            "sales_rep_id": text("工号"), "sales_rep_name": text("姓名"), "department": text("部门"), "region": text("大区"),
            "manager_id": text("上级工号"),
        }),
    "crm_sales_targets": Source(
        "crm/sales_targets.csv.gz", "month scope_kind scope_value", {
            "month": text("月份"), "scope_kind": text("口径"), "scope_value": text("对象"), "target_amount": money("目标值"),
        }),
    "crm_stock_counts": Source(
        "crm/stock_counts.csv.gz", "product_id counted_on", {
            "product_id": text("商品编码"), "counted_on": typed("盘点日期", "date"),
            "on_hand": typed("库存数量", "decimal(18, 3)"),
        }),
    "crm_purchase_orders": Source(
        "crm/purchase_orders.csv.gz", "supply_order_id product_id", {
            "supply_order_id": text("采购单号"), "supplier_id": text("供应商"), "product_id": text("商品编码"),
            "ordered_on": typed("下单日期", "date"), "promised_on": typed("承诺日期", "date"),
            "received_on": typed("到货日期", "date"), "ordered_quantity": typed("订购数量", "decimal(18, 3)"),
            "received_quantity": typed("到货数量", "decimal(18, 3)"),
        }, required=["ordered_on"]),
    "crm_exchange_rates": Source(
        "crm/exchange_rates.csv", "currency rate_on", {
            "currency": text("币种"), "rate_on": typed("日期", "date"), "middle_rate": typed("中间价", "decimal(18, 6)"),
        }, required=["middle_rate"]),
    "crm_cost_rates": Source(
        "crm/cost_rates.csv", "driver", {"driver": text("成本动因"), "unit_cost": typed("单位成本", "decimal(18, 6)")},
        required=["unit_cost"]),
    "crm_tier_rules": Source(
        "crm/tier_rules.csv", "tier", {
            "tier": text("等级"), "min_value_score": typed("最低价值分", "decimal(18, 6)"), "sort": typed("排序", "integer"),
        }, required=["sort"]),
    "crm_tier_weights": Source(
        "crm/tier_weights.csv", "dimension", {"dimension": text("维度"), "weight": typed("权重", "decimal(18, 6)")},
        required=["weight"]),
    "crm_segment_rules": Source(
        "crm/segment_rules.csv", "priority", {
            "priority": typed("优先级", "integer"), "segment": text("分群"),
            "r_min": typed("R下限", "integer"), "r_max": typed("R上限", "integer"), "f_min": typed("F下限", "integer"),
            "f_max": typed("F上限", "integer"), "m_min": typed("M下限", "integer"), "m_max": typed("M上限", "integer"),
        }, required=["segment"]),
    "shop_customers": Source(
        "shop/customers.jsonl.gz", "customer_id", {
            "customer_id": field("id"), "customer_name": field("profile.name"), "gender": field("profile.gender"),
            "birth_date": field("profile.birthday", "date"), "country": field("address.country"),
            "region": field("address.region"), "city": field("address.city"),
            "email": ('mail("contact"."email")', None), "phone": ('phone("contact"."phone")', None),
            "signup_source": field("signup_source"), "consent": field("marketing_opt_in"),
            "created_at": field("created_at", "timestamptz"), "updated_at": field("updated_at", "timestamptz"),
        }, order_by="updated_at", json={
            "id": "varchar", "profile": "struct(name varchar, gender varchar, birthday varchar)",
            "contact": "struct(email varchar, phone varchar)",
            "address": "struct(country varchar, region varchar, city varchar)", "signup_source": "varchar",
            "marketing_opt_in": "boolean", "created_at": "varchar", "updated_at": "varchar",
        }),
    "shop_products": Source(
        "shop/products.jsonl", "product_id", {
            "product_id": field("sku"), "product_name": field("title"), "category": field("category.name"),
            "subcategory": field("category.sub"), "brand": field("brand"), "supplier_id": field("vendor"),
            "list_price": field("list_price", "decimal(18, 2)"), "unit_cost": field("cost", "decimal(18, 2)"),
            "launched_on": field("launched_on", "date"), "discontinued_on": field("discontinued_on", "date"),
        }, json={
            "sku": "varchar", "title": "varchar", "category": "struct(name varchar, sub varchar)", "brand": "varchar",
            "vendor": "varchar", "list_price": "varchar", "cost": "varchar", "launched_on": "varchar",
            "discontinued_on": "varchar",
        }),
    "shop_order_lines": Source(
        "shop/order_lines-*.csv.gz", "order_id line_no", {
            "order_id": text("order_id"), "line_no": typed("line", "bigint"), "kind": text("kind"),
            "customer_id": text("customer_id"), "product_id": text("sku"), "ordered_at": typed("created_at", "timestamptz"),
            "channel": text("channel"), "region": text("region"), "city": text("city"), "campaign_id": text("campaign"),
            "quantity": typed("quantity", "decimal(18, 3)"), "currency": text("currency"),
            "gross_amount": typed("gross", "decimal(18, 2)"), "net_amount": typed("net", "decimal(18, 2)"),
            "shipping_amount": typed("shipping", "decimal(18, 2)"),
        }, required=["kind", "product_id", "ordered_at", "quantity", "currency", "gross_amount", "net_amount"],
        amount="net_amount"),
    "shop_campaign_touches": Source(
        "shop/campaign_touches.jsonl.gz", "campaign_id customer_id touched_at", {
            "campaign_id": field("campaign"), "customer_id": field("user.id"), "arm": field("arm"),
            "touched_at": field("sent_at", "timestamptz"), "channel": field("channel"), "opened": field("opened"),
            "clicked": field("clicked"), "responded_at": field("responded_at", "timestamptz"),
        }, required=["arm"], json={
            "campaign": "varchar", "user": "struct(id varchar)", "arm": "varchar", "sent_at": "varchar",
            "channel": "varchar", "opened": "boolean", "clicked": "boolean", "responded_at": "varchar",
        }),
    "shop_tickets": Source(
        "shop/tickets.jsonl.gz", "case_id", {
            "case_id": field("ticket"), "customer_id": field("user.id"), "kind": field("type"),
            "channel": field("channel"), "opened_at": field("opened_at", "timestamptz"),
            "closed_at": field("closed_at", "timestamptz"), "csat": field("rating.csat"), "nps": field("rating.nps"),
            "handling_cost": field("handling_cost", "decimal(18, 2)"),
        }, required=["kind", "opened_at"], json={
            "ticket": "varchar", "user": "struct(id varchar)", "type": "varchar", "channel": "varchar",
            "opened_at": "varchar", "closed_at": "varchar", "rating": "struct(csat integer, nps integer)",
            "handling_cost": "varchar",
        }),
    "shop_events": Source(
        "shop/events.jsonl.gz", "event_id", {
            "event_id": field("event"), "customer_id": field("user"), "kind": field("kind"),
            "occurred_at": field("at", "timestamptz"), "product_id": field("sku"),
        }, required=["kind", "occurred_at"], json={
            "event": "varchar", "user": "varchar", "kind": "varchar", "at": "varchar", "sku": "varchar",
        }),
    "shop_points": Source(
        "shop/points.csv.gz", "entry_id", {
            "entry_id": text("entry_id"), "customer_id": text("customer_id"), "kind": text("kind"),
            "points": typed("points", "bigint"), "posted_at": typed("posted_at", "timestamptz"),
        }, required=["kind", "points", "posted_at"]),
}

# Core tables: SQL over the sources, in the order they need one another. `$as_of` stands for the day.
NAMED = "coalesce(link.customer_key, x.source_system || '-' || x.source_customer_id)"
LINK = ("left join customer_link_all as link on link.source_system = x.source_system "
        "and link.source_customer_id = x.source_customer_id")

RECORDS = """
select 'crm' as source_system, customer_id as source_customer_id, customer_name,
    case customer_kind when '个人' then 'person' when '企业' then 'company' end as customer_kind, email, phone,
    case gender when '女' then 'female' when '男' then 'male' end as gender, birth_date, word('industry', industry) as industry,
    case country when '中国' then 'CN' else country end as country, word('region', region) as region, city, address,
    word('source', source_channel) as acquisition_channel, registered_on as acquired_on, owner_rep_id,
    consent as marketing_consent, updated_at
from crm_customers
union all
select 'shop', customer_id, customer_name, 'person', email, phone,
    case gender when 'F' then 'female' when 'M' then 'male' end, birth_date, null, country, region, rtrim(city, '市'), null,
    signup_source, day_of(created_at), null, consent, updated_at
from shop_customers
"""

GOLDEN = ("customer_name customer_kind email phone gender birth_date industry country region city address "
          "owner_rep_id marketing_consent").split()

CORE = {
    "exchange_rate": "select currency, rate_on, cast(middle_rate / 100 as decimal(18, 6)) as rate_to_base from crm_exchange_rates "
                     "where rate_on <= $as_of",
    "cost_rate": "select driver, unit_cost from crm_cost_rates",
    "tier_rule": "select tier, min_value_score, sort from crm_tier_rules",
    "tier_weight": "select dimension, weight from crm_tier_weights",
    "rfm_segment_rule": "select * from crm_segment_rules",
    "dim_sales_rep": "select sales_rep_id, sales_rep_name, department, word('region', region) as region, manager_id "
                     "from crm_sales_reps",
    "fct_sales_target": """
        select replace(replace(month, '年', '-'), '月', '') as month, word('scope', scope_kind) as scope_kind,
            case word('scope', scope_kind) when 'company' then 'company' when 'channel' then word('channel', scope_value)
                when 'category' then word('category', scope_value) when 'region' then word('region', scope_value)
                else scope_value end as scope_value,
            target_amount
        from crm_sales_targets""",
    "fct_stock_level": "select * from crm_stock_counts where counted_on <= $as_of",
    "fct_supply_order": "select * from crm_purchase_orders where ordered_on <= $as_of",
    "catalogue": """
        select product_id, product_name, word('category', category) as category, subcategory, brand, supplier_id,
            list_price, unit_cost, launched_on, discontinued_on from crm_products
        union all
        select * from shop_products where product_id not in (select product_id from crm_products)""",
    "fct_sale": f"""
        with
        x as (
            select 'crm' as source_system, customer_id as source_customer_id, order_no as order_id, line_no, product_id,
                ordered_at, day_of(ordered_at) as ordered_on, word('channel', channel) as channel,
                word('region', region) as region, city, sales_rep_id, campaign_id, quantity, list_amount as gross_amount,
                paid_amount as net_amount, shipping_amount, kind = '退货' as is_return, 'CNY' as currency,
                paid_amount as source_amount, 'crm_order_lines' as source_name
            from crm_order_lines
            union all
            select 'shop', customer_id, order_id, line_no, product_id, ordered_at, on_day, channel, region, city, null,
                campaign_id, quantity,
                cast(round(gross_amount * rate, 2) as decimal(18, 2)), cast(round(net_amount * rate, 2) as decimal(18, 2)),
                cast(round(shipping_amount * rate, 2) as decimal(18, 2)), kind = 'refund', currency, net_amount,
                'shop_order_lines'
            from (
                select line.*, cast(1 as decimal(18, 6)) as rate, day_of(ordered_at) as on_day
                from shop_order_lines as line where currency = 'CNY'
                union all
                select line.* exclude (on_day), exchange_rate.rate_to_base, line.on_day
                from (select *, day_of(ordered_at) as on_day from shop_order_lines where currency <> 'CNY') as line
                asof left join exchange_rate
                    on line.currency = exchange_rate.currency and line.on_day >= exchange_rate.rate_on
            )
        )
        select x.order_id, x.line_no, {NAMED} as customer_key, x.product_id, x.ordered_at, x.ordered_on, x.channel, x.region,
            x.city, x.sales_rep_id, x.campaign_id, x.quantity, x.gross_amount,
            cast(x.gross_amount - x.net_amount as decimal(18, 2)) as discount_amount, x.net_amount,
            cast(round(x.quantity * catalogue.unit_cost, 2) as decimal(18, 2)) as cost_amount, x.shipping_amount,
            x.is_return, x.currency, x.source_amount, x.source_name
        from x
        {LINK}
        left join catalogue on catalogue.product_id = x.product_id""",
    "fct_opportunity": f"""
        select opportunity_id, coalesce(link.customer_key, 'crm-' || x.customer_id) as customer_key, product_id, sales_rep_id,
            word('stage', stage) as stage,
            cast(try_cast(replace(probability, '%', '') as decimal(9, 4)) / 100 as decimal(18, 6)) as stage_probability,
            amount, created_on, case when outcome in ('赢单', '输单') then closed_on else expected_on end as closed_on,
            case outcome when '赢单' then 'won' when '输单' then 'lost' else 'open' end as outcome,
            word('lost_reason', lost_reason) as lost_reason, competitor, word('source', lead_source) as lead_source
        from crm_opportunities as x
        left join customer_link_all as link on link.source_system = 'crm' and link.source_customer_id = x.customer_id
        where created_on <= $as_of""",
    "fct_campaign_touch": f"""
        with x as (
            select 'crm' as source_system, customer_id as source_customer_id, campaign_id,
                case arm when '对照组' then 'control' else 'treatment' end as arm, touched_at, word('touch', channel) as channel,
                opened, clicked, responded_at from crm_campaign_touches
            union all
            select 'shop', customer_id, campaign_id, case arm when 'control' then 'control' else 'treatment' end, touched_at,
                channel, opened, clicked, responded_at from shop_campaign_touches
        )
        select campaign_id, {NAMED} as customer_key, arm, touched_at, channel, opened, clicked, responded_at
        from x {LINK} where day_of(touched_at) <= $as_of""",
    "fct_service_case": f"""
        with x as (
            select 'crm' as source_system, customer_id as source_customer_id, case_id, word('case_kind', kind) as kind,
                word('case_channel', channel) as channel, opened_at, closed_at, csat, nps, handling_cost from crm_service_cases
            union all
            select 'shop', customer_id, case_id, kind, channel, opened_at, closed_at, csat, nps, handling_cost from shop_tickets
        )
        select case_id, {NAMED} as customer_key, kind, channel, opened_at, closed_at, csat, nps, handling_cost
        from x {LINK} where day_of(opened_at) <= $as_of""",
    "fct_interaction": f"""
        with x as (
            select 'crm' as source_system, customer_id as source_customer_id, contact_id as interaction_id,
                word('contact', kind) as kind, occurred_at, product_id from crm_contacts
            union all
            select 'shop', customer_id, 'EV' || event_id, kind, occurred_at, product_id from shop_events
        )
        select interaction_id, {NAMED} as customer_key, kind, occurred_at, product_id
        from x {LINK} where day_of(occurred_at) <= $as_of""",
    "fct_points_entry": f"""
        select entry_id, {NAMED} as customer_key, kind, points, posted_on
        from (select 'shop' as source_system, customer_id as source_customer_id, entry_id, kind, points,
            day_of(posted_at) as posted_on from shop_points) as x
        {LINK} where posted_on <= $as_of""",
    "dim_campaign": """
        with named as (select campaign_id from fct_campaign_touch union select campaign_id from fct_sale)
        select campaign_id, campaign_name, word('kind', kind) as kind, channel,
            case when starts_on <= $as_of then starts_on end as starts_on, ends_on, budget_amount, cost_amount
        from crm_campaigns
        where starts_on is null or starts_on <= $as_of or campaign_id in (select campaign_id from named)""",
    "dim_product": """
        with named as (
            select distinct product_id from (
                select distinct product_id from fct_sale union all select distinct product_id from fct_interaction
                union all select distinct product_id from fct_opportunity
                union all select distinct product_id from fct_stock_level
                union all select distinct product_id from fct_supply_order)
            where product_id is not null
        )
        select * from catalogue
        union all by name select product_id from named anti join catalogue using (product_id)""",
    "dim_customer": f"""
        with
        named as (
            select distinct customer_key from (
                select distinct customer_key from fct_sale union all select distinct customer_key from fct_interaction
                union all select distinct customer_key from fct_opportunity
                union all select distinct customer_key from fct_campaign_touch
                union all select distinct customer_key from fct_service_case
                union all select distinct customer_key from fct_points_entry)
            where customer_key is not null
        ),
        record as (
            select link.customer_key, count(*) over (partition by link.customer_key) as source_records, record.*
            from customer_record as record
            inner join customer_link_all as link using (source_system, source_customer_id)
        ),
        placed as (
            select *,
                row_number() over (partition by customer_key
                    order by updated_at desc nulls last, source_system, source_customer_id) as place,
                row_number() over (partition by customer_key
                    order by acquired_on nulls last, source_system, source_customer_id) as first_place
            from record where source_records > 1
        ),
        golden as (
            select customer_key, {', '.join(GOLDEN)}, acquisition_channel, acquired_on, source_records
            from record where source_records = 1
            union all by name
            select customer_key, {', '.join(f'arg_min({c}, place) as {c}' for c in GOLDEN)},
                arg_min(acquisition_channel, first_place) as acquisition_channel,
                arg_min(acquired_on, first_place) as acquired_on, max(source_records) as source_records
            from placed group by customer_key
        )
        select golden.customer_key, customer_name, customer_kind, email, phone, gender, birth_date, industry, country, region,
            city, address, acquisition_channel, case when acquired_on <= $as_of then acquired_on end as acquired_on,
            owner_rep_id, marketing_consent, source_records
        from golden left join named on named.customer_key = golden.customer_key
        where acquired_on is null or acquired_on <= $as_of or named.customer_key is not null
        union all by name
        select customer_key, 0 as source_records from named anti join golden using (customer_key)""",
    "dim_customer_link": "select * from customer_link_all semi join dim_customer using (customer_key)",
}

CORE_GRAINS = {
    "dim_customer": "customer_key", "dim_customer_link": "source_system, source_customer_id", "dim_product": "product_id",
    "fct_sale": "order_id, line_no", "fct_opportunity": "opportunity_id", "dim_campaign": "campaign_id",
    "fct_campaign_touch": "campaign_id, customer_key, touched_at, channel", "fct_service_case": "case_id",
    "fct_interaction": "interaction_id", "fct_points_entry": "entry_id", "fct_stock_level": "product_id, counted_on",
    "fct_supply_order": "supply_order_id, product_id", "fct_sales_target": "month, scope_kind, scope_value",
    "dim_sales_rep": "sales_rep_id", "exchange_rate": "currency, rate_on", "cost_rate": "driver", "tier_rule": "tier",
    "tier_weight": "dimension", "rfm_segment_rule": "priority, segment",
}

# In the order they read one another.
ORDER = ["dim_date", "customer_profile", "tier_table", "profit_concentration", "cohort_retention", "customer_profitability",
         "product_line_profitability", "sales_performance", "sales_cube"]


def decode(path, target):
    """A GBK file to UTF-8; a byte that is none becomes the replacement character and the row goes on."""
    opened = gzip.open if path.endswith(".gz") else open
    decoder = codecs.getincrementaldecoder("gbk")("replace")
    with opened(path, "rb") as source, open(target, "wb") as sink:
        while block := source.read(1 << 22):
            sink.write(decoder.decode(block).encode())
        sink.write(decoder.decode(b"", True).encode())
    return target


def header(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as file:
        return file.readline()


class Job:
    def __init__(self, raw, marts, as_of, timezone, config, verbose):
        self.raw, self.marts, self.as_of, self.verbose = raw, marts, as_of, verbose
        self.last = time.monotonic(), time.process_time()
        os.makedirs(marts, exist_ok=True)
        self.staging = tempfile.mkdtemp(prefix="_staging", dir=marts)
        self.work = tempfile.mkdtemp(prefix="duckdb-job-")
        self.files = self.decoded()
        self.told("decode")
        self.db = duckdb.connect(config=config | {"temp_directory": self.work})
        self.db.execute(f"set timezone = '{timezone}'")
        self.db.execute("set enable_progress_bar = false")
        # Sorting is said where it matters: files, never tables in memory.
        self.db.execute("set preserve_insertion_order = false")
        for macro in MACROS:
            self.db.execute(macro)
        for topic, words in WORDS.items():
            pairs = [pair.split(" ", 1) for pair in words.split("|")]
            self.db.execute(f"set variable {topic} = map({[word for word, _ in pairs]}, {[to for _, to in pairs]})")
        self.db.execute(f"""create table run as select date '{as_of}' as as_of, '{timezone}' as timezone,
            'percent_rank' as rfm_scoring, null::date as previous_as_of""")
        self.ledger = []

    def told(self, doing):
        now = time.monotonic(), time.process_time()
        if self.verbose:
            print(f"{now[0] - self.last[0]:8.2f} {now[1] - self.last[1]:8.2f}  {doing}", file=sys.stderr)
        self.last = now

    def decoded(self):
        """Where the files of each source can be read from. Unpacking leaves the interpreter, so two threads help."""
        files = {name: sorted(glob.glob(os.path.join(self.raw, source.path))) for name, source in SOURCES.items()}
        todo = [(path, os.path.join(self.work, os.path.basename(path).removesuffix(".gz")))
                for name, source in SOURCES.items() if source.gbk for path in files[name]]
        todo.sort(key=lambda pair: -os.path.getsize(pair[0]))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            done = dict(zip((path for path, _ in todo), pool.map(lambda pair: decode(*pair), todo)))
        return {name: [done.get(path, path) for path in paths] for name, paths in files.items()}

    # Sources ------------------------------------------------------------------------------------

    def ingest(self, name, source):
        files = self.files[name]
        ragged_tables = []
        if source.json:
            columns = ", ".join(f"'{column}': '{kind}'" for column, kind in source.json.items())
            read = f"read_json({files}, format = 'newline_delimited', columns = {{{columns}}}, ignore_errors = true)"
        else:
            # Rejects cannot be kept when files are merged by name, so files of one layout are read together.
            layouts = {}
            for file in files:
                layouts.setdefault(header(file), []).append(file)
            reads = []
            for number, same in enumerate(layouts.values()):
                ragged_tables.append(f"{name}_errors_{number}")
                reads.append(f"from read_csv({same}, header = true, delim = ',', quote = '\"', escape = '\"', "
                             "all_varchar = true, null_padding = false, store_rejects = true, rejects_limit = 0, "
                             f"rejects_table = '{ragged_tables[-1]}', rejects_scan = '{name}_scan_{number}')")
            read = f"({' union all by name '.join(reads)})"
        columns = ", ".join(f"{expression} as {column}" for column, (expression, _) in source.columns.items())
        texts = [(column, given) for column, (_, given) in source.columns.items() if given]
        unread = [f"({column} is null and {given} is not null)" for column, given in texts]
        missing = [f"{column} is null" for column in source.required]
        bad = " or ".join(missing + unread)
        self.db.execute(f"""create table {name}_typed as
            select {columns}, coalesce({bad}, false) as bad from {read}""")
        # A key that is missing in a row with nothing else in it is a blank line, not a bad row.
        blank = " and ".join(f"{column} is null" for column in source.columns)
        key = ", ".join(source.key)
        repeated = f"(select {key} from {name}_typed where not bad group by all having count(*) > 1)"
        kept = f"and {source.keep_when}" if source.keep_when else ""
        order = f"order by {key}, {source.order_by} desc" if source.order_by else ""
        self.db.execute(f"create table {name}_repeated as {repeated}")
        one = (f"select distinct on ({key}) * exclude (bad) from {name}_typed semi join {name}_repeated using ({key}) "
               f"where not bad {order}")
        self.db.execute(f"""create table {name} as
            select * from (
                select * exclude (bad) from {name}_typed anti join {name}_repeated using ({key}) where not bad
                union all by name select * from ({one})
            ) where true {kept}""")
        amount = f"coalesce(sum({source.amount or 0}) filter (where {{}}), 0)"
        good, quarantined, blanks, total, spoilt = self.db.execute(f"""
            select count(*) filter (where not bad), count(*) filter (where bad and not ({blank})),
                count(*) filter (where {blank}), {amount.format("not bad")}, {amount.format("bad")}
            from {name}_typed""").fetchone()
        ragged = 0
        for table in ragged_tables:
            rows = self.db.execute(f"select count(distinct (file_id, line)) from {table}").fetchone()[0]
            if rows:
                self.copy(f"from {table}", os.path.join(self.staging, "_quarantine", f"{table}.parquet"))
            ragged += rows
        left, left_total = self.db.execute(f"select count(*), coalesce(sum({source.amount or 0}), 0) from {name}").fetchone()
        versions = good - left
        filtered = 0
        if source.keep_when:
            filtered = self.db.execute(f"select count(*) from {name}_typed where not bad and not ({source.keep_when})").fetchone()[0]
        self.ledger += [
            (name, "1_ingest", good + quarantined + blanks + ragged, good, quarantined + ragged, 0, blanks, total + spoilt, total, spoilt, 0),
            (name, "2_latest", good, left, 0, versions - filtered, filtered, total, left_total, 0, total - left_total),
        ]
        if quarantined:
            self.copy(f"from {name}_typed where bad and not ({blank})", os.path.join(self.staging, "_quarantine", f"{name}.parquet"))
        self.db.execute(f"drop table {name}_typed")
        self.db.execute(f"drop table {name}_repeated")
        self.told(name)

    # Customers ----------------------------------------------------------------------------------

    def match(self):
        """Records that share an e-mail address or a phone number are one customer, transitively, named by its oldest record."""
        self.db.execute(f"create table customer_record as {RECORDS}")
        self.db.execute("""create table node as
            select row_number() over (order by source_system, source_customer_id) as id, source_system, source_customer_id,
                email, phone, acquired_on
            from customer_record""")
        for value in ("email", "phone"):
            self.db.execute(f"""create table by_{value} as
                select id, min(id) over (partition by {value}) as first_id from node
                where {value} in (select {value} from node where {value} is not null group by {value} having count(*) > 1)""")
        self.db.execute("""create table label as
            select id, id as root from (select id from by_email union select id from by_phone)""")
        while True:
            # every group takes the least label of its members, until nothing changes
            self.db.execute("""create or replace table next as
                with spread as (
                    select id, min(root) over (partition by first_id) as root from by_email inner join label using (id)
                    union all
                    select id, min(root) over (partition by first_id) as root from by_phone inner join label using (id))
                select id, min(root) as root from spread group by id""")
            changed = self.db.execute("select count(*) from next inner join label using (id) where next.root <> label.root").fetchone()[0]
            self.db.execute("create or replace table label as from next")
            if not changed:
                break
        self.db.execute("""create table customer_link_all as
            select node.source_system, node.source_customer_id,
                coalesce(oldest.customer_key, node.source_system || '-' || node.source_customer_id) as customer_key,
                cast(1 as decimal(18, 6)) as match_probability,
                case when by_email.id is not null then 'same email' when by_phone.id is not null then 'same phone'
                    else 'single' end as match_rule
            from node
            left join label using (id)
            left join (
                select label.root, arg_min(node.source_system || '-' || node.source_customer_id,
                    (coalesce(node.acquired_on, date '9999-12-31'), node.source_system || '-' || node.source_customer_id)) as customer_key
                from label inner join node using (id)
                group by label.root) as oldest on oldest.root = label.root
            left join by_email using (id)
            left join by_phone using (id)""")
        self.told("match")

    # Tables and marts ---------------------------------------------------------------------------

    def copy(self, query, path, partition=None):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        parted = f", partition_by ({partition})" if partition else ""
        # level 1, as septet writes
        self.db.execute(f"copy ({query}) to '{path}' (format parquet, compression zstd, compression_level 1{parted})")

    def write(self, table, grain, partition=None):
        """Sorted by grain, or as the table is when that is sorted already. The partitions of a table are written one
        after the other, because DuckDB's own partitioned writing does not keep the order within a file."""
        order = f"order by {grain}" if grain else ""
        if not partition:
            self.copy(f"from {table} {order}", os.path.join(self.staging, table, "part-0.parquet"))
            return
        for (value,) in self.db.execute(f"select distinct {partition} from {table}").fetchall():
            self.copy(f"select * exclude ({partition}) from {table} where {partition} = '{value}' {order}",
                      os.path.join(self.staging, table, f"{partition}={value}", "part-0.parquet"))

    def core(self):
        for name, query in CORE.items():
            self.db.execute(f"create table {name} as " + query.replace("$as_of", f"date '{self.as_of}'"))
            if name == "fct_sale":
                self.cut_sales()
            if name in CORE_GRAINS:
                self.write(name, CORE_GRAINS[name])
            self.told(name)
        supplied = [name.removeprefix("dim_").removeprefix("fct_") for name in CORE_GRAINS]
        self.db.execute(f"create table supplied as select unnest({supplied}) as table_name")
        self.db.execute("""create view previous_customer_profile as
            select null::varchar as customer_key, null::varchar as value_tier, null::date as tier_changed_on where false""")

    def cut_sales(self):
        """Takes away what is dated later, once it is counted."""
        for name in ("crm_order_lines", "shop_order_lines"):
            latest = next(row for row in self.ledger if row[:2] == (name, "2_latest"))
            rows, amount, later, later_amount = self.db.execute(f"""
                select count(*), sum(net_amount), count(*) filter (where ordered_on > date '{self.as_of}'),
                    coalesce(sum(net_amount) filter (where ordered_on > date '{self.as_of}'), 0)
                from fct_sale where source_name = '{name}'""").fetchone()
            self.ledger += [
                (name, "3_staging", latest[3], rows, 0, 0, 0, latest[8], latest[8], 0, 0),
                (name, "4_core", rows, rows - later, 0, 0, later, amount, amount - later_amount, 0, later_amount),
            ]
        self.db.execute(f"delete from fct_sale where ordered_on > date '{self.as_of}'")

    def mart(self, name):
        own, shared = (os.path.join(folder, f"{name}.sql") for folder in
                       (os.path.join(HERE, "sql"), os.path.join(PROJECT, "tests", "duckdb")))
        with open(own if os.path.exists(own) else shared, encoding="utf-8") as file:
            query = file.read()
        kinds = ", ".join(f"cast({column} as {kinds[0]}) as {column}" for column, kinds in MARTS[name].items())
        grain = GRAINS[name]
        self.db.execute(f"create table {name} as select {kinds} from ({query}) order by {', '.join(grain)}")
        self.told(f"{name}, rows")
        self.write(name, None, next((key for key in ("month", "as_of") if key == grain[0]), None))
        self.told(f"{name}, files")

    def etl(self):
        self.db.execute("""create table reconciliation (as_of date, source varchar, stage varchar, rows_in bigint,
            rows_out bigint, quarantined bigint, duplicates_removed bigint, filtered bigint, amount_in decimal(38, 2),
            amount_out decimal(38, 2), amount_quarantined decimal(38, 2), amount_removed decimal(38, 2))""")
        self.db.executemany(f"insert into reconciliation values (date '{self.as_of}', {', '.join('?' * 11)})", self.ledger)
        self.write("reconciliation", ", ".join(GRAINS["reconciliation"]), "as_of")

    def run(self):
        for name, source in SOURCES.items():
            self.ingest(name, source)
        self.match()
        self.core()
        for name in SOURCES:
            self.db.execute(f"drop table {name}")
        with open(os.path.join(HERE, "sql", "prepare.sql"), encoding="utf-8") as file:
            self.db.execute(file.read())
        self.told("prepare")
        self.db.execute("set preserve_insertion_order = true")
        for name in ORDER:
            self.mart(name)
        self.etl()
        # One rename makes all of it visible, as a release does.
        current = os.path.join(self.marts, "current")
        if os.path.exists(current):
            shutil.rmtree(current)
        os.rename(self.staging, current)
        shutil.rmtree(self.work)
        self.db.close()
        self.told("publish")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--raw", required=True, help="folder that `septet generate` wrote")
    parser.add_argument("--marts", required=True, help="folder to publish to")
    parser.add_argument("--as-of", default="2026-10-31")
    parser.add_argument("--timezone", default="Asia/Shanghai")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="2GB")
    parser.add_argument("--verbose", action="store_true", help="wall and processor seconds of each step on stderr")
    given = parser.parse_args()
    config = {"threads": given.threads, "memory_limit": given.memory_limit}
    job = Job(given.raw, given.marts, given.as_of, given.timezone, config, given.verbose)
    try:
        job.run()
    finally:
        shutil.rmtree(job.work, ignore_errors=True)
        shutil.rmtree(job.staging, ignore_errors=True)


if __name__ == "__main__":
    main()
