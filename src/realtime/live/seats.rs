//! Who reads, who is to be woken for which topic, and who has not come for long. Must not know what it is woken for.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::ring::Event;
use crate::db::Tag;

/// One reader, as those see it who have news for it.
pub struct Seat {
    number: u64,
    opened: Instant,
    /// The first event that it was woken for and has not taken yet, or 0. So at most one wake-up waits for a reader.
    pending: AtomicI64,
    /// Milliseconds after `opened` at which it was last seen at work.
    seen_ms: AtomicU64,
    wake: Box<dyn Fn() + Send + Sync>,
    cut: Box<dyn Fn() + Send + Sync>,
}

impl Seat {
    pub fn pending(&self) -> i64 {
        self.pending.load(Ordering::Acquire)
    }

    /// What it was woken for. From now on it is woken again.
    pub fn take_pending(&self) -> i64 {
        self.pending.swap(0, Ordering::AcqRel)
    }

    /// It does something.
    pub fn touch(&self) {
        let now = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.seen_ms.store(now, Ordering::Relaxed);
    }

    /// For how long nobody saw it do anything.
    fn silence(&self) -> Duration {
        let seen = Duration::from_millis(self.seen_ms.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(seen)
    }

    fn wake_for(&self, seq: i64) {
        let first = self
            .pending
            .compare_exchange(0, seq, Ordering::AcqRel, Ordering::Relaxed);
        if first.is_ok() {
            (self.wake)();
        }
    }
}

#[derive(Default)]
pub struct Seats {
    all: HashMap<u64, Arc<Seat>>,
    watching: HashMap<Tag, HashMap<u64, Arc<Seat>>>,
    next_number: u64,
}

impl Seats {
    /// A reader that is woken by `wake` and can be got rid of by `cut`.
    pub fn sit(
        &mut self,
        wake: impl Fn() + Send + Sync + 'static,
        cut: impl Fn() + Send + Sync + 'static,
    ) -> Arc<Seat> {
        self.next_number += 1;
        let seat = Arc::new(Seat {
            number: self.next_number,
            opened: Instant::now(),
            pending: AtomicI64::new(0),
            seen_ms: AtomicU64::new(0),
            wake: Box::new(wake),
            cut: Box::new(cut),
        });
        self.all.insert(seat.number, Arc::clone(&seat));
        seat
    }

    pub fn watch(&mut self, seat: &Arc<Seat>, tags: &[Tag]) {
        for tag in tags {
            let watching = self.watching.entry(*tag).or_default();
            watching.insert(seat.number, Arc::clone(seat));
        }
    }

    pub fn unwatch(&mut self, seat: &Seat, tags: impl Iterator<Item = Tag>) {
        for tag in tags {
            if let Some(watching) = self.watching.get_mut(&tag) {
                watching.remove(&seat.number);
                if watching.is_empty() {
                    self.watching.remove(&tag);
                }
            }
        }
    }

    pub fn leave(&mut self, seat: &Seat, tags: impl Iterator<Item = Tag>) {
        self.unwatch(seat, tags);
        self.all.remove(&seat.number);
    }

    /// Wakes whoever watches one of the topics of these events, once.
    pub fn wake(&self, events: &[Event]) {
        for event in events {
            for tag in &event.topics {
                for seat in self.watching.get(tag).into_iter().flat_map(HashMap::values) {
                    seat.wake_for(event.seq);
                }
            }
        }
    }

    /// How many watch a topic.
    pub fn count(&self, tag: Tag) -> usize {
        self.watching.get(&tag).map_or(0, HashMap::len)
    }

    /// At most so many topics and how many watch each, those with the most first.
    pub fn counts(&self, most: usize) -> Vec<(Tag, usize)> {
        let mut counts: Vec<_> = self.watching.iter().map(|(tag, who)| (*tag, who.len())).collect();
        counts.sort_unstable_by_key(|(tag, count)| (std::cmp::Reverse(*count), *tag));
        counts.truncate(most);
        counts
    }

    pub fn wake_all(&self, seq: i64) {
        for seat in self.all.values() {
            seat.wake_for(seq);
        }
    }

    /// Hangs up on those whose sockets take nothing any more: they did nothing for `longest`, or for `woken` although they were
    /// woken. How many there were.
    pub fn cut_silent(&self, longest: Duration, woken: Duration) -> usize {
        let is_silent = |seat: &&Arc<Seat>| {
            let silence = seat.silence();
            silence >= longest || (silence >= woken && seat.pending() > 0)
        };
        self.all
            .values()
            .filter(is_silent)
            .map(|seat| (seat.cut)())
            .count()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::super::ring::tests::event;
    use super::*;

    #[test]
    fn a_reader_is_woken_once_until_it_comes() {
        let mut seats = Seats::default();
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let wake = move || {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        let seat = seats.sit(wake, || {});
        let (x, y) = (Tag::named("x"), Tag::named("y"));
        seats.watch(&seat, &[x, y]);
        seats.wake(&[event(3, "z"), event(5, "x"), event(6, "y"), event(7, "x")]);
        assert_eq!((woken.load(Ordering::Relaxed), seat.pending()), (1, 5));
        assert_eq!((seat.take_pending(), seat.pending()), (5, 0));
        seats.wake(&[event(8, "y")]);
        assert_eq!((woken.load(Ordering::Relaxed), seat.pending()), (2, 8));
        seat.take_pending();
        seats.leave(&seat, [x, y].into_iter());
        seats.wake(&[event(9, "x")]);
        seats.wake_all(9);
        assert_eq!(woken.load(Ordering::Relaxed), 2);
        assert!(seats.watching.is_empty() && seats.all.is_empty());
    }

    #[test]
    fn who_was_woken_and_does_not_come_is_got_rid_of() {
        let mut seats = Seats::default();
        let cut = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&cut);
        let seat = seats.sit(
            || {},
            move || {
                counter.fetch_add(1, Ordering::Relaxed);
            },
        );
        let (long, none) = (Duration::from_secs(60), Duration::ZERO);
        assert_eq!(seats.cut_silent(long, none), 0);
        seats.wake_all(1);
        assert_eq!(seats.cut_silent(long, long), 0);
        assert_eq!(seats.cut_silent(long, none), 1);
        seat.take_pending();
        assert_eq!(
            seats.cut_silent(none, none),
            1,
            "silent for longer than anybody may be"
        );
        assert_eq!(cut.load(Ordering::Relaxed), 2);
    }
}
