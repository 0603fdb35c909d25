//! Which tag changed last when, as far as there is room: the oldest are forgotten, and the floor says how far back.
//! Must not know that several threads use it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::db::{Seq, Tag};

/// The latest change of each tag in one history. Whatever is not remembered did not change after the floor.
#[derive(Debug)]
pub struct Memory {
    capacity: usize,
    epoch: Arc<str>,
    /// How many histories were begun; 0 is none.
    history: u64,
    floor: Seq,
    latest: HashMap<Tag, Seq>,
    /// The same by age. By position and not by arrival: the write of this node comes before older ones of others, and if
    /// it were forgotten first the floor would jump over those.
    by_age: BTreeSet<(Seq, Tag)>,
}

impl Memory {
    /// Of no history yet.
    pub fn new(capacity: usize) -> Memory {
        Memory {
            capacity,
            epoch: Arc::from(""),
            history: 0,
            floor: Seq::default(),
            latest: HashMap::new(),
            by_age: BTreeSet::new(),
        }
    }

    /// Another history, or the same one anew.
    pub fn begin(&mut self, epoch: &str, floor: Seq) {
        self.epoch = Arc::from(epoch);
        self.history += 1;
        self.floor = floor;
        self.latest.clear();
        self.by_age.clear();
    }

    /// Whether that was news.
    pub fn remember(&mut self, tag: Tag, seq: Seq) -> bool {
        // At or below the floor it is known already: the tag counts as changed at the floor.
        if seq <= self.changed(tag) {
            return false;
        }
        if let Some(older) = self.latest.insert(tag, seq) {
            self.by_age.remove(&(older, tag));
        }
        self.by_age.insert((seq, tag));
        while self.by_age.len() > self.capacity {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        if let Some((seq, tag)) = self.by_age.pop_first() {
            self.latest.remove(&tag);
            self.floor = seq;
        }
    }

    /// When a tag changed last, or the latest moment at which it can have changed.
    fn changed(&self, tag: Tag) -> Seq {
        self.latest.get(&tag).copied().unwrap_or(self.floor)
    }

    /// The latest change of any of these tags.
    pub fn last_changed(&self, tags: &[Tag]) -> Seq {
        let changes = tags.iter().map(|tag| self.changed(*tag));
        changes.max().unwrap_or_default()
    }

    /// The newest change of any tag.
    pub fn newest(&self) -> Seq {
        self.by_age.last().map_or(self.floor, |(seq, _)| *seq)
    }

    /// The number of the history, if it is the one of this name.
    pub fn history_named(&self, epoch: &str) -> Option<u64> {
        (self.history > 0 && *self.epoch == *epoch).then_some(self.history)
    }

    pub fn is_history(&self, number: u64) -> bool {
        self.history == number
    }

    pub fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch)
    }

    pub fn floor(&self) -> Seq {
        self.floor
    }

    pub fn remembered(&self) -> usize {
        self.latest.len()
    }
}
