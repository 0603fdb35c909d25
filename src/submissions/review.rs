//! What reviewers do: approve, ask for changes, refuse. Must not know HTTP.

use super::model::{Message, Said, Step, Submission, Upload};
use super::{Submissions, advance, repo};
use crate::catalog::{Catalog, Product};
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{Committed, Origin, WriteTransaction};
use crate::error::{Error, Result};
use crate::history::{Fields, Merge, Sides};

/// A proposal with what was said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    pub submission: Submission,
    pub said: Vec<Said>,
    /// Everything that was uploaded to it in the last day, or is still kept.
    pub pictures: Vec<Upload>,
}

/// What somebody decides.
#[derive(Debug, Clone)]
pub struct Decision {
    /// `Approved`, `ChangesRequested` or `Refused`.
    pub step: Step,
    pub message: Message,
    /// The version of the product that the sides were decided about.
    pub product_version: Option<i32>,
    /// For fields in which the product has moved on: `PutBack` takes what is proposed, `Keep` what the product has.
    pub sides: Sides,
    /// Whoever may change the catalog anyway may also approve their own proposal; a reviewer may not.
    pub may_write: bool,
}

impl Decision {
    /// An approval without a word.
    pub(super) fn plain_approval() -> Decision {
        Decision {
            step: Step::Approved,
            message: Message::default(),
            product_version: None,
            sides: Sides::new(),
            may_write: true,
        }
    }
}

impl Submission {
    /// How a proposed edit stands to its product as it is now; nothing for a new product, or before it is handed in.
    pub fn merge(&self, product: &Product) -> Merge {
        match (&self.base, &self.proposed) {
            (Some(base), Some(proposed)) => Catalog::proposal_merge(&self.typed, base, proposed, product),
            _ => Merge::default(),
        }
    }

    /// What it would change, field by field.
    pub fn changes(&self) -> Vec<crate::history::Difference> {
        let nothing = Fields::new();
        let base = self.base.as_ref().unwrap_or(&nothing);
        let proposed = self.proposed.as_ref().unwrap_or(&nothing);
        self.typed.changes(base, proposed)
    }
}

impl Submissions {
    /// Decides on a proposal that still has `expected_version`. A request that was answered before is answered the same
    /// way again (the flag says so).
    ///
    /// # Errors
    /// `NotFound`, also for a draft; `VersionMismatch` when somebody else was first or the author has changed it;
    /// `Conflict` when it does not wait for that any more; `Forbidden` for one's own; `MovedOn` when the product was
    /// changed in the same fields; `Invalid` with every fault that the proposal has by now; those of the database.
    pub async fn decide(
        &self,
        origin: Origin,
        (submission_id, expected_version): (i32, i32),
        decision: Decision,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(Submission, bool)>> {
        let this = self.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = repo::find(transaction.connection(), submission_id)?;
            let before = before.filter(|found| found.submitted_at.is_some());
            let before = before.ok_or(Error::NotFound { what: "proposal" })?;
            Error::unless_version(before.version, expected_version)?;
            if before.is_by(transaction.actor()) && !decision.may_write {
                return Err(Error::Forbidden {
                    code: "own_proposal",
                    detail: "This is your own proposal: somebody else has to decide on it.".to_owned(),
                });
            }
            if decision.step == Step::Approved {
                return this.approve(transaction, &before, &decision);
            }
            let next = Submission {
                state: before.after(decision.step)?,
                ..before.clone()
            };
            advance(transaction, &before, next, decision.step, &decision.message)
        };
        idempotency::once(&self.db, "submissions.decide", origin, request, work).await
    }

    /// Makes the product, or changes it, and closes the proposal: both or neither.
    pub(super) fn approve(
        &self,
        transaction: &mut WriteTransaction<'_>,
        before: &Submission,
        decision: &Decision,
    ) -> Result<Submission> {
        let state = before.after(Step::Approved)?;
        // Names the proposal in the change of the product, and ties both together in the history.
        transaction.in_batch(format!("submission-{}", before.submission_id));
        let product = match before.product_id.filter(|_| before.is_edit()) {
            None => self.catalog.adopt_new(transaction, &before.typed)?,
            Some(product_id) => {
                let decided = (decision.product_version, &decision.sides);
                let merge = |product: &Product| before.merge(product);
                self.catalog.adopt_edit(transaction, product_id, merge, decided)?
            }
        };
        self.publish_pictures(transaction, before.submission_id, &product)?;
        let next = Submission {
            state,
            product_id: Some(product.product_id),
            ..before.clone()
        };
        advance(transaction, before, next, Step::Approved, &decision.message)
    }
}
