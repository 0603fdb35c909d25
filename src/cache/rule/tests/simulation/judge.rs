//! Who looks at every answer that is shown and knows the truth.

use super::shop::{Answer, Key, Place, Shop};

/// What is wrong with an answer that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Everybody knows everything, and it is still shown.
    Stale,
    /// A change that the node had followed is not in it.
    OlderThanKnown,
    /// A write of this node that was answered is not in it.
    LacksOwnWrite,
    /// It is of a history that the node had left.
    OfThePast,
    /// A moment had come that it does not show.
    PastItsMoment,
    /// The same reader had seen a newer one on the same node.
    OlderThanBefore,
}

/// What whoever asked may expect, by what the node knew then.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// The last change of it that the node had followed.
    pub known: Place,
    /// The last write of this node that shows in it.
    pub written: Option<Place>,
}

impl Promise {
    pub fn broken_by(self, shop: &Shop, key: Key, answer: &Answer) -> Option<Fault> {
        let version = shop.version(key, answer.place());
        if self.written.is_some_and(|written| version < written) {
            return Some(Fault::LacksOwnWrite);
        }
        if answer.history < self.known.history {
            return Some(Fault::OfThePast);
        }
        (version < self.known).then_some(Fault::OlderThanKnown)
    }
}

/// What a reader has seen, and whether that was older than what was seen before.
pub fn goes_back(shop: &Shop, key: Key, answer: &Answer, before: Option<Place>) -> bool {
    before.is_some_and(|before| {
        before.history == answer.history && shop.version(key, answer.place()) < shop.version(key, before)
    })
}

/// What happened in a run.
#[derive(Debug, Default)]
pub struct Report {
    pub faults: Vec<(Fault, String)>,
    pub hits: usize,
    pub shared_hits: usize,
    /// Answers of the shared cache that were too old.
    pub refused: usize,
    pub fills: usize,
    /// Answers of databases that were too old when they came.
    pub refilled: usize,
    pub forks: usize,
}

impl Report {
    /// Counts another run in.
    pub fn add(&mut self, other: &Report) {
        self.hits += other.hits;
        self.shared_hits += other.shared_hits;
        self.refused += other.refused;
        self.fills += other.fills;
        self.refilled += other.refilled;
        self.forks += other.forks;
    }
}
