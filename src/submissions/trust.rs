//! Whose proposals are published at once. Must not know HTTP.

use serde_json::json;

use super::{Submissions, repo};
use crate::accounts;
use crate::db::{Action, AnyConnection, Committed, Entity, NewChange, Origin, WriteTransaction};
use crate::error::Result;

impl Submissions {
    /// Says whether a person's proposals are published at once from now on.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn trust(&self, origin: Origin, user_id: i32, is_trusted: bool) -> Result<Committed<()>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let person = accounts::person(transaction.connection(), user_id)?;
            let was = repo::trust::is_trusted(transaction.connection(), user_id)?;
            if was == is_trusted {
                return Ok(());
            }
            let now = transaction.now();
            repo::trust::set_trusted(transaction.connection(), user_id, is_trusted, now)?;
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
        let read = move |connection: &mut AnyConnection| repo::trust::is_trusted(connection, user_id);
        self.db.read_current("submissions.is_trusted", read).await
    }
}
