//! What a node knows of the latest changes, and the verdict over an answer. Must not know where changes come from.
//!
//! Many threads ask on every hit while few changes come, so an answer once found valid is not looked into again before
//! something changes: [`LastChanged::is_valid`] is then two loads. Why no order of events lets a stale answer pass:
//! a change raises the version after the memory has it, and a reader notes the version that it saw before it looked into
//! the memory. If it missed the change in the memory, it noted a version from before, which holds no longer.

use std::sync::Arc;

use super::memory::Memory;
use super::sync::{AtomicI64, AtomicU64, Ordering, RwLock};
use crate::db::{Seq, Tag};

/// The latest change of each tag, bounded.
#[derive(Debug)]
pub struct LastChanged {
    memory: RwLock<Memory>,
    /// Raised by all that can make an answer invalid. Starts at 1: a stamp that was never judged says 0. Relaxed will do:
    /// it is raised within the lock, and nothing else is concluded from it.
    pub(super) version: AtomicU64,
    known: AtomicI64,
}

impl LastChanged {
    /// Remembers at most `capacity` tags; one that it forgot counts as changed at the floor. Until
    /// [`begin`](Self::begin) nothing is valid.
    pub fn new(capacity: usize) -> Self {
        LastChanged {
            memory: RwLock::new(Memory::new(capacity)),
            version: AtomicU64::new(1),
            known: AtomicI64::new(0),
        }
    }

    /// Starts in a history, at its start or after a fork: everything up to `floor` counts as changed there. No answer of
    /// before is valid again, not even if the name of the history is the same.
    pub fn begin(&self, epoch: &str, floor: Seq) {
        self.begin_told(epoch, floor, &[]);
    }

    /// The same with what came since the floor, in the order of the log: nobody sees the one without the other.
    pub fn begin_told(&self, epoch: &str, floor: Seq, told: &[(Vec<Tag>, Seq)]) {
        let mut memory = self.memory.write();
        memory.begin(epoch, floor);
        for (tags, seq) in told {
            for tag in tags {
                memory.remember(*tag, *seq);
            }
        }
        self.version.fetch_add(1, Ordering::Relaxed);
        let known = told.last().map_or(floor, |(_, seq)| *seq);
        // Last, or the new position would be read while answers of before still pass.
        self.known.store(known.0, Ordering::Release);
    }

    /// A change at `seq` touched these tags. May come before the log was followed up to there: a write of this node is
    /// told before its answer is sent.
    pub fn bump(&self, tags: &[Tag], seq: Seq) {
        let mut memory = self.memory.write();
        let mut news = false;
        for tag in tags {
            news |= memory.remember(*tag, seq);
        }
        // Within the lock, so that whoever has seen the change sees the new version too.
        if news {
            self.version.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The log was followed up to here without gaps: each change up to here was told.
    pub fn advance(&self, seq: Seq) {
        self.known.fetch_max(seq.0, Ordering::Release);
    }

    /// Up to where the log was followed.
    pub fn known(&self) -> Seq {
        Seq(self.known.load(Ordering::Acquire))
    }

    /// The newest change that was told of: a write of this node is, before the log was followed up to there.
    pub fn newest(&self) -> Seq {
        self.memory.read().newest().max(self.known())
    }

    /// The name of the history begun; empty before.
    pub fn epoch(&self) -> Arc<str> {
        self.memory.read().epoch()
    }

    /// The newest change that any of these tags had, as far as is known; the floor where that was forgotten.
    pub fn last_changed(&self, tags: &[Tag]) -> Seq {
        self.memory.read().last_changed(tags)
    }

    /// How many tags are remembered.
    pub fn remembered(&self) -> usize {
        self.memory.read().remembered()
    }

    /// What is not remembered counts as changed here.
    pub fn floor(&self) -> Seq {
        self.memory.read().floor()
    }

    /// A stamp for an answer read as of `as_of`, which depends on `tags` and is another one from `until` (unix
    /// milliseconds) on, as when a sale starts. None if it was read in another history than the one begun.
    pub fn stamp(&self, epoch: &str, as_of: Seq, tags: Box<[Tag]>, until: Option<i64>) -> Option<Stamp> {
        let history = self.memory.read().history_named(epoch)?;
        Some(Stamp {
            as_of,
            tags,
            until,
            history,
            valid_at: AtomicU64::new(0),
        })
    }

    /// The rule: made in this history, no tag changed after it was read, its end has not come.
    pub fn is_valid(&self, stamp: &Stamp, now_unix_ms: i64) -> bool {
        if stamp.until.is_some_and(|until| until <= now_unix_ms) {
            return false;
        }
        // Before the memory is looked into, or a change in between would be taken for seen.
        let version = self.version.load(Ordering::Relaxed);
        if stamp.valid_at.load(Ordering::Relaxed) == version {
            return true;
        }
        let valid = self.judge(stamp);
        if valid {
            stamp.valid_at.store(version, Ordering::Relaxed);
        }
        valid
    }

    /// Whether an answer was valid at a moment when nothing newer than `then` was known: for whoever came at that moment and
    /// waited while it was made, it is as good as one that he got at once.
    pub fn was_valid(&self, stamp: &Stamp, then: Seq, now_unix_ms: i64) -> bool {
        stamp.until.is_none_or(|until| now_unix_ms < until)
            && then <= stamp.as_of
            && self.memory.read().is_history(stamp.history)
    }

    fn judge(&self, stamp: &Stamp) -> bool {
        let memory = self.memory.read();
        memory.is_history(stamp.history) && memory.last_changed(&stamp.tags) <= stamp.as_of
    }
}

/// What an answer bears to be judged by: as of when it was read, on what it depends, until when it holds by itself.
#[derive(Debug)]
pub struct Stamp {
    as_of: Seq,
    tags: Box<[Tag]>,
    until: Option<i64>,
    /// Number of the history it was made in; names of histories may come again, numbers do not.
    history: u64,
    /// The version of what was known when it was last found valid: the tags need not be looked at before the next one.
    valid_at: AtomicU64,
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
