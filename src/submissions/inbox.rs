//! What people are told of proposals, and whose proposals are published at once. Must not know HTTP.

use serde_json::json;

use super::model::Notice;
use super::{Submissions, repo};
use crate::accounts;
use crate::db::{Action, AnyConnection, Committed, Entity, NewChange, Origin, WriteTransaction};
use crate::error::Result;

/// Notices that are shown.
const SHOWN: i64 = 50;

/// A person's notices.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// The newest first.
    pub notices: Vec<Notice>,
    pub unread: i64,
}

impl Submissions {
    /// A person's notices, as the primary has them: they are looked at right after something was done.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn inbox(&self, user_id: i32) -> Result<Inbox> {
        let read = move |connection: &mut AnyConnection| {
            Ok(Inbox {
                notices: repo::inbox::notices(connection, user_id, SHOWN)?,
                unread: repo::inbox::unread(connection, user_id)?,
            })
        };
        self.db.read_current("submissions.inbox", read).await
    }

    /// How many proposals wait for a decision.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting(&self) -> Result<i64> {
        self.db.read_current("submissions.waiting", repo::waiting).await
    }

    /// Marks a person's notices as read, those of one proposal or of all. Only those up to `up_to` have been seen.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mark_read(&self, user_id: i32, submission_id: Option<i32>, up_to: i32) -> Result<()> {
        let mark = move |connection: &mut AnyConnection| {
            repo::inbox::mark_read(connection, user_id, submission_id, up_to)
        };
        self.db.unlogged("submissions.mark_read", mark).await
    }

    /// Says whether a person's proposals are published at once from now on.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn trust(&self, origin: Origin, user_id: i32, is_trusted: bool) -> Result<Committed<()>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let person = accounts::person(transaction.connection(), user_id)?;
            let was = repo::inbox::is_trusted(transaction.connection(), user_id)?;
            if was == is_trusted {
                return Ok(());
            }
            let now = transaction.now();
            repo::inbox::set_trusted(transaction.connection(), user_id, is_trusted, now)?;
            let state = |trusted: bool| Some(json!({ "publishes_at_once": trusted }));
            transaction.record(NewChange {
                entity: Entity::User,
                entity_id: user_id,
                version: person.version,
                action: Action::Updated,
                before: state(was),
                after: state(is_trusted),
            })
        };
        self.db.write("submissions.trust", origin, work).await
    }

    /// Whether a person's proposals are published at once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_trusted(&self, user_id: i32) -> Result<bool> {
        let read = move |connection: &mut AnyConnection| repo::inbox::is_trusted(connection, user_id);
        self.db.read_current("submissions.is_trusted", read).await
    }
}
