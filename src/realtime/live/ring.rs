//! The recent events of a node in the order of the log, each written once for all who read it. Must not know what an event
//! says or who reads it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytestring::ByteString;

use crate::db::Tag;

/// A reader is given so many events at once, or so many bytes, whichever comes first: they wait in memory until its
/// socket takes them.
const MOST_EVENTS: usize = 100;
const MOST_BYTES: usize = 64 * 1024;

/// So many events are looked at in one turn; whoever wants few of them goes on in the next one.
const MOST_LOOKS: usize = 2_000;

/// What one change means to those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Of the change.
    pub seq: i64,
    /// It is sent to whoever watches one of these.
    pub topics: Vec<Tag>,
    /// The whole message as JSON.
    pub frame: ByteString,
}

/// Everything that happened behind `floor`, up to `head`.
#[derive(Debug, Default)]
pub struct Ring {
    epoch: Arc<str>,
    /// Grows whenever history turns out to be another one.
    history: u64,
    floor: i64,
    head: i64,
    events: VecDeque<Event>,
    capacity: usize,
}

/// A piece of what a reader wants.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub frames: Vec<Frame>,
    /// Nothing up to here is missing.
    pub through: i64,
    pub is_last: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub seq: i64,
    pub text: ByteString,
}

impl Ring {
    /// Of at most so many events. It knows nothing before it has begun.
    pub fn new(capacity: usize) -> Ring {
        Ring {
            capacity,
            ..Ring::default()
        }
    }

    /// Begins in a history behind `floor`; whatever there was before counts for nothing.
    pub fn begin(&mut self, epoch: &str, floor: i64) {
        self.epoch = epoch.into();
        self.history += 1;
        self.floor = floor;
        self.head = floor;
        self.events.clear();
    }

    /// Adds what happened behind the head, up to `through`: there is no gap.
    pub fn append(&mut self, events: Vec<Event>, through: i64) {
        self.events.extend(events);
        self.head = through;
        while self.events.len() > self.capacity {
            if let Some(oldest) = self.events.pop_front() {
                self.floor = oldest.seq;
            }
        }
        // Two events of one change go together.
        while self.events.front().is_some_and(|oldest| oldest.seq <= self.floor) {
            self.events.pop_front();
        }
    }

    pub fn epoch(&self) -> &Arc<str> {
        &self.epoch
    }

    /// 0 before it has begun.
    pub fn history(&self) -> u64 {
        self.history
    }

    pub fn head(&self) -> i64 {
        self.head
    }

    pub fn floor(&self) -> i64 {
        self.floor
    }

    /// What comes behind `after` and is wanted; `None` when some of that is not here any more. Events of one change are
    /// never parted.
    pub fn read(&self, after: i64, wants: impl Fn(&Event) -> bool) -> Option<Piece> {
        if after < self.floor {
            return None;
        }
        let start = self.events.partition_point(|event| event.seq <= after);
        let mut piece = Piece {
            through: after,
            ..Piece::default()
        };
        let mut bytes = 0;
        for (looks, event) in self.events.range(start..).enumerate() {
            let is_full = looks >= MOST_LOOKS || piece.frames.len() >= MOST_EVENTS || bytes >= MOST_BYTES;
            if is_full && event.seq > piece.through {
                return Some(piece);
            }
            piece.through = event.seq;
            if wants(event) {
                bytes += event.frame.len();
                piece.frames.push(Frame {
                    seq: event.seq,
                    text: event.frame.clone(),
                });
            }
        }
        piece.through = self.head.max(after);
        piece.is_last = true;
        Some(piece)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn event(seq: i64, topic: &str) -> Event {
        Event {
            seq,
            topics: vec![Tag::named(topic)],
            frame: format!("{topic}@{seq}").into(),
        }
    }

    fn seqs(piece: &Piece) -> Vec<i64> {
        piece.frames.iter().map(|frame| frame.seq).collect()
    }

    #[test]
    fn a_ring_gives_what_it_has_in_order_and_says_what_it_has_no_more() {
        let mut ring = Ring::new(3);
        ring.begin("a", 10);
        ring.append(vec![event(11, "x"), event(13, "y"), event(14, "x")], 15);
        let all = ring.read(10, |_| true).unwrap();
        assert_eq!(
            (seqs(&all), all.through, all.is_last),
            (vec![11, 13, 14], 15, true)
        );
        let some = ring
            .read(11, |event| event.topics.contains(&Tag::named("x")))
            .unwrap();
        assert_eq!((seqs(&some), some.through), (vec![14], 15));
        ring.append(vec![event(16, "x"), event(17, "x")], 17);
        assert_eq!(ring.floor(), 13);
        assert_eq!(ring.read(12, |_| true), None);
        assert_eq!(seqs(&ring.read(13, |_| true).unwrap()), [14, 16, 17]);
        // Somebody who has seen more on another node.
        let ahead = ring.read(20, |_| true).unwrap();
        assert_eq!((ahead.frames.len(), ahead.through, ahead.is_last), (0, 20, true));
    }

    #[test]
    fn events_of_one_change_come_and_go_together() {
        let mut ring = Ring::new(3);
        ring.begin("a", 0);
        ring.append(
            vec![event(1, "x"), event(1, "y"), event(2, "x"), event(2, "y")],
            2,
        );
        assert_eq!((ring.floor(), ring.read(0, |_| true)), (1, None));
        assert_eq!(seqs(&ring.read(1, |_| true).unwrap()), [2, 2]);
        let mut ring = Ring::new(1_000);
        ring.begin("a", 0);
        let twice = (0..150).flat_map(|seq| [event(seq, "x"), event(seq, "y")]);
        ring.append(twice.collect(), 150);
        let first = ring.read(-0, |_| true).unwrap();
        assert_eq!(
            (first.frames.len(), first.through, first.is_last),
            (100, 50, false)
        );
    }

    #[test]
    fn one_turn_is_bounded_by_bytes_and_by_looks() {
        let mut ring = Ring::new(10_000);
        ring.begin("a", 0);
        let long = |seq| Event {
            frame: "x".repeat(40_000).into(),
            ..event(seq, "long")
        };
        ring.append((1..=4).map(long).collect(), 4);
        assert_eq!(seqs(&ring.read(0, |_| true).unwrap()), [1, 2]);
        ring.append((5..5_000).map(|seq| event(seq, "x")).collect(), 5_000);
        let piece = ring.read(4, |_| false).unwrap();
        assert_eq!((piece.through, piece.is_last), (4 + MOST_LOOKS as i64, false));
    }

    #[test]
    fn another_history_begins_with_nothing() {
        let mut ring = Ring::new(10);
        assert_eq!(ring.history(), 0);
        ring.begin("a", 5);
        ring.append(vec![event(6, "x")], 6);
        ring.begin("b", 3);
        assert_eq!((ring.history(), ring.head(), ring.epoch().as_ref()), (2, 3, "b"));
        assert!(ring.read(3, |_| true).unwrap().frames.is_empty());
    }
}
