//! Delivering to one webhook: what is due, a few at once, and what comes of each attempt. Must not know who follows the log.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;

use super::Webhooks;
use super::follow::POLL;
use super::model::{Delivery, Secret, State, Webhook, pause};
use super::repo::{deliveries, hooks};
use super::send::{Outcome, Sender};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// Requests to one receiver at a time, each about another thing.
const AT_ONCE: i64 = 4;

/// The longest rest of a receiver that fails at everything.
const LONGEST_REST: Duration = Duration::from_secs(60);

impl Webhooks {
    /// Delivers until it is dropped. A receiver that fails at everything is asked less and less often, not once per product.
    pub(super) async fn deliver(self, webhook_id: i32, sender: &Sender, mut news: watch::Receiver<u64>) {
        let mut failed_rounds = 0;
        loop {
            // Looked at before the database, so that what comes meanwhile is not slept over.
            news.mark_unchanged();
            let rest = match self.round(webhook_id, sender).await {
                Ok(Round::Nothing(wait)) => {
                    let _ = tokio::time::timeout(wait.min(POLL), news.changed()).await;
                    continue;
                }
                Ok(Round::Delivered) => {
                    failed_rounds = 0;
                    continue;
                }
                Ok(Round::Failed) => {
                    failed_rounds += 1;
                    pause(self.rules.retry_first, failed_rounds, fastrand::f64()).min(LONGEST_REST)
                }
                Err(error) => {
                    tracing::warn!(
                        error = error.chain(),
                        webhook_id,
                        "a webhook waits for the database"
                    );
                    POLL
                }
            };
            tokio::time::sleep(rest).await;
        }
    }

    async fn round(&self, webhook_id: i32, sender: &Sender) -> Result<Round> {
        let read = move |connection: &mut AnyConnection| {
            let webhook = hooks::find(connection, webhook_id)?.filter(|webhook| webhook.is_active);
            let Some((webhook, secret)) = webhook.zip(hooks::secret(connection, webhook_id)?) else {
                return Ok(None);
            };
            let due = deliveries::due(connection, webhook_id, Moment::now(), AT_ONCE)?;
            let next = deliveries::next_due(connection, webhook_id)?;
            Ok(Some((webhook, secret, due, next)))
        };
        let Some((webhook, secret, due, next)) = self.db.unlogged("webhooks.due", read).await? else {
            return Ok(Round::Nothing(POLL));
        };
        if due.is_empty() {
            let wait = next.and_then(Moment::time_left).unwrap_or(POLL);
            return Ok(Round::Nothing(wait));
        }
        let attempts = due
            .iter()
            .map(|delivery| self.attempt(&webhook, &secret, delivery, sender));
        let mut round = Round::Failed;
        for attempted in join_all(attempts).await {
            if attempted? {
                round = Round::Delivered;
            }
        }
        Ok(round)
    }

    /// Tries once and writes down what came of it; whether it arrived.
    async fn attempt(
        &self,
        webhook: &Webhook,
        secret: &Secret,
        delivery: &Delivery,
        sender: &Sender,
    ) -> Result<bool> {
        let outcome = sender
            .send(&self.rules.reach, &webhook.url, secret, delivery)
            .await?;
        let now = Moment::now();
        let (state, due_at, result) = match outcome {
            Outcome::Delivered(_) => (State::Delivered, now, "delivered"),
            Outcome::Failed(_) => match self.next_attempt(delivery, now) {
                Some(due_at) => (State::Due, due_at, "retried"),
                None => (State::Dead, now, "dead"),
            },
        };
        let (Outcome::Delivered(answer) | Outcome::Failed(answer)) = &outcome;
        let answer: String = answer.chars().take(ANSWER_LENGTH).collect();
        let (settled, webhook_id) = (delivery.clone(), webhook.webhook_id);
        let work = move |connection: &mut AnyConnection| {
            hooks::lock(connection, Some(webhook_id))?;
            deliveries::settle(connection, &settled, (state, due_at), &answer, now)
        };
        self.db.unlogged("webhooks.settle", work).await?;
        self.metrics.attempted(result);
        if state == State::Dead {
            let Delivery {
                message_id, attempts, ..
            } = delivery;
            tracing::warn!(webhook_id, message_id, attempts, "a webhook was given up");
        }
        Ok(state == State::Delivered)
    }

    /// When it is tried again; `None` when its time is over.
    fn next_attempt(&self, delivery: &Delivery, now: Moment) -> Option<Moment> {
        let failed = u32::try_from(delivery.attempts).unwrap_or(0).saturating_add(1);
        let wait = pause(self.rules.retry_first, failed, fastrand::f64());
        if now.since(delivery.created_at).saturating_add(wait) > self.rules.retry_for {
            return None;
        }
        let milliseconds = i64::try_from(wait.as_millis()).ok()?;
        Moment::of_unix_milliseconds(now.unix_milliseconds().saturating_add(milliseconds))
    }
}

/// What its column holds.
const ANSWER_LENGTH: usize = 200;

/// What came of looking once.
enum Round {
    /// Nothing is due, for so long.
    Nothing(Duration),
    /// Something arrived.
    Delivered,
    Failed,
}
