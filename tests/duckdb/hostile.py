"""Write a project whose core tables are hostile: ties, edges of windows, NULLs, zero denominators, a product `All`.

    python3 hostile.py hand|empty|SEED FOLDER
    septet run hostile --project-dir FOLDER
    python3 verify.py FOLDER/marts/current --as-of 2026-02-15 --timezone Asia/Shanghai

`hand` are the tables whose values test_verify.py works out by hand, `empty` no rows at all, a number the seed of random
ones, drawn from few values so that much coincides. The tables come as Parquet files with the names and columns of
`core`; FOLDER links to the working models and marts of this repository.
"""

import os
import random
import shutil
import sys
from datetime import date, timedelta

import duckdb

from contract import CORE
from test_verify import AS_OF, ZONE, hostile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TODAY = date.fromisoformat(AS_OF)
# Days that are the first or last of a window somewhere, or just outside.
EDGES = (0, 1, 2, 7, 13, 14, 15, 29, 30, 31, 44, 45, 89, 90, 91, 180, 181, 364, 365, 366, 400, 729, 730, 731, 1000)
TYPES = {"VARCHAR": "string", "BIGINT": "bigint", "INTEGER": "integer", "BOOLEAN": "boolean", "DATE": "date",
         "TIMESTAMP WITH TIME ZONE": "timestamp"}
WIDE = {"line_no", "source_records"}  # where contract.py leaves the width open


def text(value):
    return "null" if value is None else f"'{value}'"


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def any(self, *values):
        return self.random.choice(values)

    def some(self, value, share=.85):
        return value if self.random.random() < share else None

    def day(self, first=0):
        past = self.any(*EDGES) if self.random.random() < .7 else self.random.randint(first, 500)
        return TODAY - timedelta(past)

    def on(self, day):
        return f"date '{day}'"

    def at(self, day):
        """A moment whose day in the zone may be the next one."""
        return f"timestamptz '{day} {self.any('02:00:00', '15:59:59', '16:00:00', '23:30:00')}+00'"

    def rows(self, most):
        return range(self.any(0, most // 10, most))


def drawn(seed):
    draw = Draw(seed)
    people = [f"c{n:02}" for n in range(draw.any(1, 6, 25))]
    products, reps = [f"p{n}" for n in range(7)], ("r1", "r2", None)
    key = lambda share=.9: text(draw.some(draw.any(*people), share))
    tables = {
        "dim_customer": [{
            "customer_key": text(person), "acquired_on": draw.some(draw.on(draw.day()), .6) or "null",
            "region": text(draw.some("N")), "acquisition_channel": text(draw.any("web", "fair", None)),
        } for person in people],
        # the last product is in no catalogue
        "dim_product": [{
            "product_id": text(product), "category": text(draw.any("Tea", "All", "Cups", None)), "brand": text(draw.some("b")),
            "launched_on": draw.some(draw.on(draw.day()), .5) or "null",
            "discontinued_on": draw.some(draw.on(TODAY + timedelta(draw.random.randint(-60, 10))), .3) or "null",
        } for product in products[:-1]],
        "dim_sales_rep": [{"sales_rep_id": text(rep), "department": text(draw.some("d"))} for rep in ("r1", "r9")],
        "dim_campaign": [{
            "campaign_id": text(f"k{n}"), "kind": text(draw.any("seasonal", "acquisition", "All", None)),
            "starts_on": draw.on(draw.day()), "cost_amount": draw.any("null", "0", "10.01", "999.99"),
        } for n in range(4)],
        "fct_sales_target": [{
            "month": text(month), "scope_kind": text("rep"), "scope_value": text(rep), "target_amount": draw.any("0", "33.33"),
        } for month in ("2020-01", "2026-02", "2026-03") for rep in ("r1", "r9")],
        "cost_rate": [{"driver": text(driver), "unit_cost": draw.any("0", "2.005")} for driver in ("service_case", "interaction")],
    }
    lines = tables["fct_sale"] = []
    for order in draw.rows(300):
        person, day, rep = key(), draw.day(), draw.any(*reps)
        for line in range(draw.any(1, 1, 2, 3, 5)):
            sign = -1 if draw.random.random() < .15 else 1
            gross = draw.any(0, 1, 5, 10, 10, 20, 33.33, 100)
            discount = round(gross * draw.any(0, 0, .1, .2, .3, .5, 1, -.1), 2)
            lines.append({
                "order_id": text(f"o{order}"), "line_no": str(line + 1), "product_id": text(draw.some(draw.any(*products), .93)),
                # now and then an order is of two customers, days or sales persons
                "customer_key": person if draw.random.random() < .97 else key(),
                "ordered_on": draw.on(day if draw.random.random() < .93 else draw.day()),
                "sales_rep_id": text(rep if draw.random.random() < .9 else draw.any(*reps)),
                "ordered_at": draw.some(draw.at(day), .8) or "null", "channel": text(draw.any("web", "store", "All", None)),
                "region": text(draw.any("N", "S", None)), "quantity": str(sign * draw.any(0, 1, 1, 2, 3.5)),
                "gross_amount": str(sign * gross), "discount_amount": str(sign * discount),
                "net_amount": str(round(sign * (gross - discount), 2)), "is_return": str(sign < 0).lower(),
                "cost_amount": draw.some(str(round(sign * gross * .4, 2)), .7) or "null",
            })
    touches = {(f"k{draw.random.randint(0, 5)}", key(.94), draw.at(draw.day()), draw.any("sms", "email")) for _ in draw.rows(200)}
    tables["fct_campaign_touch"] = [{
        "campaign_id": text(campaign), "customer_key": person, "touched_at": moment, "channel": text(channel),
        "arm": text(draw.any("treatment", "treatment", "control")), "opened": draw.any("true", "false", "null"),
        "clicked": draw.any("true", "false", "null"),
        "responded_at": draw.any("null", draw.at(TODAY), draw.at(TODAY + timedelta(draw.random.randint(-3, 2)))),
    } for campaign, person, moment, channel in sorted(touches)]
    tables["fct_opportunity"] = [{
        "opportunity_id": text(f"w{n}"), "customer_key": key(), "product_id": text(draw.some(draw.any(*products))),
        "sales_rep_id": text(draw.any(*reps)), "stage": text(draw.any("a", "b", "c", "All", None)),
        "stage_probability": draw.any("null", "0", "0.105", "0.5", "0.5", "1"), "amount": draw.any("null", "0", "0.05", "333.33"),
        "created_on": draw.on(draw.day()), "outcome": text(draw.any("won", "lost", "open")),
        "closed_on": draw.any("null", draw.on(draw.day()), draw.on(TODAY + timedelta(draw.random.randint(-2, 3)))),
        "competitor": text(draw.any("X", "All", None)), "lost_reason": text(draw.any("price", "All", None)),
    } for n in draw.rows(150)]
    counts = {(draw.any(*products), draw.day()) for _ in draw.rows(20)}
    tables["fct_stock_level"] = [{
        "product_id": text(product), "counted_on": draw.on(day), "on_hand": draw.any("null", "0", "-3", "5", "17.5", "1000"),
    } for product, day in sorted(counts)]
    tables["fct_supply_order"] = []
    for n in draw.rows(60):
        day = draw.day()
        tables["fct_supply_order"].append({
            "supply_order_id": text(f"s{n // 2}"), "product_id": text(products[n % 2]), "supplier_id": text(draw.any("S1", "S2", None)),
            "ordered_on": draw.on(day), "promised_on": draw.any("null", draw.on(day + timedelta(draw.any(0, 5, 14, 30)))),
            "received_on": draw.any("null", draw.on(day + timedelta(draw.any(0, 4, 5, 6, 14, 15, 40)))),
            "ordered_quantity": draw.any("null", "0", "5", "10"), "received_quantity": draw.any("null", "0", "3", "5", "12"),
        })
    tables["fct_service_case"] = [{
        "case_id": text(f"g{n}"), "customer_key": key(), "kind": text(draw.any("complaint", "repair", "claim", "return", "inquiry")),
        "channel": text(draw.any("phone", "All", None)), "product_id": text(draw.any(*products, "px", None)),
        "opened_at": draw.at(draw.day()), "closed_at": draw.any("null", draw.at(TODAY), draw.at(TODAY + timedelta(2))),
        "csat": draw.any("null", "1", "5"), "nps": draw.any("null", "0", "10"), "handling_cost": draw.any("null", "3.33"),
    } for n in draw.rows(60)]
    tables["fct_interaction"] = [{
        "interaction_id": text(f"i{n}"), "customer_key": key(), "kind": text(draw.any("browse", "call")), "occurred_at": draw.at(draw.day()),
    } for n in draw.rows(60)]
    tables["fct_points_entry"] = [{
        "entry_id": text(f"e{n}"), "customer_key": key(), "kind": text(draw.any("earn", "redeem", "expire", "adjust")),
        "points": draw.any("0", "-5", "5", "100"), "posted_on": draw.on(draw.day()),
    } for n in draw.rows(60)]
    return tables


def project(tables, folder):
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("raw", "pipelines", "sql/core/hostile", "sql/staging/hostile"):
        os.makedirs(os.path.join(folder, part))
    for part in ("work", "marts", "core/contract.yaml"):
        os.symlink(os.path.join(ROOT, "sql", part), os.path.join(folder, "sql", part))
    db = duckdb.connect()
    db.execute("set timezone = 'UTC'")
    sources = []
    for name, rows in tables.items():
        types = {column: "BIGINT" if column in WIDE else kinds[0] for column, kinds in CORE[name][1].items()}
        selects = [
            "select " + ", ".join(f"cast({row.get(column, 'null')} as {kind}) as {column}" for column, kind in types.items())
            for row in rows
        ] + ["select " + ", ".join(f"cast(null as {kind}) as {column}" for column, kind in types.items()) + " where false"]
        db.execute(f"copy ({' union all '.join(selects)}) to '{folder}/raw/{name}.parquet' (format parquet)")
        is_sale = name == "fct_sale"
        feeds = "    amount: net_amount\n    feeds: staging.sale\n" if is_sale else ""
        sources.append(f"  {name}:\n    path: {name}.parquet\n    format: {{ type: parquet }}\n{feeds}    columns:\n" + "".join(
            f"      {column}: {{ from: [{column}], type: \"{TYPES.get(kind, kind.lower())}\"" + (", zone: UTC }\n" if "ZONE" in kind else " }\n")
            for column, kind in types.items()))
        table = name.removeprefix("dim_").removeprefix("fct_")
        staged = dict.fromkeys(types) | ({"source_amount": "net_amount", "source_name": "'fct_sale'"} if is_sale else {})
        for layer, source, columns in (("staging", f"raw.{name}", staged), ("core", f"staging.{table}", dict.fromkeys(staged))):
            select = ",\n    ".join(f"{value} as {column}" if value else column for column, value in columns.items())
            with open(f"{folder}/sql/{layer}/hostile/{table}.sql", "w", encoding="utf-8") as file:
                file.write(f"-- One row per record.\n\nselect\n    {select}\nfrom {source}\n")
    with open(f"{folder}/pipelines/hostile.yaml", "w", encoding="utf-8") as file:
        file.write(
            f"version: 1\nname: hostile\nabout: Core tables as they must not be.\ntimezone: {ZONE}\ncurrency: CNY\nlogical_date: {AS_OF}\n"
            "storage: { raw: raw, marts: marts }\ninclude: [../sql/core/contract.yaml, ../sql/marts/*/contract.yaml]\n"
            "models: [sql/staging/hostile, sql/core/hostile, sql/work, sql/marts]\n"
            "privacy: { policies: { pii.name: keep, pii.birth_date: keep, pii.address: keep, pii.email: keep, pii.phone: keep } }\n"
            "sources:\n" + "".join(sources))


if __name__ == "__main__":
    which, folder = sys.argv[1:]
    project({"hand": hostile, "empty": lambda: {name: [] for name in drawn(0)}}.get(which, lambda: drawn(int(which)))(), folder)
