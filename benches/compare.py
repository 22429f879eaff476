"""septet against one DuckDB program that does the same job: the same exports in, the same Parquet out.

    python3 compare.py --septet ../target/release/septet --customers 100000 --lines 1000000 --rounds 5

Both get two threads and 2 GB for queries, start without state, and run by turns, so that a busy machine slows both. Then
come the run with nothing to do and the runs with one changed mart. At the end the rows and the sums of the
money columns of both outputs are compared: a faster job that is not the same job proves nothing.
"""

import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)
CHANGED = ["profiling/tier_table", "persistency/cohort_retention"]


class Failed(Exception):
    """A measured process did not do its job."""


class Measured:
    """One process: wall and processor seconds, and the most memory that it held."""

    def __init__(self, command, environment=None):
        self.log = tempfile.TemporaryFile()
        began = time.monotonic()
        process = subprocess.Popen(command, env=os.environ | (environment or {}), stdout=self.log, stderr=self.log)
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss * 1024 if sys.platform != "darwin" else usage.ru_maxrss
        if process.returncode:
            self.log.seek(0)
            raise Failed(f"{' '.join(command)} ended with {process.returncode}\n{self.log.read().decode(errors='replace')}")

    def __str__(self):
        return f"{self.wall:7.2f} s wall  {self.cpu:7.2f} s processor  {self.memory / 1e6:7.0f} MB"


class Septet:
    name = "septet"

    def __init__(self, given, exports, folder):
        self.given, self.exports = given, exports
        # A copy: a mart is changed below, and reports of the runs stay out of the project.
        self.project = os.path.join(folder, "project")
        for part in ("pipelines", "sql"):
            shutil.copytree(os.path.join(PROJECT, part), os.path.join(self.project, part))
        self.match_exactly()
        self.root = os.path.join(folder, "septet")
        self.marts = os.path.join(self.root, "marts")

    def match_exactly(self):
        """The opponent has no likeness of records, and no tables that say how they were matched (see match.py for those)."""
        path = os.path.join(self.project, "pipelines", "crm.yaml")
        with open(path, encoding="utf-8") as file:
            before, after = file.read().split("    block:\n")
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + "    survive:\n" + after.split("    survive:\n")[1])
        for model in ("customer_cell", "customer_key_history", "match_review"):
            os.remove(os.path.join(self.project, "sql", "core", "crm", model + ".sql"))

    def fresh(self):
        shutil.rmtree(self.root, ignore_errors=True)
        os.makedirs(self.root)

    def run(self):
        return Measured(
            [self.given.septet, "run", "crm", "--project-dir", self.project, "--threads", str(self.given.threads),
             "--memory-limit", self.given.memory_limit, "--state", os.path.join(self.root, "state"), "--quiet"],
            {"SEPTET_RAW": self.exports, "SEPTET_MARTS": self.marts})

    def results(self):
        with open(os.path.join(self.project, "target", "run_results.json"), encoding="utf-8") as file:
            return json.load(file)

    def change(self, mart):
        """What a mart is made from is compared by its text, so a remark is a change that changes no row."""
        with open(os.path.join(self.project, "sql", "marts", mart + ".sql"), "a", encoding="utf-8") as file:
            file.write(f"-- changed {time.monotonic_ns()}\n")


class Duck:
    name = "duckdb"

    def __init__(self, given, exports, folder):
        self.given, self.exports, self.root = given, exports, os.path.join(folder, "duckdb")

    def fresh(self):
        shutil.rmtree(self.root, ignore_errors=True)
        os.makedirs(self.root)

    def run(self):
        return Measured([sys.executable, os.path.join(HERE, "duckdb_job.py"), "--raw", self.exports, "--marts", self.root,
                         "--threads", str(self.given.threads), "--memory-limit", self.given.memory_limit])


def table(db, root, name):
    files = sorted(glob.glob(os.path.join(glob.escape(os.path.join(root, name)), "**", "*.parquet"), recursive=True))
    db.execute(f"create or replace temp view rows as select * from read_parquet({files}, hive_partitioning = true, "
               "hive_types_autocast = false)")
    return {column: kind for column, kind, *_ in db.execute("describe rows").fetchall()}


def same(db, septet, duck):
    """Rows, and the sum of every decimal and whole number, of each table that both wrote."""
    names = sorted(name for name in os.listdir(septet) if os.path.isdir(os.path.join(duck, name)))
    only = sorted(set(os.listdir(septet)) ^ set(os.listdir(duck)) - {"_quarantine"})
    if only:
        print(f"in one output only: {', '.join(only)}")
    wrong = 0
    for name in names:
        columns, counted = {}, []
        for root in (septet, duck):
            columns[root] = table(db, root, name)
        shared = [c for c, kind in columns[septet].items()
                  if c in columns[duck] and kind.split("(")[0] in ("DECIMAL", "BIGINT", "INTEGER")]
        for root in (septet, duck):
            table(db, root, name)
            sums = "".join(f", cast(sum({column}) as decimal(38, 6))" for column in shared)
            counted.append(db.execute(f"select count(*){sums} from rows").fetchone())
        differing = [f"{column} {ours} and {theirs}" for column, ours, theirs in zip(["rows"] + shared, *counted) if ours != theirs]
        wrong += bool(differing)
        print(f"  {'DIFFERS' if differing else 'same':8} {name:28} {counted[0][0]:>10,} rows  "
              f"{'; '.join(differing) or f'{len(shared)} sums'}")
    return wrong


def files(root):
    found = glob.glob(os.path.join(root, "**", "*.parquet"), recursive=True)
    return len(found), sum(os.path.getsize(file) for file in found)


def exports(given, folder):
    if given.exports:
        return os.path.abspath(given.exports)
    target = os.path.join(folder, "exports")
    made = Measured([given.septet, "generate", "--out", target, "--customers", str(given.customers), "--lines",
                     str(given.lines), "--quiet"])
    print(f"generate  {made}")
    return target


def median(values):
    return statistics.median(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--septet", default=os.path.join(PROJECT, "target", "release", "septet"))
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--exports", help="a folder that `septet generate` wrote before")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="2GB")
    parser.add_argument("--folder", help="where to work; a temporary one, removed at the end, when not said")
    parser.add_argument("--slowest", type=int, default=12, help="tables of septet's last full run to list")
    given = parser.parse_args()
    given.septet = os.path.abspath(given.septet)
    folder = os.path.abspath(given.folder) if given.folder else tempfile.mkdtemp(prefix="septet-bench-")
    os.makedirs(folder, exist_ok=True)
    shutil.rmtree(os.path.join(folder, "project"), ignore_errors=True)
    try:
        return compare(given, folder)
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


def compare(given, folder):
    raw = exports(given, folder)
    septet, duck = Septet(given, raw, folder), Duck(given, raw, folder)
    runs = {septet: [], duck: []}
    for number in range(given.rounds):
        # Whoever goes first finds the disk quiet: take turns at that too.
        for who in (septet, duck) if number % 2 == 0 else (duck, septet):
            who.fresh()
            runs[who].append(who.run())
            print(f"{who.name:9} {runs[who][-1]}", flush=True)
    ours, theirs = runs[septet], runs[duck]
    ratios = [a.wall / b.wall for a, b in zip(ours, theirs)]
    full = median(run.wall for run in ours)
    print()
    for name, values in (("septet", ours), ("duckdb", theirs)):
        print(f"{name}: median {median(run.wall for run in values):.2f} s wall, {median(run.cpu for run in values):.2f} s processor, "
              f"peak {max(run.memory for run in values) / 1e6:.0f} MB")
    for name, root in (("septet", os.path.join(septet.marts, "current")), ("duckdb", os.path.join(duck.root, "current"))):
        count, size = files(os.path.realpath(root))
        print(f"{name}: {count} files, {size / 1e6:.1f} MB")
    print(f"septet / duckdb, wall: median {median(ratios):.2f}  pairs {'  '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print(f"septet / duckdb, processor: median {median(a.cpu / b.cpu for a, b in zip(ours, theirs)):.2f}")

    results = septet.results()
    print(f"\nslowest tables of septet's last full run ({results['elapsed_ms'] / 1000:.2f} s, of them "
          f"{max(row['elapsed_ms'] for row in results['sources']) / 1000:.2f} s reading exports); two are built at once")
    for row in sorted(results["tables"], key=lambda row: -row["elapsed_ms"])[:given.slowest]:
        print(f"{row['elapsed_ms']:9,} ms  {row['name']}")

    print("\nthe same job?")
    db = duckdb.connect(config={"threads": given.threads})
    wrong = same(db, os.path.realpath(os.path.join(septet.marts, "current")), os.path.join(duck.root, "current"))

    print()
    idle = [septet.run() for _ in range(3)]
    print(f"nothing to do: median {median(run.wall for run in idle):.2f} s, peak {max(run.memory for run in idle) / 1e6:.0f} MB")
    for mart in CHANGED:
        septet.change(mart)
        try:
            changed = septet.run()
        except Failed as failed:
            print(f"{mart} changed: {failed}")
            wrong += 1
            continue
        built = [row["name"] for row in septet.results()["tables"] if row["status"] == "built"]
        print(f"{mart.split('/')[-1]} changed: {changed}, {changed.wall / full:.1%} of the full run; built {', '.join(built)}")
    print(f"\n{wrong} problems" if wrong else "\nall tables agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
