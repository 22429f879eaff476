"""Entity resolution: how right, and how fast beside Splink on DuckDB.

    python3 benches/match.py                                   accuracy on the labelled sets that are there
    python3 benches/match.py --records 1000000                 speed, with rules that give some fifty million pairs
    python3 benches/match.py --records 1000000 --rules few     speed, with selective rules
    python3 benches/match.py --records 5000000 --rules large --no-splink --rounds 1 --memory-limit 7GB

Splink gets the same records, the same blocking rules and comparisons that compare the same columns by comparable levels,
and two threads like septet. septet's time is that of the whole process: check, typing the CSV, matching, tests, release.
Splink's begins with the records in DuckDB's memory and ends with clusters there. Labels are only used to count.
"""

import argparse
import csv
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from measure import Measured

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)

CONTRACT = """version: 1
core:
  customer_link:
    publish: dim_customer_link
    about: One row per record.
    grain: [source_system, source_customer_id]
    columns:
      source_system: { type: string, about: System., tests: [not_null] }
      source_customer_id: { type: string, about: Record., tests: [not_null] }
      customer_key: { type: string, about: Entity., tests: [not_null] }
      match_probability: { type: "decimal(18,6)", about: Probability. }
      match_rule: { type: string, about: Rule. }
"""
LINK = "-- One row per record.\nselect source_system, source_customer_id, customer_key, match_probability, match_rule from match.person\n"


class Labelled:
    """A CSV of records, the declaration that matches them, and the truth."""

    def __init__(self, name, path, identifier, truth, columns, match, threshold=0.95, minimum=None):
        self.name, self.path, self.identifier, self.truth = name, path, identifier, truth
        self.columns, self.match, self.threshold, self.minimum = columns, match, threshold, minimum

    def rows(self):
        with open(self.path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, skipinitialspace=True))

    def declare(self, folder):
        for part in ("pipelines", "sql/staging", "sql/core"):
            os.makedirs(os.path.join(folder, part), exist_ok=True)
        columns = "\n".join(f"      {name}: {{ from: [{name}], type: string, clean: clean_text }}" for name in self.columns)
        pipeline = f"""version: 1
name: persons
timezone: UTC
currency: EUR
logical_date: 2026-12-31
storage: {{ raw: raw, marts: marts }}
include: [../sql/contract.yaml]
models: [sql/staging, sql/core]
sources:
  persons:
    path: persons.csv
    format: {{ type: csv }}
    columns:
      record_id: {{ from: ["{self.identifier}"], type: string, required: true }}
{columns}
match:
  person:
    records: staging.record
{self.match}
    threshold: {self.threshold}
"""
        staging = "-- One row per record.\nselect 'set' as source_system, record_id as source_customer_id, " + ", ".join(self.columns)
        write(folder, "pipelines/persons.yaml", pipeline)
        write(folder, "sql/contract.yaml", CONTRACT)
        write(folder, "sql/staging/record.sql", staging + " from raw.persons\n")
        write(folder, "sql/core/customer_link.sql", LINK)
        os.makedirs(os.path.join(folder, "raw"), exist_ok=True)
        link = os.path.join(folder, "raw", "persons.csv")
        with open(self.path, encoding="utf-8") as source, open(link, "w", encoding="utf-8") as target:
            # Some sets have a blank after every comma of the header.
            target.write(",".join(field.strip() for field in source.readline().rstrip("\n").split(",")) + "\n")
            shutil.copyfileobj(source, target)


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def septet(given, folder):
    for part in ("marts", "marts.store", "state", "target"):
        shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    return Measured([given.septet, "run", "--project-dir", folder, "--threads", str(given.threads), "--memory-limit",
                     given.memory_limit, "--state", os.path.join(folder, "state"), "--quiet", "--log-level", "error"])


def entities(folder):
    import duckdb

    path = os.path.join(folder, "marts", "current", "dim_customer_link", "*.parquet")
    return dict(duckdb.sql(f"select source_customer_id, customer_key from '{path}'").fetchall())


def pairs_of(groups):
    return sum(count * (count - 1) // 2 for count in groups.values())


def measured(found, truth):
    """Precision, recall and F1 of the pairs that are together in an entity."""
    both, said, true = {}, {}, {}
    for record, key in found.items():
        said[key] = said.get(key, 0) + 1
        true[truth[record]] = true.get(truth[record], 0) + 1
        both[key, truth[record]] = both.get((key, truth[record]), 0) + 1
    right, pairs, all_pairs = pairs_of(both), pairs_of(said), pairs_of(true)
    precision, recall = right / max(pairs, 1), right / max(all_pairs, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


FAKE_BLOCKS = [["first_name"], ["surname"], ["dob"], ["email"]]
FAKE = f"""    block: {FAKE_BLOCKS}
    compare:
      name: {{ kind: person_name, columns: [first_name, surname] }}
      dob: date
      city: text
      email: email"""
FEBRL = """    block: [[soc_sec_id], [date_of_birth], [given_name, postcode], [surname, postcode], [given_name, surname], [address_1]]
    compare:
      name: { kind: person_name, columns: [given_name, surname] }
      date_of_birth: date
      soc_sec_id: identifier
      postcode: postcode
      suburb: text
      address_1: address
      street_number: identifier
      state: exact"""
MANY = [["email"], ["first_name", "surname"], ["surname", "substr(dob, 1, 4)"], ["dob"], ["first_name", "city"], ["surname", "city"]]
LARGE = [["email"], ["first_name", "surname"], ["surname", "substr(dob, 1, 4)"], ["first_name", "substr(dob, 1, 4)"]]
FEW = [["email"], ["first_name", "surname", "substr(dob, 1, 4)"], ["surname", "dob"]]


def labelled(shared):
    dedupe = os.path.join(shared, "dedupe")
    found = []
    if os.path.exists(os.path.join(dedupe, "febrl1.csv")):
        found.append(Labelled(
            "FEBRL 1", os.path.join(dedupe, "febrl1.csv"), "rec_id", lambda row: row["rec_id"].split("-")[1],
            ["given_name", "surname", "street_number", "address_1", "suburb", "postcode", "state", "date_of_birth", "soc_sec_id"],
            FEBRL, minimum=0.995))
        found.append(Labelled(
            "fake_1000", os.path.join(dedupe, "fake_1000.csv"), "unique_id", lambda row: row["cluster"],
            ["first_name", "surname", "dob", "city", "email"], FAKE, minimum=0.90))
    return found


def accuracy(given):
    failed = False
    for dataset in labelled(given.shared):
        with tempfile.TemporaryDirectory() as folder:
            dataset.declare(folder)
            run = septet(given, folder)
            rows = dataset.rows()
            truth = {row[dataset.identifier]: dataset.truth(row) for row in rows}
            precision, recall, f1 = measured(entities(folder), truth)
            failed |= f1 < dataset.minimum
            print(f"{dataset.name:<12} septet  P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}   (at least {dataset.minimum})   {run}")
            if dataset.name == "fake_1000" and not given.no_splink:
                for threshold, (precision, recall, f1) in splink_fake(dataset, rows, truth).items():
                    print(f"{'':<12} Splink  P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}   clusters at {threshold}, its default comparisons")
    failed |= sample(given)
    return failed


def sample(given):
    """The company in testdata, whose generator writes who is who aside."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        environment = {"SEPTET_MARTS": os.path.join(folder, "marts"), "SEPTET_RAW": os.path.join(PROJECT, "testdata", "crm")}
        Measured([given.septet, "run", "crm", "--project-dir", PROJECT, "--quiet", "--log-level", "error"], environment)
        link = os.path.join(folder, "marts", "current", "dim_customer_link", "*.parquet")
        persons = os.path.join(PROJECT, "testdata", "crm", "truth", "persons.csv.gz")
        found = duckdb.sql(f"""
            select source_system || source_customer_id, customer_key, person_id
            from '{link}' join read_csv('{persons}', all_varchar = true) using (source_system, source_customer_id)""").fetchall()
    precision, recall, f1 = measured({record: key for record, key, _ in found}, {record: person for record, _, person in found})
    print(f"{'sample':<12} septet  P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}   (P at least 0.99, R at least 0.95)")
    return precision < 0.99 or recall < 0.95


def splink_comparisons():
    import splink.comparison_library as library

    return [
        library.NameComparison("first_name"), library.NameComparison("surname"),
        library.DateOfBirthComparison("dob", input_is_string=True),
        library.ExactMatch("city").configure(term_frequency_adjustments=True), library.EmailComparison("email"),
    ]


def splink_run(table, blocks, comparisons, training, threads=2, memory="16GB", identifier="unique_id"):
    """Clusters by threshold, and seconds."""
    import logging

    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
    connection.execute(f"create table persons as {table}")
    began = time.monotonic()
    rules = [block_on(*block) for block in blocks]
    settings = SettingsCreator(link_type="dedupe_only", blocking_rules_to_generate_predictions=rules, comparisons=comparisons,
                               unique_id_column_name=identifier)
    api = DuckDBAPI(connection=connection)
    records = api.register("persons") if hasattr(api, "register") else connection.table("persons")
    linker = Linker(records, settings) if hasattr(api, "register") else Linker(records, settings, db_api=api)
    linker.training.estimate_probability_two_random_records_match([block_on("email"), block_on("first_name", "surname", "dob")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    predictions = linker.inference.predict(threshold_match_probability=0.5)
    out = {}
    for threshold in (0.5, 0.95):
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_probability=threshold)
        out[threshold] = (clusters, time.monotonic() - began)
    return out, connection


def clusters_of(clusters, identifier="unique_id"):
    frame = clusters.as_duckdbpyrelation() if hasattr(clusters, "as_duckdbpyrelation") else clusters
    return {str(record): key for record, key in frame.project(f"{identifier}, cluster_id").fetchall()}


def splink_fake(dataset, rows, truth):
    table = f"select * from read_csv('{dataset.path}', all_varchar = true)"
    out, _ = splink_run(table, FAKE_BLOCKS, splink_comparisons(), [["first_name", "surname"], ["dob"], ["email"]])
    return {threshold: measured(clusters_of(clusters), truth) for threshold, (clusters, _) in out.items()}


def speed(given):
    blocks = {"many": MANY, "few": FEW, "large": LARGE}[given.rules]
    os.makedirs(given.folder, exist_ok=True)
    path = os.path.join(given.folder, f"persons_{given.records}.csv")
    if not os.path.exists(path):
        subprocess.run([sys.executable, os.path.join(HERE, "persons.py"), "--records", str(given.records), "--out", path], check=True)
    match = f"""    block: {blocks}
    compare:
      name: {{ kind: person_name, columns: [first_name, surname] }}
      dob: date
      city: text
      postcode: postcode
      email: email"""
    dataset = Labelled("persons", path, "unique_id", lambda row: row["cluster"],
                       ["first_name", "surname", "dob", "city", "postcode", "email"], match)
    folder = os.path.join(given.folder, "septet")
    shutil.rmtree(folder, ignore_errors=True)
    dataset.declare(folder)
    truth = {row["unique_id"]: row["cluster"] for row in dataset.rows()}
    ours, theirs = [], []
    for turn in range(given.rounds):
        for name in ("septet", "splink") if turn % 2 == 0 else ("splink", "septet"):
            if name == "septet":
                ours.append(septet(given, folder))
                print(f"  septet  {ours[-1]}", flush=True)
            elif not given.no_splink:
                theirs.append(Measured([sys.executable, os.path.abspath(__file__), "--records", str(given.records), "--rules",
                                        given.rules, "--folder", given.folder, "--threads", str(given.threads), "--opponent"]))
                print(f"  splink  {theirs[-1]}", flush=True)
    import json

    with open(os.path.join(folder, "target", "run_results.json"), encoding="utf-8") as file:
        results = json.load(file)
    report = results["matches"][0]
    precision, recall, f1 = measured(entities(folder), truth)
    median = statistics.median(run.wall for run in ours)
    print(f"  {given.records:,} records, {report['likely']['pairs']:,} pairs compared, {report['likely']['pairs'] / median:,.0f} pairs a second "
          f"of the whole run; peak {max(run.memory for run in ours) / 1e6:.0f} MB")
    print(f"  septet  P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}")
    if theirs:
        ratios = [one.wall / other.wall for one, other in zip(ours, theirs)]
        print(f"  splink peak {max(run.memory for run in theirs) / 1e6:.0f} MB; septet / splink: wall {statistics.median(ratios):.2f} "
              f"({'  '.join(f'{ratio:.2f}' for ratio in ratios)})")


def opponent(given):
    import splink.comparison_library as library

    blocks = {"many": MANY, "few": FEW, "large": LARGE}[given.rules]
    comparisons = [
        library.NameComparison("first_name"), library.NameComparison("surname"),
        library.DateOfBirthComparison("dob", input_is_string=True),
        library.LevenshteinAtThresholds("city", [1, 2]).configure(term_frequency_adjustments=True),
        library.LevenshteinAtThresholds("postcode", [1]), library.EmailComparison("email"),
    ]
    path = os.path.join(given.folder, f"persons_{given.records}.csv")
    table = f"select * from read_csv('{path}', all_varchar = true)"
    out, _ = splink_run(table, blocks, comparisons, [["first_name", "surname"], ["dob"], ["email"]], given.threads)
    print({threshold: seconds for threshold, (_, seconds) in out.items()}, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--septet", default=os.path.join(PROJECT, "target", "release", "septet"))
    parser.add_argument("--records", type=int, help="how many, for speed; else accuracy")
    parser.add_argument("--rules", choices=["many", "few", "large"], default="many")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-limit", default="4GB")
    parser.add_argument("--folder", default="/tmp/septet-match")
    parser.add_argument("--shared", default=os.path.join(PROJECT, "..", "shared", "data"))
    parser.add_argument("--no-splink", action="store_true")
    parser.add_argument("--opponent", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.septet = os.path.abspath(given.septet)
    if given.opponent:
        opponent(given)
    elif given.records:
        speed(given)
    else:
        sys.exit(1 if accuracy(given) else 0)


if __name__ == "__main__":
    main()
