//! Backups: everything that a shop is, as files that any database of ours can be made of again, with the proof that they
//! are whole. Must not know what a table means, nor what is done with a restored shop.
//!
//! A backup is a folder, or a prefix of a bucket: a file of lines per table, all of one snapshot, the pictures, and `manifest.json`, which says how
//! long each file is and what its checksum is, its own included. It holds password hashes, so it is its owner's alone.
//! What it does not hold is told in `db/tables`.
//!
//! Everything here blocks; callers give it a thread.

mod archive;
mod check;
mod copy;
mod files;
mod follow;
mod make;
mod manifest;
mod place;
mod restore;
mod schedule;
mod store;

use std::path::Path;

pub use archive::{Before, archive, verify as verify_archive};
pub use check::{Until, Whole, check};
pub use copy::{Copied, copy};
pub use follow::{Follower, Step};
pub use make::make;
pub use manifest::Manifest;
pub use restore::{Restored, restore};
pub use schedule::{Schedule, note};
pub use store::{Folder, Store, open};

use crate::error::Error;

/// Learns of what is done, and how many of it so far.
pub type Told<'a> = &'a mut dyn FnMut(&str, u64);

/// The code of the error about a backup that is not what was written.
pub const DAMAGED: &str = "damaged_backup";

/// The refusal of a backup that is not what was written.
fn damaged(faults: &[String]) -> Error {
    const TOLD: usize = 20;
    let mut lines: Vec<String> = faults.iter().take(TOLD).cloned().collect();
    if faults.len() > TOLD {
        lines.push(format!("and {} more", faults.len() - TOLD));
    }
    Error::Conflict {
        code: DAMAGED,
        detail: format!("The backup is damaged: {}.", lines.join("; ")),
    }
}

/// What a place of backups did not do: the place may be away for now, or it is about this file.
fn failed(what: &dyn std::fmt::Display, error: &std::io::Error) -> Error {
    if error.kind() == store::AWAY {
        return Error::unavailable("store of the backups", format!("{what}: {error}"));
    }
    Error::bad_request("unusable_file", format!("{what}: {error}"))
}

/// A file or folder that cannot be worked with.
fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::bad_request("unusable_file", format!("{}: {reason}", path.display()))
}
