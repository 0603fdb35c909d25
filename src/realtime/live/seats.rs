//! Who reads, who is to be woken for which topic, and who has not come for long. Must not know what it is woken for.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::Stream;
use futures_util::task::AtomicWaker;

use super::ring::Event;
use crate::db::Tag;
use crate::realtime::line::Line;

/// One reader, as those see it who have news for it.
pub struct Seat {
    number: u64,
    opened: Instant,
    /// The first event that it was woken for and has not taken yet, or 0. So at most one wake-up waits for a reader.
    pending: AtomicI64,
    /// Milliseconds after `opened` at which it was last seen at work.
    seen_ms: AtomicU64,
    /// It was woken since its bell was last heard.
    is_rung: AtomicBool,
    listener: AtomicWaker,
    /// By which it is got rid of.
    line: Option<Line>,
}

/// There is something to take, or the node ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Wake;

/// The wake-ups of a reader: several that nobody heard are one. One listener hears them.
pub struct Bell(Arc<Seat>);

impl Stream for Bell {
    type Item = Wake;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Wake>> {
        let seat = &self.0;
        // In this order, so that what rings in between is heard.
        seat.listener.register(context.waker());
        match seat.is_rung.swap(false, Ordering::AcqRel) {
            true => Poll::Ready(Some(Wake)),
            false => Poll::Pending,
        }
    }
}

impl Seat {
    pub fn bell(self: &Arc<Self>) -> Bell {
        Bell(Arc::clone(self))
    }

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
            self.is_rung.store(true, Ordering::Release);
            self.listener.wake();
        }
    }

    fn cut(&self) {
        if let Some(line) = &self.line {
            line.cut();
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
    /// A reader that can be got rid of by its line.
    pub fn sit(&mut self, line: Option<Line>) -> Arc<Seat> {
        self.next_number += 1;
        let seat = Arc::new(Seat {
            number: self.next_number,
            opened: Instant::now(),
            pending: AtomicI64::new(0),
            seen_ms: AtomicU64::new(0),
            is_rung: AtomicBool::new(false),
            listener: AtomicWaker::new(),
            line,
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
            .inspect(|seat| seat.cut())
            .count()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::super::ring::tests::event;
    use super::*;

    #[test]
    fn a_reader_is_woken_once_until_it_comes() {
        let mut seats = Seats::default();
        let seat = seats.sit(None);
        let mut bell = seat.bell();
        let mut is_woken = || bell.next().now_or_never().is_some();
        let (x, y) = (Tag::named("x"), Tag::named("y"));
        seats.watch(&seat, &[x, y]);
        seats.wake(&[event(3, "z"), event(5, "x"), event(6, "y"), event(7, "x")]);
        assert_eq!((is_woken(), is_woken(), seat.pending()), (true, false, 5));
        seats.wake(&[event(8, "x")]);
        assert!(!is_woken(), "it has not come yet");
        assert_eq!((seat.take_pending(), seat.pending()), (5, 0));
        seats.wake(&[event(9, "y")]);
        assert_eq!((is_woken(), is_woken(), seat.pending()), (true, false, 9));
        seat.take_pending();
        seats.leave(&seat, [x, y].into_iter());
        seats.wake(&[event(10, "x")]);
        seats.wake_all(10);
        assert!(!is_woken());
        assert!(seats.watching.is_empty() && seats.all.is_empty());
    }

    #[test]
    fn who_was_woken_and_does_not_come_is_got_rid_of() {
        let mut seats = Seats::default();
        let seat = seats.sit(None);
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
    }
}
