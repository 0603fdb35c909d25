//! What an answer bears so that it can be judged later. Must not judge: that is up to who knows the changes.

use super::sync::AtomicU64;
use crate::db::{Seq, Tag};

/// As of when an answer was read, on what it depends, and until when it holds by itself.
#[derive(Debug)]
pub struct Stamp {
    pub(super) as_of: Seq,
    pub(super) tags: Box<[Tag]>,
    pub(super) until: Option<i64>,
    /// Number of the history it was made in; names of histories may come again, numbers do not.
    pub(super) history: u64,
    /// The version of what was known when it was last found valid: the tags need not be looked at before the next one.
    pub(super) valid_at: AtomicU64,
}

impl Stamp {
    /// The position in the log as of which the answer was read.
    pub fn as_of(&self) -> Seq {
        self.as_of
    }

    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Unix milliseconds from which on it is another answer without any change.
    pub fn until(&self) -> Option<i64> {
        self.until
    }
}
