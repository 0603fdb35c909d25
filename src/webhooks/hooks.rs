//! Making, changing and removing webhooks: logged like everything that people own, without the secret. Must not know HTTP.

use super::model::{Secret, Webhook, WebhookInput};
use super::repo::{deliveries, hooks};
use super::{FOLLOWER, Webhooks};
use crate::db::changes::{self, Position};
use crate::db::{Action, AnyConnection, Committed, Entity, NewChange, Origin, Seq, WriteTransaction};
use crate::error::{Error, FieldError, Result};

/// Each change is told to each of them.
const MOST: usize = 20;

const WHAT: &str = "webhook";

/// A webhook that has just been made: the only time that its secret is shown.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    pub webhook: Webhook,
    pub secret: Secret,
}

impl Webhooks {
    /// All of them, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all(&self, at_least: Seq) -> Result<Vec<Webhook>> {
        Ok(self
            .db
            .read_at_least("webhooks.all", at_least, hooks::all)
            .await?
            .value)
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn one(&self, webhook_id: i32, at_least: Seq) -> Result<Webhook> {
        let read = move |connection: &mut AnyConnection| hooks::find(connection, webhook_id);
        let found = self.db.read_at_least("webhooks.one", at_least, read).await?;
        found.value.ok_or(Error::NotFound { what: WHAT })
    }

    /// Makes one. It is told of every change from this one on.
    ///
    /// # Errors
    /// `Invalid` with every fault; those of the database.
    pub async fn create(&self, origin: Origin, input: &WebhookInput) -> Result<Committed<NewWebhook>> {
        let input = input.understood(&self.rules.reach)?;
        let secret = Secret::generate()?;
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let known = hooks::all(transaction.connection())?.len();
            if known >= MOST {
                let detail = format!("is one too many: there are {MOST} already, remove one first");
                return Err(Error::Invalid(vec![FieldError::new("/url", "too_many", detail)]));
            }
            if known == 0 {
                follow_from_here(transaction)?;
            }
            let now = transaction.now();
            let webhook_id = hooks::insert(transaction.connection(), &input, &secret, now)?;
            let webhook = current(transaction, webhook_id)?;
            record(transaction, Action::Created, None, Some(&webhook))?;
            Ok(NewWebhook {
                webhook,
                secret: secret.clone(),
            })
        };
        self.db.write("webhooks.create", origin, work).await
    }

    /// Changes one that still has `version`.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` with every fault; those of the database.
    pub async fn save(
        &self,
        origin: Origin,
        (webhook_id, version): (i32, i32),
        input: &WebhookInput,
    ) -> Result<Committed<Webhook>> {
        let input = input.understood(&self.rules.reach)?;
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = current(transaction, webhook_id)?;
            Error::unless_version(before.version, version)?;
            if WebhookInput::of(&before) == input {
                return Ok(before);
            }
            let (next, now) = (before.version + 1, transaction.now());
            hooks::update(transaction.connection(), webhook_id, &input, next, now)?;
            let after = current(transaction, webhook_id)?;
            record(transaction, Action::Updated, Some(&before), Some(&after))?;
            Ok(after)
        };
        self.db.write("webhooks.save", origin, work).await
    }

    /// Removes one with everything that it was and was not told.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn remove(&self, origin: Origin, webhook_id: i32) -> Result<Committed<Webhook>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = current(transaction, webhook_id)?;
            deliveries::delete(transaction.connection(), webhook_id)?;
            hooks::delete(transaction.connection(), webhook_id)?;
            record(transaction, Action::Deleted, Some(&before), None)?;
            Ok(before)
        };
        self.db.write("webhooks.remove", origin, work).await
    }
}

/// Nobody followed without webhooks, and nobody wants to be told of what was before. The head still stands before this write.
fn follow_from_here(transaction: &mut WriteTransaction<'_>) -> Result<()> {
    let connection = transaction.connection();
    let head = changes::head(connection)?;
    changes::store_position(connection, FOLLOWER, &Position::end(&head))
}

fn current(transaction: &mut WriteTransaction<'_>, webhook_id: i32) -> Result<Webhook> {
    hooks::find(transaction.connection(), webhook_id)?.ok_or(Error::NotFound { what: WHAT })
}

fn record(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&Webhook>,
    after: Option<&Webhook>,
) -> Result<()> {
    let Some(subject) = after.or(before) else {
        return Ok(());
    };
    transaction.record(NewChange {
        entity: Entity::Webhook,
        entity_id: subject.webhook_id,
        version: subject.version,
        action,
        before: before.map(Webhook::state),
        after: after.map(Webhook::state),
    })
}
