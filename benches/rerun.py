"""What a run costs that has less to do than the first: nothing, one changed mart, one more day of sales.

    python3 rerun.py --septet ../target/release/septet --customers 1000000 --lines 10000000 --memory-limit 8GB
"""

import argparse
import csv
import glob
import gzip
import io
import json
import os
import random
import shutil
import sys
import tempfile
import time

from measure import PROJECT, Failed, Measured, exports, median

CHANGED = ["profiling/tier_table", "persistency/cohort_retention"]
DAY = "2026-10-31"


class Septet:
    def __init__(self, given, raw, folder):
        self.given, self.raw = given, raw
        # A copy: a mart is changed below, and reports of the runs stay out of the project.
        self.project, self.root = os.path.join(folder, "project"), os.path.join(folder, "septet")
        for path in (self.project, self.root):
            shutil.rmtree(path, ignore_errors=True)
        for part in ("pipelines", "sql"):
            shutil.copytree(os.path.join(PROJECT, part), os.path.join(self.project, part))

    def run(self):
        return Measured(
            [self.given.septet, "run", "crm", "--project-dir", self.project, "--threads", str(self.given.threads),
             "--memory-limit", self.given.memory_limit, "--state", os.path.join(self.root, "state"), "--quiet"],
            {"SEPTET_RAW": self.raw, "SEPTET_MARTS": os.path.join(self.root, "marts")})

    def results(self):
        with open(os.path.join(self.project, "target", "run_results.json"), encoding="utf-8") as file:
            return json.load(file)

    def change(self, mart):
        """What a mart is made from is compared by its text, so a remark is a change that changes no row."""
        with open(os.path.join(self.project, "sql", "marts", mart + ".sql"), "a", encoding="utf-8") as file:
            file.write(f"-- changed {time.monotonic_ns()}\n")


def more_sales(raw, lines):
    """A file of orders on the last day, drawn from the lines of the last quarter; where it lies."""
    draw = random.Random(7)
    quarters = sorted(glob.glob(os.path.join(raw, "shop", "order_lines-*.csv.gz")))
    with gzip.open(quarters[-1], "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        head = next(reader)
        sold = [row for row in reader if row[head.index("kind")] == "sale"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for number in range(lines):
        row = list(draw.choice(sold))
        moment = f"{DAY}T{draw.randrange(24):02}:{draw.randrange(60):02}:{draw.randrange(60):02}+08:00"
        for column, value in (("order_id", f"WX{number:08}"), ("line", "1"), ("created_at", moment)):
            row[head.index(column)] = value
        writer.writerow(row)
    path = os.path.join(raw, "shop", f"order_lines-{DAY}.csv.gz")
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text.getvalue())
    return path


def measure(given, folder):
    raw = exports(given, folder)
    septet = Septet(given, raw, folder)
    full = septet.run()
    print(f"full run                       {full}", flush=True)
    idle = [septet.run() for _ in range(3)]
    print(f"nothing to do                  median {median(run.wall for run in idle):.2f} s, "
          f"peak {max(run.memory for run in idle) / 1e6:.0f} MB", flush=True)

    def told(what, run):
        built = [row["name"] for row in septet.results()["tables"] if row["status"] == "built"]
        print(f"{what:30} {run}  {run.wall / full.wall:.1%} of the full run; "
              f"built {', '.join(built) if len(built) < 9 else f'{len(built)} tables'}", flush=True)

    for mart in CHANGED:
        septet.change(mart)
        told(f"{mart.split('/')[-1]} changed", septet.run())
    day = more_sales(raw, max(1, given.lines // 1000))
    try:
        told("0.1 % more sales", septet.run())
    finally:
        os.remove(day)
    print("\nslowest tables of the last run; two are built at once")
    for row in sorted(septet.results()["tables"], key=lambda row: -row["elapsed_ms"])[:given.slowest]:
        print(f"{row['elapsed_ms']:9,} ms  {row['name']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--septet", default=os.path.join(PROJECT, "target", "release", "septet"))
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--exports", help="a folder that `septet generate` wrote before")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="2GB")
    parser.add_argument("--folder", help="where to work; a temporary one, removed at the end, when not said")
    parser.add_argument("--slowest", type=int, default=12, help="tables of the last run to list")
    given = parser.parse_args()
    given.septet = os.path.abspath(given.septet)
    folder = os.path.abspath(given.folder) if given.folder else tempfile.mkdtemp(prefix="septet-bench-")
    os.makedirs(folder, exist_ok=True)
    try:
        measure(given, folder)
        return 0
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
