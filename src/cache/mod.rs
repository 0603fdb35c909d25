//! Answers that were made once and are sent often, and the rule that keeps them right. Must not name a product: it sees
//! requests, finished answers and tags.
//!
//! [`Hits`] is the outermost layer of the server and sends what is kept and valid; [`answer`] is the innermost one and
//! keeps what handlers answer, with what they read ([`crate::db::reader`]). `rule` says which of it may be shown.

mod address;
mod asked;
mod encoding;
mod entry;
mod fill;
mod flight;
mod harvest;
mod hit;
mod memory;
mod purge;
pub mod redis;
mod report;
mod rule;
mod setting;
mod shared;
mod surroundings;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

pub use address::Addresses;
pub use fill::answer;
pub use hit::Hits;
pub use memory::{EVERYTHING, Memory};
pub use purge::{Purge, purged};
pub use report::{Held, Known, Reached, Report, Results};
pub use setting::SharedLease;
pub use shared::Shared;
pub use surroundings::{Counters, Route, Surroundings};

use crate::db::{Seq, Tag};
pub use crate::metrics::{CacheResult, LeaseResult};

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
    fn counter(&self, name: &str) -> Arc<AtomicU32> {
        match self {
            Cache::Off(counters) => counters(name),
            Cache::Memory(memory) => memory.counter(name),
            Cache::Redis(shared) => shared.memory().counter(name),
        }
    }

    /// Whether answers are kept: before the log is known none are.
    pub fn has_begun(&self) -> bool {
        let begun = |memory: &Arc<Memory>| !memory.changes.epoch().is_empty();
        self.memory().is_none_or(begun)
    }

    /// A write of this process has changed these. Whatever history it was made in is the present one.
    pub fn wrote(&self, epoch: &str, told: &[(Vec<Tag>, Seq)]) {
        let (Some(memory), Some((_, last))) = (self.memory(), told.last()) else {
            return;
        };
        let begun = memory.changes.epoch();
        if begun.is_empty() || *begun == *epoch {
            memory.tell(told);
        } else {
            memory.begin(epoch, *last, &[]);
        }
    }

    /// The log tells of these changes.
    pub fn followed(&self, told: &[(Vec<Tag>, Seq)]) {
        if let (Some(memory), Some((_, last))) = (self.memory(), told.last()) {
            memory.tell(told);
            memory.changes.advance(*last);
        }
    }

    /// The log is another one than before, or not known before: of what was kept nothing counts, and of what others keep
    /// what is as new as `floor` and as what is told since.
    pub fn begin(&self, epoch: &str, floor: Seq, told: &[(Vec<Tag>, Seq)]) {
        if let Some(memory) = self.memory() {
            memory.begin(epoch, floor, told);
        }
    }
}
