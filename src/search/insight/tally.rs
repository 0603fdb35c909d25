//! What was counted and is not stored yet, in bounded memory. Must not know storage.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Sums;

/// Queries that are counted at once; further ones are not counted until some are stored or forgotten.
const MOST_COUNTED: usize = 10_000;

/// A query that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub query: String,
    pub sums: Sums,
}

/// Counters by query. Whoever keeps an answer holds its counter.
#[derive(Debug, Default)]
struct Tally {
    found: Arc<AtomicU32>,
    in_vain: Arc<AtomicU32>,
    clicks: u32,
    /// Taken before, and too few to be kept so far.
    before: Sums,
}

impl Tally {
    fn take(&mut self) -> Sums {
        let found = i64::from(self.found.swap(0, Ordering::Relaxed));
        let in_vain = i64::from(self.in_vain.swap(0, Ordering::Relaxed));
        let before = std::mem::take(&mut self.before);
        Sums {
            searches: before.searches + found + in_vain,
            in_vain: before.in_vain + in_vain,
            clicks: before.clicks + i64::from(std::mem::take(&mut self.clicks)),
        }
    }

    fn is_held(&self) -> bool {
        Arc::strong_count(&self.found) > 1 || Arc::strong_count(&self.in_vain) > 1
    }
}

#[derive(Debug, Default)]
pub struct Tallies {
    by_query: HashMap<String, Tally>,
    /// The day on which was counted what waits.
    day: String,
}

impl Tallies {
    pub fn counter(&mut self, query: String, found: bool) -> Arc<AtomicU32> {
        let Some(tally) = self.tally(query) else {
            return Arc::default();
        };
        Arc::clone(if found { &tally.found } else { &tally.in_vain })
    }

    pub fn click(&mut self, query: String) {
        if let Some(tally) = self.tally(query) {
            tally.clicks = tally.clicks.saturating_add(1);
        }
    }

    fn tally(&mut self, query: String) -> Option<&mut Tally> {
        if self.by_query.len() >= MOST_COUNTED && !self.by_query.contains_key(&query) {
            return None;
        }
        Some(self.by_query.entry(query).or_default())
    }

    /// Everything that was counted. What was too little to be kept yesterday is forgotten today.
    pub fn take(&mut self, today: &str) -> Vec<Waiting> {
        if self.day != today {
            self.by_query
                .values_mut()
                .for_each(|tally| tally.before = Sums::default());
            today.clone_into(&mut self.day);
        }
        let mut taken = Vec::new();
        for (query, tally) in &mut self.by_query {
            let sums = tally.take();
            if sums != Sums::default() {
                taken.push(Waiting {
                    query: query.clone(),
                    sums,
                });
            }
        }
        self.by_query.retain(|_, tally| tally.is_held());
        taken
    }

    /// Takes back what could not be stored or may not be kept yet.
    pub fn wait(&mut self, waiting: Vec<Waiting>) {
        for Waiting { query, sums } in waiting {
            if let Some(tally) = self.tally(query) {
                tally.before.searches += sums.searches;
                tally.before.in_vain += sums.in_vain;
                tally.before.clicks += sums.clicks;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(searches: i64, in_vain: i64, clicks: i64) -> Sums {
        Sums {
            searches,
            in_vain,
            clicks,
        }
    }

    #[test]
    fn what_waits_adds_up_and_is_forgotten_with_its_day() {
        let mut tallies = Tallies::default();
        let kept_answer = tallies.counter("lamp".to_owned(), true);
        kept_answer.fetch_add(1, Ordering::Relaxed);
        tallies
            .counter("lamp".to_owned(), false)
            .fetch_add(1, Ordering::Relaxed);
        tallies.click("lamp".to_owned());
        let taken = tallies.take("2026-11-27");
        assert_eq!(taken.first().unwrap().sums, sums(2, 1, 1));
        tallies.wait(taken);
        kept_answer.fetch_add(1, Ordering::Relaxed);
        let taken = tallies.take("2026-11-27");
        assert_eq!(taken.first().unwrap().sums, sums(3, 1, 1));
        tallies.wait(taken);
        kept_answer.fetch_add(5, Ordering::Relaxed);
        assert_eq!(tallies.take("2026-11-28").first().unwrap().sums, sums(5, 0, 0));
    }

    #[test]
    fn memory_is_bounded_and_what_nobody_holds_is_forgotten() {
        let mut tallies = Tallies::default();
        for number in 0..MOST_COUNTED + 10 {
            tallies
                .counter(format!("query {number}"), true)
                .fetch_add(1, Ordering::Relaxed);
        }
        assert_eq!(tallies.by_query.len(), MOST_COUNTED);
        let held = tallies.counter("query 1".to_owned(), true);
        assert_eq!(tallies.take("2026-11-27").len(), MOST_COUNTED);
        assert_eq!(tallies.by_query.len(), 1);
        drop(held);
        tallies.take("2026-11-27");
        assert!(tallies.by_query.is_empty());
    }
}
