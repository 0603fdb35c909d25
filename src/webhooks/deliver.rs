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
    /// Delivers until nobody has news for it any more, or it is dropped. A receiver that fails at everything is asked less and
    /// less often, not once per product.
    pub(super) async fn deliver(self, webhook_id: i32, sender: &Sender, mut news: watch::Receiver<u64>) {
        let mut failed_rounds = 0;
        while news.has_changed().is_ok() {
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
                Ok(failed) => {
                    failed_rounds += 1;
                    let rest = pause(self.rules.retry_first, failed_rounds, fastrand::f64());
                    rest.min(LONGEST_REST).max(failed.rest())
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
            let _ = tokio::time::timeout(rest, end_of(&mut news)).await;
        }
    }

    async fn round(&self, webhook_id: i32, sender: &Sender) -> Result<Round> {
        let read = move |connection: &mut AnyConnection| {
            let webhook = hooks::find(connection, webhook_id)?.filter(|webhook| webhook.is_active);
            let Some(webhook) = webhook else {
                return Ok(None);
            };
            let now = Moment::now();
            let secrets = hooks::secrets(connection, webhook_id, now)?;
            let due = deliveries::due(connection, webhook_id, now, AT_ONCE)?;
            let next = deliveries::next_due(connection, webhook_id)?;
            Ok(Some((webhook, secrets, due, next)))
        };
        let Some((webhook, secrets, due, next)) = self.db.unlogged("webhooks.due", read).await? else {
            return Ok(Round::Nothing(POLL));
        };
        if due.is_empty() {
            let wait = next.and_then(Moment::time_left).unwrap_or(POLL);
            return Ok(Round::Nothing(wait));
        }
        let attempts = due
            .iter()
            .map(|delivery| self.attempt(&webhook, &secrets, delivery, sender));
        let mut rounds = Vec::new();
        for attempted in join_all(attempts).await {
            rounds.push(attempted?);
        }
        // Whoever asks to be left alone is, also where something arrived beside it.
        Ok(rounds.into_iter().fold(Round::Failed, Round::and))
    }

    /// Tries once and writes down what came of it.
    async fn attempt(
        &self,
        webhook: &Webhook,
        secrets: &[Secret],
        delivery: &Delivery,
        sender: &Sender,
    ) -> Result<Round> {
        let outcome = sender
            .send(&self.rules.reach, &webhook.url, secrets, delivery)
            .await?;
        let now = Moment::now();
        let (answer, round) = match outcome {
            Outcome::Delivered(answer) => (answer, Round::Delivered),
            Outcome::Failed(answer) => (answer, Round::Failed),
            Outcome::Later(answer, wait) => (answer, Round::Later(wait)),
        };
        let (state, due_at, result) = match &round {
            Round::Delivered => (State::Delivered, now, "delivered"),
            failed => match self.next_attempt(delivery, failed.rest(), now) {
                Some(due_at) => (State::Due, due_at, "retried"),
                None => (State::Dead, now, "dead"),
            },
        };
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
        Ok(round)
    }

    /// When it is tried again, not before the receiver has had its rest; `None` when its time is over.
    fn next_attempt(&self, delivery: &Delivery, rest: Duration, now: Moment) -> Option<Moment> {
        let failed = u32::try_from(delivery.attempts).unwrap_or(0).saturating_add(1);
        let wait = pause(self.rules.retry_first, failed, fastrand::f64()).max(rest);
        if now.since(delivery.created_at).saturating_add(wait) > self.rules.retry_for {
            return None;
        }
        let milliseconds = i64::try_from(wait.as_millis()).ok()?;
        Moment::of_unix_milliseconds(now.unix_milliseconds().saturating_add(milliseconds))
    }
}

/// What its column holds.
const ANSWER_LENGTH: usize = 200;

/// What came of looking once, or of one attempt.
enum Round {
    /// Nothing is due, for so long.
    Nothing(Duration),
    /// Something arrived.
    Delivered,
    Failed,
    /// The receiver asks to be left alone for so long.
    Later(Duration),
}

impl Round {
    /// For how long the receiver asks to be left alone.
    fn rest(&self) -> Duration {
        match self {
            Round::Later(wait) => *wait,
            _ => Duration::ZERO,
        }
    }

    fn and(self, other: Round) -> Round {
        match (self, other) {
            (one @ Round::Later(_), other) | (other, one @ Round::Later(_)) => {
                Round::Later(one.rest().max(other.rest()))
            }
            (Round::Delivered, _) | (_, Round::Delivered) => Round::Delivered,
            (one, _) => one,
        }
    }
}

/// Waits until there will be no more news.
async fn end_of(news: &mut watch::Receiver<u64>) {
    while news.changed().await.is_ok() {}
}
