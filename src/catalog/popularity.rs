//! How much products are looked at: a count of views in which recent ones count more. Outside the change log: a view is
//! no change of the shop. Must not know who looks.
//!
//! A view loses half its weight every [`HALF_LIFE_DAYS`]. The score kept is the logarithm of the sum of `2^(t / half-life)`
//! over all views at their times `t`. The present popularity is `2^(score - now / half-life)`; since `now` is the same for
//! all, scores sort as popularities do and time passes without touching a row (forward decay: Cormode, Shkapenyuk,
//! Srivastava and Xu, 2009).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::{Catalog, repo};
use crate::db::{Moment, Router};
use crate::error::Result;

/// After so many days a view counts half.
const HALF_LIFE_DAYS: f64 = 14.0;

/// Where time begins for scores: 2026-01-01. They are small numbers then, and 0 is so long ago that it counts nothing.
const BEGINNING: f64 = 1_767_225_600.0 - 100.0 * HALF_LIFE_DAYS * 86_400.0;

/// Products that are counted at once; views of more are not counted until the next flush, which bounds memory.
const MOST_COUNTED: usize = 100_000;

/// Rows of one transaction.
const BATCH: usize = 100;

fn half_lives(now: Moment) -> f64 {
    (now.unix_seconds() - BEGINNING) / (HALF_LIFE_DAYS * 86_400.0)
}

/// The score of a product that has this popularity now.
pub(super) fn score_of(popularity: f64, now: Moment) -> f64 {
    popularity.log2() + half_lives(now)
}

/// The score after `views` more at `now`; 0 stands for none so far.
fn with_views(score: f64, views: u32, now: Moment) -> f64 {
    let new = score_of(f64::from(views), now);
    if score <= 0.0 {
        return new;
    }
    let (high, low) = (score.max(new), score.min(new));
    high + (1.0 + (low - high).exp2()).log2()
}

/// Views that are not stored yet. Cloning shares them.
#[derive(Clone, Default)]
pub struct Views(Arc<Mutex<HashMap<i32, Arc<AtomicU32>>>>);

impl Views {
    /// Where the views of a product are counted.
    pub fn counter(&self, product_id: i32) -> Arc<AtomicU32> {
        let mut counters = self.0.lock();
        match counters.get(&product_id) {
            Some(counter) => Arc::clone(counter),
            None if counters.len() >= MOST_COUNTED => Arc::default(),
            None => Arc::clone(counters.entry(product_id).or_default()),
        }
    }

    fn take(&self) -> Vec<(i32, u32)> {
        let mut counters = self.0.lock();
        let taken = counters
            .iter()
            .map(|(id, views)| (*id, views.swap(0, Ordering::Relaxed)));
        let taken = taken.filter(|(_, views)| *views > 0).collect();
        // Nobody counts in it any more.
        counters.retain(|_, counter| Arc::strong_count(counter) > 1);
        taken
    }

    fn give_back(&self, views: &[(i32, u32)]) {
        for (product_id, count) in views {
            self.counter(*product_id).fetch_add(*count, Ordering::Relaxed);
        }
    }
}

impl Catalog {
    /// Where looks at products are counted, each under its id.
    pub fn view_counters(&self) -> Arc<dyn Fn(i32) -> Arc<AtomicU32> + Send + Sync> {
        let views = self.views.clone();
        Arc::new(move |product_id| views.counter(product_id))
    }

    /// Stores what was counted since the last time.
    ///
    /// # Errors
    /// Those of the database; what was not stored is kept for the next time.
    pub async fn store_views(&self) -> Result<()> {
        let views = self.views.take();
        for (position, batch) in views.chunks(BATCH).enumerate() {
            if let Err(error) = store(&self.db, batch.to_vec()).await {
                self.views
                    .give_back(views.get(position * BATCH..).unwrap_or_default());
                return Err(error);
            }
        }
        Ok(())
    }
}

async fn store(db: &Router, views: Vec<(i32, u32)>) -> Result<()> {
    db.unlogged("catalog.store_views", move |connection| {
        let now = Moment::now();
        let ids: Vec<i32> = views.iter().map(|(id, _)| *id).collect();
        let scores = repo::popularity::locked_scores(connection, &ids)?;
        for (product_id, count) in &views {
            if let Some(score) = scores.get(product_id) {
                let score = with_views(*score, *count, now);
                repo::popularity::set_score(connection, *product_id, score)?;
            }
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn popularity(score: f64, now: Moment) -> f64 {
        (score - half_lives(now)).exp2()
    }

    #[test]
    fn a_view_counts_half_after_its_half_life_and_views_add_up() {
        let now = Moment::parse("2026-11-22").unwrap();
        let later = now.plus_seconds(14 * 24 * 60 * 60);
        let score = with_views(0.0, 8, now);
        assert!((popularity(score, now) - 8.0).abs() < 1e-6);
        assert!((popularity(score, later) - 4.0).abs() < 1e-6);
        let more = with_views(score, 3, later);
        assert!((popularity(more, later) - 7.0).abs() < 1e-6);
        assert!(score_of(3.0, now) < score && score_of(9.0, now) > score);
    }

    #[test]
    fn nothing_seen_counts_nothing() {
        let now = Moment::parse("2026-11-22").unwrap();
        assert!(popularity(0.0, now) < 1e-9);
    }

    #[test]
    fn what_could_not_be_stored_is_kept() {
        let views = Views::default();
        views.counter(7).fetch_add(2, Ordering::Relaxed);
        let taken = views.take();
        views.counter(7).fetch_add(1, Ordering::Relaxed);
        views.give_back(&taken);
        assert_eq!(views.take(), [(7, 3)]);
    }
}
