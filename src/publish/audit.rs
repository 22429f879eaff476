//! The last look before readers get it: every file opened again from where it was put.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::assemble::split;
use super::commit::{ColumnRecord, Commit, FileRecord, MartRecord};
use super::release::release_path;
use super::{Error, Releases};
use crate::column::ColumnType;
use crate::store::Object;

const AT_ONCE: usize = 4;
/// Most footers fit, so one request is enough.
const FOOTER_BYTES: u64 = 64 * 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Files that were read to the last byte.
    pub read: usize,
    pub bytes: u64,
    /// Files of the base release, of which size and presence were compared.
    pub known: usize,
}

impl Releases {
    /// Compares what is stored with what the record says: exactly its files, their sizes, and for every new file each
    /// byte, the footer, the number of rows and the schema.
    pub async fn audit(&self, commit: &Commit, from: Option<&Commit>) -> Result<Audited, Error> {
        let release = commit.release_name();
        let stored: BTreeMap<String, Object> =
            self.stored(&release).await?.into_iter().map(|object| (object.path.clone(), object)).collect();
        let failed =
            |file: &str, reason: String| Error::Audit { release: release.clone(), file: file.to_owned(), reason };
        let mut unexpected = stored.clone();
        for file in commit.files() {
            match unexpected.remove(&file.path) {
                None => return Err(failed(&file.path, "is missing".to_owned())),
                Some(object) if object.size != file.bytes => {
                    let reason = format!("has {} bytes, {} were written", object.size, file.bytes);
                    return Err(failed(&file.path, reason));
                }
                Some(_) => {}
            }
        }
        if let Some(extra) = unexpected.into_keys().next() {
            return Err(failed(&extra, "is not part of it".to_owned()));
        }
        let (known, new) = split(commit, from);
        let read = new.len();
        let new_paths: BTreeSet<&str> = new.iter().map(|file| file.path.as_str()).collect();
        let looks = commit.marts.values().flat_map(|mart| mart.files.iter().map(move |file| (mart, file)));
        let looks: Vec<(&MartRecord, &FileRecord)> =
            looks.filter(|(_, file)| new_paths.contains(file.path.as_str())).collect();
        futures::stream::iter(looks)
            .map(|(mart, file)| {
                let object = stored.get(&file.path).cloned();
                let failed = &failed;
                async move {
                    let Some(mut object) = object else { return Err(failed(&file.path, "is missing".to_owned())) };
                    object.path = format!("{}/{}", release_path(&commit.release_name()), file.path);
                    match self.look(mart, file, &object).await? {
                        Ok(()) => Ok(()),
                        Err(reason) => Err(failed(&file.path, reason)),
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(Audited { read, bytes: new.iter().map(|file| file.bytes).sum(), known: known.len() })
    }

    async fn look(&self, mart: &MartRecord, file: &FileRecord, object: &Object) -> Result<Result<(), String>, Error> {
        let (digest, length) = self.store.digest(object).await?;
        if length != file.bytes {
            return Ok(Err(format!("gives {length} bytes, {} were written", file.bytes)));
        }
        if digest != file.sha256 {
            return Ok(Err("does not read back as it was written".to_owned()));
        }
        let metadata = match self.footer(object).await? {
            Ok(metadata) => metadata,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(agrees(mart, file, &metadata))
    }

    async fn footer(&self, object: &Object) -> Result<Result<ParquetMetaData, String>, Error> {
        let mut wanted = FOOTER_BYTES;
        loop {
            let length = wanted.min(object.size);
            let tail: Bytes = self.store.get_range(&object.path, object.size - length, length).await?;
            let mut reader = ParquetMetaDataReader::new();
            match reader.try_parse_sized(&tail, object.size) {
                Ok(()) => return Ok(reader.finish().map_err(|_| "has a footer that cannot be read".to_owned())),
                Err(ParquetError::NeedMoreData(more)) if more as u64 > length && length < object.size => {
                    wanted = more as u64;
                }
                Err(_) => return Ok(Err("has a footer that cannot be read".to_owned())),
            }
        }
    }
}

fn agrees(mart: &MartRecord, file: &FileRecord, metadata: &ParquetMetaData) -> Result<(), String> {
    let footer = metadata.file_metadata();
    let groups: i64 = metadata.row_groups().iter().map(|group| group.num_rows()).sum();
    let rows = footer.num_rows();
    if u64::try_from(rows) != Ok(file.rows) || groups != rows {
        return Err(format!("has {rows} rows, {} were written", file.rows));
    }
    let schema = parquet_to_arrow_schema(footer.schema_descr(), None).map_err(|_| "has no schema".to_owned())?;
    let found: Vec<(&str, Option<ColumnType>)> =
        schema.fields().iter().map(|field| (field.name().as_str(), ColumnType::of_arrow(field.data_type()))).collect();
    let expected: Vec<(&str, Option<ColumnType>)> = mart
        .columns
        .iter()
        .filter(|column| !mart.partition_by.contains(&column.name))
        .map(|ColumnRecord { name, column_type, .. }| (name.as_str(), Some(*column_type)))
        .collect();
    if found == expected { Ok(()) } else { Err("does not have the columns of its contract".to_owned()) }
}
