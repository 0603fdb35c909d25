//! What others do, and the rule with one part left out each. All of it shows stale answers for good, in the very same
//! simulation: so the simulation can tell, and no part of the rule is there for nothing.

use std::collections::{HashMap, VecDeque};

use super::shop::Answer;
use super::strategy::{Habit, Strategy};
use crate::db::Tag;

/// Whatever is there is shown until its moment; all depends on what writes do to it.
pub struct Trusting<const HABIT: u8>;

pub type DeleteOnWrite = Trusting<0>;
pub type DeleteTwice = Trusting<1>;
pub type ReplaceOnWrite = Trusting<2>;

impl<const HABIT: u8> Strategy for Trusting<HABIT> {
    type Stamp = Option<i64>;
    const HABIT: Habit = match HABIT {
        0 => Habit::Delete,
        1 => Habit::DeleteTwice,
        _ => Habit::Replace,
    };

    fn new(_capacity: usize) -> Self {
        Trusting
    }

    fn begin(&mut self, _epoch: usize, _floor: i64) {}

    fn bump(&mut self, _tags: &[Tag], _seq: i64) {}

    fn advance(&mut self, _seq: i64) {}

    fn stamp(&self, answer: &Answer) -> Option<Option<i64>> {
        Some(answer.until)
    }

    fn is_valid(&self, until: &Option<i64>, now: i64) -> bool {
        until.is_none_or(|until| now < until)
    }

    fn at_least(&self, _tags: &[Tag]) -> i64 {
        0
    }

    fn known(&self) -> i64 {
        0
    }
}

/// Which part of the rule is missing.
pub const FLOOR: u8 = 0;
pub const EPOCH: u8 = 1;
pub const MOMENT: u8 = 2;
/// None is: then it must do as well as the rule.
pub const NOTHING: u8 = 3;

/// The rule as one would write it down at first, for one thread.
pub struct Without<const PART: u8> {
    capacity: usize,
    epoch: usize,
    floor: i64,
    known: i64,
    latest: HashMap<Tag, i64>,
    order: VecDeque<(Tag, i64)>,
}

impl<const PART: u8> Strategy for Without<PART> {
    type Stamp = Answer;

    fn new(capacity: usize) -> Self {
        Without {
            capacity,
            epoch: 0,
            floor: 0,
            known: 0,
            latest: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    fn begin(&mut self, epoch: usize, floor: i64) {
        let capacity = self.capacity;
        *self = Self::new(capacity);
        (self.epoch, self.floor, self.known) = (epoch, floor, floor);
    }

    fn bump(&mut self, tags: &[Tag], seq: i64) {
        for tag in tags {
            if seq <= self.at_least(&[*tag]) {
                continue;
            }
            self.latest.insert(*tag, seq);
            self.order.push_back((*tag, seq));
        }
        while self.latest.len() > self.capacity {
            let Some((tag, seq)) = self.order.pop_front() else {
                return;
            };
            if self.latest.get(&tag) == Some(&seq) {
                self.latest.remove(&tag);
                self.floor = self.floor.max(seq);
            }
        }
    }

    fn advance(&mut self, seq: i64) {
        self.known = self.known.max(seq);
    }

    fn stamp(&self, answer: &Answer) -> Option<Answer> {
        (PART == EPOCH || answer.epoch == self.epoch).then(|| answer.clone())
    }

    fn is_valid(&self, stamp: &Answer, now: i64) -> bool {
        let same = PART == EPOCH || stamp.epoch == self.epoch;
        let lasts = PART == MOMENT || stamp.until.is_none_or(|until| now < until);
        same && lasts && self.at_least(&stamp.tags) <= stamp.as_of
    }

    fn at_least(&self, tags: &[Tag]) -> i64 {
        let forgotten = if PART == FLOOR { 0 } else { self.floor };
        let changed = |tag| self.latest.get(tag).copied().unwrap_or(forgotten);
        tags.iter().map(changed).max().unwrap_or_default()
    }

    fn known(&self) -> i64 {
        self.known
    }
}
