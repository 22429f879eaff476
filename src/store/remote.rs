//! A location in an object store.

use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
    WriteMultipart,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;

use super::cloud::Versions;
use super::{Created, Error, Object, Swapped};
use crate::location::{Bucket, Cloud};

/// One request carries at most this much: small enough to be sent again after a broken connection and to be done
/// within the time limit of a request, large enough for throughput.
const PART: u64 = 16 * 1024 * 1024;
const UPLOADS_AT_ONCE: usize = 4;

/// Downloads come in smaller parts, because many objects are downloaded at once.
const READ: u64 = 8 * 1024 * 1024;
const READS_AT_ONCE: usize = 4;
/// 128 MiB in memory at most, whatever the number of objects.
const PARTS: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct Remote {
    store: Arc<dyn ObjectStore>,
    versions: Versions,
    azure: bool,
    prefix: String,
    /// `s3://bucket/prefix`, for messages.
    shown: String,
    /// One for each part of a download that may be in memory, of all objects together.
    parts: Arc<Semaphore>,
}

impl Remote {
    pub fn open(bucket: &Bucket) -> Result<Self, Error> {
        let (store, versions) = super::cloud::open(bucket)?;
        Ok(Self {
            store,
            versions,
            azure: matches!(bucket.cloud, Cloud::Azure { .. }),
            prefix: bucket.prefix.clone(),
            shown: bucket.to_string(),
            parts: Arc::new(Semaphore::new(PARTS)),
        })
    }

    pub fn shown(&self) -> &str {
        &self.shown
    }

    pub fn place(&self, path: &str) -> String {
        if path.is_empty() { self.shown.clone() } else { format!("{}/{path}", self.shown) }
    }

    fn key(&self, path: &str) -> Result<Path, Error> {
        let joined = match (self.prefix.is_empty(), path.is_empty()) {
            (true, _) => path.to_owned(),
            (false, true) => self.prefix.clone(),
            (false, false) => format!("{}/{path}", self.prefix),
        };
        Path::parse(&joined)
            .map_err(|_| Error::Path { path: path.to_owned(), reason: "the object store cannot hold it" })
    }

    fn object(&self, meta: ObjectMeta) -> Option<Object> {
        let key = meta.location.as_ref();
        let path = match self.prefix.is_empty() {
            true => key,
            false => key.strip_prefix(&self.prefix)?.strip_prefix('/')?,
        };
        Some(Object {
            path: path.to_owned(),
            size: meta.size,
            etag: meta.e_tag.map(|etag| if self.azure { quoted(etag) } else { etag }),
            generation: meta.version.filter(|_| self.versions == Versions::Generation),
            modified_ms: meta.last_modified.timestamp_millis(),
        })
    }

    fn failed<'a>(&self, action: &'static str, path: &'a str) -> impl FnOnce(object_store::Error) -> Error + use<'a> {
        let place = self.place(path);
        move |error| Error::remote(action, place, &error)
    }

    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>, Error> {
        let key = self.key(prefix)?;
        let listed: Vec<ObjectMeta> =
            self.store.list(Some(&key)).try_collect().await.map_err(self.failed("list", prefix))?;
        // Consoles mark folders with empty objects whose name ends in `/`: not data.
        let mut found: Vec<Object> = listed.into_iter().filter_map(|meta| self.object(meta)).collect();
        found.retain(|object| !object.path.is_empty());
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let key = self.key(prefix)?;
        let listed = self.store.list_with_delimiter(Some(&key)).await.map_err(self.failed("list", prefix))?;
        let mut names: Vec<String> =
            listed.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    pub async fn head(&self, path: &str) -> Result<Option<Object>, Error> {
        match self.store.head(&self.key(path)?).await {
            Ok(meta) => Ok(self.object(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", path)(error)),
        }
    }

    pub async fn get(&self, path: &str) -> Result<Option<(Bytes, Object)>, Error> {
        let result = match self.store.get(&self.key(path)?).await {
            Ok(result) => result,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed("read", path)(error)),
        };
        let meta = result.meta.clone();
        let bytes = result.bytes().await.map_err(self.failed("read", path))?;
        Ok(self.object(meta).map(|object| (bytes, object)))
    }

    pub async fn get_range(&self, path: &str, start: u64, length: u64) -> Result<Bytes, Error> {
        let range = start..start.saturating_add(length);
        self.store.get_range(&self.key(path)?, range).await.map_err(self.failed("read", path))
    }

    /// The object's bytes in order, in parts that are fetched side by side. Every part asks for the same version, so a
    /// replaced object is an error and never a mix.
    pub fn parts(&self, object: &Object) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let key = self.key(&object.path)?;
        let place = self.place(&object.path);
        let (store, etag, size) = (Arc::clone(&self.store), object.etag.clone(), object.size);
        let permits = Arc::clone(&self.parts);
        let starts = (0..size.div_ceil(READ)).map(move |part| part * READ);
        let parts = futures::stream::iter(starts).map(move |start| {
            let (store, key, place, etag) = (Arc::clone(&store), key.clone(), place.clone(), etag.clone());
            let permits = Arc::clone(&permits);
            async move {
                // Kept until the part is handed on in its turn. Parts of one object ask in order, so the one that all
                // others wait for always has its permit.
                let permit = permits.acquire_owned().await;
                let end = size.min(start + READ);
                let options =
                    GetOptions { if_match: etag, range: Some(GetRange::Bounded(start..end)), ..GetOptions::default() };
                let read = async { store.get_opts(&key, options).await?.bytes().await }.await;
                let bytes = read.map_err(|error| Error::remote("read", place.clone(), &error))?;
                // A short answer that ends in good order must not pass for the whole part.
                if bytes.len() as u64 == end - start { Ok((bytes, permit)) } else { Err(Error::Changed { place }) }
            }
        });
        Ok(parts.buffered(READS_AT_ONCE).map_ok(|(bytes, _permit)| bytes).boxed())
    }

    pub async fn download(&self, object: &Object, to: &FilePath) -> Result<(), Error> {
        let mut parts = self.parts(object)?;
        let failed = |e| Error::io("write", to.display().to_string(), e);
        let mut file = tokio::fs::File::create(to).await.map_err(failed)?;
        while let Some(bytes) = parts.try_next().await? {
            file.write_all(&bytes).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)
    }

    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), Error> {
        let put = self.store.put(&self.key(path)?, PutPayload::from(bytes)).await;
        put.map(drop).map_err(self.failed("write", path))
    }

    pub async fn create(&self, path: &str, bytes: Bytes) -> Result<Created, Error> {
        let options = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&self.key(path)?, PutPayload::from(bytes), options).await {
            Ok(_) => Ok(Created::New),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Created::Exists),
            Err(error) => Err(self.failed("create", path)(error)),
        }
    }

    pub async fn swap(&self, path: &str, seen: &Object, bytes: Bytes) -> Result<Swapped, Error> {
        let version = UpdateVersion { e_tag: seen.etag.clone(), version: seen.generation.clone() };
        let options = PutOptions::from(PutMode::Update(version));
        match self.store.put_opts(&self.key(path)?, PutPayload::from(bytes), options).await {
            Ok(_) => Ok(Swapped::Done),
            Err(object_store::Error::Precondition { .. } | object_store::Error::AlreadyExists { .. }) => {
                Ok(Swapped::Stale)
            }
            Err(error) => Err(self.failed("write", path)(error)),
        }
    }

    pub async fn upload(&self, from: &FilePath, path: &str) -> Result<(), Error> {
        let unreadable = |e| Error::io("read", from.display().to_string(), e);
        let key = self.key(path)?;
        let mut file = tokio::fs::File::open(from).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        if size <= PART {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).await.map_err(unreadable)?;
            return self.put(path, Bytes::from(bytes)).await;
        }
        let upload = self.store.put_multipart(&key).await.map_err(self.failed("write", path))?;
        let chunk = usize::try_from(PART).unwrap_or(usize::MAX);
        let mut writer = WriteMultipart::new_with_chunk_size(upload, chunk);
        let written = async {
            loop {
                let mut bytes = Vec::new();
                (&mut file).take(PART).read_to_end(&mut bytes).await.map_err(unreadable)?;
                if bytes.is_empty() {
                    return Ok(());
                }
                writer.wait_for_capacity(UPLOADS_AT_ONCE).await.map_err(self.failed("write", path))?;
                writer.put(Bytes::from(bytes));
            }
        }
        .await;
        match written {
            Ok(()) => writer.finish().await.map(drop).map_err(self.failed("write", path)),
            Err(error) => {
                // Parts of an upload that is given up cost money until somebody removes them. When this fails too, the
                // bucket's rule for unfinished uploads does it.
                let _ = writer.abort().await;
                Err(error)
            }
        }
    }

    pub async fn copy(&self, from: &str, to: &str) -> Result<(), Error> {
        self.store.copy(&self.key(from)?, &self.key(to)?).await.map_err(self.failed("copy", from))
    }

    pub async fn delete(&self, paths: Vec<String>) -> Result<(), Error> {
        let keys: Vec<Result<Path, object_store::Error>> =
            paths.iter().map(|path| self.key(path)).collect::<Result<Vec<_>, _>>()?.into_iter().map(Ok).collect();
        let what = paths.first().map_or("", String::as_str);
        let deleted = self.store.delete_stream(futures::stream::iter(keys).boxed());
        let outcomes: Vec<Result<Path, object_store::Error>> = deleted.collect().await;
        for outcome in outcomes {
            match outcome {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(self.failed("remove", what)(error)),
            }
        }
        Ok(())
    }
}

/// Azure's listings give an ETag without the quotes that its answers and conditions have.
fn quoted(etag: String) -> String {
    if etag.starts_with(['"', 'W']) { etag } else { format!("\"{etag}\"") }
}
