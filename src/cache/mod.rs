//! Answers that were made once and are sent often, and the rule that keeps them right. Must not name a product: it sees
//! requests, finished answers and tags.
//!
//! [`Hits`] is the outermost layer of the server and sends what is kept and valid; [`answer`] is the innermost one and
//! keeps what handlers answer, with what they read ([`crate::db::reader`]). [`rule`] says which of it may be shown.

mod address;
mod encoding;
mod entry;
mod fill;
mod flight;
mod hit;
mod memory;
pub mod redis;
mod rule;
mod shared;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

pub use address::Addresses;
pub use fill::answer;
pub use hit::Hits;
pub use memory::{Counters, Memory, Surroundings};
pub use shared::Shared;

use crate::db::{Seq, Tag};

/// Where finished answers are kept.
#[derive(Clone)]
pub enum Cache {
    /// Nowhere: each answer is made anew.
    Off(Counters),
    /// In this process.
    Memory(Arc<Memory>),
    /// In this process, and where all nodes find them.
    Redis(Shared),
}

impl Cache {
    pub fn memory(&self) -> Option<&Arc<Memory>> {
        match self {
            Cache::Off(_) => None,
            Cache::Memory(memory) => Some(memory),
            Cache::Redis(shared) => Some(shared.memory()),
        }
    }

    /// Where nodes share answers.
    pub fn shared(&self) -> Option<&Shared> {
        match self {
            Cache::Redis(shared) => Some(shared),
            Cache::Off(_) | Cache::Memory(_) => None,
        }
    }

    /// What looks at an answer are counted in.
    fn counter(&self, number: i32) -> Arc<AtomicU32> {
        match self {
            Cache::Off(counters) => counters(number),
            Cache::Memory(memory) => memory.counter(number),
            Cache::Redis(shared) => shared.memory().counter(number),
        }
    }

    /// A write of this process, or one that the log tells of, has changed these.
    pub fn changed(&self, tags: &[Tag], seq: Seq) {
        if let Some(memory) = self.memory() {
            memory.changes.bump(tags, seq);
        }
    }

    /// The log was followed up to here.
    pub fn followed(&self, seq: Seq) {
        if let Some(memory) = self.memory() {
            memory.changes.advance(seq);
        }
    }

    /// The log is another one than before, or not known before: of what was kept nothing counts, and of what others keep
    /// only what is as new as `floor`.
    pub fn begin(&self, epoch: &str, floor: Seq) {
        if let Some(memory) = self.memory() {
            memory.begin(epoch, floor);
        }
    }
}
