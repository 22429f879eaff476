"""Recompute the published marts with DuckDB from the published facts and dimensions, and compare.

    python3 verify.py marts/current --as-of 2026-10-31 --timezone Asia/Shanghai

The SQL beside this file and contract.py are written from the warehouse contract alone, in another
engine than the one that built the marts. One line per check; exit code 1 on any difference.
"""

import argparse
import datetime
import glob
import json
import os
import sys

import duckdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import clusters  # noqa: E402
import lifetime  # noqa: E402
from contract import CORE, DIGITS, DRIVEN_BY, GRAINS, MARTS, TOLERANCE  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SHOWN = 5  # differing rows printed per mart

# Exact quotient to two digits, half away from zero; NULL when there is nothing to divide by.
MONEY_PER = """
create macro money_per(amount, n) as
    case when n <> 0 then
        cast(
            cast(sign(amount) as integer)
            * ((2 * cast(abs(amount) * 100 as hugeint) + cast(n as hugeint)) // (2 * cast(n as hugeint)))
        as decimal(30, 0)) * 0.01
    end
"""


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


class Verification:
    def __init__(self, root, as_of, timezone, rfm_scoring="percent_rank", previous_as_of=None, unsupplied="null",
                 only=None, out=print, memory_limit=None, lifetime_model="mbg_nbd", discount_rate=0.01,
                 fits="recomputed"):
        self.root = os.path.realpath(root)  # a release, even if `current` moves on meanwhile
        self.as_of, self.out, self.only, self.failures = as_of, out, only, 0
        self.db = duckdb.connect(config={"threads": 2})
        self.db.execute("set timezone = 'UTC'")
        self.db.execute("set preserve_insertion_order = true")
        if memory_limit:
            self.db.execute(f"set memory_limit = {literal(memory_limit)}")
        self.db.execute(MONEY_PER)
        self.names = sorted(
            name for name in os.listdir(self.root)
            if os.path.isdir(os.path.join(self.root, name)) and self.files(name)
        )
        self.types = {}  # published table -> {column: type}
        for name in self.names:
            self.read(name)
        self.core_views(unsupplied)
        self.published_views()
        self.previous_view(previous_as_of)
        self.db.execute(f"""
            create table run as select
                cast({literal(as_of)} as date) as as_of,
                cast({literal(timezone)} as varchar) as timezone,
                cast({literal(rfm_scoring)} as varchar) as rfm_scoring,
                cast({literal(lifetime_model)} as varchar) as lifetime_model,
                cast({literal(self.previous_as_of) if self.previous_as_of else 'null'} as date) as previous_as_of
        """)
        self.guarded("history", self.history_views)
        self.guarded("fitted models", self.fitted_tables, discount_rate, fits)

    # What is published -------------------------------------------------------------------------

    def files(self, name):
        return sorted(glob.glob(os.path.join(glob.escape(os.path.join(self.root, name)), "**", "*.parquet"), recursive=True))

    def read(self, name):
        files = self.files(name)
        keys = {part.split("=", 1)[0] for file in files
                for part in os.path.relpath(file, os.path.join(self.root, name)).split(os.sep)[:-1] if "=" in part}
        types = ", ".join(f"{literal(key)}: {'date' if key == 'as_of' else 'varchar'}" for key in sorted(keys))
        options = f"hive_partitioning = true, hive_types = {{{types}}}" if keys else "hive_partitioning = false"
        self.db.execute(f"create view {quoted(name)} as select * from read_parquet([{', '.join(map(literal, files))}], {options})")
        self.types[name] = {row[0]: row[1] for row in self.db.execute(f"describe {quoted(name)}").fetchall()}
        mixed = self.db.execute(f"""
            select name from parquet_schema([{', '.join(map(literal, files))}]) where num_children is null
            group by name
            having count(distinct row(type, type_length, converted_type, scale, precision, logical_type)) > 1
                or count(*) <> {len(files)}
            order by name
        """).fetchall()
        if mixed:
            self.fail(name, ["files of one table differ in column " + ", ".join(row[0] for row in mixed)])

    def core_views(self, unsupplied):
        """A table that nobody supplied is empty with the contract's types; a column left out is a typed NULL."""
        supplied = [name for name in CORE if name in self.types]
        for name, (_, types) in CORE.items():
            empty = ", ".join(f"cast(null as {types[column][0]}) as {quoted(column)}" for column in types)
            if name not in self.types:
                self.db.execute(f"create view {name} as select {empty} where false")
                continue
            wrong = self.type_errors(name, types)
            missing = [column for column in types if column not in self.types[name]]
            if missing:
                added = ", ".join(f"cast(null as {types[column][0]}) as {quoted(column)}" for column in missing)
                definition = self.db.execute(f"select sql from duckdb_views() where view_name = {literal(name)}").fetchone()[0]
                body = definition.split(" AS ", 1)[1].rstrip().rstrip(";")
                self.db.execute(f"create or replace view {name} as select *, {added} from ({body}) as published")
            if wrong:
                self.fail(name, wrong)
        names = supplied if unsupplied == "null" else list(CORE)
        short = [name.removeprefix("dim_").removeprefix("fct_") for name in names]
        self.db.execute("create table supplied as select unnest(?::varchar[]) as table_name", [short])

    def published_views(self):
        """published_<mart>: what a recomputation starts from that is verified by itself; empty where it is not there."""
        for name in sorted((set(self.types) - set(CORE)) | set(MARTS)):
            body = f"from {quoted(name)}"
            if name not in self.types:
                columns = ", ".join(f"cast(null as {kind[0]}) as {quoted(column)}" for column, kind in MARTS[name].items())
                body = f"select {columns} where false"
            self.db.execute(f"create view {quoted('published_' + name)} as {body}")

    def previous_view(self, previous_as_of):
        self.previous_as_of = None
        if "as_of" not in self.types.get("customer_profile", {}):
            self.db.execute("""create view previous_customer_profile as
                select null::varchar as customer_key, null::varchar as value_tier, null::date as tier_changed_on where false""")
            return
        self.previous_as_of = previous_as_of or self.one(
            f"select max(as_of) from customer_profile where as_of < {literal(self.as_of)}")
        if previous_as_of == "none":
            self.previous_as_of = None
        day = literal(self.previous_as_of) if self.previous_as_of else "null"
        self.db.execute(f"create view previous_customer_profile as select * from customer_profile where as_of = cast({day} as date)")

    def snapshot_view(self, view, name, columns, day):
        """Columns of a mart's snapshot, empty where it is not published."""
        found = self.types.get(name, {})
        if "as_of" in found and all(column in found for column, _ in columns):
            names = ", ".join(quoted(column) for column, _ in columns)
            self.db.execute(f"create view {view} as select {names} from {quoted(name)} where as_of = cast({day} as date)")
        else:
            names = ", ".join(f"cast(null as {kind}) as {quoted(column)}" for column, kind in columns)
            self.db.execute(f"create view {view} as select {names} where false")

    def history_views(self):
        with open(os.path.join(HERE, "history.sql"), encoding="utf-8") as file:
            self.db.execute(file.read())

    def fitted_tables(self, discount_rate, fits):
        """What follows from the published parameters of fitted models, and clusters made anew.

        `fits="published"` takes both from the published columns instead: for a bench of the SQL, which must not count
        the time of this program's own arithmetic."""
        today = literal(self.as_of)
        before = literal(self.previous_as_of) if self.previous_as_of else "null"
        loyalty = [("customer_key", "varchar"), ("tenure_days", "bigint"), ("purchase_days", "bigint"),
                   ("interval_days_mean", "double"), ("p_alive", "double"), ("churn_probability", "double"),
                   ("expected_orders_90d", "double"), ("expected_orders_365d", "double"), ("loyalty_score", "double")]
        profile = [("customer_key", "varchar"), ("risk_score", "double"), ("cluster_id", "integer"), ("cluster_label", "varchar")]
        self.snapshot_view("published_loyalty", "customer_loyalty", loyalty, today)
        self.snapshot_view("previous_loyalty", "customer_loyalty", loyalty, before)
        self.snapshot_view("published_risk", "customer_profile", profile, today)
        self.snapshot_view("published_model", "loyalty_model", [("model", "varchar"), ("parameters", "varchar")], today)
        self.db.execute("""create table histories as
            select purchase_days, span_days, as_of - first_on as tenure_days, count(*) as customers
            from (
                select count(distinct ordered_on) as purchase_days, max(ordered_on) - min(ordered_on) as span_days,
                    min(ordered_on) as first_on
                from fct_sale where not is_return and customer_key is not null group by customer_key)
            cross join run group by all""")
        models = self.db.execute("select model, parameters, model = lifetime_model from published_model cross join run order by 1").fetchall()
        self.db.execute("create table gamma_gamma (p double, q double, gamma double)")
        for parameters in (json.loads(row[1]) for row in models if row[0] == "gamma_gamma"):
            self.db.execute("insert into gamma_gamma values (?, ?, ?)", [parameters[name] for name in ("p", "q", "gamma")])
        if fits == "published":
            self.db.execute("""
                create table model_likelihood as select model, cast(null as double) as log_likelihood from published_model;
                create table lifetime as
                    select purchase_days, cast(round((purchase_days - 1) * coalesce(interval_days_mean, 0)) as bigint) as span_days,
                        tenure_days, any_value(p_alive) as p_alive, any_value(expected_orders_90d) as orders_90d,
                        any_value(expected_orders_365d) as orders_365d, any_value(expected_orders_365d) as discounted_12m,
                        any_value(expected_orders_365d) as discounted_36m
                    from published_loyalty group by 1, 2, 3;
                create table cluster as select customer_key, cluster_id, cluster_label from published_risk
                    where cluster_id is not null""")
            return
        lifetime.tables(self.db, [row for row in models if row[0] != "gamma_gamma"], discount_rate)
        if not self.only or "customer_profile" in self.only:
            self.guarded("clusters", clusters.tables, self.db)
        else:
            self.db.execute("create table cluster (customer_key varchar, cluster_id integer, cluster_label varchar)")

    # Telling -----------------------------------------------------------------------------------

    def one(self, query):
        return self.db.execute(query).fetchone()[0]

    def fail(self, name, lines):
        self.failures += 1
        self.out(f"FAIL {name}")
        for line in lines:
            self.out(f"     {line}")

    def check(self, name, problems, text=""):
        if problems:
            self.fail(name, problems)
        else:
            self.out(f"ok   {name} {text}".rstrip())

    def type_errors(self, name, types):
        found = self.types[name]
        lines = [f"column {column} is missing" for column in types if column not in found]
        lines += [f"column {column} is {found[column]}, the contract says {' or '.join(types[column])}"
                  for column in types if column in found and found[column] not in types[column]]
        return lines

    # Recomputation -----------------------------------------------------------------------------

    def mart(self, name):
        types = MARTS[name]
        if name not in self.types:
            driving = DRIVEN_BY.get(name, "fct_sale")
            if driving in self.types:
                self.fail(name, ["not published"])
            else:
                self.out(f"skip {name} (no {driving})")
            return
        problems = self.type_errors(name, types)
        grain = GRAINS[name]
        if any(column not in self.types[name] for column in grain):
            self.fail(name, problems)
            return
        where = f"where as_of = {literal(self.as_of)}" if "as_of" in grain else ""
        with open(os.path.join(HERE, name + ".sql"), encoding="utf-8") as file:
            query = file.read()
        self.db.execute(f"create or replace temp table recomputed_raw as {query}")
        computed = {row[0] for row in self.db.execute("describe recomputed_raw").fetchall()}
        unrounded = {f"{c}_unrounded" for c in types if c in DIGITS}
        if computed != set(types) | unrounded:
            raise AssertionError(f"{name}.sql and contract.py differ: {sorted(computed ^ (set(types) | unrounded))}")
        compared = [c for c in types if c in self.types[name] and self.types[name][c] in types[c]]
        as_published = ", ".join(f"cast({quoted(c)} as {self.types[name][c]}) as {quoted(c)}" for c in compared)
        as_published += "".join(f", {c}" for c in sorted(unrounded))
        self.db.execute(f"create or replace temp table recomputed as select {as_published} from recomputed_raw")
        # the recomputed value must survive the cast: rounding here would hide a wrong formula
        lossy = [c for c in compared if self.types[name][c].startswith("DECIMAL") and self.one(
            f"select count(*) from recomputed_raw where cast({quoted(c)} as decimal(38, 9)) <> round({quoted(c)}, "
            f"{self.types[name][c].rstrip(')').split(',')[1]})")]
        if lossy:
            raise AssertionError(f"{name}.sql: {lossy} has more digits than its type")
        self.db.execute(f"create or replace temp table published as select {', '.join(map(quoted, compared))} from {quoted(name)} {where}")
        rows = self.one("select count(*) from published")
        problems += self.differences(name, compared, grain)
        self.check(name, problems, f"{rows} rows {len(compared)} columns")

    def differences(self, name, compared, grain):
        exact = [c for c in compared if self.types[name][c] != "DOUBLE"]
        doubles = [c for c in compared if self.types[name][c] == "DOUBLE"]
        lines = []
        exact_list = ", ".join(map(quoted, exact))
        for left, right in (("published", "recomputed"), ("recomputed", "published")):
            rows = self.one(f"select count(*) from (select {exact_list} from {left} except all select {exact_list} from {right})")
            if rows:
                lines.append(f"{rows} rows only {left}")
        key = ", ".join(map(quoted, grain))
        for table in ("published", "recomputed"):
            twice = self.one(f"select count(*) from (select {key} from {table} group by all having count(*) > 1)")
            if twice:
                return lines + [f"{twice} keys twice in {table}: the rest is not compared"]
        joined = "published as p full join recomputed as r on " + " and ".join(
            f"p.{quoted(c)} is not distinct from r.{quoted(c)}" for c in grain)
        present = f"p.{quoted(grain[0])} is not null and r.{quoted(grain[0])} is not null"
        differs = {c: f"p.{quoted(c)} is distinct from r.{quoted(c)}" for c in exact if c not in grain}
        for c in doubles:
            p, r = f"p.{quoted(c)}", f"r.{quoted(c)}"
            differs[c] = (f"(({p} is null) <> ({r} is null) or isnan(coalesce({p}, 0)) or isinf(coalesce({p}, 0)) "
                          f"or coalesce(abs({p} - {r}) > {TOLERANCE.get(c, 1e-9)} * greatest(abs({p}), abs({r})) + 1e-15, false))")
            if c in DIGITS:
                unrounded = f"r.{quoted(c + '_unrounded')}"
                differs[c] = (f"(({p} is null) <> ({r} is null) or {p} <> round({p}, {DIGITS[c]}) "
                              f"or coalesce(abs({p} - {unrounded}) > 0.5e-{DIGITS[c]} + 1e-9, false))")
        for c, condition in differs.items():
            rows = self.one(f"select count(*) from {joined} where {present} and {condition}")
            if not rows:
                continue
            lines.append(f"{c}: {rows} rows differ")
            keys = ", ".join(f"p.{quoted(k)}" for k in grain)
            for row in self.db.execute(
                    f"select {keys}, cast(p.{quoted(c)} as varchar), cast(r.{quoted(c)} as varchar) from {joined} "
                    f"where {present} and {condition} order by {keys} limit {SHOWN}").fetchall():
                lines.append(f"  {' · '.join(map(str, row[:-2]))}: published {row[-2]}, recomputed {row[-1]}")
        for side, table, other in (("p", "published", "r"), ("r", "recomputed", "p")):
            keys = ", ".join(f"{side}.{quoted(k)}" for k in grain)
            for row in self.db.execute(f"select {keys} from {joined} where {other}.{quoted(grain[0])} is null "
                                   f"order by {keys} limit {SHOWN}").fetchall():
                lines.append(f"  only {table}: {' · '.join(map(str, row))}")
        return lines

    # Checks of every mart ----------------------------------------------------------------------

    def grain(self, name):
        grain, found, problems = GRAINS[name], self.types[name], []
        missing = [c for c in grain if c not in found]
        if missing:
            self.fail(f"{name} grain", ["no column " + ", ".join(missing)])
            return
        key = ", ".join(map(quoted, grain))
        twice = self.db.execute(f"select {key}, count(*) from {quoted(name)} group by all having count(*) > 1 order by all limit {SHOWN}").fetchall()
        problems += [f"{row[-1]} times {' · '.join(map(str, row[:-1]))}" for row in twice]
        nulls = self.one(f"select count(*) from {quoted(name)} where " + " or ".join(f"{quoted(c)} is null" for c in grain))
        if nulls:
            problems.append(f"{nulls} rows with NULL in the grain")
        problems += self.unsorted(name, grain)
        for column, kind in found.items():
            if kind in ("DOUBLE", "FLOAT"):
                bad = self.one(f"select count(*) from {quoted(name)} where isnan({quoted(column)}) or isinf({quoted(column)})")
                if bad:
                    problems.append(f"{column}: {bad} NaN or infinite")
        if "month" in grain and name not in ("sales_forecast", "customer_forecast"):
            late = self.one(f"select count(*) from {quoted(name)} where month > {literal(self.as_of[:7])} or not regexp_full_match(month, '[0-9]{{4}}-[0-9]{{2}}')")
            if late:
                problems.append(f"{late} rows of a month after {self.as_of[:7]} or no month")
        if "as_of" in grain and name != "tier_migration" and not self.one(
                f"select count(*) from {quoted(name)} where as_of = {literal(self.as_of)}") and self.one(f"select count(*) from {quoted(name)}"):
            problems.append(f"no snapshot of {self.as_of}")
        self.check(f"{name} grain", problems, "unique, sorted, nothing late")

    def unsorted(self, name, grain):
        for file in self.files(name):
            inside = [c for c in grain if c in {row[0] for row in self.db.execute(
                f"describe select * from read_parquet({literal(file)}, hive_partitioning = false)").fetchall()}]
            if not inside:
                continue
            key = "row(" + ", ".join(map(quoted, inside)) + ")"
            wrong = self.one(f"""
                select count(*) from (
                    select {key} as key, lag({key}) over (order by file_row_number) as before
                    from read_parquet({literal(file)}, hive_partitioning = false, file_row_number = true)
                ) as rows where before > key
            """)
            if wrong:
                return [f"{wrong} rows out of the grain's order in {os.path.relpath(file, self.root)}"]
        return []

    def rows_of(self, name, query, text=""):
        """A check whose query returns offenders, as rows to print."""
        cursor = self.db.execute(query)
        found, head = cursor.fetchmany(SHOWN), [column[0] for column in cursor.description]
        self.check(name, ["  ".join(f"{c}={v}" for c, v in zip(head, row)) for row in found], text)

    def visibility(self):
        problems = []
        for name, (cut, types) in CORE.items():
            if name not in self.types or not cut or cut not in self.types[name]:
                continue
            day = cut if types[cut] == ("DATE",) else f"cast({cut} at time zone (select timezone from run) as date)"
            late = self.one(f"select count(*) from {name} where {day} > {literal(self.as_of)}")
            if late:
                problems.append(f"{name}: {late} rows dated after {self.as_of}")
        for name, column in (("dim_customer", "acquired_on"), ("dim_campaign", "starts_on")):
            if self.one(f"select count(*) from {name} where {column} > {literal(self.as_of)}"):
                problems.append(f"{name}: {column} after {self.as_of}")
        self.check("nothing after as_of", problems)
        problems = []
        for name, (_, types) in CORE.items():
            if name != "dim_customer" and name in self.types and "customer_key" in types:
                strangers = self.one(f"select count(*) from {name} where customer_key is not null and customer_key not in "
                                     "(select customer_key from dim_customer where customer_key is not null)")
                if strangers:
                    problems.append(f"{name}: {strangers} rows of a customer that is not in dim_customer")
        self.check("customers exist", problems)

    def reconciliation(self):
        if "reconciliation" not in self.types:
            self.fail("reconciliation", ["not published"])
            return
        problems = []
        for row in self.db.execute(f"select source, stage, difference from reconciliation where as_of = {literal(self.as_of)} "
                               "and difference <> 0 order by all limit 5").fetchall():
            problems.append(f"{row[0]} {row[1]}: difference {row[2]}")
        for row in self.db.execute(f"""select source, stage, rows_in, rows_out, quarantined, duplicates_removed, filtered
                from reconciliation where as_of = {literal(self.as_of)}
                and rows_in <> rows_out + coalesce(quarantined, 0) + coalesce(duplicates_removed, 0) + coalesce(filtered, 0)
                order by all limit 5""").fetchall():
            problems.append(f"{row[0]} {row[1]}: {row[2]} rows in, out {row[3]} + {row[4]} + {row[5]} + {row[6]}")
        last, sales = self.db.execute(f"""
            select
                (select coalesce(sum(amount_out), 0) from reconciliation where as_of = {literal(self.as_of)}
                    and stage = (select max(stage) from reconciliation where as_of = {literal(self.as_of)})),
                (select coalesce(sum(net_amount), 0) from fct_sale)
        """).fetchone()
        if last != sales:
            problems.append(f"last stage's amount_out {last}, sales {sales}")
        self.check("reconciliation", problems, f"to {sales}")

    def status(self):
        if "etl_status" not in self.types:
            self.fail("etl_status", ["not published"])
            return
        problems = []
        listed = dict(self.db.execute("select mart, rows from etl_status").fetchall())
        for mart, rows in sorted(listed.items()):
            actual = self.one(f"select count(*) from {quoted(mart)}") if mart in self.types else None
            if actual != rows:
                problems.append(f"{mart}: says {rows} rows, has {actual}")
        problems += [f"{mart} is not listed" for mart in self.types if mart in GRAINS and mart not in listed]
        self.check("etl_status", problems, f"{len(listed)} marts")

    def invariants(self):
        published = self.types
        if "customer_profitability" in published:
            money = [c for c in MARTS["customer_profitability"] if c not in ("month", "customer_key")]
            totals = ", ".join(f"sum({c}) as {c}" for c in money)
            self.rows_of("customers sum to the company", f"""
                with
                mart as (select month, {totals} from customer_profitability group by month),
                sales as (
                    select strftime(ordered_on, '%Y-%m') as month,
                        coalesce(sum(gross_amount), 0) as gross_sales, coalesce(sum(discount_amount), 0) as discounts,
                        coalesce(sum(net_amount), 0) as net_sales, coalesce(-sum(net_amount) filter (where is_return), 0) as returns,
                        coalesce(sum(cost_amount), 0) as cost_of_goods, coalesce(sum(shipping_amount), 0) as shipping
                    from fct_sale group by 1
                )
                select coalesce(mart.month, sales.month) as month, mart.net_sales, sales.net_sales as company
                from mart full join sales on sales.month = mart.month
                where {' or '.join(f'coalesce(mart.{c}, 0) <> coalesce(sales.{c}, 0)' for c in
                       ('gross_sales', 'discounts', 'net_sales', 'returns', 'cost_of_goods', 'shipping'))}
                order by 1
            """)
            self.rows_of("the waterfall adds up", """
                select month, customer_key from customer_profitability
                where net_sales <> gross_sales - discounts or gross_profit <> net_sales - cost_of_goods
                    or contribution <> gross_profit - shipping - service_cost - promotion_cost
                    or net_profit <> contribution - overhead
                order by all
            """)
            self.rows_of("overhead is the rate in every month with sales", """
                select month, sum(overhead) as overhead from customer_profitability group by month
                having sum(overhead) <> case when count(*) filter (where net_sales > 0) > 0
                    then coalesce((select round(max(unit_cost), 2) from cost_rate where driver = 'fixed_month'), 0) else 0 end
                order by 1
            """)
            self.rows_of("promotion cost is what touched campaigns cost", """
                select
                    (select coalesce(sum(promotion_cost), 0) from customer_profitability) as mart,
                    (select coalesce(sum(cost_amount), 0) from dim_campaign where campaign_id in
                        (select campaign_id from fct_campaign_touch where arm = 'treatment')) as campaigns
                where mart <> campaigns
            """)
        if "sales_cube" in published:
            self.rows_of("cube levels each sum to the company", """
                with
                mart as (select month, level, sum(net_sales) as net_sales, sum(units) as units,
                    sum(orders) filter (where level = 0) as orders, sum(customers) filter (where level = 0) as customers
                    from sales_cube group by month, level, case when level in (1, 2) then
                        row(category = 'All', channel = 'All', region = 'All') end),
                company as (select strftime(ordered_on, '%Y-%m') as month, coalesce(sum(net_amount), 0) as net_sales,
                    coalesce(sum(quantity), 0) as units,
                    count(distinct order_id) filter (where not is_return) as orders,
                    count(distinct customer_key) filter (where not is_return) as customers from fct_sale group by 1)
                select company.month, mart.level, mart.net_sales, company.net_sales as company
                from company left join mart on mart.month = company.month
                where mart.month is null or mart.net_sales <> company.net_sales or mart.units <> company.units
                    or mart.orders <> company.orders or mart.customers <> company.customers
                order by all
            """)
        for name in ("product_line_profitability", "sales_performance", "product_performance", "discount_effect"):
            if name in published:
                self.rows_of(f"{name} sums to the company", f"""
                    select mart.month, mart.net_sales, company.net_sales as company
                    from (select month, sum(net_sales) as net_sales from {name} group by month) as mart
                    full join (select strftime(ordered_on, '%Y-%m') as month, coalesce(sum(net_amount), 0) as net_sales
                        from fct_sale group by 1) as company on company.month = mart.month
                    where mart.net_sales is distinct from company.net_sales order by all
                """)
        if "campaign_attribution" in published:
            self.rows_of("attribution models sum to the same", """
                with
                models as (select month, model, sum(net_sales) as net_sales, sum(orders) as orders
                    from campaign_attribution group by all)
                select month, min(net_sales) as least, max(net_sales) as most, count(*) as models from models group by month
                having least <> most or max(orders) - min(orders) > 1e-6 or models <> 5 order by month
            """)
        if "customer_profile" in published:
            self.rows_of("customer_profile has every customer", f"""
                select customer_key, mart.customer_key as profile, dim.customer_key as customer
                from (select customer_key from customer_profile where as_of = {literal(self.as_of)}) as mart
                full join (select customer_key from dim_customer) as dim using (customer_key)
                where mart.customer_key is null or dim.customer_key is null order by 1
            """)
        if "tier_table" in published and "customer_profile" in published:
            self.rows_of("tier_table covers every tier and customer", f"""
                select value_tier, mart.customers, coalesce(profile.customers, 0) as profile
                from (select * from tier_table where as_of = {literal(self.as_of)}) as mart
                full join (select value_tier, count(*) as customers from customer_profile
                    where as_of = {literal(self.as_of)} group by 1) as profile using (value_tier)
                where mart.customers is distinct from coalesce(profile.customers, 0) order by 1
            """)
        if "customer_factors" in published and "customer_profile" in published:
            self.factors()
        if "tier_migration" in published and "customer_profile" in published:
            self.rows_of("tier_migration has every customer", f"""
                select
                    (select coalesce(sum(customers), 0) from tier_migration
                        where as_of = {literal(self.as_of)} and to_tier <> '(gone)') as now,
                    (select count(*) from customer_profile where as_of = {literal(self.as_of)}) as profile,
                    (select coalesce(sum(customers), 0) from tier_migration
                        where as_of = {literal(self.as_of)} and from_tier <> '(new)') as before,
                    (select count(*) from previous_customer_profile) as previous_profile
                where now <> profile or before <> previous_profile
            """)
        if "segment_summary" in published:
            self.rows_of("segments share out the company", f"""
                select segmentation, sum(customer_share) as customers, sum(sales_share) as sales from segment_summary
                where as_of = {literal(self.as_of)} group by segmentation
                having abs(sum(customer_share) - 1) > 1e-9 or abs(sum(sales_share) - 1) > 1e-9 order by 1
            """)
        if "profit_concentration" in published:
            self.rows_of("profit_concentration has 100 rows", f"""
                select count(*) as percentiles, min(percentile) as lowest, max(percentile) as highest
                from profit_concentration where as_of = {literal(self.as_of)}
                having count(distinct percentile) <> 100 or min(percentile) <> 1 or max(percentile) <> 100
            """)
        if "cohort_retention" in published:
            self.rows_of("every buyer is in one cohort", """
                select (select coalesce(sum(cohort_customers), 0) from cohort_retention where months_since = 0) as mart,
                    (select count(distinct customer_key) from fct_sale where not is_return) as buyers
                where mart <> buyers
            """)

    def factors(self):
        """Components are what their loadings say: these are orthogonal, and together give the correlations back."""
        logs = ("recency_days", "orders", "orders_12m", "net_sales", "net_sales_12m", "average_order_value",
                "interactions_90d", "complaints_12m")
        plain = ("discount_share", "discounted_line_share", "completeness")
        features = [f"ln(1 + greatest(0, coalesce(cast({f} as double), 0))) as {f}" for f in logs]
        features += [f"coalesce({f}, 0) as {f}" for f in plain]
        today = f"as_of = {literal(self.as_of)}"
        self.db.execute(f"""create or replace temp table feature as
            unpivot (select customer_key, {", ".join(features)} from customer_profile where {today} and orders > 0)
            on columns(* exclude (customer_key)) into name feature value x""")
        self.rows_of("factors give the correlations", f"""
            with
            measured as (select feature, x, customer_key, min(x) over (partition by feature) < max(x) over (partition by feature) as varies
                from feature),
            correlations as (
                select a.feature as f, b.feature as g,
                    case when any_value(a.varies) and any_value(b.varies) then corr(a.x, b.x) else 0 end as r
                from measured as a inner join measured as b using (customer_key) group by all),
            loadings as (select * from customer_factors where {today}),
            given as (
                select a.feature as f, b.feature as g, sum(a.loading * b.loading) as r
                from loadings as a inner join loadings as b using (factor) group by all)
            select f, g, correlations.r, given.r as given from correlations left join given using (f, g)
            where exists (select 1 from loadings) and coalesce(abs(correlations.r - given.r) > 1e-9, true) order by all
        """)
        self.rows_of("factors are orthogonal", f"""
            with loadings as (select * from customer_factors where {today})
            select a.factor as k, b.factor as j, sum(a.loading * b.loading) as product, any_value(a.eigenvalue) as eigenvalue
            from loadings as a inner join loadings as b using (feature) group by all
            having abs(product - case when k = j then any_value(a.eigenvalue) else 0 end) > 1e-9 order by all
        """)
        self.rows_of("factors are in order and share out all variance", f"""
            with factors as (
                select factor, any_value(eigenvalue) as eigenvalue, any_value(explained_share) as share, count(distinct eigenvalue) as n,
                    max(abs(loading)) = max(case when loading > 0 then loading end) as is_signed
                from customer_factors where {today} group by factor)
            select *, lag(eigenvalue) over (order by factor) as before, sum(eigenvalue) over () as total from factors
            qualify n <> 1 or before < eigenvalue or abs(share - eigenvalue / total) > 1e-9
                or (eigenvalue > 1e-6 and not is_signed) order by factor
        """)

    def guarded(self, name, check, *arguments):
        """A tree so wrong that a query does not run is a failure of that check, not the end of the others."""
        try:
            check(*arguments)
        except duckdb.Error as error:
            self.fail(name, str(error).splitlines()[:3])

    def run(self):
        for name in MARTS:
            if not self.only or name in self.only:
                self.guarded(name, self.mart, name)
        if self.only:
            return self.failures
        for name in GRAINS:
            if name in self.types:
                self.guarded(f"{name} grain", self.grain, name)
        for check in (self.visibility, self.reconciliation, self.status, self.invariants):
            self.guarded(check.__name__, check)
        return self.failures


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", help="the published tree, e.g. marts/current")
    parser.add_argument("--as-of", required=True, type=datetime.date.fromisoformat)
    parser.add_argument("--timezone", required=True)
    parser.add_argument("--rfm-scoring", default="percent_rank", choices=["percent_rank", "rfm_r", "ntile"])
    parser.add_argument("--lifetime-model", default="mbg_nbd", choices=["mbg_nbd", "bg_nbd", "pareto_nbd"])
    parser.add_argument("--discount-rate-month", type=float, default=0.01)
    parser.add_argument("--previous-as-of", help="a date or `none`; default: the latest published snapshot before as_of")
    parser.add_argument("--unsupplied", default="null", choices=["null", "zero"],
                        help="what complaints_12m and interactions_90d are where their table is not published")
    parser.add_argument("--only", type=lambda text: text.split(","), help="marts, separated by commas; no other checks")
    parser.add_argument("--memory-limit", help="DuckDB's, e.g. 4GB")
    given = parser.parse_args(arguments)
    if not os.path.isdir(given.root):
        parser.error(f"no directory {given.root}")
    unknown = set(given.only or []) - set(MARTS)
    if unknown:
        parser.error(f"not recomputed here: {', '.join(sorted(unknown))}")
    failures = Verification(
        given.root, str(given.as_of), given.timezone, given.rfm_scoring, given.previous_as_of, given.unsupplied,
        given.only, memory_limit=given.memory_limit, lifetime_model=given.lifetime_model,
        discount_rate=given.discount_rate_month).run()
    print(f"{failures} failed" if failures else "all verified")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
