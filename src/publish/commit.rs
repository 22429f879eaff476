//! The commit record: what a release is, to the byte.
//!
//! A release exists from the moment its record does. Everything else (the served path, pointers, listings) can be made
//! again from it. It is written once, read by programs, and checked when read: it names paths.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::column::ColumnType;
use crate::names::Name;

/// The version of this format. A record of a later one is refused, not guessed at.
pub const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    pub format: u32,
    pub number: u64,
    /// The release that unchanged files came from.
    pub base: Option<u64>,
    #[serde(with = "kind")]
    pub kind: Kind,
    pub pipeline: String,
    pub run_id: String,
    #[serde(with = "date")]
    pub logical_date: NaiveDate,
    /// The newest logical date of all releases up to this one.
    #[serde(with = "date")]
    pub latest_as_of: NaiveDate,
    #[serde(with = "instant")]
    pub created_at: DateTime<Utc>,
    /// The version of septet that wrote it.
    pub engine: String,
    /// Fingerprint of everything people wrote: project files and SQL.
    pub code: String,
    pub inputs: Vec<Input>,
    #[serde(with = "marts")]
    pub marts: BTreeMap<Name, MartRecord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Run,
    Rollback { of: u64 },
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub source: String,
    pub path: String,
    pub size: u64,
    pub etag: Option<String>,
    pub sha256: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MartRecord {
    /// Of all that its rows depend on.
    pub fingerprint: String,
    /// Of each snapshot, by day, where the table is kept by day.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub snapshots: BTreeMap<String, String>,
    /// The release whose run computed it.
    pub built_in: u64,
    pub columns: Vec<ColumnRecord>,
    #[serde(with = "names")]
    pub grain: Vec<Name>,
    #[serde(with = "names")]
    pub partition_by: Vec<Name>,
    pub rows: u64,
    pub tests_passed: u64,
    pub tests_warned: u64,
    pub files: Vec<FileRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRecord {
    #[serde(with = "name")]
    pub name: Name,
    #[serde(rename = "type", with = "column_type")]
    pub column_type: ColumnType,
    /// What was done to personal data in it; absent where values are as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Below the folder of the release: `fct_sale/month=2024-01/part-….parquet`.
    pub path: String,
    /// The partition's value as the folder's name has it: `2024-01`.
    pub partition: Option<String>,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

impl Commit {
    /// The name of the release's folder. The run id keeps two runs that want the same number apart.
    pub fn release_name(&self) -> String {
        release_name(self.number, &self.run_id)
    }

    pub fn files(&self) -> impl Iterator<Item = &FileRecord> {
        self.marts.values().flat_map(|mart| &mart.files)
    }

    pub fn rows(&self) -> u64 {
        self.marts.values().map(|mart| mart.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.files().map(|file| file.bytes).sum()
    }

    /// The same record gives the same bytes.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, Error> {
        let mut sorted = self.clone();
        sorted.inputs.sort();
        for mart in sorted.marts.values_mut() {
            mart.files.sort();
        }
        let mut json = serde_json::to_vec(&sorted)
            .map_err(|e| Error::Damaged { place: format!("record {}", self.number), reason: e.to_string() })?;
        json.push(b'\n');
        Ok(json)
    }

    /// Reads a record and refuses one whose paths or sums do not hold together.
    pub(super) fn from_json(place: &str, number: u64, bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |reason: String| Error::Damaged { place: place.to_owned(), reason };
        let format = Header::read(place, bytes)?.format;
        if format != FORMAT {
            return Err(damaged(format!("it has format {format}, this program knows {FORMAT}")));
        }
        let commit: Self = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
        if commit.number != number {
            return Err(damaged(format!("it says it is release {}", commit.number)));
        }
        commit.check().map_err(damaged)?;
        Ok(commit)
    }

    /// What must hold of any record, read or about to be written.
    pub(super) fn check(&self) -> Result<(), String> {
        check_run_id(&self.run_id).map_err(|e| e.to_string())?;
        for (name, mart) in &self.marts {
            if mart.rows != mart.files.iter().map(|file| file.rows).sum::<u64>() {
                return Err(format!("the rows of `{name}` are not the sum of its files' rows"));
            }
            for file in &mart.files {
                check_path(name, mart, file).map_err(|reason| format!("a file of `{name}` {reason}"))?;
            }
        }
        Ok(())
    }
}

/// What can be read of a record of any format so far.
#[derive(Deserialize)]
pub(super) struct Header {
    pub format: u32,
    pub run_id: String,
}

impl Header {
    pub fn read(place: &str, bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes).map_err(|e| Error::Damaged {
            place: place.to_owned(),
            reason: format!("it is not a commit record (line {}, column {})", e.line(), e.column()),
        })
    }
}

pub(super) fn release_name(number: u64, run_id: &str) -> String {
    format!("{number:08}-{run_id}")
}

/// `00000042-<run>` → 42 and the run.
pub(super) fn parse_release_name(name: &str) -> Option<(u64, &str)> {
    let (number, run_id) = name.split_once('-')?;
    let number: u64 = number.parse().ok()?;
    (release_name(number, run_id) == name).then_some((number, run_id))
}

/// Run ids become parts of file names and URLs.
pub fn check_run_id(id: &str) -> Result<(), Error> {
    let fits = !id.is_empty() && id.len() <= 100 && !id.starts_with(['.', '-']) && is_plain(id);
    if fits { Ok(()) } else { Err(Error::RunId(id.to_owned())) }
}

/// Characters that mean the same in a path, a URL and a glob.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn check_path(name: &Name, mart: &MartRecord, file: &FileRecord) -> Result<(), &'static str> {
    let mut parts: Vec<&str> = file.path.split('/').collect();
    let file_name = parts.pop().unwrap_or_default();
    if !is_plain(file_name) || file_name.starts_with('.') || !file_name.ends_with(".parquet") {
        return Err("has a name that readers would not take for data");
    }
    let expected = match (mart.partition_by.as_slice(), &file.partition) {
        ([], None) => vec![name.to_string()],
        ([column], Some(value)) if is_plain(value) && !value.is_empty() => {
            vec![name.to_string(), format!("{column}={value}")]
        }
        _ => return Err("is not in a partition that its table has"),
    };
    if parts == expected { Ok(()) } else { Err("lies outside its table") }
}

mod kind {
    use super::{Deserialize, Kind};
    use serde::{Deserializer, Serialize, Serializer};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        name: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        of: Option<u64>,
    }

    pub fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, of) = match kind {
            Kind::Run => ("run", None),
            Kind::Rollback { of } => ("rollback", Some(*of)),
        };
        Written { name: name.to_owned(), of }.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let written = Written::deserialize(deserializer)?;
        match (written.name.as_str(), written.of) {
            ("run", None) => Ok(Kind::Run),
            ("rollback", Some(of)) => Ok(Kind::Rollback { of }),
            _ => Err(serde::de::Error::custom("the kind of release is not known")),
        }
    }
}

mod date {
    use super::{Deserialize, NaiveDate};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(date: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

mod instant {
    use super::{DateTime, Deserialize, SecondsFormat, Utc};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::Millis, true))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(|t| t.with_timezone(&Utc)).map_err(serde::de::Error::custom)
    }
}

mod name {
    use super::{Deserialize, Name};
    use serde::{Deserializer, Serialize as _, Serializer};

    pub fn serialize<S: Serializer>(name: &Name, serializer: S) -> Result<S::Ok, S::Error> {
        name.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        Name::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

mod names {
    use super::{Deserialize, Name};
    use serde::{Deserializer, Serialize as _, Serializer};

    pub fn serialize<S: Serializer>(names: &[Name], serializer: S) -> Result<S::Ok, S::Error> {
        names.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Name>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| Name::new(text).map_err(serde::de::Error::custom)).collect()
    }
}

mod column_type {
    use super::{ColumnType, Deserialize};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(column_type: &ColumnType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(column_type)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ColumnType, D::Error> {
        let text = String::deserialize(deserializer)?;
        ColumnType::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a type")))
    }
}

mod marts {
    use super::{BTreeMap, Deserialize, MartRecord, Name};
    use serde::{Deserializer, Serialize as _, Serializer};

    pub fn serialize<S: Serializer>(marts: &BTreeMap<Name, MartRecord>, serializer: S) -> Result<S::Ok, S::Error> {
        marts.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Name, MartRecord>, D::Error> {
        let written = BTreeMap::<String, MartRecord>::deserialize(deserializer)?;
        written
            .into_iter()
            .map(|(name, mart)| Name::new(&name).map(|name| (name, mart)).map_err(serde::de::Error::custom))
            .collect()
    }
}
