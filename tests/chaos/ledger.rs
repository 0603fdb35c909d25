//! What the shop acknowledged and showed, kept by those who asked, and how long they waited. Must not know databases.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A write that the shop said was done.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    pub seq: i64,
    pub product_id: i64,
    pub said: Said,
}

/// What the answer said about the product.
#[derive(Clone, Debug)]
pub enum Said {
    Price(String),
    Stock(i64),
    Made(String),
}

#[derive(Default)]
pub struct Ledger {
    pub acknowledged: Vec<Acknowledged>,
    /// What the stock of a product must be: what it was, and every delta that counted.
    pub stock: HashMap<i64, i64>,
    pub made: usize,
    /// The prices of each session's product in their order, with when they were known to be in force.
    pub prices: HashMap<i64, Vec<(String, Instant)>>,
    /// Reads that were older than the session's own write.
    pub stale: Vec<String>,
    /// Answers that no fault excuses.
    pub odd: Vec<String>,
    pub window: Window,
}

/// What happened since it was last taken.
#[derive(Default)]
pub struct Window {
    pub reads: Calls,
    pub own_reads: Calls,
    pub writes: Calls,
    /// The crowd's reads of what nobody changes: each is a hit.
    pub hits: Calls,
    /// The crowd's reads of what changes all the time: hits in between.
    pub moving: Calls,
    /// The last answer to somebody who was refused.
    pub refusal: String,
    /// Answers to the crowd that were marked as out of date.
    pub marked: usize,
    /// The oldest state that a reader who asked for nothing newer was shown.
    pub oldest: Duration,
}

#[derive(Default)]
pub struct Calls(Vec<Call>);

struct Call {
    begun: Instant,
    took: Duration,
    is_well: bool,
}

impl Calls {
    pub fn note(&mut self, begun: Instant, is_well: bool) {
        self.0.push(Call {
            begun,
            took: begun.elapsed(),
            is_well,
        });
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn errors(&self) -> usize {
        self.0.iter().filter(|call| !call.is_well).count()
    }

    pub fn worst(&self) -> Duration {
        self.0.iter().map(|call| call.took).max().unwrap_or_default()
    }

    /// 99 of 100 took no longer.
    pub fn p99(&self) -> Duration {
        self.p99_of(|_| true)
    }

    /// The same of those begun since.
    pub fn p99_since(&self, since: Instant) -> Duration {
        self.p99_of(|call| call.begun >= since)
    }

    fn p99_of(&self, is_meant: impl Fn(&Call) -> bool) -> Duration {
        let meant = self.0.iter().filter(|call| is_meant(call));
        let mut times: Vec<Duration> = meant.map(|call| call.took).collect();
        times.sort_unstable();
        times.get(times.len() * 99 / 100).copied().unwrap_or_default()
    }
}

impl Ledger {
    pub fn acknowledge(&mut self, seq: i64, product_id: i64, said: Said) {
        self.acknowledged.push(Acknowledged {
            seq,
            product_id,
            said,
        });
    }

    /// The price is in force from now on.
    pub fn set_price(&mut self, product_id: i64, price: &str) {
        let known = self.prices.entry(product_id).or_default();
        known.push((price.to_owned(), Instant::now()));
    }

    /// Notes how old the price is that a read begun at `begun` was shown.
    pub fn note_age(&mut self, product_id: i64, price: &str, begun: Instant) {
        let known = self.prices.get(&product_id).map_or(&[][..], Vec::as_slice);
        let shown = known.iter().rposition(|(known, _)| known == price);
        // What is not known yet was written a moment ago.
        let next = shown.and_then(|shown| known.get(shown + 1));
        let age = next.map_or(Duration::ZERO, |(_, since)| {
            begun.saturating_duration_since(*since)
        });
        self.window.oldest = self.window.oldest.max(age);
    }

    pub fn take_window(&mut self) -> Window {
        std::mem::take(&mut self.window)
    }
}
