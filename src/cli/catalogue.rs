//! The tables of a release, readable in SQL under their published names.

use std::path::Path;

use super::{End, Global};
use crate::diag::Diagnostic;
use crate::engine::{Engine, Limits};
use crate::names::{Layer, TableName};
use crate::project::Project;
use crate::publish::{Commit, Releases};
use crate::run::{self, Class, Error};

pub fn releases(global: &Global, project: &Project) -> Result<Releases, End> {
    let state = run::state_folder(project, global.state.as_ref(), &global.project_dir);
    Releases::open(&project.marts_root, &global.project_dir, &state).map_err(|error| Error::from(error).into())
}

/// A release by number, or the newest.
pub async fn release(releases: &Releases, number: Option<u64>) -> Result<Commit, End> {
    let found = match number {
        Some(number) => releases.get(number).await,
        None => releases.latest().await,
    };
    let found = found.map_err(Error::from)?;
    found.ok_or_else(|| {
        let (sentence, help) = match number {
            Some(number) => {
                (format!("there is no release {number} in {}", releases.display()), "`septet runs` lists the releases")
            }
            None => (format!("nothing is published in {}", releases.display()), "publish with `septet run`"),
        };
        End::Failed(Error::new(Class::Usage, Diagnostic::error("S0152", sentence).help(help)))
    })
}

pub fn engine(global: &Global, project: &Project, commit: &Commit, scratch: &Path) -> Result<Engine, End> {
    let limits = Limits {
        threads: global.threads(),
        memory: usize::try_from(global.memory_limit).unwrap_or(usize::MAX),
        spill: scratch.join("spill"),
    };
    let params = run::params(project, commit.logical_date);
    Engine::new(&limits, &params).map_err(|error| Error::engine(None, &error).into())
}

/// Registers all marts of a release as `marts.<name>`, which is also where bare names are looked up.
pub async fn register(engine: &Engine, releases: &Releases, commit: &Commit, scratch: &Path) -> Result<(), End> {
    for (name, record) in &commit.marts {
        let files: Vec<_> = record.files.iter().collect();
        let partition = record.partition_by.first().map(crate::names::Name::as_str);
        let columns: Vec<_> =
            record.columns.iter().map(|column| (column.name.to_string(), column.column_type)).collect();
        let folder = releases.local_folder(commit, name, &files, scratch).await.map_err(Error::from)?;
        let table = TableName::new(Layer::Marts, name.clone());
        engine
            .register_files(
                table.layer.as_str(),
                table.name.as_str(),
                crate::engine::schema(&columns),
                partition,
                &[format!("{}/", folder.display())],
            )
            .map_err(|error| Error::engine(None, &error))?;
    }
    Ok(())
}
