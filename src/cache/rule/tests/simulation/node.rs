//! One node of the simulated shop: what it keeps and how far it followed the log.

use std::collections::HashMap;

use super::judge::Promise;
use super::shop::{Answer, Key, Place, Shop};
use super::strategy::{Habit, Strategy};

/// Somebody's question on its way to a database and back.
pub struct Fill {
    pub key: Key,
    pub answer: Answer,
    /// Of all who wait for it.
    pub promises: Vec<Promise>,
    pub is_second: bool,
}

/// What a look into the log gave.
pub enum Followed {
    Along,
    /// A replica that is behind or apart.
    Nothing,
    Fork,
}

pub struct Node<S: Strategy> {
    pub strategy: S,
    pub epoch: usize,
    /// Up to where changes were told, perhaps further than the position that is known.
    pub told: Place,
    pub kept: HashMap<Key, (Answer, S::Stamp)>,
    pub fills: Vec<Fill>,
    /// Up to where its own writes show.
    pub written: HashMap<Key, Place>,
    /// The newest version that the reader of this node has seen.
    pub seen: HashMap<Key, Place>,
}

impl<S: Strategy> Node<S> {
    /// Started at the end of the log, after it was told the last changes anew.
    pub fn start(capacity: usize, shop: &Shop, back: i64) -> Node<S> {
        let head = shop.primary();
        let floor = Place {
            position: head.position - back,
            ..head
        };
        let mut node = Node {
            strategy: S::new(capacity),
            epoch: shop.epoch(),
            told: floor,
            kept: HashMap::new(),
            fills: Vec::new(),
            written: HashMap::new(),
            seen: HashMap::new(),
        };
        node.strategy.begin(node.epoch, floor.position);
        node.tell(shop, head.position);
        node.strategy.advance(head.position);
        node
    }

    /// Looks into the log of a database and reads so many of the changes there.
    pub fn follow(&mut self, shop: &Shop, at: Place, limit: i64) -> Followed {
        if self.goes_on(shop, at) {
            self.told.history = at.history;
            self.tell(shop, at.position.min(self.told.position.saturating_add(limit)));
            return Followed::Along;
        }
        // Only what the primary says is history.
        if self.goes_on(shop, shop.primary()) {
            Followed::Nothing
        } else {
            Followed::Fork
        }
    }

    /// Whether the log there is the one that this node has read, as far as it can tell.
    fn goes_on(&self, shop: &Shop, at: Place) -> bool {
        let told = self.told;
        let is_same = shop.epoch_of(at.history) == self.epoch;
        is_same && told.position <= shop.in_common(told.history, at.history) || told.history == at.history
    }

    fn tell(&mut self, shop: &Shop, to: i64) {
        for seq in self.told.position + 1..=to {
            let change = shop.change(self.told.history, seq);
            self.strategy.bump(&change.tags(), seq);
            if S::HABIT != Habit::Judge {
                self.kept.retain(|key, _| !change.touches(*key));
            }
            self.told.position = seq;
        }
    }

    /// Another history, from its end on.
    pub fn begin_anew(&mut self, shop: &Shop) {
        self.epoch = shop.epoch();
        self.told = shop.primary();
        self.strategy.begin(self.epoch, self.told.position);
        if S::HABIT != Habit::Judge {
            self.kept.clear();
        }
    }

    pub fn promise(&self, shop: &Shop, key: Key) -> Promise {
        let known = Place {
            position: self.strategy.known(),
            ..self.told
        };
        Promise {
            known: shop.version(key, known),
            written: self.written.get(&key).copied(),
        }
    }

    /// What is kept, if it may be shown.
    pub fn hit(&self, key: Key, now: i64) -> Option<&Answer> {
        let (answer, stamp) = self.kept.get(&key)?;
        self.strategy.is_valid(stamp, now).then_some(answer)
    }

    /// Keeps an answer, and says whether it may be shown.
    pub fn keep(&mut self, key: Key, answer: &Answer, now: i64) -> bool {
        let Some(stamp) = self.strategy.stamp(answer) else {
            return false;
        };
        let is_valid = self.strategy.is_valid(&stamp, now);
        self.kept.insert(key, (answer.clone(), stamp));
        is_valid
    }

    /// How new a database has to be for a key of which an older answer may be here.
    pub fn at_least(&self, key: Key) -> i64 {
        match self.kept.get(&key) {
            Some((older, _)) => self.strategy.at_least(&older.tags),
            None => self.strategy.known(),
        }
    }
}
