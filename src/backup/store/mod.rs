//! Where a backup is kept: a folder of this machine or, by the same names, a bucket. The one place that knows of both. Must
//! not know what the files say.
//!
//! Whatever has its name in a store is whole: it is written under another name, or in one piece that the store shows when it
//! has all of it. A backup counts when its manifest is there, so that comes last.

#[cfg(feature = "s3")]
mod bucket;
mod folder;

use std::fmt::{Debug, Display};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use folder::Folder;

use super::files::{Facts, Summed};
use crate::config::{BackupPlace, BucketSettings};
use crate::error::{Error, Result};

/// The file that makes a backup one.
pub const MANIFEST: &str = "manifest.json";

/// Of errors of a store that cannot be asked right now, whatever is asked for.
pub const AWAY: io::ErrorKind = io::ErrorKind::ConnectionAborted;

/// One backup's place. Names in it are paths with `/`. Blocking.
pub trait Store: Debug + Display + Send + Sync {
    /// Begins a backup here.
    ///
    /// # Errors
    /// A conflict when there is anything already; those of disk or bucket.
    fn begin(&self) -> Result<Box<dyn Draft>>;

    /// Reads what has this name.
    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>>;

    /// Whether anything has this name.
    fn has(&self, name: &str) -> io::Result<bool>;

    /// The names of all that is whole below a name, as they go on behind it, in order.
    fn list(&self, below: &str) -> io::Result<Vec<String>>;

    /// Copies a file of this machine here, whole or not at all; what was copied.
    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts>;

    /// Where on this machine something is written that will have this name.
    fn part(&self, name: &str) -> io::Result<PathBuf>;

    /// Gives a finished part its name: from then on it counts.
    fn adopt(&self, part: &Path, name: &str) -> io::Result<()>;

    /// Sees to it that nobody else follows into this backup.
    ///
    /// # Errors
    /// A conflict when somebody does.
    fn lock(&self) -> Result<Box<dyn Lock>>;

    /// The place of another backup below this one.
    fn below(&self, name: &str) -> Arc<dyn Store>;

    /// What is directly below: backups, what is left of some, and what is none of ours.
    fn children(&self) -> io::Result<Vec<String>>;

    /// Whether something directly below is what a process left that ended while it made a backup of this name.
    fn is_rest(&self, child: &str, is_name: fn(&str) -> bool) -> io::Result<bool>;

    /// Takes everything away. What is left when that is cut off is no backup any more.
    fn remove(&self) -> io::Result<()>;

    /// The folder of this machine that it is, if so.
    fn as_folder(&self) -> Option<&Path>;
}

/// A backup that is being made. Dropped before it is finished, it leaves nothing that is one.
pub trait Draft {
    /// A folder of this machine for its files.
    fn desk(&self) -> &Path;

    /// Copies a file of this machine into it.
    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts>;

    /// Shows it, with what is on the desk.
    ///
    /// # Errors
    /// Those of disk or bucket.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The right to ship into a backup, until it is dropped.
pub trait Lock: Debug + Send {
    /// Keeps the right, at least every few seconds; `surely` asks whether nobody else has taken it meanwhile.
    ///
    /// # Errors
    /// A conflict when somebody has.
    fn keep(&mut self, surely: bool) -> Result<()>;
}

/// The store at an address.
///
/// # Errors
/// A bucket, for a program without S3; settings that fit no bucket.
pub fn open(place: &BackupPlace, settings: &BucketSettings) -> Result<Arc<dyn Store>> {
    match place {
        BackupPlace::Folder(folder) => Ok(Arc::new(Folder::at(folder.clone()))),
        #[cfg(feature = "s3")]
        BackupPlace::Bucket { bucket, prefix } => {
            Ok(Arc::new(bucket::Bucket::open(bucket, prefix, settings)?))
        }
        #[cfg(not(feature = "s3"))]
        BackupPlace::Bucket { .. } => {
            let BucketSettings { .. } = settings;
            Err(Error::bad_request("no_s3", crate::config::NO_S3))
        }
    }
}

/// What a file in a store is.
pub fn facts(store: &dyn Store, name: &str) -> io::Result<Facts> {
    let mut file = Summed::new(store.read(name)?);
    io::copy(&mut file, &mut io::sink())?;
    Ok(file.finish().1)
}

/// The refusal of a place that holds something.
fn not_empty(store: &dyn Display, more: &str) -> Error {
    Error::Conflict {
        code: "not_empty",
        detail: format!("{store} is not empty{more}; name a place that is new. Nothing was written."),
    }
}

/// The refusal of a second follower.
fn followed(store: &dyn Display, more: &str) -> Error {
    Error::Conflict {
        code: "followed",
        detail: format!("Another process follows into {store}{more}."),
    }
}

#[cfg(all(test, not(feature = "s3")))]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_s3_says_so() {
        let place = "s3://shops/daily".parse().unwrap();
        let error = open(&place, &BucketSettings::default()).unwrap_err();
        assert!(error.to_string().contains("this build has no S3"), "{error}");
    }
}
