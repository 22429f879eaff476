//! `kill -9` at any moment: readers see one whole release or another, and the next run goes on by itself.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Decimal128Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::door::{Ran, Test, files_below};

const KILLS: u32 = 52;
/// Some runs end before they are killed.
const ATTEMPTS: u32 = 200;
/// A year of partitions, so that there is much to mix up.
const MONTHS: u32 = 12;

/// Every month of version `n` says so: a mixture of two versions has a sum that no version has.
fn write_version(test: &Test, n: u32) {
    for month in 1..=MONTHS {
        let line = format!(
            "order_id,line_no,customer_id,ordered_on,amount\no{month},1,c1,2025-{month:02}-05,{}.00\n",
            weight(month) * u64::from(n)
        );
        test.write(&format!("raw/orders-2025-{month:02}.csv"), line);
    }
}

/// Different digits for different months.
fn weight(month: u32) -> u64 {
    1 << month
}

fn total(n: u32) -> i128 {
    (1..=MONTHS).map(|month| i128::from(weight(month)) * i128::from(n) * 100).sum()
}

/// What one look at the served mart gave.
enum Seen {
    Total(i128),
    /// A file that was listed is no longer there: the reader is told and asks again.
    Loud,
}

/// Lists below `current` and reads what it listed, path by path, as a reader that globs does.
fn look(current: &Path) -> Result<Seen, String> {
    let loud = |error: &std::io::Error| error.kind() == ErrorKind::NotFound;
    let mart = current.join("monthly_sales");
    let mut files = Vec::new();
    let folders = match fs::read_dir(&mart) {
        Ok(folders) => folders,
        Err(error) if loud(&error) => return Ok(Seen::Loud),
        Err(error) => return Err(error.to_string()),
    };
    for folder in folders {
        let folder = folder.map_err(|error| error.to_string())?.file_name();
        // A path below `current`, not the one it leads to at this moment.
        match fs::read_dir(mart.join(&folder)) {
            Ok(entries) => {
                for entry in entries {
                    files.push(mart.join(&folder).join(entry.map_err(|error| error.to_string())?.file_name()));
                }
            }
            Err(error) if loud(&error) => return Ok(Seen::Loud),
            Err(error) => return Err(error.to_string()),
        }
    }
    let mut sum = 0;
    for path in &files {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if loud(&error) => return Ok(Seen::Loud),
            Err(error) => return Err(error.to_string()),
        };
        let broken = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
        for batch in reader.map_err(|error| broken(&error))? {
            let batch = batch.map_err(|error| broken(&error))?;
            let amounts = batch.column_by_name("net_sales").ok_or_else(|| broken(&"no net_sales"))?;
            sum += amounts.as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>();
        }
    }
    Ok(Seen::Total(sum))
}

struct Reader {
    stop: Arc<AtomicBool>,
    whole: Arc<AtomicU64>,
    loud: Arc<AtomicU64>,
    wrong: Arc<Mutex<Vec<String>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Reader {
    fn start(test: &Test, allowed: BTreeSet<i128>) -> Self {
        let (stop, whole, loud, wrong) = (
            Arc::<AtomicBool>::default(),
            Arc::<AtomicU64>::default(),
            Arc::<AtomicU64>::default(),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let current = test.path("marts/current");
        let thread = {
            let (stop, whole, loud, wrong) =
                (Arc::clone(&stop), Arc::clone(&whole), Arc::clone(&loud), Arc::clone(&wrong));
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    match look(&current) {
                        Ok(Seen::Total(total)) if allowed.contains(&total) => {
                            whole.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(Seen::Total(total)) => {
                            wrong.lock().expect("unpoisoned").push(format!("a sum of {total}, which no release has"))
                        }
                        Ok(Seen::Loud) => {
                            loud.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => wrong.lock().expect("unpoisoned").push(error),
                    }
                    // Leaves the processors to the run that is to be killed.
                    std::thread::sleep(Duration::from_millis(1));
                }
            })
        };
        Self { stop, whole, loud, wrong, thread }
    }

    fn end(self) -> (u64, u64, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the reader ends");
        let wrong = std::mem::take(&mut *self.wrong.lock().expect("unpoisoned"));
        (self.whole.load(Ordering::Relaxed), self.loud.load(Ordering::Relaxed), wrong)
    }
}

#[test]
fn killed_at_any_moment_readers_see_one_whole_release() {
    let test = Test::tiny();
    test.remove("raw/orders-2026-01.csv").remove("raw/orders-2026-02.csv");
    test.edit("pipelines/shop.yaml", "vars:\n", "retention: { releases: 3, hours: 0 }\nvars:\n");
    write_version(&test, 1);
    test.ok(&["run"]);
    write_version(&test, 2);
    let began = Instant::now();
    test.ok(&["run"]);
    let mut whole_run = began.elapsed();

    let reader = Reader::start(&test, (1..ATTEMPTS + 3).map(total).collect());
    let (mut killed, mut left_something, mut already_committed) = (0, 0, 0);
    for kill in 0..ATTEMPTS {
        if killed >= KILLS {
            break;
        }
        let version = kill + 3;
        write_version(&test, version);
        // More of them where files are written, committed and pointed to than where models are checked.
        let share = f64::from(killed) / f64::from(KILLS);
        let delay = whole_run.mul_f64(share.sqrt());
        let mut child = test.spawn(&["run"]);
        std::thread::sleep(delay);
        child.kill().expect("it can be killed");
        let ran = Ran::of(child.wait_with_output().expect("it ends"));
        if ran.code == 0 {
            // It ended before the signal came. The machine has become faster than it was: a run now takes less than it did.
            whole_run = whole_run.mul_f64(0.9);
        } else {
            killed += 1;
            assert_eq!(ran.code, 137, "{}", ran.stderr);
        }
        let work = test.path("marts.store/work");
        left_something += u32::from(work.exists() && !files_below(&work).is_empty());
        match look(&test.path("marts/current")) {
            Ok(Seen::Total(seen)) => {
                assert!(seen == total(version) || seen == total(version - 1), "kill {kill}: {seen}")
            }
            Ok(Seen::Loud) => panic!("kill {kill}: readers find nothing"),
            Err(error) => panic!("kill {kill}: {error}"),
        }
        let next = test.ok(&["run"]);
        already_committed += u32::from(next.stderr.contains("nothing to do"));
        match look(&test.path("marts/current")) {
            Ok(Seen::Total(seen)) => {
                assert_eq!(seen, total(version), "kill {kill}: the next run publishes\n{}", next.stderr)
            }
            _ => panic!("kill {kill}: readers find nothing after the next run\n{}", next.stderr),
        }
        // A run that finds the release of the killed one has nothing to publish, and leaves its work to the next.
        if !next.stderr.contains("nothing to do") {
            let left = if work.exists() { files_below(&work) } else { Vec::new() };
            assert!(left.is_empty(), "kill {kill}: the next run clears up {left:?}");
        }
        let releases = fs::read_dir(test.path("marts.store/releases")).expect("releases").count();
        assert!(releases <= 4, "kill {kill}: {releases} releases are kept");
    }
    let (whole, loud, wrong) = reader.end();
    println!(
        "{killed} kills over {whole_run:?}: {left_something} left work behind, {already_committed} came after the commit; {whole} whole reads, {loud} loud, {} wrong",
        wrong.len()
    );
    assert_eq!(wrong, Vec::<String>::new(), "of {whole} reads");
    assert!(whole > 100, "{whole} reads prove little");
    assert!(killed >= KILLS && left_something > 5, "{killed} kills, of which {left_something} left something behind");
}
