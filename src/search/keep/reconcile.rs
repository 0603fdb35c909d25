//! Compares the index with the database now and then: a net under the log, and the way by which popularity, which is no
//! change of the shop, comes into the index. Must not know what a document holds.

use std::time::Duration;

use tokio::sync::mpsc;

use super::answered::answered;
use super::{Index, blocking};
use crate::catalog::Kept;
use crate::error::Error;
use crate::search::engine::Engine;

/// Products that are compared at once.
const PIECE: u32 = 2_000;

/// Between two pieces: others want the database, too.
const BREATH: Duration = Duration::from_millis(10);

impl Index {
    /// Names whatever is not in the index as it is in the database, now and then, until the process ends.
    pub(super) async fn reconcile(&self, engine: &Engine, suspects: mpsc::Sender<Vec<i32>>) -> Error {
        let pause = Duration::from_secs(self.0.settings.reconcile_s);
        loop {
            tokio::time::sleep(pause).await;
            match self.compare(engine, &suspects).await {
                Ok(()) => {}
                Err(error) => return error,
            }
        }
    }

    async fn compare(&self, engine: &Engine, suspects: &mpsc::Sender<Vec<i32>>) -> Result<(), Error> {
        let (indexed, begin) = (engine.clone(), self.0.state.borrow().seq);
        let mut indexed = blocking(move || indexed.held()).await?;
        let is_of_begin = self.0.state.borrow().seq == begin;
        indexed.sort_unstable_by_key(|(product_id, ..)| *product_id);
        let mut indexed = indexed.into_iter().map(kept).peekable();
        let mut next = Some(0);
        while let Some(after) = next {
            let read = || {
                let position = self.0.state.borrow().seq;
                self.0.catalog.kept_after(after, PIECE, position)
            };
            let piece = answered(read).await;
            next = piece.value.next;
            let up_to = next.unwrap_or(i32::MAX);
            let held: Vec<Kept> =
                std::iter::from_fn(|| indexed.next_if(|kept| kept.product_id <= up_to)).collect();
            let Differences { stale, viewed } = differences(&held, &piece.value.items);
            // What has changed since is no fault: the log will say so.
            if is_of_begin && piece.as_of == begin && !stale.is_empty() {
                let count = stale.len() as u64;
                tracing::warn!(
                    count,
                    "the search index had products that were not as in the database"
                );
                self.change(|state| state.repaired += count);
            }
            let found: Vec<i32> = stale.into_iter().chain(viewed).collect();
            // Nobody receives any more: the index is being made anew.
            if !found.is_empty() && suspects.send(found).await.is_err() {
                return Ok(());
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }
}

fn kept((product_id, version, score): (i32, i32, f64)) -> Kept {
    Kept {
        product_id,
        version,
        score,
    }
}

/// What is not the same in the index and in the database.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    /// Missing, too many, or of another version.
    stale: Vec<i32>,
    /// Looked at since.
    viewed: Vec<i32>,
}

/// Compares two parts of the same products, both rising.
fn differences(indexed: &[Kept], stored: &[Kept]) -> Differences {
    let mut found = Differences::default();
    let (mut indexed, mut stored) = (indexed.iter().peekable(), stored.iter().peekable());
    loop {
        let (left, right) = (indexed.peek(), stored.peek());
        let order = match (left, right) {
            (None, None) => return found,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(left), Some(right)) => left.product_id.cmp(&right.product_id),
        };
        let left = if order.is_le() { indexed.next() } else { None };
        let right = if order.is_ge() { stored.next() } else { None };
        match (left, right) {
            (Some(left), Some(right)) if left.version != right.version => found.stale.push(left.product_id),
            (Some(left), Some(right)) if left.score.to_bits() != right.score.to_bits() => {
                found.viewed.push(left.product_id);
            }
            (Some(_), Some(_)) | (None, None) => {}
            (Some(only), None) | (None, Some(only)) => found.stale.push(only.product_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_too_many_changed_or_looked_at_is_found() {
        let kept = |list: &[(i32, i32, f64)]| list.iter().copied().map(kept).collect::<Vec<_>>();
        let indexed = kept(&[(1, 1, 0.0), (2, 1, 0.0), (3, 1, 0.0), (5, 1, 0.0), (9, 1, 0.0)]);
        let stored = kept(&[(1, 1, 0.0), (3, 2, 0.0), (4, 1, 0.0), (5, 1, 7.5)]);
        let found = differences(&indexed, &stored);
        assert_eq!(found.stale, [2, 3, 4, 9]);
        assert_eq!(found.viewed, [5]);
        assert_eq!(differences(&stored, &stored), Differences::default());
        assert_eq!(differences(&[], &stored).stale, [1, 3, 4, 5]);
    }
}
