//! What authors do: draft, save, hand in, withdraw. Must not know HTTP.

use super::model::{Message, State, Step, Submission};
use super::{Submissions, advance, pictures, repo, review};
use crate::catalog::Proposed;
use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{Actor, AnyConnection, Committed, Moment, Origin, WriteTransaction};
use crate::error::{Error, FieldError, Result};

/// Drafts that an author keeps at a time.
pub const MOST_DRAFTS: i64 = 20;
pub(super) const DAY_S: i64 = 24 * 60 * 60;

/// What an author sends.
#[derive(Debug, Clone)]
pub struct Input {
    pub typed: Proposed,
    pub message: Message,
    /// Or it is kept as it is, valid or not.
    pub hands_in: bool,
}

impl Submissions {
    /// Begins a proposal: of a new product, or for the product with this id, of which the author saw that version. A
    /// request that was answered before is answered the same way again (the flag says so).
    ///
    /// # Errors
    /// `NotFound` for a product that customers do not see; `Invalid` with every fault of what is handed in; `Conflict` for
    /// one draft too many; `TooManyRequests` beyond the quota; `IdempotencyMismatch`; those of the database.
    pub async fn begin(
        &self,
        origin: Origin,
        product: Option<(i32, Option<i32>)>,
        input: Input,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(Submission, bool)>> {
        let this = self.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let author = transaction.actor().to_string();
            if !input.hands_in && repo::drafts(transaction.connection(), &author)? >= MOST_DRAFTS {
                return Err(Error::Conflict {
                    code: "too_many_drafts",
                    detail: format!(
                        "You have {MOST_DRAFTS} drafts already: send one, or discard one, first."
                    ),
                });
            }
            let base = match product {
                None => None,
                Some((id, seen)) => Some(this.catalog.proposal_base(transaction.connection(), id, seen)?),
            };
            let now = transaction.now();
            let mut submission = Submission {
                submission_id: 0,
                author,
                product_id: product.map(|(id, _)| id),
                state: State::Draft,
                typed: input.typed.clone(),
                proposed: None,
                base,
                version: 1,
                created_at: now,
                updated_at: now,
                submitted_at: None,
            };
            repo::insert(transaction.connection(), &mut submission)?;
            if !input.hands_in {
                return Ok(submission);
            }
            this.hand_in(transaction, &submission.clone(), submission, &input.message)
        };
        idempotency::once(&self.db, "submissions.begin", origin, request, work).await
    }

    /// Changes a proposal that still has `expected_version`, and hands it in if the input says so. One that waits for a
    /// decision can only be handed in anew: nobody shall decide on what was not meant.
    ///
    /// # Errors
    /// `NotFound`, also when it is another's; `VersionMismatch`; `Conflict` when it is decided; as for [`Submissions::begin`].
    pub async fn save(
        &self,
        origin: Origin,
        (submission_id, expected_version): (i32, i32),
        input: Input,
    ) -> Result<Committed<Submission>> {
        let this = self.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = own(transaction, submission_id, expected_version)?;
            let next = Submission {
                typed: input.typed.clone(),
                ..before.clone()
            };
            if input.hands_in {
                return this.hand_in(transaction, &before, next, &input.message);
            }
            let next = Submission {
                state: before.after(Step::Saved)?,
                ..next
            };
            advance(transaction, &before, next, Step::Saved, &input.message)
        };
        self.db.write("submissions.save", origin, work).await
    }

    /// Takes a proposal back; a draft is gone then.
    ///
    /// # Errors
    /// As for [`Submissions::save`].
    pub async fn withdraw(
        &self,
        origin: Origin,
        (submission_id, expected_version): (i32, i32),
        message: Message,
    ) -> Result<Committed<Option<Submission>>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = own(transaction, submission_id, expected_version)?;
            if before.state == State::Draft {
                let gone = Submission {
                    state: State::Withdrawn,
                    ..before
                };
                pictures::let_go(transaction, &gone)?;
                repo::delete(transaction.connection(), submission_id)?;
                return Ok(None);
            }
            let next = Submission {
                state: before.after(Step::Withdrawn)?,
                ..before.clone()
            };
            advance(transaction, &before, next, Step::Withdrawn, &message).map(Some)
        };
        self.db.write("submissions.withdraw", origin, work).await
    }

    /// Hands a proposal in: understood and within the quota. What a trusted author hands in is published at once.
    fn hand_in(
        &self,
        transaction: &mut WriteTransaction<'_>,
        before: &Submission,
        mut next: Submission,
        message: &Message,
    ) -> Result<Submission> {
        next.state = before.after(Step::Submitted)?;
        if before.submitted_at.is_none() {
            self.within_quota(transaction, &next.author)?;
            next.submitted_at = Some(transaction.now());
        }
        self.knows_pictures(transaction.connection(), &next)?;
        let edited = next.product_id.filter(|_| next.is_edit());
        let proposed = self
            .catalog
            .understand_proposal(transaction, &next.typed, edited)?;
        if let Some(base) = &next.base
            && next.typed.changes(base, &proposed).is_empty()
        {
            let detail = "The proposal changes nothing: the product is like that already.";
            return Err(Error::Invalid(vec![FieldError::new("", "same", detail)]));
        }
        next.proposed = Some(proposed);
        let handed_in = advance(transaction, before, next, Step::Submitted, message)?;
        if let Actor::User(user_id) = transaction.actor()
            && repo::trust::is_trusted(transaction.connection(), user_id)?
        {
            match self.publish(transaction, &handed_in) {
                // What needs a decision goes to those who decide.
                Err(Error::MovedOn { .. }) => {}
                published => return published,
            }
        }
        Ok(handed_in)
    }

    fn publish(&self, transaction: &mut WriteTransaction<'_>, handed_in: &Submission) -> Result<Submission> {
        let decision = review::Decision::plain_approval();
        self.approve(transaction, handed_in, &decision)
    }

    fn within_quota(&self, transaction: &mut WriteTransaction<'_>, author: &str) -> Result<()> {
        let now = transaction.now();
        let recent = repo::handed_in(transaction.connection(), author, now.plus_seconds(-DAY_S))?;
        let most = usize::try_from(self.settings.per_day).unwrap_or(usize::MAX);
        match blocked_for(&recent, most, 1, now) {
            Some(retry_after_s) => Err(Error::TooManyRequests { retry_after_s }),
            None => Ok(()),
        }
    }
}

/// How many seconds until `more` fit into a day's `most`, beside what was done at these moments, the earliest first; nothing if
/// they do now.
pub(super) fn blocked_for(recent: &[Moment], most: usize, more: usize, now: Moment) -> Option<u32> {
    let beyond = (recent.len() + more).checked_sub(most + 1)?;
    // The one that has to become older than a day before there is room; where that never is, the last one.
    let blocking = recent.get(beyond).or(recent.last());
    let wait = blocking.map_or(0, |blocking| blocking.plus_seconds(DAY_S).since(now).as_secs());
    Some(u32::try_from(wait + 1).unwrap_or(u32::MAX))
}

/// A proposal of this author.
pub(super) fn own_of(connection: &mut AnyConnection, actor: Actor, submission_id: i32) -> Result<Submission> {
    let found = repo::find(connection, submission_id)?.filter(|found| found.is_by(actor));
    found.ok_or(Error::NotFound { what: "proposal" })
}

/// A proposal of whoever writes, which must still have this version.
fn own(
    transaction: &mut WriteTransaction<'_>,
    submission_id: i32,
    expected_version: i32,
) -> Result<Submission> {
    let actor = transaction.actor();
    let found = own_of(transaction.connection(), actor, submission_id)?;
    Error::unless_version(found.version, expected_version)?;
    Ok(found)
}
