//! `septet gc`.

use std::time::Duration;

use super::arguments::{GcArguments, Global};
use super::{End, catalogue, load};
use crate::observe::machine;
use crate::publish::Retention;
use crate::run::Error;

pub async fn gc(global: &Global, arguments: &GcArguments) -> Result<End, End> {
    let project = load::project(global, arguments.pipeline.pipeline.as_deref())?;
    let releases = catalogue::releases(global, &project)?;
    let hours = arguments.hours.unwrap_or(project.keep_hours);
    let retention = Retention {
        keep: arguments.keep.unwrap_or(project.keep_releases),
        min_age: Duration::from_secs(hours.saturating_mul(3600)),
        ..Retention::default()
    };
    let now = machine::now();
    let cleaned = if arguments.dry_run {
        releases.garbage(&retention, now).await.map_err(Error::from)?
    } else {
        let run_id = format!("gc-{}-{}", now.format("%Y%m%dT%H%M%S%3f"), std::process::id());
        let lock = releases.lock(&run_id, now).await.map_err(Error::from)?;
        let cleaned = releases.gc(&lock, &retention, now).await.map_err(Error::from)?;
        lock.release().await.map_err(Error::from)?;
        cleaned
    };
    let verb = if arguments.dry_run { "would remove" } else { "removed" };
    let numbers: Vec<String> = cleaned.releases.iter().map(ToString::to_string).collect();
    eprintln!(
        "{verb} {} releases{}, {} orphans, {} folders of dead runs",
        numbers.len(),
        if numbers.is_empty() { String::new() } else { format!(" ({})", numbers.join(", ")) },
        cleaned.orphans.len(),
        cleaned.work.len()
    );
    Ok(End::Done)
}
