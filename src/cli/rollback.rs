//! `septet rollback N`.

use super::arguments::{Global, RollbackArguments};
use super::{End, catalogue, load};
use crate::observe::machine;
use crate::run::Error;

pub async fn rollback(global: &Global, arguments: &RollbackArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.as_deref())?;
    let releases = catalogue::releases(global, &project)?;
    let now = machine::now();
    let run_id =
        global.run_id.clone().unwrap_or_else(|| format!("{}-{}", now.format("%Y%m%dT%H%M%S%3f"), std::process::id()));
    let lock = releases.lock(&run_id, now).await.map_err(Error::from)?;
    releases.recover(&lock).await.map_err(Error::from)?;
    let commit = releases.rollback(&lock, arguments.to, &run_id, now).await.map_err(Error::from)?;
    lock.release().await.map_err(Error::from)?;
    eprintln!(
        "release {} has the content of release {} (as of {}) → {}",
        commit.number,
        arguments.to,
        commit.logical_date,
        releases.display()
    );
    Ok(End::Done)
}
