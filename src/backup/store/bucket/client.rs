//! The client of a bucket: who asks, how long, how often, and what a failure means. Must not know what is asked for.

use std::fmt;
use std::io;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::AWAY;
use crate::config::BucketSettings;
use crate::error::{Error, Result};

/// For one piece: what a line of 0.7 megabits a second can carry.
const REQUEST: Duration = Duration::from_secs(60);

const CONNECT: Duration = Duration::from_secs(5);

/// How often, and for how long, a request that failed is tried again.
const RETRIES: usize = 4;
const RETRYING: Duration = Duration::from_secs(120);

/// What the same bucket needs, whatever prefix is asked for.
pub struct Client {
    pub name: String,
    pub store: AmazonS3,
    /// For files on their way. Its owner alone can read it, and it goes with the last user of the bucket.
    pub desk: TempDir,
    /// `None` only while it is shut down: a runtime must not be waited for within another one.
    runtime: Option<Runtime>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// Settings that fit no bucket; a machine without a place for temporary files.
    pub fn new(name: &str, settings: &BucketSettings) -> Result<Client> {
        // Somebody may have chosen before: Redis over TLS needs the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let faulty =
            |error: &dyn fmt::Display| Error::bad_request("faulty_bucket", format!("s3://{name}: {error}"));
        let store = builder(settings).with_bucket_name(name).build();
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
        Ok(Client {
            name: name.to_owned(),
            store: store.map_err(|error| faulty(&text_of(&error)))?,
            desk,
            runtime: Some(runtime),
        })
    }

    /// Waits for an answer, on whatever thread this is called: one that drives other tasks may not wait by itself.
    pub fn wait<T: Send>(
        &self,
        asking: impl Future<Output = object_store::Result<T>> + Send,
    ) -> io::Result<T> {
        let Some(runtime) = &self.runtime else {
            return Err(io::Error::other("the bucket was closed"));
        };
        let answer = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(asking)).join());
        match answer {
            Ok(answer) => answer.map_err(|error| error_of(&error)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
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
            "the bucket refuses this access key: see [backup] s3_access_key_id, its secret, what the key may do, and this clock",
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

/// An error of the library in one line, with what is at its bottom, and without the answer of the server: what that repeats of
/// a request is nobody's business.
fn text_of(error: &object_store::Error) -> String {
    let plain = |text: String| {
        let text = text.split(['<', '\n']).next().unwrap_or_default();
        text.trim_end_matches([' ', ':']).to_owned()
    };
    let (text, mut bottom) = (plain(error.to_string()), error as &dyn std::error::Error);
    while let Some(below) = bottom.source() {
        bottom = below;
    }
    let bottom = plain(bottom.to_string());
    if text.contains(&bottom) {
        text
    } else {
        format!("{text}: {bottom}")
    }
}
