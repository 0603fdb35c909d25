//! What people ask of the deliveries of a webhook: to see them, a test, once more what was given up, once more what happened since
//! a position. Must not know HTTP, nor how anything is sent.

use super::Webhooks;
use super::message::Message;
use super::model::{Delivery, State};
use super::repo::{deliveries, hooks};
use crate::db::changes;
use crate::db::{AnyConnection, Change, Moment, Seq};
use crate::error::{Error, Result};

/// Changes that are told again at once; beyond that a receiver reads the shop anew.
pub const MOST_REPLAYED: i64 = 10_000;

/// Changes per transaction.
const BATCH: i64 = 200;

const WHAT: &str = "webhook";

impl Webhooks {
    /// The newest deliveries of a webhook, and how many are due or waiting, and dead.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn deliveries(
        &self,
        webhook_id: i32,
        state: Option<State>,
        limit: i64,
    ) -> Result<(Vec<Delivery>, i64, i64)> {
        let read = move |connection: &mut AnyConnection| {
            let newest = deliveries::newest(connection, webhook_id, state, (i32::MAX, limit))?;
            let mut count = |state| deliveries::count(connection, webhook_id, state);
            let open = count(State::Due)? + count(State::Waiting)?;
            Ok((newest, open, count(State::Dead)?))
        };
        self.db.read_current("webhooks.deliveries", read).await
    }

    /// At most `limit` deliveries of a webhook before an id, the newest first.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn listed(
        &self,
        webhook_id: i32,
        state: Option<State>,
        before: Option<i32>,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        let read = move |connection: &mut AnyConnection| {
            hooks::find(connection, webhook_id)?.ok_or(Error::NotFound { what: WHAT })?;
            let place = (before.unwrap_or(i32::MAX), limit);
            deliveries::newest(connection, webhook_id, state, place)
        };
        self.db.read_current("webhooks.listed", read).await
    }

    /// Sends a webhook something that is no news.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn ping(&self, webhook_id: i32) -> Result<()> {
        let message = Message::ping(Moment::now())?;
        let work = move |connection: &mut AnyConnection| {
            known(connection, webhook_id)?;
            deliveries::add(connection, webhook_id, &message, Moment::now())
        };
        self.db.unlogged("webhooks.ping", work).await
    }

    /// Tries a delivery anew that was given up.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn send_again(&self, webhook_id: i32, delivery_id: i32) -> Result<()> {
        let work = move |connection: &mut AnyConnection| {
            known(connection, webhook_id)?;
            if deliveries::revive(connection, webhook_id, delivery_id, Moment::now())? {
                return Ok(());
            }
            Err(Error::NotFound {
                what: "delivery that was given up",
            })
        };
        self.db.unlogged("webhooks.send_again", work).await
    }

    /// Tells a webhook once more what happened after a position, under the names that it had; how many messages that are.
    ///
    /// # Errors
    /// `NotFound`; a bad request when the position is none, or too much happened since; those of the database.
    pub async fn replay(&self, webhook_id: i32, since: Seq) -> Result<usize> {
        let head = self.db.primary_head().await?;
        if !(0..=head.seq).contains(&since.0) {
            let detail = format!("The log stands at {}: name a position from 0 to there.", head.seq);
            return Err(Error::bad_request("unknown_position", detail));
        }
        if head.seq - since.0 > MOST_REPLAYED {
            let from = head.seq - MOST_REPLAYED;
            let detail = format!("At most {MOST_REPLAYED} changes are told again: begin at {from} or later.");
            return Err(Error::bad_request("too_much", detail));
        }
        let (mut position, mut told) = (since, 0);
        loop {
            let read = move |connection: &mut AnyConnection| changes::after(connection, position, BATCH);
            let mut found = self.db.read_current("webhooks.replay_from", read).await?;
            found.retain(|change| change.seq <= head.seq);
            let Some(last) = found.last() else {
                return Ok(told);
            };
            position = Seq(last.seq);
            let messages = self.messages(&head.epoch, &found).await?;
            let work = move |connection: &mut AnyConnection| {
                let webhook = known(connection, webhook_id)?;
                let wanted = messages.iter().filter(|message| webhook.wants(&message.kind));
                let mut count = 0;
                for message in wanted {
                    deliveries::add(connection, webhook_id, message, Moment::now())?;
                    count += 1;
                }
                Ok(count)
            };
            told += self.db.unlogged("webhooks.replay", work).await?;
        }
    }

    /// What the public hears of these changes.
    pub(super) async fn messages(&self, epoch: &str, changes: &[Change]) -> Result<Vec<Message>> {
        let events = self.teller.events(changes).await?;
        let public = events.iter().filter(|event| event.is_public());
        let messages = public.filter_map(|event| {
            let change = changes.iter().find(|change| change.seq == event.seq)?;
            let subject = format!("{}:{}", change.entity, change.entity_id);
            Some(Message::of_change(
                epoch,
                event.seq,
                change.at,
                subject,
                event.kind,
                &event.data,
            ))
        });
        Ok(messages.collect())
    }
}

/// The webhook, locked.
fn known(connection: &mut AnyConnection, webhook_id: i32) -> Result<super::Webhook> {
    hooks::lock(connection, Some(webhook_id))?;
    hooks::find(connection, webhook_id)?.ok_or(Error::NotFound { what: WHAT })
}
