//! Where backups are kept, and how often the shop makes one. Must not know how.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use url::{Host, Url};

use super::{Layers, PublicUrl, check};

/// What a program says that was built without the feature `s3`.
pub const NO_S3: &str = "this build has no S3: it keeps backups in folders only; use a released build or the image, or build it with --features s3";

const SCHEME: &str = "s3://";

/// Backups that the shop makes by itself.
#[derive(Clone, Debug)]
pub struct BackupSettings {
    /// `None`: it makes none.
    pub folder: Option<BackupPlace>,
    pub every_minutes: u64,
    pub keep: usize,
    pub bucket: BucketSettings,
}

/// A folder, or `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupPlace {
    Folder(PathBuf),
    /// The prefix has no slash at its ends, and may be empty.
    Bucket {
        bucket: String,
        prefix: String,
    },
}

/// Whom buckets are asked of, and as whom.
#[derive(Clone, Debug, Default)]
pub struct BucketSettings {
    /// `None`: Amazon's.
    pub endpoint: Option<PublicUrl>,
    pub region: Option<String>,
    /// An access key and its secret. `None`: what the environment says to every program that uses S3.
    pub key: Option<(String, SecretString)>,
    pub allow_http: bool,
}

impl BucketSettings {
    /// Whether what is sent may be read on the way: on this machine there is none.
    pub fn is_plain_http_allowed(&self) -> bool {
        self.allow_http || self.endpoint.as_ref().is_some_and(is_loopback)
    }
}

impl FromStr for BackupPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(address) = text.strip_prefix(SCHEME) else {
            return if text.is_empty() || text.contains("://") {
                Err(format!(
                    "{text} is neither a folder nor an address such as s3://bucket/shop"
                ))
            } else {
                Ok(Self::Folder(PathBuf::from(text)))
            };
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_plain = |part: &str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
        };
        if !is_plain(bucket) || !(prefix.is_empty() || prefix.split('/').all(is_plain)) {
            return Err(format!(
                "{text} is not an address such as s3://bucket/shop (letters, digits, . _ - between the slashes)"
            ));
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl fmt::Display for BackupPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket { bucket, prefix } => write!(f, "{SCHEME}{bucket}/{prefix}"),
        }
    }
}

pub fn read(layers: &mut Layers) -> BackupSettings {
    let id: String = layers.get("backup.s3_access_key_id");
    let secret: String = layers.get("backup.s3_secret_access_key");
    if id.is_empty() != secret.is_empty() {
        let fault = "backup.s3_access_key_id: a key has an id and a secret; set both, or none to use AWS_ACCESS_KEY_ID and the like";
        layers.faults.push(fault.to_owned());
    }
    let region: String = layers.get("backup.s3_region");
    BackupSettings {
        folder: layers.parse("backup.folder", place).flatten(),
        every_minutes: layers.get("backup.every_minutes"),
        keep: layers.get("backup.keep"),
        bucket: BucketSettings {
            endpoint: layers.parse("backup.s3_endpoint", check::public_url).flatten(),
            region: Some(region).filter(|region| !region.is_empty()),
            key: Some((id, secret.into())).filter(|(id, _)| !id.is_empty()),
            allow_http: layers.get("backup.s3_allow_http"),
        },
    }
}

pub fn faults(settings: &BackupSettings) -> Vec<String> {
    let mut faults = Vec::new();
    if !cfg!(feature = "s3") && matches!(settings.folder, Some(BackupPlace::Bucket { .. })) {
        faults.push(format!("backup.folder: {NO_S3}"));
    }
    let bucket = &settings.bucket;
    if bucket
        .endpoint
        .as_ref()
        .is_some_and(|endpoint| !endpoint.is_https())
        && !bucket.is_plain_http_allowed()
    {
        faults.push(
            "backup.s3_endpoint: over plain http:// everybody on the way reads the backup; use https://, or say s3_allow_http = true"
                .to_owned(),
        );
    }
    faults
}

/// An empty one means that there is none.
fn place(text: &str) -> Result<Option<BackupPlace>, String> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

fn is_loopback(endpoint: &PublicUrl) -> bool {
    match Url::parse(endpoint.origin()).as_ref().map(Url::host) {
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        Ok(Some(Host::Domain(name))) => name == "localhost",
        Ok(None) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        for folder in ["/srv/backups/shop", "backups", "./s3:odd"] {
            assert_eq!(folder.parse(), Ok(BackupPlace::Folder(folder.into())));
        }
        for (text, bucket, prefix) in [
            ("s3://shop-backups", "shop-backups", ""),
            ("s3://b/daily/", "b", "daily"),
            ("s3://b/a/2026-11-22T10-00-00Z", "b", "a/2026-11-22T10-00-00Z"),
        ] {
            let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
            assert_eq!(text.parse(), Ok(BackupPlace::Bucket { bucket, prefix }));
        }
        for faulty in [
            "",
            "s3://",
            "s3:///shop",
            "s3://b//a",
            "s3://b/../a",
            "s3://key:secret@b",
            "s3://b/a?x",
            "gs://b/a",
        ] {
            assert!(faulty.parse::<BackupPlace>().is_err(), "{faulty}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine_unless_it_is_asked_for() {
        let mut settings = BucketSettings::default();
        for (endpoint, allowed) in [
            ("http://127.0.0.1:9000", true),
            ("http://[::1]:9000", true),
            ("http://localhost:9000", true),
            ("http://10.0.0.7:9000", false),
            ("http://localhost.example", false),
        ] {
            settings.endpoint = Some(endpoint.parse().unwrap());
            assert_eq!(settings.is_plain_http_allowed(), allowed, "{endpoint}");
        }
        settings.allow_http = true;
        assert!(settings.is_plain_http_allowed());
    }
}
