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

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

pub use address::Addresses;
use entry::Entry;
pub use fill::answer;
pub use hit::Hits;
use memory::Route;
pub use memory::{Counters, Memory, Surroundings};

use crate::db::{Seq, Tag};

/// Where finished answers are kept.
#[derive(Clone)]
pub enum Cache {
    /// Nowhere: each answer is made anew.
    Off(Counters),
    /// In this process.
    Memory(Arc<Memory>),
}

impl Cache {
    pub fn memory(&self) -> Option<&Arc<Memory>> {
        match self {
            Cache::Off(_) => None,
            Cache::Memory(memory) => Some(memory),
        }
    }

    /// What looks at an answer are counted in.
    fn counter(&self, number: i32) -> Arc<AtomicU32> {
        match self {
            Cache::Off(counters) => counters(number),
            Cache::Memory(memory) => memory.counter(number),
        }
    }

    /// An answer that another node has made and that is as new as is needed.
    async fn fetch(&self, _key: &str, _route: &Route, _needed: Seq) -> Option<Arc<Entry>> {
        None
    }

    /// Lets other nodes have an answer.
    fn share(&self, _key: &str, _entry: &Arc<Entry>) {}

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
