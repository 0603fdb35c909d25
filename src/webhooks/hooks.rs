//! Making, changing and removing webhooks: logged like everything that people own, without the secret. Must not know HTTP.

use super::model::{MOST_FORMER_HOURS, Secret, Webhook, WebhookInput};
use super::repo::{deliveries, hooks};
use super::{FOLLOWER, Webhooks};
use crate::db::changes::{self, Position};
use crate::db::idempotency::{IdempotentRequest, once};
use crate::db::{
    Action, AnyConnection, Committed, Entity, Moment, NewChange, Origin, Seq, Snapshot, WriteTransaction,
};
use crate::error::{Error, FieldError, Result};

/// Each change is told to each of them.
const MOST: usize = 20;

const WHAT: &str = "webhook";

/// A webhook that has just been made or has a new secret: the only time that it is shown.
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
    pub async fn all(&self, at_least: Seq) -> Result<Snapshot<Vec<Webhook>>> {
        self.db.read_at_least("webhooks.all", at_least, hooks::all).await
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn one(&self, webhook_id: i32, at_least: Seq) -> Result<Snapshot<Webhook>> {
        let read = move |connection: &mut AnyConnection| {
            hooks::find(connection, webhook_id)?.ok_or(Error::NotFound { what: WHAT })
        };
        self.db.read_at_least("webhooks.one", at_least, read).await
    }

    /// Makes one. It is told of every change from this one on.
    ///
    /// # Errors
    /// `Invalid` with every fault; those of the database.
    pub async fn create(&self, origin: Origin, input: &WebhookInput) -> Result<Committed<NewWebhook>> {
        let made = self.create_once(origin, input, None).await?;
        Ok(Committed {
            value: made.value.0,
            seq: made.seq,
        })
    }

    /// The same for a request that may be repeated; whether it was. Who repeats it has not got the secret, so it is told it again.
    ///
    /// # Errors
    /// Those of [`Webhooks::create`]; `IdempotencyMismatch`; `NotFound` when it has been removed since.
    pub async fn create_once(
        &self,
        origin: Origin,
        input: &WebhookInput,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(NewWebhook, bool)>> {
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
            Ok(webhook_id)
        };
        let made = once(&self.db, "webhooks.create", origin, request, work).await?;
        self.with_secret(made).await
    }

    /// Gives one that still has `version` a new secret. The former one signs beside it for so many hours, so that the receiver can
    /// be changed over meanwhile.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` for a time that is too long; `IdempotencyMismatch`; those of the database.
    pub async fn renew(
        &self,
        origin: Origin,
        (webhook_id, version): (i32, i32),
        former_hours: i64,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<(NewWebhook, bool)>> {
        if !(0..=MOST_FORMER_HOURS).contains(&former_hours) {
            let detail = format!("must be a whole number of hours from 0 to {MOST_FORMER_HOURS}");
            return Err(Error::field("/former_hours", "range", detail));
        }
        let secret = Secret::generate()?;
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = current(transaction, webhook_id)?;
            Error::unless_version(before.version, version)?;
            let now = transaction.now();
            let until = now.plus_seconds(former_hours * 60 * 60);
            let connection = transaction.connection();
            hooks::renew(
                connection,
                webhook_id,
                (&secret, before.version + 1),
                (until, now),
            )?;
            let after = current(transaction, webhook_id)?;
            record(transaction, Action::Updated, Some(&before), Some(&after))?;
            Ok(webhook_id)
        };
        let renewed = once(&self.db, "webhooks.renew", origin, request, work).await?;
        self.with_secret(renewed).await
    }

    /// The only way by which a secret gets to people.
    async fn with_secret(&self, written: Committed<(i32, bool)>) -> Result<Committed<(NewWebhook, bool)>> {
        let (webhook_id, replayed) = written.value;
        let read = move |connection: &mut AnyConnection| {
            let webhook = hooks::find(connection, webhook_id)?;
            let secrets = hooks::secrets(connection, webhook_id, Moment::now())?;
            Ok(webhook.zip(secrets.into_iter().next()))
        };
        let found = self.db.read_current("webhooks.secret", read).await?;
        let (webhook, secret) = found.ok_or(Error::NotFound { what: WHAT })?;
        Ok(Committed {
            value: (NewWebhook { webhook, secret }, replayed),
            seq: written.seq,
        })
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

    /// Removes one with everything that it was and was not told, or only the `version` that somebody has seen.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; those of the database.
    pub async fn remove(
        &self,
        origin: Origin,
        webhook_id: i32,
        version: Option<i32>,
    ) -> Result<Committed<Webhook>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let before = current(transaction, webhook_id)?;
            Error::unless_version(before.version, version.unwrap_or(before.version))?;
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
