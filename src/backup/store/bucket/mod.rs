//! A bucket of Amazon S3, or of what speaks like it. Must not know what is in the files.
//!
//! Everything is asked for in pieces that fit into memory and into the time of one request; the library asks again, after a
//! growing pause, when one of them fails.

mod client;
mod lease;
mod transfer;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::TempDir;

use super::super::files::{Facts, Summed};
use super::super::{failed, unusable};
use super::{AWAY, Draft, Lock, MANIFEST, Store, followed, not_empty};
use crate::config::BucketSettings;
use crate::error::{Error, Result};
use client::Client;
use lease::Lease;
use transfer::{BucketDraft, Download};

/// All that is below a prefix of a bucket.
#[derive(Clone)]
pub struct Bucket {
    client: Arc<Client>,
    prefix: Key,
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.client.name, self.prefix)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Bucket {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// Settings that name no bucket; a machine without a place for temporary files.
    pub fn open(name: &str, prefix: &str, settings: &BucketSettings) -> Result<Bucket> {
        let prefix = Key::parse(prefix)
            .map_err(|error| Error::bad_request("faulty_bucket", format!("s3://{name}: {error}")))?;
        Ok(Bucket {
            client: Arc::new(Client::new(name, settings)?),
            prefix,
        })
    }

    fn key(&self, name: &str) -> Key {
        name.split('/')
            .fold(self.prefix.clone(), |key, part| key.join(part))
    }

    fn store(&self) -> &AmazonS3 {
        &self.client.store
    }

    /// A small object, and when it was written; `None` where there is none.
    pub fn text(&self, name: &str) -> io::Result<Option<(String, chrono::DateTime<chrono::Utc>)>> {
        let key = self.key(name);
        let get = async {
            let found = self.store().get(&key).await?;
            let written = found.meta.last_modified;
            Ok((found.bytes().await?, written))
        };
        match self.client.wait(get) {
            Ok((bytes, written)) => Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), written))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn put_text(&self, name: &str, text: &str) -> io::Result<()> {
        let key = self.key(name);
        self.client
            .wait(self.store().put(&key, text.to_owned().into()))
            .map(|_| ())
    }

    pub fn delete(&self, name: &str) -> io::Result<()> {
        let key = self.key(name);
        self.client.wait(self.store().delete(&key))
    }
}

impl Store for Bucket {
    fn begin(&self) -> Result<Box<dyn Draft>> {
        let first = self.store().list(Some(&self.prefix));
        let first = self
            .client
            .wait(first.take(1).try_collect::<Vec<_>>())
            .map_err(|error| failed(self, &error))?;
        if !first.is_empty() {
            let more = if self.has(MANIFEST).map_err(|error| failed(self, &error))? {
                ""
            } else {
                " (the rest of a backup that was not finished, or something else)"
            };
            return Err(not_empty(self, more));
        }
        let desk = TempDir::with_prefix_in("backup-", self.client.desk.path())
            .map_err(|error| unusable(self.client.desk.path(), &error))?;
        Ok(Box::new(BucketDraft {
            bucket: self.clone(),
            desk,
        }))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Download::begin(self, self.key(name))?))
    }

    fn has(&self, name: &str) -> io::Result<bool> {
        let key = self.key(name);
        match self.client.wait(self.store().head(&key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    fn list(&self, below: &str) -> io::Result<Vec<String>> {
        let prefix = self.key(below);
        let found = self.store().list(Some(&prefix)).try_filter_map(|object| {
            let name = object.location.prefix_match(&prefix).map(|parts| {
                let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
                parts.join("/")
            });
            async { Ok(name) }
        });
        let mut names: Vec<String> = self.client.wait(found.try_collect())?;
        names.sort();
        Ok(names)
    }

    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts> {
        let mut file = Summed::new(File::open(from)?);
        self.upload(&mut file, &self.key(name))?;
        Ok(file.finish().1)
    }

    fn part(&self, name: &str) -> io::Result<PathBuf> {
        let part = self.client.desk.path().join(name.replace('/', "-"));
        // Of a try before that failed.
        let _ = std::fs::remove_file(&part);
        Ok(part)
    }

    fn adopt(&self, part: &Path, name: &str) -> io::Result<()> {
        self.copy_in(part, name)?;
        std::fs::remove_file(part)
    }

    fn lock(&self) -> Result<Box<dyn Lock>> {
        Ok(Box::new(Lease::take(self)?))
    }

    fn below(&self, name: &str) -> Arc<dyn Store> {
        Arc::new(Bucket {
            client: Arc::clone(&self.client),
            prefix: self.key(name),
        })
    }

    fn children(&self) -> io::Result<Vec<String>> {
        let found = self
            .client
            .wait(self.store().list_with_delimiter(Some(&self.prefix)))?;
        let names = found.common_prefixes.iter().filter_map(Key::filename);
        Ok(names.map(str::to_owned).collect())
    }

    /// What is no backup yet has the same name as one, but no manifest.
    fn is_rest(&self, child: &str, is_name: fn(&str) -> bool) -> io::Result<bool> {
        Ok(is_name(child) && !self.below(child).has(MANIFEST)?)
    }

    fn remove(&self) -> io::Result<()> {
        self.delete(MANIFEST)?;
        let all = self.store().list(Some(&self.prefix));
        let all = all.map_ok(|object| object.location).boxed();
        self.client
            .wait(self.store().delete_stream(all).try_for_each(|_| async { Ok(()) }))
    }

    fn as_folder(&self) -> Option<&Path> {
        None
    }
}
