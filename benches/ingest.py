"""septet's ingest against DuckDB's read_csv: a CSV file of 20 columns to typed Parquet, bad records kept.

    python3 ingest.py --septet ../target/release/septet --gigabytes 1 --rounds 5
    python3 ingest.py --variants plain gzip gbk

Both type every column (decimals, dates, time stamps, booleans) and set bad records aside with line, column and reason
(DuckDB: `store_rejects`, its rejects written to a file). Both have the same number of threads. They run by turns; the
ratio is of whole processes, so septet's includes planning, its ledger, a checksum of the file and a small mart that
counts the rows. At the end rows, rejects and the sums of every amount are compared.
"""

import argparse
import glob
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import duckdb

from measure import Failed, Measured, PROJECT

COLUMNS = {
    "order_id": ("string", "VARCHAR"), "line_no": ("bigint", "BIGINT"), "customer_id": ("string", "VARCHAR"),
    "product_id": ("string", "VARCHAR"), "ordered_at": ("timestamp", "TIMESTAMP"), "shipped_on": ("date", "DATE"),
    "channel": ("string", "VARCHAR"), "region": ("string", "VARCHAR"), "city": ("string", "VARCHAR"),
    "receiver": ("string", "VARCHAR"), "quantity": ("decimal(18,3)", "DECIMAL(18,3)"),
    "list_amount": ("decimal(18,2)", "DECIMAL(18,2)"), "discount_amount": ("decimal(18,2)", "DECIMAL(18,2)"),
    "paid_amount": ("decimal(18,2)", "DECIMAL(18,2)"), "tax_amount": ("decimal(18,2)", "DECIMAL(18,2)"),
    "rate": ("double", "DOUBLE"), "is_return": ("boolean", "BOOLEAN"), "points": ("integer", "INTEGER"),
    "note": ("string", "VARCHAR"), "updated_at": ("timestamp", "TIMESTAMP"),
}
ROW_BYTES = 183
BAD_EVERY = 100_003

LINES = f"""
select
    'SO' || lpad((i // 3)::varchar, 12, '0') as order_id,
    i % 3 + 1 as line_no,
    'C' || lpad((hash(i // 3) % 900000)::varchar, 9, '0') as customer_id,
    'P' || lpad((hash(i) % 40000)::varchar, 6, '0') as product_id,
    strftime(timestamp '2019-01-01' + to_seconds((hash(i // 3, 1) % 220000000)::bigint), '%Y-%m-%d %H:%M:%S') as ordered_at,
    case when hash(i, 2) % 9 > 0 then strftime(date '2019-01-02' + (hash(i, 2) % 2500)::int, '%Y-%m-%d') end as shipped_on,
    ['web', 'store', 'phone', '门店', '官网'][1 + (hash(i, 3) % 5)::int] as channel,
    ['华东', '华南', '华北', '西南', 'North', 'South'][1 + (hash(i, 4) % 6)::int] as region,
    ['上海', '深圳', '北京', '成都', 'Berlin', 'São Paulo'][1 + (hash(i, 5) % 6)::int] as city,
    ['王小明', '李丽', 'Anna Schmidt', 'John O''Neil', '欧阳娜娜'][1 + (hash(i, 6) % 5)::int] as receiver,
    ((hash(i, 7) % 9000)::double / 1000)::decimal(18,3) as quantity,
    ((hash(i, 8) % 900000)::double / 100)::decimal(18,2) as list_amount,
    ((hash(i, 9) % 9000)::double / 100)::decimal(18,2) as discount_amount,
    case when i % {BAD_EVERY} = {BAD_EVERY} - 1 then 'n.a.' else (((hash(i, 10) % 900000)::double / 100)::decimal(18,2))::varchar end as paid_amount,
    ((hash(i, 11) % 90000)::double / 100)::decimal(18,2) as tax_amount,
    round((hash(i, 12) % 1000000)::double / 7000000, 6) as rate,
    hash(i, 13) % 20 = 0 as is_return,
    hash(i, 14) % 5000 as points,
    case hash(i, 15) % 8 when 0 then 'gift, wrapped' when 1 then 'said "call first"' when 2 then '请送货上门' when 3 then 'left at the door of the neighbours' end as note,
    strftime(timestamp '2025-01-01' + to_seconds((hash(i, 16) % 30000000)::bigint), '%Y-%m-%d %H:%M:%S') as updated_at
from range(:rows) as rows(i)
"""

PIPELINE = """version: 1
name: ingest
timezone: UTC
currency: CNY
logical_date: 2026-12-31
storage: {{ raw: raw, marts: marts }}
include: [../sql/contract.yaml]
models: [sql/staging, sql/core]
sources:
  lines:
    path: {path}
    format: {{ type: csv{encoding} }}
    {key}
    columns:
{columns}
"""
CONTRACT = """version: 1
core:
  channel_total:
    publish: channel_total
    about: Lines by channel.
    grain: [channel]
    columns:
      channel: { type: string, about: Channel of the lines. }
      lines:   { type: bigint, about: Number of lines. }
"""
STAGING = "-- One row per line.\n\nselect channel from raw.lines\n"
CORE = """-- One row per channel.

select channel, count(*) as lines from staging.line group by channel
"""


def make(folder, rows, variant):
    raw = os.path.join(folder, "raw")
    os.makedirs(raw, exist_ok=True)
    plain = os.path.join(raw, "lines.csv")
    if not os.path.exists(plain):
        db = duckdb.connect()
        db.execute("set preserve_insertion_order = true")
        db.execute(f"copy ({LINES.replace(':rows', str(rows))}) to '{plain}' (header, quote '\"')")
    if variant == "plain":
        return plain
    path = plain + ".gz" if variant == "gzip" else os.path.join(raw, "lines_gbk.csv")
    if not os.path.exists(path):
        with open(plain, "rb") as source:
            if variant == "gzip":
                with gzip.open(path, "wb", compresslevel=5) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            else:
                with open(path, "wb") as target:
                    for line in source:
                        target.write(line.decode().replace("ã", "a").encode("gbk"))
    return path


class Septet:
    name = "septet"

    def __init__(self, given, folder, variant, path):
        self.given, self.project = given, os.path.join(folder, "septet")
        shutil.rmtree(self.project, ignore_errors=True)
        columns = "\n".join(f'      {name}: {{ type: "{kind}" }}' for name, (kind, _) in COLUMNS.items())
        key = "key: [order_id, line_no]" if given.key else ""
        encoding = ", encoding: gbk" if variant == "gbk" else ""
        texts = {
            "pipelines/ingest.yaml": PIPELINE.format(path=os.path.basename(path), columns=columns, key=key, encoding=encoding),
            "sql/contract.yaml": CONTRACT, "sql/staging/line.sql": STAGING, "sql/core/channel_total.sql": CORE,
        }
        for name, text in texts.items():
            os.makedirs(os.path.dirname(os.path.join(self.project, name)), exist_ok=True)
            with open(os.path.join(self.project, name), "w", encoding="utf-8") as file:
                file.write(text)
        os.symlink(os.path.dirname(path), os.path.join(self.project, "raw"))

    def fresh(self):
        for name in ("marts", "marts.store", "state", "target"):
            path = os.path.join(self.project, name)
            os.remove(path) if os.path.islink(path) else shutil.rmtree(path, ignore_errors=True)

    def run(self):
        return Measured([self.given.septet, "run", "--project-dir", self.project, "--threads", str(self.given.threads),
                         "--memory-limit", self.given.memory_limit, "--quiet"])

    def counted(self):
        files = glob.glob(os.path.join(self.project, "marts.store", "cache", "raw-*", "**", "*.parquet"), recursive=True)
        data = [f for f in files if {"order_id", "paid_amount"} <= set(duckdb.read_parquet(f).columns)]
        with open(os.path.join(self.project, "target", "run_results.json"), encoding="utf-8") as file:
            source = json.load(file)["sources"][0]
        print(f"          septet: reading took {source['elapsed_ms'] / 1000:.2f} s of it")
        return totals(data), source["quarantined"]


DUCK = """
import duckdb, sys
path, out, threads, limit, encoding, key = sys.argv[1:7]
db = duckdb.connect()
db.execute(f"set threads = {threads}")
db.execute(f"set memory_limit = '{limit}'")
columns = __COLUMNS__
db.execute(f"copy (select * from read_csv('{path}', header = true, columns = {columns}, auto_detect = false, delim = ',', "
           f"quote = '\\"', escape = '\\"', store_rejects = true, rejects_limit = 0)) to '{out}/lines.parquet' (compression snappy)")
db.execute(f"copy (select * from reject_errors) to '{out}/rejects.parquet'")
if key == "key":
    repeated = db.execute(f"select count(*) from (select order_id, line_no from '{out}/lines.parquet' group by all having count(*) > 1)").fetchone()
"""


class Duck:
    name = "duckdb"

    def __init__(self, given, folder, variant, path):
        self.given, self.out, self.path, self.variant = given, os.path.join(folder, "duckdb"), path, variant
        self.program = os.path.join(folder, "duck.py")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(DUCK.replace("__COLUMNS__", repr({name: kind for name, (_, kind) in COLUMNS.items()})))

    def fresh(self):
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)

    def run(self):
        path, given = self.path, self.given
        command = [sys.executable, self.program, path, self.out, str(given.threads), given.memory_limit, "utf-8",
                   "key" if given.key else "no"]
        if self.variant != "gbk":
            return Measured(command)
        # DuckDB decodes GBK only with an extension from the network: the usual way is a decoder before it.
        decoded = os.path.join(self.out, "decoded.csv")
        return Measured(["sh", "-c", f"iconv -f GB18030 -t UTF-8 '{path}' > '{decoded}' && " +
                         " ".join(f"'{word}'" for word in command[:2] + [decoded] + command[3:])])

    def counted(self):
        rejected = duckdb.execute(f"select count(distinct line) from '{self.out}/rejects.parquet'").fetchone()[0]
        return totals([os.path.join(self.out, "lines.parquet")]), rejected


def totals(files):
    sums = ", ".join(f"sum({name})" for name, (kind, _) in COLUMNS.items() if kind.startswith("decimal"))
    return duckdb.execute(f"select count(*), {sums}, min(ordered_at)::timestamp, max(shipped_on), count(note), "
                      f"count(*) filter (where is_return) from read_parquet({files})").fetchone()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--septet", default=os.path.join(PROJECT, "target", "release", "septet"))
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="2GB")
    parser.add_argument("--variants", nargs="+", default=["plain", "gzip", "gbk"], choices=["plain", "gzip", "gbk"])
    parser.add_argument("--key", action="store_true", help="find repeated keys too")
    parser.add_argument("--only", choices=["septet", "duckdb"])
    parser.add_argument("--folder")
    given = parser.parse_args()
    given.septet = os.path.abspath(given.septet)
    folder = os.path.abspath(given.folder) if given.folder else tempfile.mkdtemp(prefix="septet-ingest-")
    os.makedirs(folder, exist_ok=True)
    wrong = 0
    try:
        for variant in given.variants:
            wrong += compare(given, folder, variant)
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if wrong else 0


def compare(given, folder, variant):
    path = make(folder, int(given.gigabytes * 1e9 / ROW_BYTES), variant)
    print(f"\n{variant}: {os.path.getsize(path) / 1e9:.2f} GB, 20 columns, {given.threads} threads")
    both = [it(given, folder, variant, path) for it in (Septet, Duck) if given.only in (None, it.name)]
    runs = {it: [] for it in both}
    for number in range(given.rounds):
        for it in both if number % 2 == 0 else both[::-1]:
            it.fresh()
            runs[it].append(it.run())
            print(f"  {it.name:8} {runs[it][-1]}", flush=True)
    answers = [it.counted() for it in both]
    if len(both) < 2:
        print(f"  rows {answers[0][0][0]:,}, set aside {answers[0][1]}")
        return 0
    pairs = list(zip(*runs.values()))
    walls = [a.wall / b.wall for a, b in pairs]
    print(f"  septet / duckdb: wall {statistics.median(walls):.2f} ({'  '.join(f'{w:.2f}' for w in walls)}), "
          f"processor {statistics.median(a.cpu / b.cpu for a, b in pairs):.2f}")
    same = answers[0] == answers[1]
    print(f"  {'same' if same else 'DIFFERS'}: {answers[0][0][0]:,} rows, {answers[0][1]} set aside")
    if not same:
        print(f"    {answers[0]}\n    {answers[1]}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
