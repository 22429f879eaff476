//! Files that nobody has seen yet are typed before the plan is made: reading sums them on the way, and summing them
//! first would be a second reading.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::inputs::SourceInputs;
use super::plan::Plan;
use super::reading::{Job, changed, description, draft_all, file_slot, keep, watched};
use super::{Error, Event, Ground, Observer, Options};
use crate::engine::Checked;
use crate::ingest;
use crate::names::{Layer, Name, TableName};
use crate::project::{Project, Source};
use crate::state::Slot;

/// What was read before the plan was made.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// How many files of each source.
    pub files: BTreeMap<Name, usize>,
    pub took: Duration,
}

impl Ground {
    /// The plan, with every file known by what is in it.
    pub(super) async fn settle(
        &mut self,
        options: &Options,
        checked: &Checked,
        shown: Option<&TableName>,
        observer: &Arc<Observer>,
        cancelled: &Arc<AtomicBool>,
    ) -> Result<(Plan, Ahead), Error> {
        let plan = self.plan(options, checked, shown);
        if !self.raw.is_local() || self.inputs.values().all(|inputs| inputs.unsummed().next().is_none()) {
            return Ok((plan, Ahead::default()));
        }
        let project = Arc::clone(&self.project);
        let ahead = self.read_ahead(&project, &plan, options, observer, cancelled).await?;
        // What this run does not read is known by its content all the same.
        for (name, inputs) in &mut self.inputs {
            let Some(source) = project.sources.get(name) else { continue };
            for at in inputs.unsummed().collect::<Vec<_>>() {
                if let Some(object) = inputs.objects.get(at) {
                    let (sha256, _) = self.raw.digest(object).await?;
                    inputs.sum(source, at, sha256);
                }
            }
        }
        Ok((self.plan(options, checked, shown), ahead))
    }

    async fn read_ahead(
        &mut self,
        project: &Project,
        plan: &Plan,
        options: &Options,
        observer: &Arc<Observer>,
        cancelled: &Arc<AtomicBool>,
    ) -> Result<Ahead, Error> {
        let began = Instant::now();
        let (mut jobs, mut places, mut files) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (name, inputs) in &self.inputs {
            let Some(source) = project.sources.get(name) else { continue };
            if !plan.reads(project, &TableName::new(Layer::Raw, name.clone())) {
                continue;
            }
            let shared = Arc::new(source.clone());
            for at in inputs.unsummed() {
                let Some(job) = self.job(&shared, inputs, at, options) else { continue };
                jobs.push(job);
                places.push((name.clone(), at));
                *files.entry(name.clone()).or_insert(0) += 1;
            }
        }
        let bytes = jobs.iter().map(|(_, _, input, _)| input.size).sum();
        observer(Event::Ingesting { sources: files.len(), files: jobs.len(), bytes });
        let (threads, cancelled) = (options.threads, Arc::clone(cancelled));
        let (jobs, results) = watched(&**observer, bytes, move |progress| {
            let results = draft_all(&jobs, threads, progress, &cancelled)?;
            Ok((jobs, results))
        })
        .await?;
        for (((source, draft, input, _), ingested), (name, at)) in jobs.iter().zip(&results).zip(&places) {
            let Some(inputs) = self.inputs.get_mut(name) else { continue };
            let now = self.raw.head(&input.path).await?.and_then(|object| object.etag);
            if now.is_none() || now != inputs.objects.get(*at).and_then(|object| object.etag.clone()) {
                return Err(changed(&input.path));
            }
            let Some(sha256) = ingested.ledger.first().map(|file| file.sha256.clone()) else { continue };
            inputs.sum(source, *at, sha256);
            if let Some(record) = inputs.records.get(*at) {
                let slot = file_slot(&self.cache, source, &description(source), record, &options.run_id);
                keep(&Slot { draft: draft.draft.clone(), ..slot }, ingested)?;
            }
        }
        Ok(Ahead { files, took: began.elapsed() })
    }

    fn job(&self, source: &Arc<Source>, inputs: &SourceInputs, at: usize, options: &Options) -> Option<Job> {
        let object = inputs.objects.get(at)?;
        let slot = file_slot(&self.cache, source, &description(source), inputs.records.get(at)?, &options.run_id);
        let input =
            ingest::Input { path: object.path.clone(), local: self.raw.local_path(&object.path)?, size: object.size };
        Some((Arc::clone(source), slot, input, None))
    }
}
