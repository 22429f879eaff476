//! Tables with personal data in two forms: real rows for the models of this pipeline, and what the policies publish.

use std::path::Path;

use futures::StreamExt as _;

use super::error::Class;
use super::{Error, Run};
use crate::engine::{self, Checked, key_missing};
use crate::names::{Name, TableName};
use crate::privacy::{Guard, Protected};
use crate::project::{Project, Table};
use crate::publish::{self, Written};
use crate::state::Hasher;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::LogicalPlan;

/// Nothing is read before it is known that what is to be hashed can be.
pub(super) fn require_key(project: &Project, checked: &Checked) -> Result<(), Error> {
    let missing = checked.protection.needs_key() && project.privacy.key.is_none();
    if missing { Err(Error::new(Class::Usage, key_missing(project))) } else { Ok(()) }
}

/// What the published rows depend on beside the real ones. Of the key only what shows that it changed.
pub(super) fn fingerprint(hasher: Hasher, protected: &[Protected], project: &Project) -> Hasher {
    let hasher = hasher.part("protected", format!("{protected:?}"));
    match &project.privacy.key {
        Some(key) => hasher.part("key", key.print()),
        None => hasher,
    }
}

impl Run {
    /// The real rows go to the cache, which only this user can read and no release holds; models and tests read them
    /// there. The release gets what the policies leave; `None` when this run does not publish the table.
    pub(super) async fn write_protected(
        &self,
        table: &TableName,
        contract: &Table,
        plan: LogicalPlan,
        protected: &[Protected],
    ) -> Result<Option<Written>, Error> {
        let slot = self.slot(table);
        self.spool_into(table, plan, &slot).await?;
        self.register_private(table, contract, &slot.path)?;
        if !self.plan.publish.contains(&contract.name) {
            return Ok(None);
        }
        let guard = Guard::new(protected.to_vec(), self.project.privacy.key.clone())
            .ok_or_else(|| Error::new(Class::Usage, key_missing(&self.project)))?;
        let failed = |error| engine::Error::new(format!("{table} could not be published"), error);
        let real = self.engine_ok(self.engine.plan(&format!("select * from {table}")).await.map_err(failed))?;
        let rows = self.sorted_rows(table, contract, real).await?;
        let rows = rows.map(move |batch| Ok::<_, DataFusionError>(guard.rows(&batch?)?));
        let model = self.project.models.get(table);
        let written = publish::write(&self.sink(contract), rows).await;
        Ok(Some(written.map_err(|error| self.blame(model, table, error))?))
    }

    /// A protected table as its models know it, from this run or an earlier one.
    pub(super) fn register_private(&self, table: &TableName, contract: &Table, folder: &Path) -> Result<(), Error> {
        let paths = [format!("{}/", folder.display())];
        let schema = engine::schema(&engine::columns(contract));
        self.engine_ok(self.engine.register_files(table.layer.as_str(), table.name.as_str(), schema, None, &paths))
    }

    /// Snapshots of other days stay as they were published: a policy that changed since has not changed them.
    pub(super) fn warn_of_older_policies(&self, mart: &Name, before: &publish::MartRecord, now: &publish::MartRecord) {
        let day = self.plan.as_of.to_string();
        if !before.files.iter().any(|file| file.partition.as_deref() != Some(&day)) {
            return;
        }
        let policy = |record: &publish::MartRecord, name: &Name| {
            record.columns.iter().find(|column| column.name == *name).and_then(|column| column.policy.clone())
        };
        for column in &now.columns {
            let (old, new) = (policy(before, &column.name), policy(now, &column.name));
            if old != new && before.columns.iter().any(|known| known.name == column.name) {
                let said = |policy: Option<String>| policy.unwrap_or_else(|| "keep".to_owned());
                self.warn(format!(
                    "older snapshots of `{mart}` hold `{}` as `{}` left it, not `{}`: publish them again with `--start` and `--end`, and let `septet gc` remove old releases",
                    column.name,
                    said(old),
                    said(new)
                ));
            }
        }
    }
}
