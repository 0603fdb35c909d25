//! How a node decides which kept answers it shows: the rule, and what it must be told apart from.

use crate::cache::rule::tests::simulation::shop::Answer;
use crate::cache::rule::{LastChanged, Stamp};
use crate::db::{Seq, Tag};

/// What a node does to kept answers when something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Nothing: each is judged when it is asked for. The new answer may be put into the shared cache.
    Judge,
    /// The answers that show it are deleted,
    Delete,
    /// and once more a little later,
    DeleteTwice,
    /// or replaced by the new ones.
    Replace,
}

/// What a node knows, and how it judges by it.
pub trait Strategy {
    type Stamp;
    const HABIT: Habit = Habit::Judge;

    fn new(capacity: usize) -> Self;
    fn begin(&mut self, epoch: usize, floor: i64);
    fn bump(&mut self, tags: &[Tag], seq: i64);
    fn advance(&mut self, seq: i64);
    /// Of an answer that came from a database or from the shared cache.
    fn stamp(&self, answer: &Answer) -> Option<Self::Stamp>;
    fn is_valid(&self, stamp: &Self::Stamp, now: i64) -> bool;
    /// How new a database must be to be asked anew for an answer with these tags.
    fn at_least(&self, tags: &[Tag]) -> i64;
    fn known(&self) -> i64;
}

/// The rule.
pub struct Rule(pub LastChanged);

fn name(epoch: usize) -> String {
    format!("epoch {epoch}")
}

impl Strategy for Rule {
    type Stamp = Stamp;

    fn new(capacity: usize) -> Self {
        Rule(LastChanged::new(capacity))
    }

    fn begin(&mut self, epoch: usize, floor: i64) {
        self.0.begin(&name(epoch), Seq(floor));
    }

    fn bump(&mut self, tags: &[Tag], seq: i64) {
        self.0.bump(tags, Seq(seq));
    }

    fn advance(&mut self, seq: i64) {
        self.0.advance(Seq(seq));
    }

    fn stamp(&self, answer: &Answer) -> Option<Stamp> {
        let tags = answer.tags.clone().into();
        self.0
            .stamp(&name(answer.epoch), Seq(answer.as_of), tags, answer.until)
    }

    fn is_valid(&self, stamp: &Stamp, now: i64) -> bool {
        self.0.is_valid(stamp, now)
    }

    fn at_least(&self, tags: &[Tag]) -> i64 {
        self.0.last_changed(tags).0
    }

    fn known(&self) -> i64 {
        self.0.known().0
    }
}

/// The rule, and an answer that is ahead of the log is news of what it shows: whatever is older is not shown after it.
pub struct NeverBack(Rule);

impl Strategy for NeverBack {
    type Stamp = Stamp;

    fn new(capacity: usize) -> Self {
        NeverBack(Rule::new(capacity))
    }

    fn begin(&mut self, epoch: usize, floor: i64) {
        self.0.begin(epoch, floor);
    }

    fn bump(&mut self, tags: &[Tag], seq: i64) {
        self.0.bump(tags, seq);
    }

    fn advance(&mut self, seq: i64) {
        self.0.advance(seq);
    }

    fn stamp(&self, answer: &Answer) -> Option<Stamp> {
        let stamp = self.0.stamp(answer)?;
        let known = &self.0.0;
        if stamp.as_of() > known.known() {
            known.bump(stamp.tags(), stamp.as_of());
        }
        Some(stamp)
    }

    fn is_valid(&self, stamp: &Stamp, now: i64) -> bool {
        self.0.is_valid(stamp, now)
    }

    fn at_least(&self, tags: &[Tag]) -> i64 {
        self.0.at_least(tags)
    }

    fn known(&self) -> i64 {
        self.0.known()
    }
}
