//! Undoing what belongs together, for example an import: the newest change first, in short transactions, since other
//! editors wait for each. What moved on or cannot be undone is left as it is and told.

use std::time::Instant;

use super::{Outcome, undo};
use crate::catalog::import::{BATCH_ROWS, BATCH_TIME};
use crate::catalog::{Catalog, CatalogRules};
use crate::db::changes::{Selection, Window};
use crate::db::{Change, Committed, Origin, Seq, WriteTransaction, changes};
use crate::error::{Error, Result};
use crate::history;

/// What a step did. The numbers of all steps add up to the changes of the batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchStep {
    pub undone: u64,
    pub already: u64,
    pub conflicts: Vec<Skipped>,
    /// Where the next step begins; `None` at the end.
    pub next: Option<Seq>,
}

/// A change that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub seq: i64,
    pub entity: String,
    pub entity_id: i32,
    /// What the thing is called.
    pub name: String,
    pub reason: String,
}

impl BatchStep {
    /// Changes that it dealt with.
    pub fn changes(&self) -> u64 {
        self.undone + self.already + self.conflicts.len() as u64
    }

    /// This step and the one after it as one.
    pub fn and(mut self, later: BatchStep) -> BatchStep {
        self.conflicts.extend(later.conflicts);
        BatchStep {
            undone: self.undone + later.undone,
            already: self.already + later.already,
            conflicts: self.conflicts,
            next: later.next,
        }
    }
}

/// A name for the batch that undoes another one.
///
/// # Errors
/// The system gives no randomness.
pub fn new_batch() -> Result<String> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    Ok(format!("undo-{}", hex::encode(random)))
}

impl Catalog {
    /// Undoes some changes of a batch, those before a position; `origin` names the batch of the undoing.
    ///
    /// # Errors
    /// Those of the database; the whole step is then taken back.
    pub async fn undo_batch(
        &self,
        origin: Origin,
        batch: String,
        before: Option<Seq>,
    ) -> Result<Committed<BatchStep>> {
        let rules = self.rules.clone();
        let selection = Selection {
            batch: Some(batch),
            ..Selection::default()
        };
        let work =
            move |transaction: &mut WriteTransaction<'_>| step(transaction, &rules, &selection, before);
        self.db.write("catalog.undo_batch", origin, work).await
    }
}

fn step(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    selection: &Selection,
    before: Option<Seq>,
) -> Result<BatchStep> {
    let started = Instant::now();
    let window = Window::Before(before.unwrap_or(Seq::MAX));
    let limit = i64::try_from(BATCH_ROWS).unwrap_or(i64::MAX);
    let mut piece = changes::select(transaction.connection(), selection, window, limit + 1)?;
    let mut more = piece.len() > BATCH_ROWS;
    piece.truncate(BATCH_ROWS);
    let mut done = BatchStep::default();
    for (position, change) in piece.iter().enumerate() {
        take(transaction, rules, change, &mut done)?;
        done.next = Some(Seq(change.seq));
        if started.elapsed() >= BATCH_TIME {
            more |= position + 1 < piece.len();
            break;
        }
    }
    done.next = done.next.filter(|_| more);
    Ok(done)
}

/// Undoes one change and counts it; what speaks against it is told and changes nothing.
fn take(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    change: &Change,
    done: &mut BatchStep,
) -> Result<()> {
    let reason = match undo(transaction, rules, change, None) {
        Ok(undone) if undone.outcome == Outcome::Undone => {
            done.undone += 1;
            return Ok(());
        }
        Ok(_) => {
            done.already += 1;
            return Ok(());
        }
        Err(
            error @ (Error::MovedOn { .. }
            | Error::Conflict { .. }
            | Error::Invalid(_)
            | Error::NotFound { .. }),
        ) => error.to_string(),
        Err(error) => return Err(error),
    };
    done.conflicts.push(Skipped {
        seq: change.seq,
        entity: change.entity.clone(),
        entity_id: change.entity_id,
        name: history::name(change).unwrap_or_default(),
        reason,
    });
    Ok(())
}
