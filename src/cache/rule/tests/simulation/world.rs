//! Everything that can happen to a shop of three nodes, in any order.

use std::collections::HashMap;

use fastrand::Rng;

use super::judge::{Fault, Promise, Report, goes_back};
use super::node::{Fill, Followed, Node};
use super::shop::{Answer, Key, Place, Shop};
use super::strategy::{Habit, Strategy};

const NODES: usize = 3;
const STEPS: usize = 160;

/// How the world is.
#[derive(Debug, Clone, Copy)]
pub struct Nature {
    /// How many tags a node remembers.
    pub capacity: usize,
    pub forks: Forks,
}

/// How a replica takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forks {
    Never,
    /// Who promotes it gives the new history its name.
    Named,
    /// The first node that notices does.
    LeftToBeNoticed,
}

pub struct World<S: Strategy> {
    nature: Nature,
    shop: Shop,
    nodes: Vec<Node<S>>,
    shared: HashMap<Key, Answer>,
    /// Who deletes twice does it at these steps.
    delete_again: Vec<(usize, Key)>,
    step: usize,
    /// The last answer that anybody got.
    shown: Option<Answer>,
    rng: Rng,
    report: Report,
}

impl<S: Strategy> World<S> {
    pub fn run(seed: u64, nature: Nature) -> Report {
        let shop = Shop::new();
        let start = |_| Node::<S>::start(nature.capacity, &shop, 0);
        let mut world = World {
            nature,
            nodes: (0..NODES).map(start).collect(),
            shop,
            shared: HashMap::new(),
            delete_again: Vec::new(),
            step: 0,
            shown: None,
            rng: Rng::with_seed(seed),
            report: Report::default(),
        };
        for step in 0..STEPS {
            world.step = step;
            world.happen();
        }
        world.settle();
        world.report
    }

    fn happen(&mut self) {
        self.delete_again_if_due();
        let node = self.rng.usize(..NODES);
        let key = self.rng.choice(Key::every()).unwrap();
        match self.rng.u8(..100) {
            0..40 => self.ask(node, key),
            40..56 => self.finish_some(node),
            56..66 => self.shop.replicate(&mut self.rng),
            66..76 => self.poll(node),
            76..88 => self.write(node),
            88..91 => drop(self.nodes[node].kept.remove(&key)),
            91..96 => self.shop.now += 1,
            96 => self.shared.clear(),
            97..99 => self.restart(node),
            _ => self.fail_over(),
        }
    }

    /// A reader asks: own memory, then the shared cache, then a database, together with whoever asks it already.
    fn ask(&mut self, node: usize, key: Key) {
        let (here, now) = (&mut self.nodes[node], self.shop.now);
        let promise = here.promise(&self.shop, key);
        if let Some(answer) = here.hit(key, now).cloned() {
            self.report.hits += 1;
            return self.show(node, key, answer, &[promise], true);
        }
        // Before the shared answer takes the place of the older one.
        let at_least = here.at_least(key);
        if let Some(answer) = self.shared.get(&key).cloned() {
            if here.keep(key, &answer, now) {
                self.report.shared_hits += 1;
                return self.show(node, key, answer, &[promise], true);
            }
            self.report.refused += 1;
        }
        if let Some(fill) = here.fills.iter_mut().find(|fill| fill.key == key) {
            return fill.promises.push(promise);
        }
        let place = self.shop.some_place(at_least, &mut self.rng);
        here.fills.push(Fill {
            key,
            answer: self.shop.read(key, place),
            promises: vec![promise],
            is_second: false,
        });
    }

    fn finish_some(&mut self, node: usize) {
        let fills = self.nodes[node].fills.len();
        if fills > 0 {
            let fill = self.nodes[node].fills.swap_remove(self.rng.usize(..fills));
            self.finish(node, fill);
        }
    }

    /// A database's answer has come. One that is too old by then is read once more; if that was in vain too, from the
    /// primary.
    fn finish(&mut self, node: usize, mut fill: Fill) {
        let (here, now) = (&mut self.nodes[node], self.shop.now);
        let mut is_valid = here.keep(fill.key, &fill.answer, now);
        if !is_valid && !fill.is_second {
            self.report.refilled += 1;
            let at_least = here.strategy.at_least(&fill.answer.tags);
            let place = self.shop.some_place(at_least, &mut self.rng);
            fill.answer = self.shop.read(fill.key, place);
            fill.is_second = true;
            return here.fills.push(fill);
        }
        if !is_valid {
            fill.answer = self.shop.read(fill.key, self.shop.primary());
            is_valid = here.keep(fill.key, &fill.answer, now);
        }
        self.report.fills += 1;
        self.shared.insert(fill.key, fill.answer.clone());
        self.show(node, fill.key, fill.answer, &fill.promises, is_valid);
    }

    fn show(&mut self, node: usize, key: Key, answer: Answer, promises: &[Promise], is_valid: bool) {
        for promise in promises {
            if let Some(fault) = promise.broken_by(&self.shop, key, &answer) {
                self.fault(fault, node, key, &answer);
            }
        }
        if is_valid && answer.content != self.shop.content(key, answer.place()) {
            self.fault(Fault::PastItsMoment, node, key, &answer);
        }
        let before = self.nodes[node].seen.insert(key, answer.place());
        if goes_back(&self.shop, key, &answer, before) {
            self.fault(Fault::OlderThanBefore, node, key, &answer);
        }
        self.shown = Some(answer);
    }

    fn fault(&mut self, fault: Fault, node: usize, key: Key, answer: &Answer) {
        let line = format!("step {}, node {node}, {key:?} shows {answer:?}", self.step);
        self.report.faults.push((fault, line));
    }

    /// Somebody writes at this node and gets the answer; perhaps a node is woken.
    fn write(&mut self, node: usize) {
        let change = self.shop.write(&mut self.rng);
        let (here, written) = (&mut self.nodes[node], self.shop.primary());
        // The write says in which history it is.
        if here.epoch != self.shop.epoch() {
            here.begin_anew(&self.shop);
        }
        here.strategy.bump(&change.tags(), written.position);
        for key in Key::every().into_iter().filter(|key| change.touches(*key)) {
            self.nodes[node].written.insert(key, written);
            self.follow_habit(node, key, written);
        }
        let woken = self.rng.usize(..2 * NODES);
        if woken < NODES {
            self.poll(woken);
        }
    }

    /// What a write does to the answers that show it.
    fn follow_habit(&mut self, node: usize, key: Key, written: Place) {
        let (here, answer) = (&mut self.nodes[node], self.shop.read(key, written));
        match S::HABIT {
            Habit::Judge if self.rng.bool() => drop(self.shared.insert(key, answer)),
            Habit::Judge => {}
            Habit::Replace => {
                here.keep(key, &answer, self.shop.now);
                self.shared.insert(key, answer);
            }
            Habit::Delete | Habit::DeleteTwice => {
                here.kept.remove(&key);
                self.shared.remove(&key);
                self.delete_again.push((self.step + 20, key));
            }
        }
    }

    fn delete_again_if_due(&mut self) {
        let step = self.step;
        for (_, key) in self.delete_again.extract_if(.., |(due, _)| *due <= step) {
            if S::HABIT == Habit::DeleteTwice {
                self.shared.remove(&key);
                self.nodes
                    .iter_mut()
                    .for_each(|node| drop(node.kept.remove(&key)));
            }
        }
    }

    /// A node looks at the log, at some database, and reads a part of what is new.
    fn poll(&mut self, node: usize) {
        let limit = self.rng.i64(1..5);
        let place = self.shop.some_place(0, &mut self.rng);
        let is_whole = self.rng.u8(..5) > 0;
        self.follow(node, place, limit, is_whole);
    }

    fn follow(&mut self, node: usize, place: Place, limit: i64, is_whole: bool) {
        let here = &mut self.nodes[node];
        match here.follow(&self.shop, place, limit) {
            Followed::Along if is_whole => here.strategy.advance(here.told.position),
            Followed::Along | Followed::Nothing => {}
            Followed::Fork => {
                if here.epoch == self.shop.epoch() {
                    self.shop.name_anew();
                }
                here.begin_anew(&self.shop);
            }
        }
    }

    fn restart(&mut self, node: usize) {
        let back = self.rng.i64(0..6).min(self.shop.primary().position);
        let new = Node::start(self.nature.capacity, &self.shop, back);
        let old = std::mem::replace(&mut self.nodes[node], new);
        // Whoever wrote and read there comes again.
        self.nodes[node].written = old.written;
        self.nodes[node].seen = old.seen;
    }

    fn fail_over(&mut self) {
        if self.nature.forks == Forks::Never {
            return;
        }
        self.report.forks += 1;
        let is_named = self.nature.forks == Forks::Named;
        self.shop.fail_over(is_named, &mut self.rng);
        if S::HABIT != Habit::Judge {
            self.shared.clear();
        }
    }

    /// Nothing is written any more and everybody learns everything. Then every answer has to be the truth, now and after
    /// every moment has come.
    fn settle(&mut self) {
        self.step = STEPS + 20;
        self.delete_again_if_due();
        self.shop.replicate_all();
        // Twice: a history to which the last node gives a name is news for the first one.
        for node in (0..NODES).chain(0..NODES) {
            while !self.nodes[node].fills.is_empty() {
                self.finish_some(node);
            }
            self.follow(node, self.shop.primary(), i64::MAX, true);
        }
        for _ in 0..2 {
            self.compare_with_the_truth();
            self.shop.now += 10;
        }
    }

    fn compare_with_the_truth(&mut self) {
        let keys = Key::every();
        for (node, key) in (0..NODES).flat_map(|node| keys.iter().map(move |key| (node, *key))) {
            self.ask(node, key);
            while !self.nodes[node].fills.is_empty() {
                self.finish_some(node);
            }
            let truth = self.shop.content(key, self.shop.primary());
            if let Some(shown) = self.shown.take().filter(|shown| shown.content != truth) {
                self.fault(Fault::Stale, node, key, &shown);
            }
        }
    }
}
