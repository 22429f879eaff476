//! From built tables to a release: the engine's own mart is filled, one commit is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};

use super::build::Built;
use super::plan::{ETL_STATUS, is_snapshot};
use super::report::{Outcome as TestOutcome, RunReport, Status, TableReport, TableStatus};
use super::{Error, Event, Options, Run};
use crate::engine;
use crate::names::{Layer, Name, TableName};
use crate::privacy::Protected;
use crate::publish::{self, ColumnRecord, Commit, FORMAT, FileRecord, Kind, Lock, MartRecord, Outcome};
use crate::state::Hasher;

impl Run {
    pub(super) async fn publish(
        &self,
        lock: &Lock,
        options: &Options,
        built: Vec<Built>,
        report: &mut RunReport,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let number = self.base.as_ref().map_or(1, |base| base.number + 1);
        let mut marts = self.records(number, &built);
        self.fill_etl_status(number, &mut marts, report).await?;
        let commit = self.commit(number, options, marts);
        let tests = report.tables.iter().map(|table| table.tests.len()).sum();
        let base = self.base.as_ref();
        let assembled = self.releases.assemble(lock, &commit, base, &self.out).await?;
        self.releases.audit(&commit, base).await?;
        (self.observer)(Event::Audited {
            tests,
            grains: built.len(),
            files: assembled.new_files,
            took: began.elapsed(),
        });
        match self.releases.commit(lock, &commit).await? {
            Outcome::Won => {}
            Outcome::Lost => return Err(publish::Error::Lost { number }.into()),
        }
        // From here on the release exists: should pointing to it fail, the next run's recovery does it.
        self.releases.point(lock, &commit).await?;
        let served = self.releases.display();
        (self.observer)(Event::Published {
            release: number,
            served: &served,
            marts: commit.marts.len(),
            files: commit.files().count(),
            bytes: commit.bytes(),
        });
        report.tables.extend(self.carried(&commit, &report.tables));
        report.status = Status::Published;
        report.release = Some(number);
        report.served = Some(served);
        self.clean(lock, options, &commit).await;
        Ok(())
    }

    /// What the new release holds: tables built now, and the base's where nothing changed.
    fn records(&self, number: u64, built: &[Built]) -> BTreeMap<Name, MartRecord> {
        let mut marts: BTreeMap<Name, MartRecord> = BTreeMap::new();
        // A mart that left the project leaves the release; one that only was not selected stays.
        let published: BTreeSet<Name> = super::plan::published(&self.project, &self.plan.skipped)
            .into_iter()
            .map(|(_, table)| table.name.clone())
            .collect();
        for (name, record) in
            self.base.iter().flat_map(|base| &base.marts).filter(|(name, _)| published.contains(*name))
        {
            marts.insert(name.clone(), record.clone());
        }
        for table in built {
            if table.report.status == TableStatus::Carried {
                self.renew(&mut marts, &table.table);
            }
            let Some(written) = &table.written else { continue };
            let contract = match table.table.layer {
                Layer::Core => self.project.core.get(&table.table.name).map(|core| &core.table),
                _ => self.project.marts.get(&table.table.name).map(|mart| &mart.table),
            };
            let Some(contract) = contract.filter(|contract| self.plan.publish.contains(&contract.name)) else {
                continue;
            };
            let print = self.plan.fingerprints.get(&table.table).map(ToString::to_string).unwrap_or_default();
            let before = marts.remove(&contract.name);
            let protected = self.checked.protection.of(&table.table).map(Vec::as_slice).unwrap_or_default();
            let passed = |wanted| table.report.tests.iter().filter(|test| test.outcome == wanted).count() as u64;
            let mut record = MartRecord {
                fingerprint: print.clone(),
                snapshots: BTreeMap::new(),
                built_in: number,
                columns: columns_of(contract, protected),
                grain: contract.grain.clone(),
                partition_by: contract.partition_by.iter().cloned().collect(),
                rows: 0,
                tests_passed: passed(TestOutcome::Pass),
                tests_warned: passed(TestOutcome::Warn),
                files: unchanged_from(before.as_ref(), &written.files),
            };
            if table.table.layer == Layer::Marts && is_snapshot(&self.project, &table.table.name) {
                let day = self.plan.as_of.to_string();
                if let Some(before) = before {
                    self.warn_of_older_policies(&contract.name, &before, &record);
                    record.snapshots = before.snapshots;
                    record
                        .files
                        .extend(before.files.into_iter().filter(|file| file.partition.as_deref() != Some(&day)));
                    if self.plan.backdated {
                        record.fingerprint = before.fingerprint;
                    }
                }
                record.snapshots.insert(day, print);
                record.files.sort();
            }
            record.rows = record.files.iter().map(|file| file.rows).sum();
            marts.insert(contract.name.clone(), record);
        }
        marts
    }

    /// A table whose rows are what they were is from now on what today's inputs give.
    fn renew(&self, marts: &mut BTreeMap<Name, MartRecord>, table: &TableName) {
        let record = super::plan::published_name(&self.project, table).and_then(|name| marts.get_mut(&name));
        if let (Some(record), Some(print)) = (record, self.plan.fingerprints.get(table)) {
            record.fingerprint = print.to_string();
        }
    }

    /// `etl_status`: one row per mart, itself included.
    async fn fill_etl_status(
        &self,
        number: u64,
        marts: &mut BTreeMap<Name, MartRecord>,
        report: &mut RunReport,
    ) -> Result<(), Error> {
        let Some(mart) = self.project.marts.get(ETL_STATUS).filter(|mart| mart.engine) else { return Ok(()) };
        let contract = &mart.table;
        let began = Instant::now();
        let mut lines: BTreeMap<String, [u64; 4]> = marts
            .iter()
            .map(|(name, record)| {
                (name.to_string(), [record.built_in, record.rows, record.tests_passed, record.tests_warned])
            })
            .collect();
        lines.remove(ETL_STATUS);
        let count = lines.len() as u64 + 1;
        lines.insert(ETL_STATUS.to_owned(), [number, count, 1, 0]);
        let days: Vec<Option<i32>> =
            lines.keys().map(|name| Some(as_of_days(self.day_of(name, number, marts)))).collect();
        let whole = |of: usize| -> ArrayRef {
            Arc::new(
                lines
                    .values()
                    .map(|line| i64::try_from(line.get(of).copied().unwrap_or(0)).unwrap_or(i64::MAX))
                    .collect::<Int64Array>(),
            )
        };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("mart", Arc::new(lines.keys().map(|name| Some(name.as_str())).collect::<StringArray>())),
            ("release", whole(0)),
            ("as_of", Arc::new(days.into_iter().collect::<Date32Array>())),
            ("rows", whole(1)),
            ("tests_passed", whole(2)),
            ("tests_warned", whole(3)),
        ];
        let schema = Schema::new(
            columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect::<Vec<_>>(),
        );
        let rows = RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect())
            .map_err(|error| Error::engine(None, &engine::Error::new(ETL_STATUS, error.into())))?;
        let written = publish::write(&self.sink(contract), futures::stream::iter([Ok(rows)])).await?;
        let bytes = written.files.iter().map(|file| file.bytes).sum();
        report.tables.push(TableReport {
            name: ETL_STATUS.to_owned(),
            layer: Layer::Marts.as_str(),
            status: TableStatus::Built,
            rows: written.rows,
            partitions: 1,
            partitions_built: 1,
            files: written.files.len(),
            bytes,
            because: "every release".to_owned(),
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            tests: Vec::new(),
        });
        marts.insert(
            contract.name.clone(),
            MartRecord {
                fingerprint: Hasher::new(ETL_STATUS).finish().to_string(),
                snapshots: BTreeMap::new(),
                built_in: number,
                columns: columns_of(contract, &[]),
                grain: contract.grain.clone(),
                partition_by: Vec::new(),
                rows: written.rows,
                tests_passed: 1,
                tests_warned: 0,
                files: written.files,
            },
        );
        Ok(())
    }

    /// The day whose data a mart shows: its newest snapshot; else the newest logical date, unless it was left as it was
    /// although its inputs changed (`--select`).
    fn day_of(&self, name: &str, number: u64, marts: &BTreeMap<Name, MartRecord>) -> chrono::NaiveDate {
        let base = self.base.as_ref().map(|base| base.latest_as_of);
        let newest = base.map_or(self.plan.as_of, |base| base.max(self.plan.as_of));
        let Some(record) = marts.get(name) else { return newest };
        if let Some(day) = record.snapshots.keys().next_back().and_then(|day| day.parse().ok()) {
            return day;
        }
        let prints = &self.plan.fingerprints;
        let same = prints.values().any(|print| print.as_str() == record.fingerprint);
        if record.built_in == number || same { newest } else { base.unwrap_or(newest) }
    }

    fn commit(&self, number: u64, options: &Options, marts: BTreeMap<Name, MartRecord>) -> Commit {
        let latest = self.base.as_ref().map_or(self.plan.as_of, |base| base.latest_as_of.max(self.plan.as_of));
        let mut code = Hasher::new("code");
        for (table, print) in &self.plan.fingerprints {
            code = code.part(&table.to_string(), print.as_str());
        }
        Commit {
            format: FORMAT,
            number,
            base: self.base.as_ref().map(|base| base.number),
            kind: Kind::Run,
            pipeline: self.project.name.to_string(),
            run_id: self.run_id.clone(),
            logical_date: self.plan.as_of,
            latest_as_of: latest,
            created_at: options.started_at,
            engine: concat!("septet ", env!("CARGO_PKG_VERSION")).to_owned(),
            code: code.finish().to_string(),
            inputs: self.plan.inputs.values().flat_map(|inputs| inputs.records.clone()).collect(),
            marts,
        }
    }

    fn carried(&self, commit: &Commit, tables: &[TableReport]) -> Vec<TableReport> {
        let reported: BTreeSet<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let others = commit.marts.iter().filter(|(name, _)| !reported.contains(name.as_str()));
        others.map(|(name, record)| carried_report(name, record)).collect()
    }

    /// Old releases, orphans and unused cache entries go. A failure here is worth a warning, not a release.
    async fn clean(&self, lock: &Lock, options: &Options, commit: &Commit) {
        let retention = publish::Retention {
            keep: self.project.keep_releases,
            min_age: std::time::Duration::from_secs(self.project.keep_hours.saturating_mul(3600)),
            ..publish::Retention::default()
        };
        if let Err(error) = self.releases.gc(lock, &retention, options.started_at).await {
            self.warn(format!("clean-up after the release: {error}"));
        }
        let inputs = self.remember_inputs(commit).unwrap_or_else(|error| {
            self.warn(format!("what tables were made from could not be kept: {error}"));
            BTreeSet::new()
        });
        let slots = self
            .plan
            .fingerprints
            .keys()
            .filter(|table| {
                let kept = matches!(table.layer, Layer::Raw | Layer::Match | Layer::Work);
                kept || self.checked.protection.of(table).is_some()
            })
            .map(|table| self.slot(table).path)
            .chain(self.project.sources.values().flat_map(|source| self.file_slots(source)).map(|slot| slot.path))
            .chain(inputs)
            .collect();
        if let Err(error) = self.cache.keep_only(&slots) {
            self.warn(format!("clean-up of the cache: {error}"));
        }
    }
}

/// A table that is in the new release as it is in the one before.
pub(super) fn carried_report(name: &Name, record: &MartRecord) -> TableReport {
    TableReport {
        name: name.to_string(),
        layer: Layer::Marts.as_str(),
        status: TableStatus::Carried,
        rows: record.rows,
        partitions: record.files.iter().map(|file| &file.partition).collect::<BTreeSet<_>>().len(),
        partitions_built: 0,
        files: record.files.len(),
        bytes: record.files.iter().map(|file: &FileRecord| file.bytes).sum(),
        because: format!("unchanged since release {}", record.built_in),
        elapsed_ms: 0,
        tests: Vec::new(),
    }
}

/// Files that hold what a file of the base release holds are that file: it is carried, not published again.
fn unchanged_from(before: Option<&MartRecord>, files: &[FileRecord]) -> Vec<FileRecord> {
    let same = |file: &FileRecord| {
        let mut known = before.into_iter().flat_map(|before| &before.files);
        known.find(|old| old.partition == file.partition && old.sha256 == file.sha256).cloned()
    };
    files.iter().map(|file| same(file).unwrap_or_else(|| file.clone())).collect()
}

fn as_of_days(day: chrono::NaiveDate) -> i32 {
    let epoch = chrono::NaiveDate::default();
    i32::try_from(day.signed_duration_since(epoch).num_days()).unwrap_or(i32::MAX)
}

fn columns_of(contract: &crate::project::Table, protected: &[Protected]) -> Vec<ColumnRecord> {
    let policy = |name: &Name| protected.iter().find(|column| column.column == *name).map(|column| column.policy);
    let record = |column: &crate::project::Column| ColumnRecord {
        name: column.name.clone(),
        column_type: column.kind,
        policy: policy(&column.name).map(|policy| policy.to_string()),
    };
    contract.columns.iter().map(record).collect()
}
