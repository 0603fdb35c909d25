//! For how long the index has known of changes that are not in it. Must not know why.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::Index;
use crate::db::{Router, Seq};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// Positions of which it is remembered when they became known; the oldest is the one that counts.
const MOST_REMEMBERED: usize = 64;

/// What is known of the log, and since when.
pub(super) struct Lag {
    newest: watch::Receiver<Seq>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Read from the log, also where nobody told this process of it.
    read: Seq,
    /// Positions that the index had not reached, rising.
    ahead: VecDeque<(Seq, Instant)>,
}

impl Known {
    /// Since when the oldest of the changes is known that are not in an index that has come to `reached`.
    fn since(&mut self, newest: Seq, reached: Seq, now: Instant) -> Option<Instant> {
        let newest = newest.max(self.read);
        let last = self.ahead.back().map_or(reached, |(seq, _)| *seq);
        if newest > last.max(reached) && self.ahead.len() < MOST_REMEMBERED {
            self.ahead.push_back((newest, now));
        }
        while self.ahead.front().is_some_and(|(seq, _)| *seq <= reached) {
            self.ahead.pop_front();
        }
        self.ahead.front().map(|(_, since)| *since)
    }
}

impl Lag {
    pub fn new(db: &Router) -> Lag {
        Lag {
            newest: db.newest(),
            known: Mutex::default(),
        }
    }

    /// The log was read up to here.
    pub fn has_read(&self, seq: Seq) {
        let mut known = self.known.lock();
        known.read = known.read.max(seq);
    }

    /// History may be another one: what was read of the former counts for nothing.
    pub fn begin(&self) {
        *self.known.lock() = Known::default();
    }

    /// Since when the index, which has come to `reached`, has been behind; `None` when it is not.
    pub fn since(&self, reached: Seq) -> Option<Instant> {
        let newest = *self.newest.borrow();
        self.known.lock().since(newest, reached, Instant::now())
    }
}

impl Index {
    /// Reports how far the index is behind, until the process ends.
    pub(super) async fn watch(&self) {
        loop {
            let since = self.behind_since();
            let seconds = since.map_or(0.0, |since| since.elapsed().as_secs_f64());
            self.0.metrics.set_lag(seconds);
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(super) fn behind_since(&self) -> Option<Instant> {
        let reached = self.0.state.borrow().seq;
        self.0.lag.since(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_follows_a_stream_is_as_late_as_the_oldest_change_that_it_lacks() {
        let (mut known, start) = (Known::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(known.since(Seq(5), Seq(5), at(0)), None);
        assert_eq!(known.since(Seq(6), Seq(5), at(10)), Some(at(10)));
        assert_eq!(known.since(Seq(9), Seq(5), at(100)), Some(at(10)));
        assert_eq!(
            known.since(Seq(12), Seq(6), at(200)),
            Some(at(100)),
            "6 is in it, 9 is not"
        );
        assert_eq!(known.since(Seq(12), Seq(12), at(300)), None);
    }

    #[test]
    fn a_long_stream_takes_no_more_memory_than_a_short_one() {
        let (mut known, now) = (Known::default(), Instant::now());
        for seq in 1..1_000 {
            known.since(Seq(seq), Seq(0), now);
        }
        assert_eq!(known.ahead.len(), MOST_REMEMBERED);
    }
}
