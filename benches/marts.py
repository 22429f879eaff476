"""Every mart from the same core Parquet: septet's SQL against the verification's definitions in DuckDB.

    python3 marts.py --septet ../target/release/septet --customers 1000000 --lines 10000000 --memory 8GB

septet runs once, so that the core tables are published; then both make all marts, by turns, from those files: two threads and
the same limit of memory each, Parquet out. septet has its working tables taken away before each round: what several marts
share is part of its time. DuckDB runs tests/duckdb/<mart>.sql one after the other, which is how the marts are verified;
what it cannot say in SQL (the fits of models) it reads from the published parameters, which is to its advantage.
"""

import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from measure import Failed, Measured, PROJECT, median

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(PROJECT, "tests", "duckdb"))


def duckdb_marts(given):
    """The opponent, in a process of its own: seconds per mart as JSON lines."""
    from contract import MARTS
    from verify import HERE as QUERIES, Verification
    run = Verification(given.marts, given.as_of, given.timezone, memory_limit=given.memory, fits="published",
                       out=lambda text: None)
    os.makedirs(given.out)
    for name in MARTS:
        if name not in run.types or (given.only and name not in given.only):
            continue
        with open(os.path.join(QUERIES, name + ".sql"), encoding="utf-8") as file:
            query = file.read()
        began = time.monotonic()
        try:
            run.db.execute(f"copy ({query}) to '{given.out}/{name}.parquet' (format parquet, compression zstd)")
            print(json.dumps({"mart": name, "seconds": time.monotonic() - began}), flush=True)
        except Exception as error:  # one mart that cannot be made is a line of the table, not the end of it
            print(json.dumps({"mart": name, "failed": str(error).splitlines()[0]}), flush=True)


class Septet:
    def __init__(self, given, exports, folder):
        self.given, self.exports = given, exports
        self.project = os.path.join(folder, "project")
        for part in ("pipelines", "sql"):
            shutil.copytree(os.path.join(PROJECT, part), os.path.join(self.project, part))
        self.marts = os.path.join(folder, "marts")

    def run(self, *more):
        command = [self.given.septet, "--project-dir", self.project, "run", "crm", "--threads", "2",
                   "--memory-limit", self.given.memory, "--quiet", *more]
        measured = Measured(command, {"SEPTET_RAW": self.exports, "SEPTET_MARTS": self.marts})
        with open(os.path.join(self.project, "target", "run_results.json"), encoding="utf-8") as file:
            return measured, json.load(file)

    def published(self):
        return sorted(name for name in os.listdir(os.path.join(self.marts, "current")) if "." not in name)

    def again(self, marts):
        for slot in glob.glob(os.path.join(glob.escape(self.marts + ".store"), "cache", "work-*")):
            shutil.rmtree(slot)
        return self.run("--full-refresh", "--select", " ".join(marts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--septet", default=os.path.join(PROJECT, "target", "release", "septet"))
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--exports", help="made by `septet generate` already")
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=lambda text: text.split(","), help="these marts alone")
    parser.add_argument("--folder", help="where to work; kept")
    parser.add_argument("--duckdb", action="store_true", help=argparse.SUPPRESS)
    for hidden in ("--marts", "--out", "--as-of", "--timezone"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.duckdb:
        return duckdb_marts(given)
    given.septet = os.path.abspath(given.septet)
    try:
        if given.folder:
            os.makedirs(given.folder, exist_ok=True)
            compare(given, os.path.abspath(given.folder))
        else:
            with tempfile.TemporaryDirectory() as folder:
                compare(given, folder)
    except Failed as error:
        sys.exit(str(error))


def compare(given, folder):
    from contract import MARTS
    exports = given.exports
    if not exports:
        exports = os.path.join(folder, "exports")
        subprocess.run([given.septet, "generate", "--customers", str(given.customers), "--lines", str(given.lines),
                        "--out", exports], check=True, stdout=subprocess.DEVNULL)
    septet = Septet(given, os.path.abspath(exports), folder)
    whole, results = septet.run()
    print(f"whole run, once                {whole}", flush=True)
    as_of = results["as_of"]
    marts = [name for name in septet.published() if name in MARTS and (not given.only or name in given.only)]
    ours, theirs, totals = {}, {}, []
    for number in range(given.rounds):
        measured, results = septet.again(marts)
        built = [table for table in results["tables"] if table["status"] == "built"]
        for table in built:
            ours.setdefault(table["name"], []).append(table["elapsed_ms"] / 1000)
        out = os.path.join(folder, "duckdb")
        shutil.rmtree(out, ignore_errors=True)
        opponent = Measured([sys.executable, os.path.abspath(__file__), "--duckdb", "--marts",
                             os.path.join(septet.marts, "current"), "--out", out, "--as-of", as_of,
                             "--timezone", "Asia/Shanghai", "--memory", given.memory, "--only", ",".join(marts)])
        opponent.log.seek(0)
        for line in map(json.loads, filter(None, opponent.log.read().decode().splitlines())):
            theirs.setdefault(line["mart"], []).append(line.get("seconds", line.get("failed")))
        totals.append(measured.wall / opponent.wall)
        print(f"round {number + 1}: septet               {measured}\n         duckdb               {opponent}\n"
              f"         ratio {totals[-1]:.2f} wall, {measured.cpu / opponent.cpu:.2f} processor", flush=True)
    shared = {name: median(times) for name, times in ours.items() if name not in marts}
    print(f"median ratio {median(totals):.2f}\n\n{'mart':32} {'septet':>8} {'duckdb':>8} {'ratio':>6}")
    for name in marts:
        mine, other = ours.get(name), theirs.get(name)
        failed = [text for text in other or [] if isinstance(text, str)]
        if not mine or not other or failed:
            print(f"{name:32} {median(mine) if mine else float('nan'):8.2f} {failed[0] if failed else 'not made'}")
            continue
        print(f"{name:32} {median(mine):8.2f} {median(other):8.2f} {median(mine) / max(median(other), 1e-3):6.2f}")
    print(f"{'shared by several':32} {sum(shared.values()):8.2f}")
    for name, seconds in sorted(shared.items(), key=lambda item: -item[1])[:12]:
        print(f"    {name:28} {seconds:8.2f}")


if __name__ == "__main__":
    main()
