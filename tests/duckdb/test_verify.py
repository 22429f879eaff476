"""Tests of the verification itself: small hostile published trees, values worked out by hand from the contract.

    python3 test_verify.py
"""

import atexit
import os
import shutil
import tempfile
import unittest
from decimal import Decimal
from datetime import date

import duckdb

import lifetime
from contract import CORE, GRAINS, MARTS
from verify import Verification

AS_OF = "2026-02-15"
ZONE = "Asia/Shanghai"
SNAPSHOTS = [mart for mart in MARTS if "as_of" in GRAINS[mart]]


def write(root, name, select, partition=None):
    """Publish rows as the project does: sorted, zstd, one folder per partition value, an empty table as one empty file."""
    db = duckdb.connect(config={"threads": 2})
    db.execute("set timezone = 'UTC'")
    db.execute(f"create table rows as {select}")
    folder = os.path.join(root, name)
    order = ", ".join(GRAINS.get(name, [])) or "all"
    values = [row[0] for row in db.execute(f"select distinct {partition} from rows order by 1").fetchall()] if partition else []
    parts = [(f"{partition}={value}", f"where {partition} = '{value}'") for value in values] or [("", "")]
    for part, where in parts:
        os.makedirs(os.path.join(folder, part), exist_ok=True)
        columns = f"* exclude ({partition})" if values else "*"
        db.execute(f"copy (select {columns} from rows {where} order by {order}) to '{os.path.join(folder, part, 'part-00000.parquet')}' (format parquet)")


def supply(root, name, rows):
    """rows: dictionaries of SQL expressions; what a row leaves out is NULL."""
    types = CORE[name][1]
    selects = [
        "select " + ", ".join(f"cast({row.get(column, 'null')} as {types[column][0]}) as {column}" for column in types)
        for row in rows
    ]
    empty = "select " + ", ".join(f"cast(null as {kind[0]}) as {column}" for column, kind in types.items()) + " where false"
    write(root, name, " union all ".join(selects + [empty]))


def sale(order, customer, day, net, **more):
    row = {
        "order_id": f"'{order}'", "line_no": more.pop("line", "'1'"), "customer_key": f"'{customer}'" if customer else "null",
        "ordered_on": f"date '{day}'", "ordered_at": f"timestamptz '{day} 02:00:00+00'", "quantity": "1",
        "gross_amount": net, "discount_amount": "0", "net_amount": net, "is_return": "false",
    }
    row.update({key: str(value) for key, value in more.items()})
    return row


class Tree:
    def __init__(self, tables, **options):
        self.root = tempfile.mkdtemp(prefix="verify-")
        atexit.register(shutil.rmtree, self.root, ignore_errors=True)
        self.recomputed = {}
        self.options = {"as_of": AS_OF, "timezone": ZONE} | options
        for name, rows in tables.items():
            supply(self.root, name, rows)

    def verification(self, **more):
        lines = []
        return Verification(self.root, out=lines.append, **(self.options | more)), lines

    def recompute(self, mart):
        """The rows of a mart as dictionaries by grain (without as_of)."""
        if mart in self.recomputed:
            return self.recomputed[mart]
        verification, _ = self.verification()
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, mart + ".sql"), encoding="utf-8") as file:
            cursor = verification.db.execute(file.read())
        head, grain = [column[0] for column in cursor.description], [c for c in GRAINS[mart] if c != "as_of"]
        rows = [dict(zip(head, row)) for row in cursor.fetchall()]
        found = {tuple(row[c] for c in grain): row for row in rows}
        assert len(found) == len(rows), f"{mart}: grain is not unique"
        self.recomputed[mart] = {key[0] if len(key) == 1 else key: row for key, row in found.items()}
        return self.recomputed[mart]

    def publish(self):
        """Publish every recomputed mart, with the contract's types, and the two ledgers."""
        self.recomputed.clear()
        for mart in MARTS:
            verification, _ = self.verification()
            here = os.path.dirname(os.path.abspath(__file__))
            with open(os.path.join(here, mart + ".sql"), encoding="utf-8") as file:
                verification.db.execute(f"create temp table mart as {file.read()}")
            columns = ", ".join(f"cast({c} as {kind[0]}) as {c}" for c, kind in MARTS[mart].items())
            target = os.path.join(self.root, mart + ".copy")
            verification.db.execute(f"copy (select {columns} from mart) to '{target}' (format parquet)")
            partition = next((c for c in ("as_of", "month") if c in GRAINS.get(mart, [])), None)
            write(self.root, mart, f"select * from read_parquet('{target}')", partition)
            os.remove(target)
        verification, _ = self.verification()
        total = verification.one("select coalesce(sum(net_amount), 0) from fct_sale")
        write(self.root, "reconciliation", f"""
            select date '{AS_OF}' as as_of, 'sales' as source, '4_core' as stage, 1::bigint as rows_in, 1::bigint as rows_out,
                0::bigint as quarantined, 0::bigint as duplicates_removed, 0::bigint as filtered,
                cast({total} as decimal(38, 2)) as amount_out, cast(0 as decimal(38, 2)) as difference""", "as_of")
        counts = {mart: verification.one(f'select count(*) from "{mart}"') for mart in verification.types if mart in GRAINS}
        counts |= {"reconciliation": 1}
        counts["etl_status"] = len(counts) + 1
        write(self.root, "etl_status", " union all ".join(
            f"select '{mart}' as mart, {rows}::bigint as rows" for mart, rows in sorted(counts.items())))

    def spoil(self, mart, select):
        """Replace a published mart by a query over itself (`rows`)."""
        self.recomputed.clear()
        verification, _ = self.verification()
        verification.db.execute(f'create temp table copied as select * from "{mart}"')
        target = os.path.join(self.root, mart + ".copy")
        verification.db.execute(f"copy (select * from (with rows as (select * from copied) {select})) to '{target}' (format parquet)")
        for file in verification.files(mart):
            os.remove(file)
        partition = next((c for c in ("as_of", "month") if c in GRAINS.get(mart, [])), None)
        write(self.root, mart, f"select * from read_parquet('{target}')", partition)
        os.remove(target)

    def verify(self, **more):
        verification, lines = self.verification(**more)
        return verification.run(), lines


def customers(*keys, **more):
    return [{"customer_key": f"'{key}'"} | more for key in keys]


PRODUCTS = [
    {"product_id": "'p1'", "category": "'Tea'", "brand": "'Leaf'"},
    {"product_id": "'p2'", "category": "'All'", "brand": "'Leaf'"},
    {"product_id": "'p3'", "brand": "'Bean'"},
    {"product_id": "'p4'", "category": "'Cups'"},
]


def hostile():
    """Everything at once; the hand-checked values are in the tests below."""
    return {
        "dim_customer": [
            {"customer_key": "'a'", "customer_name": "'Ann'", "email": "' '", "phone": "'+861'", "gender": "'f'",
             "birth_date": "date '1990-01-01'", "region": "'N'", "city": "''"},
            {"customer_key": "'b'", "customer_kind": "'company'", "customer_name": "'Bolt'", "industry": "'steel'", "gender": "'f'"},
            {"customer_key": "'c'"}, {"customer_key": "'d'"}, {"customer_key": "'e'", "source_records": "0"},
        ],
        "dim_product": PRODUCTS,
        "fct_sale": [
            # a: three orders, one line of a later month, a return; 'o1' has two lines of different days
            sale("o1", "a", "2025-01-10", "100.00", product_id="'p1'", channel="'web'", cost_amount="40", shipping_amount="5"),
            sale("o1", "a", "2025-01-11", "50.00", product_id="'p2'", channel="'All'", line="'2'", gross_amount="60", discount_amount="10"),
            sale("o2", "a", "2025-02-16", "30.00", product_id="'p1'", channel="'web'", region="'N'"),
            sale("o3", "a", "2026-02-15", "10.01", product_id="'p3'", gross_amount="20.02", discount_amount="10.01"),
            sale("r1", "a", "2026-02-01", "-30.00", product_id="'p1'", channel="'web'", region="'N'", is_return="true", quantity="-1"),
            # b: one order exactly 365 days before as_of (outside 12m, inside lapsing); the same net as c
            sale("o4", "b", "2025-02-15", "20.00", product_id="'gone'", ordered_at="timestamptz '2025-02-14 22:30:00+00'"),
            # c: a return comes first and a purchase later
            sale("r2", "c", "2025-03-01", "-5.00", is_return="true", quantity="-2"),
            sale("o5", "c", "2025-04-01", "20.00", product_id="'p4'"),
            # d: a return only
            sale("r3", "d", "2025-06-01", "-7.00", is_return="true"),
            # nobody's sale
            sale("o6", None, "2025-02-20", "9.99", product_id="'p4'", ordered_at="null"),
            sale("o7", None, "2025-02-21", "0.00"),
        ],
        "dim_campaign": [
            {"campaign_id": "'k1'", "kind": "'seasonal'", "starts_on": "date '2025-01-10'", "ends_on": "date '2025-01-11'", "cost_amount": "10.00"},
            {"campaign_id": "'k2'", "kind": "'acquisition'", "cost_amount": "99.99"},
        ],
        "fct_campaign_touch": [
            # three touches tie on the instant: 3.34 goes to a, 3.33 to b and to nobody; k2 has no treatment touch
            {"campaign_id": "'k1'", "customer_key": k, "arm": "'treatment'", "touched_at": "timestamptz '2025-12-31 16:00:00+00'"}
            for k in ("'b'", "null", "'a'")
        ] + [{"campaign_id": "'k2'", "customer_key": "'a'", "arm": "'control'", "touched_at": "timestamptz '2025-12-31 16:00:00+00'"}],
        "fct_service_case": [
            {"case_id": "'s1'", "customer_key": "'a'", "kind": "'complaint'", "opened_at": "timestamptz '2026-01-31 16:30:00+00'", "csat": "2", "nps": "7"},
            {"case_id": "'s2'", "customer_key": "'a'", "kind": "'inquiry'", "opened_at": "timestamptz '2026-01-31 16:30:00+00'", "csat": "5", "nps": "9", "handling_cost": "1.00"},
            {"case_id": "'s3'", "customer_key": "'a'", "kind": "'complaint'", "opened_at": "timestamptz '2026-02-02 00:00:00+00'"},
            {"case_id": "'s4'", "customer_key": "'e'", "kind": "'repair'", "opened_at": "timestamptz '2025-01-01 00:00:00+00'", "handling_cost": "0.00"},
            {"case_id": "'s5'", "kind": "'repair'", "opened_at": "timestamptz '2025-01-01 00:00:00+00'"},
        ],
        "fct_interaction": [
            {"interaction_id": f"'i{n}'", "customer_key": "'a'", "kind": "'visit'", "occurred_at": f"timestamptz '{at}'"}
            # in Shanghai 2025-11-18 is the first of 90 days; the evening of the 17th in UTC is already the 18th
            for n, at in enumerate(["2025-11-17 15:59:59+00", "2025-11-17 16:00:00+00", "2026-02-15 15:59:59+00"])
        ],
        "cost_rate": [
            {"driver": "'service_case'", "unit_cost": "2.005"}, {"driver": "'interaction'", "unit_cost": "0.335"},
            {"driver": "'fixed_month'", "unit_cost": "100.00"},
        ],
        "fct_sales_target": [
            {"month": "'2025-01'", "scope_kind": "'company'", "target_amount": "300"},
            {"month": "'2025-01'", "scope_kind": "'channel'", "scope_value": "'web'", "target_amount": "0"},
            {"month": "'2025-01'", "scope_kind": "'category'", "scope_value": "'All'", "target_amount": "25"},
            {"month": "'2025-01'", "scope_kind": "'rep'", "scope_value": "'web'", "target_amount": "7"},
            {"month": "'2026-03'", "scope_kind": "'company'", "target_amount": "1"},
        ],
    }


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree(hostile())
        cls.tree.publish()

    def row(self, mart, key, **expected):
        row = self.tree.recompute(mart)[key]
        for column, value in expected.items():
            self.assertEqual(row[column], value, f"{mart} {key} {column}")

    def test_profile_of_a(self):
        self.row(
            "customer_profile", "a", first_purchase_on=date(2025, 1, 10), last_purchase_on=date(2026, 2, 15),
            orders=3, orders_12m=2, units=Decimal("3.000"), net_sales=Decimal("160.01"), net_sales_12m=Decimal("10.01"),
            average_order_value=Decimal("53.34"),
            # 10.01 sales - (2.01 + 1.00 + 2.01) cases - round(.335 x 3) = 1.01 - 3.34 of the campaign
            profit_12m=Decimal("0.64"),
            recency_days=0, r_score=5, f_score=5, m_score=3, rfm_cell="553", rfm_segment="Loyal", lifecycle="active",
            # Tea 130 (web lines), (All) is a product's category only in marts that roll up
            preferred_category="Tea", preferred_brand="Leaf", preferred_channel="web", preferred_weekday=5, preferred_daypart="morning",
            discount_share=20.01 / 210.02, discounted_line_share=.5,
            is_frequent_buyer=False, is_price_sensitive=False, is_brand_loyal=True, is_season_sensitive=True,
            satisfaction=3.5, nps_last=9, complaints_12m=2, interactions_90d=2, completeness=5 / 7,
            tier_direction="new", tier_previous=None, tier_changed_on=date(2026, 2, 15))

    def test_profile_edges(self):
        self.row("customer_profile", "b", orders=1, orders_12m=0, net_sales_12m=0, recency_days=365, lifecycle="lapsing",
                 profit_12m=Decimal("-3.33"), preferred_category=None, preferred_daypart="morning", completeness=2 / 6,
                 r_score=1, f_score=1, m_score=1, rfm_cell="111", rfm_segment="Lost")
        self.row("customer_profile", "c", first_purchase_on=date(2025, 4, 1), orders=1, net_sales=Decimal("15.00"),
                 net_sales_12m=Decimal("15.00"), units=Decimal("-1"), average_order_value=Decimal("15.00"), r_score=3, m_score=5)
        self.row("customer_profile", "d", orders=0, first_purchase_on=None, net_sales=Decimal("-7.00"), average_order_value=None,
                 recency_days=None, r_score=None, rfm_cell=None, rfm_segment=None, lifecycle="prospect", profit_12m=Decimal("-7.00"),
                 discount_share=None, discounted_line_share=None, is_price_sensitive=False)
        self.row("customer_profile", "e", orders=0, net_sales=0, profit_12m=0, satisfaction=None, complaints_12m=0, completeness=0)

    def test_value_score(self):
        # ranks of profit_12m: d -7, b -3.33, e 0, a .64, c 15; orders_12m: b d e 0, c 1, a 2
        # net_sales_12m: d -7, b e 0, a 10.01, c 15; interactions: only a; satisfaction: only a, so 0 of n = 1
        # loyalty, of buyers: c 0, b 25, a 66.666667
        self.row("customer_profile", "a", value_score=.35 * .75 + .20 * 1 + .15 * .75 + .15 * 1 + .10 * 1, value_tier="high")
        self.row("customer_profile", "c", value_score=round((.35 * 1 + .20 * .75 + .15 * 1) / .95, 6), value_tier="mid")
        self.row("customer_profile", "d", value_score=0, value_tier="low")

    def test_loyalty(self):
        # a bought on 10 and 11 January 2025, 16 February and 15 February a year later: 1, 36 and 364 days apart
        gaps = (1, 36, 364)
        mean = sum(gaps) / 3
        cv = (sum((gap - mean) ** 2 for gap in gaps) / 2) ** .5 / mean
        row = self.tree.recompute("customer_loyalty")["a"]
        self.assertAlmostEqual(row["interval_cv"], cv, 12)
        self.row("customer_loyalty", "a", tenure_days=401, orders=3, purchase_days=4, is_repeat=True,
                 interval_days_median=36, next_purchase_due_on=date(2026, 3, 23), days_overdue=0, p_alive=None,
                 churn_risk=None, loyalty_score=round(200 / 3, 6), points_balance=None, recommended_action="none")
        # b's last purchase was 365 days ago, which is not too long; with two customers more to be ranked among
        self.row("customer_loyalty", "b", purchase_days=1, interval_days_mean=None, interval_cv=None,
                 next_purchase_due_on=None, days_overdue=None, loyalty_score=25, recommended_action="none")
        self.row("customer_loyalty", "c", tenure_days=320, loyalty_score=0)
        self.assertEqual(set(self.tree.recompute("customer_loyalty")), {"a", "b", "c"})
        self.assertEqual(self.tree.recompute("loyalty_model"), {})

    def test_lifetime_value(self):
        self.row("customer_lifetime_value", "a", historic_net_sales=Decimal("160.01"), expected_orders_12m=None,
                 margin_rate=120.01 / 160.01, clv_12m=None, value_kind=None)

    def test_members(self):
        rows = self.tree.recompute("member_base")
        self.assertEqual((min(rows), max(rows), len(rows)), ("2025-01", "2026-02", 14))
        # d only brought something back, e only had a repair, nobody was ever registered
        self.row("member_base", "2025-01", members=1, new_members=1, completeness=5 / 7, complete_share=0, monthly_active=1)
        self.row("member_base", "2025-04", members=3, new_members=1, monthly_active=1, monthly_active_share=1 / 3)
        self.row("member_base", "2025-03", members=2, monthly_active=0)
        # a visited on the 18th in Shanghai, bought on 15 February
        self.row("member_base", "2025-11", monthly_active=1)
        self.row("member_base", "2026-02", monthly_active=1, completeness=(5 / 7 + 2 / 6) / 3)

    def test_contacts(self):
        self.row("customer_contact", "a", contacts=6, contacts_12m=6, visits_12m=3, calls_12m=0, cases_12m=3,
                 last_contact_on=date(2026, 2, 15), days_since_contact=0)
        self.row("customer_contact", "e", contacts=1, contacts_12m=0, cases_12m=0, days_since_contact=410)

    def test_segments(self):
        self.row("segment_summary", ("rfm_segment", "(none)"), customers=2, customer_share=2 / 5, average_order_value=None)
        self.row("segment_summary", ("lifecycle", "prospect"), customers=2, net_sales_12m=Decimal("-7.00"), sales_share=-7 / 18.01)
        self.row("segment_summary", ("cluster_label", "(none)"), customers=5, average_order_value=Decimal("6.00"), orders_per_customer=3 / 5)

    def test_profitability(self):
        self.row("customer_profitability", ("2026-01", "a"), promotion_cost=Decimal("3.34"), net_sales=0, overhead=0, net_profit=Decimal("-3.34"))
        self.row("customer_profitability", ("2026-01", "b"), promotion_cost=Decimal("3.33"))
        self.row("customer_profitability", ("2026-01", "(unknown)"), promotion_cost=Decimal("3.33"))
        # two cases opened 2026-02-01 in Shanghai, one on the 2nd, one interaction: 2.01 + 1.00 + 2.01 + round(.335)
        self.row("customer_profitability", ("2026-02", "a"), service_cost=Decimal("5.36"), returns=Decimal("30.00"),
                 gross_sales=Decimal("-9.98"), discounts=Decimal("10.01"), net_sales=Decimal("-19.99"), overhead=0)
        self.row("customer_profitability", ("2025-01", "a"), overhead=Decimal("100.00"), contribution=Decimal("105.00"), net_profit=Decimal("5.00"))
        # 2025-02: a 30.00, b 20.00, nobody 9.99 of 59.99
        self.row("customer_profitability", ("2025-02", "a"), overhead=Decimal("50.01"))
        self.row("customer_profitability", ("2025-02", "b"), overhead=Decimal("33.34"))
        self.row("customer_profitability", ("2025-02", "(unknown)"), overhead=Decimal("16.65"))
        self.row("customer_profitability", ("2025-01", "(unknown)"), service_cost=Decimal("2.01"), net_sales=0)
        self.row("customer_profitability", ("2025-01", "e"), service_cost=0)

    def test_cube_and_performance(self):
        self.row("sales_cube", ("2025-01", "All", "All", "All"), level=0, orders=1, customers=1, net_sales=Decimal("150.00"),
                 target_amount=Decimal("300.00"), attainment=.5)
        self.row("sales_cube", ("2025-01", "(All)", "All", "All"), level=1, net_sales=Decimal("50.00"), target_amount=Decimal("25.00"), attainment=2.0)
        self.row("sales_cube", ("2025-01", "All", "(All)", "All"), level=1, net_sales=Decimal("50.00"), target_amount=None)
        self.row("sales_cube", ("2025-01", "All", "web", "All"), level=1, target_amount=0, attainment=None)
        self.row("sales_cube", ("2025-01", "Tea", "web", "All"), level=2, target_amount=None)
        # b's product is unknown, as are the region and the channel of all three orders; a customer that nobody knows is none
        self.row("sales_cube", ("2025-02", "All", "(unknown)", "All"), orders=3, customers=1, net_sales=Decimal("29.99"))
        self.assertNotIn(("2026-03", "All", "All", "All"), self.tree.recompute("sales_cube"))
        self.row("sales_performance", ("2026-02", "Tea", "web", "N"), orders=0, net_sales=Decimal("-30.00"), average_order_value=None,
                 net_sales_previous_month=0, growth_mom=None, net_sales_previous_year=Decimal("30.00"), growth_yoy=-2.0,
                 net_sales_rolling_12m=Decimal("-30.00"), share_of_month=-30.00 / -19.99, margin_rate=1.0)
        self.row("sales_performance", ("2025-02", "Tea", "web", "N"), net_sales_previous_month=0, net_sales_previous_year=None,
                 growth_yoy=None, net_sales_rolling_12m=None)
        self.row("sales_performance", ("2025-01", "Tea", "web", "(unknown)"), net_sales_previous_month=None)
        # 2025-12 has no lines at all: the months are the calendar's
        self.row("sales_performance", ("2026-02", "(unknown)", "(unknown)", "(unknown)"), net_sales_rolling_12m=Decimal("-1.99"))

    def test_line_of_products(self):
        self.row("product_line_profitability", ("2025-01", "a", "(All)"), net_sales=Decimal("50.00"), gross_profit=Decimal("50.00"))
        self.row("product_line_profitability", ("2025-02", "(unknown)", "Cups"), net_sales=Decimal("9.99"))
        self.row("product_line_profitability", ("2025-02", "b", "(unknown)"), cost_of_goods=0)

    def test_cohorts(self):
        self.row("cohort_retention", ("2025-01", 0), cohort_customers=1, active_customers=1, orders=1, net_sales=Decimal("150.00"))
        self.row("cohort_retention", ("2025-01", 1), orders=1, cumulative_net_sales_per_customer=Decimal("180.00"))
        self.row("cohort_retention", ("2025-01", 5), active_customers=0, retention=0, cumulative_net_sales_per_customer=Decimal("180.00"))
        self.row("cohort_retention", ("2025-01", 13), active_customers=1, net_sales=Decimal("-19.99"))
        # c's return before the first purchase is not the cohort's
        self.row("cohort_retention", ("2025-04", 0), net_sales=Decimal("20.00"))
        rows = self.tree.recompute("cohort_retention")
        self.assertEqual(len(rows), 14 + 13 + 11)

    def test_concentration_and_tiers(self):
        rows = self.tree.recompute("profit_concentration")
        self.assertEqual(len(rows), 100)
        self.assertEqual({p: r["profit"] for p, r in rows.items() if r["customers"]},
                         {34: Decimal("15.00"), 67: Decimal("0.64"), 100: Decimal("-3.33")})
        self.assertEqual(rows[33]["cumulative_share"], 0.0)
        self.assertEqual(rows[99]["cumulative_profit"], Decimal("15.64"))
        self.row("tier_table", "diamond", customers=0, purchases_per_month=None, amount_per_purchase=None, profit_12m=0, profit_growth=None)
        # a; the prior year has o1: 150 - 40 - 5 (o2 is in the 12m)
        self.row("tier_table", "high", customers=1, purchases_per_month=2 / 12, amount_per_purchase=Decimal("5.01"),
                 profit_12m=Decimal("0.64"), profit_prior_12m=Decimal("105.00"), profit_growth=(.64 - 105) / 105)
        self.row("tier_table", "mid", customers=1, profit_12m=Decimal("15.00"), profit_prior_12m=0, profit_growth=None)
        prior = sum(row["profit_prior_12m"] for row in self.tree.recompute("tier_table").values())
        self.assertEqual(prior, Decimal("125.00"))  # b's 20.00 on day 365 belongs to the prior year; e's case costs nothing

    def test_dates(self):
        rows = self.tree.recompute("dim_date")
        self.assertEqual((min(rows), max(rows), len(rows)), (date(2025, 1, 1), date(2027, 12, 31), 3 * 365))
        self.row("dim_date", date(2027, 1, 1), iso_week=53, weekday=5, is_weekend=False, month="2027-01", quarter=1,
                 month_start=date(2027, 1, 1), month_end=date(2027, 1, 31))

    def test_quality(self):
        def rule(table, dimension, name):
            row = self.tree.recompute("data_quality")[(table, dimension, name)]
            return row["row_count"], row["failed"], row["score"]

        # a has blanks for a mail address and a city, and a phone number that is too short; c, d and e have nothing
        self.assertEqual(rule("customer", "completeness", "name"), (5, 3, 1 - 3 / 5))
        self.assertEqual(rule("customer", "completeness", "email_or_phone"), (5, 4, 1 - 4 / 5))
        self.assertEqual(rule("customer", "completeness", "city"), (5, 5, 0.0))
        self.assertEqual(rule("customer", "accuracy", "phone_e164"), (1, 1, 0.0))
        self.assertEqual(rule("customer", "accuracy", "email_form"), (0, 0, None))
        self.assertEqual(rule("customer", "accuracy", "length"), (2, 0, 1.0))
        self.assertEqual(rule("product", "completeness", "category"), (4, 1, 1 - 1 / 4))
        # two lines of nobody; r3 is a return of one unit more (o7 costs nothing and is right)
        self.assertEqual(rule("sale", "completeness", "customer_key"), (11, 2, 1 - 2 / 11))
        self.assertEqual(rule("sale", "accuracy", "sign"), (11, 1, 1 - 1 / 11))
        # 'gone' is no product
        self.assertEqual(rule("sale", "consistency", "net_is_gross_less_discount"), (11, 0, 1.0))
        self.assertEqual(rule("sale", "consistency", "product_exists"), (8, 1, 1 - 1 / 8))
        self.assertEqual(rule("service_case", "accuracy", "nps_range"), (2, 0, 1.0))
        self.assertEqual(rule("service_case", "timeliness", "newest_within_7_days"), (1, 1, 0.0))
        self.assertEqual(rule("interaction", "timeliness", "newest_within_7_days"), (1, 0, 1.0))
        self.assertNotIn("points_entry", {key[0] for key in self.tree.recompute("data_quality")})

    def test_published_tree_is_verified(self):
        failures, lines = self.tree.verify()
        self.assertEqual(failures, 0, "\n".join(lines))
        self.assertIn("ok   customer_profile 5 rows 43 columns", lines)


class Spoiled(unittest.TestCase):
    """Every kind of difference is found."""

    @classmethod
    def setUpClass(cls):
        cls.published = Tree(hostile())
        cls.published.publish()

    def spoiled(self, mart, select, expected):
        tree = Tree({})
        shutil.copytree(self.published.root, tree.root, dirs_exist_ok=True)
        tree.spoil(mart, select)
        failures, lines = tree.verify()
        self.assertGreater(failures, 0)
        self.assertTrue(any(expected in line for line in lines), "\n".join(lines))

    def test_cent(self):
        self.spoiled("customer_profile", "select * replace (cast(net_sales + case customer_key when 'a' then .01 else 0 end as decimal(38,2)) as net_sales) from rows",
                     "net_sales: 1 rows differ")

    def test_double(self):
        self.spoiled("sales_performance", "select * replace (share_of_month * (1 + 1e-8) as share_of_month) from rows", "share_of_month:")

    def test_double_null(self):
        self.spoiled("sales_performance", "select * replace (coalesce(growth_yoy, 0) as growth_yoy) from rows", "growth_yoy:")

    def test_nan(self):
        self.spoiled("sales_performance", "select * replace (coalesce(growth_yoy, 'nan'::double) as growth_yoy) from rows", "NaN")

    def test_lost_row(self):
        self.spoiled("sales_cube", "select * from rows where not (month = '2025-01' and level = 0)", "only recomputed: 2025-01")

    def test_row_twice(self):
        self.spoiled("sales_cube", "select * from rows union all select * from rows where level = 0", "keys twice in published")

    def test_type(self):
        self.spoiled("tier_table", "select * replace (cast(customers as integer) as customers) from rows", "customers is INTEGER")

    def test_seventh_digit(self):
        self.spoiled("customer_profile", "select * replace (value_score + 2e-7 as value_score) from rows", "value_score:")

    def test_sixth_digit(self):
        self.spoiled("customer_profile", "select * replace (round(value_score + 1e-6, 6) as value_score) from rows", "value_score:")

    def test_text(self):
        self.spoiled("customer_profile", "select * replace (nullif(lifecycle, 'prospect') as lifecycle) from rows", "lifecycle: 2 rows differ")

    def test_missing_column(self):
        self.spoiled("tier_table", "select * exclude (profit_growth) from rows", "profit_growth is missing")

    def test_late_month(self):
        self.spoiled("product_line_profitability", "select * from rows union all select * replace ('2026-03' as month) from rows where month = '2025-01'", "after 2026-02")

    def test_status(self):
        self.spoiled("etl_status", "select * replace (rows + 1 as rows) from rows", "says 39 rows, has 38")

    def test_reconciliation(self):
        self.spoiled("reconciliation", "select * replace (amount_out + 1 as amount_out) from rows", "last stage's amount_out")

    def test_fact_of_another_type(self):
        self.spoiled("fct_sale", "select * replace (cast(ordered_on as varchar) as ordered_on) from rows", "ordered_on is VARCHAR")

    def test_fact_after_as_of(self):
        self.spoiled("fct_sale", "select * replace (ordered_on + 1 as ordered_on) from rows", "rows dated after 2026-02-15")

    def test_stranger(self):
        self.spoiled("dim_customer", "select * from rows where customer_key <> 'b'", "that is not in dim_customer")

    def test_missing_mart(self):
        tree = Tree(hostile())
        failures, lines = tree.verify()
        self.assertIn("FAIL sales_cube", lines)


class Lifetimes(unittest.TestCase):
    """What the field has published of the CDNOW customers (Fader, Hardie & Lee 2005)."""

    def test_expected_purchases(self):
        model = lifetime.model("bg_nbd", '{"r": 0.24259, "alpha": 4.41353, "a": 0.79289, "b": 2.42575}')
        alive = lifetime.p_alive(model.log_parts(2, 30.43, 38.86))
        self.assertAlmostEqual(alive, 0.72661, 5)
        self.assertAlmostEqual(alive * model.expected_if_alive(2, 38.86, 39), 1.22591, 5)


class Trees(unittest.TestCase):
    """Trees at the edge: what is recomputed has the contract's rows and verifies against itself."""

    def verified(self, tree, **more):
        tree.publish()
        failures, lines = tree.verify(**more)
        self.assertEqual(failures, 0, "\n".join(lines))

    def test_empty_tables(self):
        tree = Tree({name: [] for name in CORE})
        self.verified(tree)
        self.assertEqual(tree.recompute("dim_date"), {})
        self.assertEqual(len(tree.recompute("profit_concentration")), 100)
        self.assertEqual(tree.recompute("tier_table")["low"]["customers"], 0)

    def test_nothing_but_sales(self):
        tree = Tree({"dim_customer": customers("x"), "dim_product": [], "fct_sale": [sale("1", "x", "2026-02-15", "0.01")]})
        self.verified(tree)
        row = tree.recompute("customer_profile")["x"]
        # one customer ranks 0 everywhere; nothing is known of interactions and complaints
        self.assertEqual((row["rfm_cell"], row["value_score"], row["value_tier"]), ("111", 0.0, "low"))
        self.assertEqual((row["interactions_90d"], row["complaints_12m"], row["rfm_segment"]), (None, None, "Lost"))
        verification, _ = tree.verification(unsupplied="zero")
        self.assertIn(("interaction",), verification.db.execute("select table_name from supplied").fetchall())

    def test_returns_only(self):
        tree = Tree({"dim_customer": customers("x", "y"), "fct_sale": [sale("1", "x", "2026-01-15", "-3.33", is_return="true")],
                     "cost_rate": [{"driver": "'fixed_month'", "unit_cost": "10"}]})
        self.verified(tree)
        row = tree.recompute("customer_profitability")[("2026-01", "x")]
        self.assertEqual((row["returns"], row["overhead"]), (Decimal("3.33"), 0))
        self.assertEqual(tree.recompute("cohort_retention"), {})
        # y, first of two in profit and sales and level in orders: (.35 + .15) / .70
        self.assertEqual(tree.recompute("tier_table")["high"]["customers"], 1)

    def test_overhead_difference(self):
        # 10.00 over three equal customers: 3.33 each, the cent to the smallest key
        tree = Tree({"dim_customer": customers("x", "y", "z", "n"), "fct_sale": [
            sale(key, key, "2026-01-15", "1.00") for key in "zyx"] + [sale("n", "n", "2026-01-15", "-1.00", is_return="true")],
            "cost_rate": [{"driver": "'fixed_month'", "unit_cost": "10"}]})
        self.verified(tree)
        rows = tree.recompute("customer_profitability")
        self.assertEqual([str(rows[("2026-01", key)]["overhead"]) for key in "nxyz"], ["0.00", "3.34", "3.33", "3.33"])

    def test_money_rounds_half_away(self):
        tree = Tree({"dim_customer": customers("x"), "fct_sale": [
            sale("1", "x", "2026-01-15", "0.01"), sale("2", "x", "2026-01-15", "-0.02")]})
        self.assertEqual(tree.recompute("customer_profile")["x"]["average_order_value"], Decimal("-0.01"))  # -0.005

    def test_rfm_by_cuts_and_by_fifths(self):
        # five buyers, 12m orders 1 1 2 3 9: cuts at 1, 1.6, 2.4, 4.2; from each cut one more is needed
        orders = {"a": 1, "b": 1, "c": 2, "d": 3, "e": 9}
        lines = [sale(f"{key}{n}", key, "2026-02-0" + str(1 + n % 5), "10.00") for key, count in orders.items() for n in range(count)]
        tables = {"dim_customer": customers(*orders), "fct_sale": lines}
        score = lambda rows, column: "".join(str(rows[key][column]) for key in orders)
        rows = Tree(tables, rfm_scoring="rfm_r").recompute("customer_profile")
        self.assertEqual(score(rows, "f_score"), "11235")
        rows = Tree(tables, rfm_scoring="ntile").recompute("customer_profile")
        self.assertEqual(score(rows, "f_score"), "12345")
        rows = Tree(tables).recompute("customer_profile")
        self.assertEqual(score(rows, "f_score"), "11345")
        # recency 14 14 13 12 10: the most recent ranks best
        self.assertEqual(score(rows, "r_score"), "11345")
        rows = Tree(tables, rfm_scoring="rfm_r").recompute("customer_profile")
        # cuts of 10 12 13 14 14: 11.6, 12.6, 13.4, 14; x >= cut + 1: 14 over two, 13 over one
        self.assertEqual(score(rows, "r_score"), "33455")

    def test_previous_snapshot(self):
        tree = Tree(hostile())
        tree.publish()
        rows = """
            select * replace (
                date '2026-01-31' as as_of, date '2025-12-31' as tier_changed_on,
                case customer_key when 'a' then 'high' when 'c' then 'low' else 'diamond' end as value_tier)
            from rows where customer_key <> 'e'
        """
        tree.spoil("customer_profile", "select * from rows union all " + rows)
        profile = tree.recompute("customer_profile")
        moves = {key: (row["tier_direction"], str(row["tier_changed_on"])) for key, row in profile.items()}
        self.assertEqual(moves, {
            "a": ("same", "2025-12-31"), "b": ("down", AS_OF), "c": ("up", AS_OF), "d": ("down", AS_OF), "e": ("new", AS_OF)})
        failures, lines = tree.verify(only=["customer_profile"])
        self.assertIn("tier_direction: 4 rows differ", "\n".join(lines))
        self.assertEqual(tree.verify(only=["customer_profile"], previous_as_of="none")[0], 0)

    def test_own_rules(self):
        tables = hostile() | {
            "tier_rule": [{"tier": "'gold'", "min_value_score": "0.5", "sort": "1"}, {"tier": "'rest'", "min_value_score": "0.1", "sort": "2"}],
            "tier_weight": [{"dimension": "'satisfaction'", "weight": "1"}],
            "rfm_segment_rule": [{"priority": "2", "segment": "'any'"}, {"priority": "1", "segment": "'top'", "f_min": "5"}],
        }
        tree = Tree(tables)
        self.verified(tree)
        rows = tree.recompute("customer_profile")
        self.assertEqual([rows[key]["rfm_segment"] for key in "abcde"], ["top", "any", "any", None, None])
        self.assertEqual((rows["b"]["value_score"], rows["b"]["value_tier"]), (None, "rest"))
        self.assertEqual(rows["a"]["value_tier"], "rest")


class Selling(unittest.TestCase):
    """Tricky rules of the performance, product and promotion marts, on tables as small as they can be."""

    def rows(self, mart, **tables):
        prefixes = {"customer": "dim_", "product": "dim_", "campaign": "dim_", "sales_rep": "dim_", "cost_rate": ""}
        tree = Tree({prefixes.get(name, "fct_") + name: rows for name, rows in tables.items()})
        if mart in ("next_best_product", "season_response"):  # read other marts
            tree.publish()
        return tree.recompute(mart)

    def values(self, row, **expected):
        for column, value in expected.items():
            if isinstance(value, float):
                self.assertAlmostEqual(row[column], value, 12, column)
            else:
                self.assertEqual(row[column], value, column)

    def test_rep_performance(self):
        def opportunity(n, created, closed, outcome, amount="100"):
            return {"opportunity_id": f"'{n}'", "sales_rep_id": "'r'", "created_on": f"date '{created}'", "outcome": f"'{outcome}'",
                    "closed_on": f"date '{closed}'" if closed else "null", "amount": amount}

        rows = self.rows(
            "rep_performance",
            sale=[sale("1", "a", "2026-01-10", "50.00", sales_rep_id="'r'"), sale("1", "a", "2026-01-10", "5.00", line="'2'"),
                  sale("2", "a", "2026-02-01", "-5.00", sales_rep_id="'r'", is_return="true")],
            sales_target=[{"month": f"'{m}'", "scope_kind": "'rep'", "scope_value": "'r'", "target_amount": "200"}
                          for m in ("2025-12", "2026-01", "2026-03")],
            opportunity=[
                opportunity(1, "2026-01-01", "2026-01-11", "won", "40"), opportunity(2, "2025-12-12", "2026-01-31", "won", "60"),
                opportunity(3, "2026-01-01", "2026-01-20", "lost"), opportunity(4, "2026-01-31", None, "open"),
                opportunity(5, "2026-01-31", "2026-02-16", "won"),  # after the run's day: still open
                opportunity(6, "2026-01-31", None, "lost"),  # no day: counts nowhere
                opportunity(7, "2026-02-01", None, "open")])
        self.values(rows[("2026-01", "r")], orders=1, net_sales=Decimal("50.00"), attainment=.25, opportunities_won=2,
                    opportunities_lost=1, win_rate=2 / 3, cycle_days_mean=30.0, won_amount=Decimal("100.00"),
                    sales_velocity=2 * (2 / 3) * 50 / 30)
        self.values(rows[("2026-01", "(unknown)")], orders=1, net_sales=Decimal("5.00"), target_amount=None, opportunities_won=0)
        self.values(rows[("2025-12", "r")], net_sales=0, attainment=0.0, win_rate=None, sales_velocity=None)
        self.values(rows[("2026-02", "r")], orders=0, net_sales=Decimal("-5.00"), opportunities_won=0)
        self.assertNotIn(("2026-03", "r"), rows)

    def test_opportunity_funnel(self):
        def opportunity(n, stage, share, outcome, closed=None, amount="0.05"):
            return {"opportunity_id": f"'{n}'", "stage": f"'{stage}'", "stage_probability": share, "outcome": f"'{outcome}'",
                    "created_on": "date '2026-02-05'", "closed_on": f"date '{closed}'" if closed else "null", "amount": amount}

        rows = self.rows("opportunity_funnel", opportunity=[
            opportunity(1, "a", "0.1", "open"), opportunity(2, "a", "0.5", "won", "2026-02-16"),
            opportunity(3, "b", "0.5", "won", "2025-02-16"), opportunity(4, "a", "0.2", "lost", "2026-02-15"),
            opportunity(5, "c", "0.4", "won", "2026-02-15"), opportunity(6, "b", "0.5", "lost", "2025-02-15")])
        # a reaches as far as b: won 1 of 2 of them; what is closed tomorrow is open, what was closed 365 days ago is not counted
        self.assertEqual(list(rows), ["a"])
        self.values(rows["a"], open_count=2, open_amount=Decimal("0.10"), weighted_amount=Decimal("0.04"), mean_age_days=10.0,
                    win_rate_from_stage=.5)

    def test_product_classes(self):
        # 80.00, two of 7.50, 5.00: nothing is better than the first; .80 and .95 are not below themselves
        amounts = {"p": "80.00", "q": "7.50", "r": "7.50", "s": "5.00", "t": "-1.00"}
        rows = self.rows("product_performance", sale=[
            sale(product, "a", "2025-03-01" if product == "p" else "2026-02-01", net, product_id=f"'{product}'")
            for product, net in amounts.items()] + [sale("late", "a", "2026-02-02", "0.00", product_id="'p'")])
        self.assertEqual({p: rows[("2026-02", p)]["abc_class"] for p in amounts}, {"p": "A", "q": "B", "r": "B", "s": "C", "t": "C"})
        self.assertEqual(rows[("2025-03", "p")]["abc_class"], "A")

    def test_product_buyers(self):
        rows = self.rows("product_performance", sale=[
            sale("1", "a", "2026-01-05", "10.00", product_id="'p'", quantity="2"),
            sale("2", "a", "2026-01-05", "10.00", product_id="'p'"),  # the same day: one purchase day
            sale("3", "b", "2026-01-06", "10.00", product_id="'p'"), sale("4", "b", "2026-01-07", "10.00", product_id="'p'"),
            sale("5", None, "2026-01-07", "10.00", product_id="'p'"), sale("6", "c", "2026-01-07", "10.00"),
            sale("7", "a", "2026-02-01", "10.00", product_id="'p'"),
            sale("8", "a", "2026-02-01", "-30.00", product_id="'p'", quantity="-3", is_return="true")])
        self.values(rows[("2026-01", "p")], orders=5, customers=2, repeat_rate=.5, penetration=5 / 6, returns=0, return_rate=0.0)
        self.values(rows[("2026-02", "p")], customers=1, repeat_rate=1.0, units=Decimal(-2), returns=3, return_rate=3.0)
        self.values(rows[("2026-01", "(unknown)")], orders=1, repeat_rate=0.0)

    def test_life_stages(self):
        def stages(months, launched="date '2024-01-01'", discontinued="null"):
            days = ["2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"]
            rows = self.rows(
                "product_performance",
                product=[{"product_id": "'p'", "launched_on": launched, "discontinued_on": discontinued}],
                sale=[sale(day, "a", day, net, product_id="'p'") for day, net in zip(days, months) if net])
            return {month: row["life_stage"] for (month, _), row in rows.items()}

        # a slope of .02 is exactly .05 of the mean
        self.assertEqual(stages(["0.35", "0.37", "0.39", "0.41", "0.43", "0.45"])["2026-02"], "growth")
        self.assertEqual(stages(["0.45", "0.43", "0.41", "0.39", "0.37", "0.35"])["2026-02"], "decline")
        self.assertEqual(stages(["0.35", "0.37", "0.39", "0.41", "0.43", "0.44"])["2026-02"], "maturity")
        self.assertEqual(stages([None, None, None, None, None, "1.00"])["2026-02"], "growth")
        self.assertEqual(stages(["9.00", None, None, None, None, "1.00"])["2026-02"], "decline")
        self.assertEqual(stages([None] * 5 + ["-1.00"])["2026-02"], "decline")
        self.assertEqual(stages(["1.00"] * 6, launched="date '2025-08-31'")["2026-01"], "introduction")
        self.assertEqual(stages(["1.00"] * 6, launched="date '2025-08-31'")["2026-02"], "maturity")
        self.assertEqual(stages(["1.00"] * 6, launched="null")["2026-02"], "introduction")
        gone = stages(["1.00"] * 6, discontinued="date '2026-01-31'")
        self.assertEqual((gone["2025-12"], gone["2026-01"], gone["2026-02"]), ("growth", "decline", "decline"))
        self.assertEqual(stages(["1.00"] * 6, discontinued="date '2026-02-16'")["2026-02"], "maturity")

    def baskets(self):
        """p and q twice together, p alone once; q with r once; the first order has p twice."""
        baskets = {"1": "ppq", "2": "pq", "3": "p", "4": "qr"}
        lines = [sale(order, "a" if order != "4" else "b", "2026-01-05", "1.00", line=f"'{n}'", product_id=f"'{product}'")
                 for order, products in baskets.items() for n, product in enumerate(products)]
        return lines + [sale("old", "b", "2025-02-15", "1.00", product_id="'p'"), sale("old", "b", "2025-02-15", "1.00", line="'2'", product_id="'s'")]

    def test_affinity(self):
        rows = self.rows("product_affinity", sale=self.baskets(), product=[
            {"product_id": "'p'", "category": "'Tea'"}, {"product_id": "'q'", "category": "'All'"}])
        self.assertEqual(set(rows), {("product", "p", "q", 1), ("product", "q", "p", 1), ("category", "Tea", "(All)", 1), ("category", "(All)", "Tea", 1)})
        self.values(rows[("product", "p", "q", 1)], baskets=2, support=.5, confidence=2 / 3, lift=(2 / 3) / .75,
                    leverage=.5 - .75 * .75, conviction=.25 / (1 / 3))

    def test_affinity_of_three(self):
        # p, q, r and s thrice; p and q once more, s alone: a rule of every three for the fourth
        baskets = ["pqrs"] * 3 + ["pq", "s"]
        rows = self.rows("product_affinity", sale=[
            sale(f"{n}", "a", "2026-01-05", "1.00", line=f"'{m}'", product_id=f"'{product}'")
            for n, products in enumerate(baskets) for m, product in enumerate(products)])
        found = {(antecedent, consequent): row for (level, antecedent, consequent, items), row in rows.items()}
        self.assertEqual(len(found), 12 + 12 + 4)
        self.values(found[("p + q", "s")], antecedent_items=2, baskets=3, support=.6, confidence=.75, lift=.75 / .8)
        self.values(found[("q + r + s", "p")], antecedent_items=3, baskets=3, confidence=1.0, conviction=None, leverage=.6 - .6 * .8)

    def test_next_best_product(self):
        rows = self.rows("next_best_product", sale=self.baskets(), customer=customers("a", "b"), product=[
            {"product_id": "'p'"}, {"product_id": "'q'", "discontinued_on": "date '2026-02-16'"}])
        # a has bought both within the year; b bought p before it
        self.assertEqual(set(rows), {("b", 1)})
        self.values(rows[("b", 1)], product_id="p", because_of="q", score=round((2 / 3) * (2 / 3) / .75, 9))
        rows = self.rows("next_best_product", sale=self.baskets(), customer=customers("a", "b"), product=[
            {"product_id": "'p'", "discontinued_on": "date '2026-02-15'"}])
        self.assertEqual(rows, {})

    def test_supply(self):
        def order(product, ordered, received, promised="2026-01-20", quantity="10", came="10", supplier="'S'"):
            return {"supply_order_id": f"'{product}{ordered}'", "product_id": f"'{product}'", "supplier_id": supplier,
                    "ordered_on": f"date '{ordered}'", "promised_on": f"date '{promised}'", "ordered_quantity": quantity,
                    "received_on": f"date '{received}'" if received else "null", "received_quantity": came}

        orders = [order("p", "2026-01-10", "2026-01-20"), order("p", "2026-01-12", "2026-01-21", came="12"),
                  order("q", "2026-01-14", "2026-02-16", promised="2026-02-15", quantity="5"),
                  order("p", "2026-01-15", None, promised="2026-02-16"), order("p", "2025-02-15", "2026-02-15")]
        counts = [{"product_id": f"'{product}'", "counted_on": f"date '{day}'", "on_hand": units}
                  for product, day, units in (("p", "2026-01-01", "99"), ("p", "2026-02-01", "19"), ("q", "2026-02-01", "9.5"), ("r", "2026-02-01", "3"))]
        sales = [sale("1", "a", "2026-02-15", "1.00", product_id="'p'", quantity="180"),
                 sale("2", "a", "2025-11-18", "1.00", product_id="'q'", quantity="90"),
                 sale("3", "a", "2025-11-17", "1.00", product_id="'r'", quantity="90"),
                 sale("4", "a", "2026-02-01", "1.00", product_id="'p'", quantity="-9", is_return="true")]
        rows = self.rows("supply_health", stock_level=counts, supply_order=orders, sale=sales)
        self.values(rows["p"], on_hand=19, daily_sales_90d=2.0, days_of_cover=9.5, lead_days=9.5, stockout_risk="medium", reorder_by=date(2026, 2, 15))
        # q's own delivery has not come in: the mean of all; half a day counts as the day before
        self.values(rows["q"], daily_sales_90d=1.0, lead_days=9.5, days_of_cover=9.5, stockout_risk="medium")
        self.values(rows["r"], daily_sales_90d=0.0, days_of_cover=None, stockout_risk="none", reorder_by=None)
        self.values(self.rows("supply_health", stock_level=counts, sale=sales)["q"], lead_days=14.0, stockout_risk="high", reorder_by=date(2026, 2, 10))
        rows = self.rows("supplier_performance", supply_order=orders)
        # p in time, p a day late with two more than ordered, q not in by the promised day; the last is not due yet
        self.values(rows[("2026-01", "S")], orders=4, on_time_rate=1 / 3, fill_rate=20 / 25, lead_days_mean=9.5, lead_days_p90=9.9)
        self.values(rows[("2025-02", "S")], on_time_rate=0.0, fill_rate=1.0, lead_days_p90=365.0)

    def test_warranty(self):
        def case(n, kind, closed=None, **more):
            return {"case_id": f"'{n}'", "kind": f"'{kind}'", "opened_at": "timestamptz '2026-01-31 16:30:00+00'",
                    "closed_at": f"timestamptz '{closed}'" if closed else "null"} | more

        rows = self.rows(
            "warranty_summary", sale=[sale("1", "a", "2026-02-01", "1.00", product_id="'p'", quantity="4")],
            cost_rate=[{"driver": "'service_case'", "unit_cost": "2.005"}],
            service_case=[case(1, "repair", "2026-02-02 16:00:00+00", product_id="'p'", csat="2"),
                          case(2, "repair", "2026-02-15 16:00:00+00", product_id="'p'", handling_cost="1.00"),
                          case(3, "claim"), case(4, "inquiry")])
        self.assertEqual(len(rows), 2)
        # opened on 1 February in Shanghai; the second is closed tomorrow
        self.values(rows[("2026-02", "repair", "(unknown)", "p")], cases=2, closed_cases=1, days_to_close_mean=2.0, csat_mean=2.0,
                    handling_cost=Decimal("3.01"), cases_per_unit=.5)
        self.values(rows[("2026-02", "claim", "(unknown)", "(unknown)")], cases=1, customers=0, cases_per_unit=None)

    def touch(self, campaign, customer, at, arm="treatment", **more):
        return {"campaign_id": f"'{campaign}'", "customer_key": f"'{customer}'" if customer else "null", "arm": f"'{arm}'",
                "touched_at": f"timestamptz '{at}'"} | more

    def test_campaign_performance(self):
        rows = self.rows(
            "campaign_performance",
            campaign=[{"campaign_id": "'k'", "cost_amount": "10.00"}],
            campaign_touch=[
                # a: both arms at once is treatment; the day is Shanghai's 1 January
                self.touch("k", "a", "2025-12-31 16:00:00+00", "control"), self.touch("k", "a", "2025-12-31 16:00:00+00", opened="true"),
                self.touch("k", "b", "2026-01-01 00:00:00+00", responded_at="timestamptz '2026-02-15 16:00:00+00'"),
                self.touch("k", "c", "2026-01-01 00:00:00+00", "control", clicked="true"),
                self.touch("k", "c", "2026-01-02 00:00:00+00", clicked="true"),  # the first touch says the arm
                self.touch("k", "d", "2026-01-01 00:00:00+00", "control"), self.touch("k", "e", "2026-01-01 00:00:00+00", "control"),
                self.touch("k", None, "2026-01-01 00:00:00+00"), self.touch("lone", "a", "2026-01-01 00:00:00+00")],
            sale=[sale("1", "a", "2026-01-15", "30.00", cost_amount="10"), sale("2", "b", "2026-01-16", "500.00"),
                  sale("3", "b", "2026-01-02", "-5.00", is_return="true"), sale("4", "c", "2026-01-01", "10.00"),
                  sale("5", "d", "2025-12-31", "500.00")])
        p = 1 / 3
        wald = 1.959963984540054 * (.25 / 2 + p * (1 - p) / 3) ** .5
        self.values(rows["k"], touched=2, control=3, opened=1, clicked=0, responded=0, buyers_treatment=1, buyers_control=1,
                    uplift=.5 - p, uplift_lower_95=.5 - p - wald, uplift_upper_95=.5 - p + wald,
                    spend_per_customer_treatment=Decimal("12.50"), spend_per_customer_control=Decimal("3.33"),
                    # 25.00 - 10.00 x 2 / 3; 15.00 of profit
                    incremental_net_sales=Decimal("18.33"), incremental_profit=Decimal("8.33"), roi=-.167)
        # z = (1/2 - 1/3) / sqrt(.4 x .6 x (1/2 + 1/3)) = .3727; its tail on both sides by a table of the normal distribution
        self.assertAlmostEqual(rows["k"]["p_value"], .7094, 4)
        self.values(rows["lone"], touched=1, control=0, conversion_control=None, uplift=None, p_value=None, incremental_net_sales=None,
                    cost_amount=0, roi=None)

    def test_campaign_attribution(self):
        rows = self.rows(
            "campaign_attribution",
            campaign_touch=[self.touch("k1", "a", "2026-01-01 00:00:00+00"), self.touch("k2", "a", "2026-01-08 00:00:00+00"),
                            self.touch("k3", "a", "2026-01-15 00:00:00+00"), self.touch("k4", "a", "2026-01-15 00:00:00+00"),
                            self.touch("k5", "a", "2025-12-15 00:00:00+00"), self.touch("k6", "a", "2026-01-10 00:00:00+00", "control")],
            sale=[sale("1", "a", "2026-01-15", "10.01"), sale("1", "a", "2026-01-20", "-4.00", line="'2'", is_return="true")])
        credit = lambda model: {k[1]: (r["orders"], str(r["net_sales"])) for k, r in sorted(rows.items()) if k[2] == model}
        self.assertEqual(credit("first"), {"k1": (1.0, "10.01")})  # k5 was 31 days before
        self.assertEqual(credit("last"), {"k4": (1.0, "10.01")})
        # 2.5025 each: 2.50 and the rest to the last
        self.assertEqual(credit("linear"), {"k1": (.25, "2.50"), "k2": (.25, "2.50"), "k3": (.25, "2.50"), "k4": (.25, "2.51")})
        self.assertEqual({k: v[1] for k, v in credit("position").items()}, {"k1": "4.00", "k2": "1.00", "k3": "1.00", "k4": "4.01"})
        # weights 1/4, 1/2, 1, 1 of 2.75
        self.assertEqual({k: v[1] for k, v in credit("time_decay").items()}, {"k1": "0.91", "k2": "1.82", "k3": "3.64", "k4": "3.64"})

    def test_attribution_of_two(self):
        rows = self.rows(
            "campaign_attribution",
            campaign_touch=[self.touch("k1", "a", "2026-01-01 00:00:00+00"), self.touch("k2", "a", "2026-01-02 00:00:00+00")],
            sale=[sale("1", "a", "2026-01-31", "0.01"), sale("2", None, "2026-01-31", "9.00"), sale("3", "a", "2026-02-01", "0.00")])
        self.values(rows[("2026-01", "k1", "position")], orders=.5, net_sales=Decimal("0.01"))
        self.values(rows[("2026-01", "k2", "position")], orders=.5, net_sales=0)
        self.values(rows[("2026-02", "k2", "linear")], orders=1.0, net_sales=0)  # only k2 is within 30 days
        self.assertNotIn(("2026-02", "k1", "linear"), rows)

    def test_discount_bands(self):
        def line(n, gross, discount, **more):
            return sale(n, "a", "2026-01-01", str(round(gross - discount, 2)), gross_amount=str(gross), discount_amount=str(discount), **more)

        rows = self.rows("discount_effect", sale=[
            line("1", 10, 0), line("2", 10, 1), line("3", 10, 1.01), line("4", 10, 2), line("5", 10, 3), line("6", 10, 3.01),
            line("7", 0, 1), line("8", 10, -1), line("9", -10, -2, is_return="true", quantity="-1")])
        self.assertEqual({band: row["lines"] for (_, band), row in rows.items()}, {"0": 3, "<=10%": 1, "<=20%": 2, "<=30%": 1, ">30%": 1})
        self.values(rows[("2026-01", "<=20%")], units=1, net_sales=Decimal("8.99"))

    def test_season_response(self):
        rows = self.rows(
            "season_response", customer=customers("a", "b"), campaign=[{"campaign_id": "'k'", "kind": "'seasonal'"}],
            sale=[sale("1", "a", "2026-02-01", "1.00")],
            campaign_touch=[self.touch("k", "a", "2026-01-01 00:00:00+00", responded_at="timestamptz '2026-02-15 15:59:00+00'"),
                            self.touch("k", "a", "2026-01-02 00:00:00+00"), self.touch("k", "b", "2026-01-02 00:00:00+00"),
                            self.touch("k", None, "2026-01-02 00:00:00+00"), self.touch("x", "b", "2026-01-02 00:00:00+00", "control")])
        self.values(rows[("seasonal", "Lost")], customers=1, responders=1, response_share=1.0)
        self.values(rows[("seasonal", "(none)")], customers=1, responders=0)
        self.assertEqual(len(rows), 2)


if __name__ == "__main__":
    unittest.main()
