//! A bucket of Amazon S3, or of what speaks like it. Must not know what is in the files.
//!
//! Everything is asked for in pieces that fit into memory and into the time of one request; the library asks again, after a
//! growing pause, when one of them fails.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientOptions, GetOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::super::files::{Facts, Summed};
use super::super::{failed, unusable};
use super::lease::Lease;
use super::{AWAY, Draft, Lock, MANIFEST, Store, not_empty};
use crate::config::BucketSettings;
use crate::error::{Error, Result};

/// The smallest part that S3 takes; ten thousand of them, 50 GB, are the largest file. One is in memory at a time.
const PIECE: usize = 5 << 20;

/// For one piece: what a line of 0.7 megabits a second can carry.
const REQUEST: Duration = Duration::from_secs(60);

const CONNECT: Duration = Duration::from_secs(5);

/// How often, and for how long, a request that failed is tried again.
const RETRIES: usize = 4;
const RETRYING: Duration = Duration::from_secs(120);

/// What the same bucket needs, whatever prefix is asked for.
struct Client {
    name: String,
    store: AmazonS3,
    /// For files on their way. Its owner alone can read it, and it goes with the last user of the bucket.
    desk: TempDir,
    /// `None` only while it is shut down: a runtime must not be waited for within another one.
    runtime: Option<Runtime>,
}

/// All that is below a prefix of a bucket.
#[derive(Clone)]
pub struct Bucket {
    client: Arc<Client>,
    prefix: Key,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
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
        // Somebody may have chosen before: Redis over TLS needs the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let faulty =
            |error: &dyn fmt::Display| Error::bad_request("faulty_bucket", format!("s3://{name}: {error}"));
        let store = builder(settings)
            .with_bucket_name(name)
            .build()
            .map_err(|error| faulty(&text_of(&error)))?;
        let desk = TempDir::with_prefix("vitrine-backup-").map_err(|error| {
            faulty(&format!(
                "no temporary folder can be made (TMPDIR names where): {error}"
            ))
        })?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bucket")
            .enable_all()
            .build()
            .map_err(Error::internal)?;
        let client = Arc::new(Client {
            name: name.to_owned(),
            store,
            desk,
            runtime: Some(runtime),
        });
        let prefix = Key::parse(prefix).map_err(|error| faulty(&error))?;
        Ok(Bucket { client, prefix })
    }

    /// Waits for an answer, on whatever thread this is called: one that drives other tasks may not wait by itself.
    fn wait<T: Send>(&self, asking: impl Future<Output = object_store::Result<T>> + Send) -> io::Result<T> {
        let Some(runtime) = &self.client.runtime else {
            return Err(io::Error::other("the bucket was closed"));
        };
        let answer = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(asking)).join());
        match answer {
            Ok(answer) => answer.map_err(|error| error_of(&error)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
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
        match self.wait(get) {
            Ok((bytes, written)) => Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), written))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn put_text(&self, name: &str, text: &str) -> io::Result<()> {
        let key = self.key(name);
        self.wait(self.store().put(&key, text.to_owned().into()))
            .map(|_| ())
    }

    pub fn delete(&self, name: &str) -> io::Result<()> {
        let key = self.key(name);
        self.wait(self.store().delete(&key))
    }

    fn upload(&self, from: &mut impl Read, key: &Key) -> io::Result<()> {
        let first = piece_of(from)?;
        if first.len() < PIECE {
            return self.wait(self.store().put(key, first.into())).map(|_| ());
        }
        let mut upload = self.wait(self.store().put_multipart(key))?;
        let send = || {
            let mut piece = first;
            while !piece.is_empty() {
                self.wait(upload.put_part(piece.into()))?;
                piece = piece_of(from)?;
            }
            Ok(())
        };
        let sent = send().and_then(|()| self.wait(upload.complete()).map(|_| ()));
        if sent.is_err() {
            // Parts without an end are no object, but they cost; a bucket can be told to forget them by the time.
            let _ = self.wait(upload.abort());
        }
        sent
    }
}

impl Store for Bucket {
    fn begin(&self) -> Result<Box<dyn Draft>> {
        let first = self.store().list(Some(&self.prefix));
        let first = self
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
        let key = self.key(name);
        let get = async {
            let found = self.store().get(&key).await?;
            let (size, e_tag) = (found.meta.size, found.meta.e_tag.clone());
            // What is larger is asked for again, piece by piece: whoever reads may take his time.
            let piece = if size <= PIECE as u64 {
                found.bytes().await?
            } else {
                Bytes::new()
            };
            Ok((size, e_tag, piece))
        };
        let (size, e_tag, piece) = self.wait(get)?;
        Ok(Box::new(Download {
            bucket: self.clone(),
            at: piece.len() as u64,
            key,
            size,
            e_tag,
            piece,
        }))
    }

    fn has(&self, name: &str) -> io::Result<bool> {
        let key = self.key(name);
        match self.wait(self.store().head(&key)) {
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
        let mut names: Vec<String> = self.wait(found.try_collect())?;
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
        let found = self.wait(self.store().list_with_delimiter(Some(&self.prefix)))?;
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
        self.wait(self.store().delete_stream(all).try_for_each(|_| async { Ok(()) }))
    }

    fn as_folder(&self) -> Option<&Path> {
        None
    }
}

/// Settings that apply to every bucket. Without a key in them, what the environment has for every program that uses S3, or
/// the role of the machine.
fn builder(settings: &BucketSettings) -> AmazonS3Builder {
    let mut builder = match &settings.key {
        Some((id, secret)) => AmazonS3Builder::new()
            .with_access_key_id(id)
            .with_secret_access_key(secret.expose_secret()),
        None => AmazonS3Builder::from_env(),
    };
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint.origin());
    }
    if let Some(region) = &settings.region {
        builder = builder.with_region(region);
    }
    let options = ClientOptions::new()
        .with_timeout(REQUEST)
        .with_connect_timeout(CONNECT)
        .with_allow_http(settings.is_plain_http_allowed());
    builder.with_client_options(options).with_retry(RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: RETRIES,
        retry_timeout: RETRYING,
    })
}

/// The next piece of a file; a shorter one is the last.
fn piece_of(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    from.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

fn error_of(error: &object_store::Error) -> io::Error {
    use object_store::Error as Found;
    let text = text_of(error);
    // Of a list, the library tells the status in its text alone.
    let is_refused = matches!(
        error,
        Found::PermissionDenied { .. } | Found::Unauthenticated { .. }
    ) || text.contains("status code: 403");
    let is_missing = matches!(error, Found::NotFound { .. }) || text.contains("status code: 404");
    if is_refused {
        io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the bucket refuses this access key: see [backup] s3_access_key_id, its secret, and what the key may do",
        )
    } else if is_missing {
        io::Error::new(
            io::ErrorKind::NotFound,
            "is not in the bucket, or there is no such bucket",
        )
    } else if matches!(error, Found::Precondition { .. }) {
        io::Error::other("was replaced while it was read")
    } else {
        io::Error::new(AWAY, text)
    }
}

/// An error of the library in one line, without the answer of the server: what that repeats of a request is nobody's business.
fn text_of(error: &object_store::Error) -> String {
    let text = error.to_string();
    text.split(['<', '\n'])
        .next()
        .unwrap_or_default()
        .trim_end_matches([' ', ':'])
        .to_owned()
}

/// An object that is read piece by piece, however long its reader takes in between.
struct Download {
    bucket: Bucket,
    key: Key,
    size: u64,
    /// All pieces are of the same object, or none comes.
    e_tag: Option<String>,
    at: u64,
    piece: Bytes,
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && self.at < self.size {
            let end = self.size.min(self.at + PIECE as u64);
            let options = GetOptions::new()
                .with_range(Some(self.at..end))
                .with_if_match(self.e_tag.clone());
            let get = async {
                self.bucket
                    .store()
                    .get_opts(&self.key, options)
                    .await?
                    .bytes()
                    .await
            };
            self.piece = self.bucket.wait(get)?;
            self.at = end;
        }
        let taken = self.piece.split_to(buffer.len().min(self.piece.len()));
        for (to, from) in buffer.iter_mut().zip(&taken) {
            *to = *from;
        }
        Ok(taken.len())
    }
}

/// Files on a desk of this machine until all of them are known; so the database is not held up by an upload.
struct BucketDraft {
    bucket: Bucket,
    desk: TempDir,
}

impl Draft for BucketDraft {
    fn desk(&self) -> &Path {
        self.desk.path()
    }

    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts> {
        self.bucket.copy_in(from, name)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let desk = super::Folder::at(self.desk.path());
        let names = desk
            .list("")
            .map_err(|error| unusable(self.desk.path(), &error))?;
        let files = names.iter().filter(|name| *name != MANIFEST).map(String::as_str);
        for name in files.chain([MANIFEST]) {
            self.bucket
                .copy_in(&self.desk.path().join(name), name)
                .map_err(|error| failed(&format!("{}/{name}", self.bucket), &error))?;
        }
        Ok(())
    }
}
