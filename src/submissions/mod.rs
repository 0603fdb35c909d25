//! What people propose for the catalog, from the first draft to the decision: one engine for pages, API and command line.
//!
//! A proposal holds the fields of the owner's form and is understood by the catalog itself; approving one is a write of the
//! catalog like any other, in the same transaction and log. Drafts are their author's and stand in no log. Must not know
//! how a product is stored or who is signed in.

mod author;
mod live;
mod model;
pub mod operations;
mod personal;
mod pictures;
mod repo;
mod review;
pub mod routes;
mod trust;
mod views;

use serde_json::json;

pub use author::{Input, MOST_DRAFTS};
pub use live::{DECIDED, News, OWN_TOPIC, QUEUE_TOPIC, RECEIVED, live_event};
pub use model::{MESSAGE_LENGTH, Message, Said, State, Step, Submission, Summary, Upload};
pub use personal::BELONGINGS;
pub use pictures::MOST_PICTURES;
pub use repo::Listed;
pub use review::{Decision, Dossier};

use crate::catalog::Catalog;
use crate::config::SubmissionSettings;
use crate::db::{Action, Actor, AnyConnection, Entity, NewChange, Router, Seq, Snapshot, WriteTransaction};
use crate::error::{Error, Result};
use crate::media::MediaStore;

/// Versions of a proposal: each is a step or a change, and all together bound its conversation.
const MOST_VERSIONS: i32 = 200;

/// The proposals of one shop. Cloning is cheap.
#[derive(Clone)]
pub struct Submissions {
    db: Router,
    catalog: Catalog,
    media: MediaStore,
    settings: SubmissionSettings,
}

impl Submissions {
    pub fn new(
        db: Router,
        catalog: Catalog,
        media: MediaStore,
        settings: &SubmissionSettings,
    ) -> Submissions {
        Submissions {
            db,
            catalog,
            media,
            settings: settings.clone(),
        }
    }

    /// A proposal of this author, as the primary has it: a draft is no change of the log, so no position tells which replica has
    /// seen it.
    ///
    /// # Errors
    /// `NotFound`, also when it is another's; those of the database.
    pub async fn own(&self, author: Actor, submission_id: i32) -> Result<Snapshot<Dossier>> {
        self.dossier(submission_id, Seq::MAX, move |found| found.is_by(author))
            .await
    }

    /// A proposal for somebody who decides: any that was handed in.
    ///
    /// # Errors
    /// `NotFound`, also for a draft; those of the database.
    pub async fn handed_in(&self, submission_id: i32, at_least: Seq) -> Result<Snapshot<Dossier>> {
        self.dossier(submission_id, at_least, |found| found.state != State::Draft)
            .await
    }

    async fn dossier(
        &self,
        submission_id: i32,
        at_least: Seq,
        may_see: impl Fn(&Submission) -> bool + Send + Sync + 'static,
    ) -> Result<Snapshot<Dossier>> {
        let read = move |connection: &mut AnyConnection| {
            let found = repo::find(connection, submission_id)?.filter(|found| may_see(found));
            let submission = found.ok_or(Error::NotFound { what: "proposal" })?;
            Ok(Dossier {
                said: repo::said(connection, submission_id)?,
                pictures: repo::pictures::of_submission(connection, submission_id)?,
                submission,
            })
        };
        self.db.read_at_least("submissions.one", at_least, read).await
    }

    /// At most `limit` proposals before an id, the newest first; those of an author as the primary has them, for drafts are
    /// among them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(
        &self,
        listed: Listed,
        before: Option<i32>,
        limit: i64,
        at_least: Seq,
    ) -> Result<Snapshot<Vec<Summary>>> {
        let at_least = match &listed {
            Listed::Of(_) => Seq::MAX,
            Listed::In(_) => at_least,
        };
        let read = move |connection: &mut AnyConnection| {
            repo::list(connection, &listed, before.unwrap_or(i32::MAX), limit)
        };
        self.db.read_at_least("submissions.list", at_least, read).await
    }
}

/// Stores the next state of a proposal with its next version, and what was said with the step.
fn advance(
    transaction: &mut WriteTransaction<'_>,
    before: &Submission,
    mut next: Submission,
    step: Step,
    message: &Message,
) -> Result<Submission> {
    // Whatever ends it is possible all the same.
    if before.version >= MOST_VERSIONS && matches!(step, Step::Saved | Step::Submitted) {
        return Err(Error::Conflict {
            code: "too_many_changes",
            detail: "This proposal was changed too often: withdraw it and make a new one.".to_owned(),
        });
    }
    next.version = before.version + 1;
    next.updated_at = transaction.now();
    let now = transaction.now();
    repo::update(transaction.connection(), &next)?;
    pictures::let_go(transaction, &next)?;
    if step != Step::Saved || message.text().is_some() {
        let actor = transaction.actor().to_string();
        repo::say(
            transaction.connection(),
            next.submission_id,
            &actor,
            step,
            message,
            now,
        )?;
    }
    record(transaction, before, &next)?;
    Ok(next)
}

/// The log tells who, what about and how far: neither what was typed nor what was said, which may be personal and can be
/// erased. What an approval changes stands in the change of the product.
fn record(transaction: &mut WriteTransaction<'_>, before: &Submission, after: &Submission) -> Result<()> {
    if after.state == State::Draft {
        return Ok(());
    }
    let state = |submission: &Submission| {
        json!({
            "submission_id": submission.submission_id,
            "author": submission.author,
            "state": submission.state,
            "product": submission.product_id,
            "version": submission.version,
        })
    };
    let is_new = before.state == State::Draft;
    transaction.record(NewChange {
        entity: Entity::Submission,
        entity_id: after.submission_id,
        version: after.version,
        action: if is_new { Action::Created } else { Action::Updated },
        before: (!is_new).then(|| state(before)),
        after: Some(state(after)),
    })
}
