//! Sending what is due: a few at once, each attempt by one process, again after longer and longer pauses until its time is over.
//! Must not know how a server is spoken to.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::MissedTickBehavior;

use super::repo;
use super::{Author, Server, Waiting};
use crate::db::{AnyConnection, Moment, Router};
use crate::error::Result;
use crate::metrics::{MailMetrics, MailResult};

/// How often a process looks. Not woken by whoever posts a mail: when it is sent says nothing about the request.
const POLL: Duration = Duration::from_secs(1);

/// Attempts at a time, so that a server that never answers holds up few others.
const AT_ONCE: i64 = 4;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// How long after its end by the clock an attempt counts as lost with its process.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// What waits, and the server that is to take it.
pub struct Outbox {
    pub(super) db: Router,
    pub(super) server: Server,
    pub(super) metrics: MailMetrics,
    pub(super) retry_first: Duration,
    pub(super) retry_for: Duration,
}

impl Outbox {
    pub(super) async fn run(&self, author: &dyn Author) {
        let mut pace = tokio::time::interval(POLL);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            if let Err(error) = self.round(author).await {
                tracing::warn!(error = error.chain(), "mails wait for the database");
            }
        }
    }

    /// Everything that is due.
    async fn round(&self, author: &dyn Author) -> Result<()> {
        loop {
            let now = Moment::now();
            let read = move |connection: &mut AnyConnection| repo::due(connection, now, AT_ONCE);
            let due = self.db.read_current("mail.due", read).await?;
            if due.is_empty() {
                return Ok(());
            }
            let attempts = due.iter().map(|waiting| self.attempt(waiting, author));
            join_all(attempts).await.into_iter().collect::<Result<()>>()?;
        }
    }

    /// Makes an attempt, unless another process does, and writes down what came of it.
    async fn attempt(&self, waiting: &Waiting, author: &dyn Author) -> Result<()> {
        if !self.claim(waiting).await? {
            return Ok(());
        }
        let mail_id = waiting.mail_id;
        // Nobody waits any more for what was asked for before the shop was off for a day.
        let is_over = Moment::now().since(waiting.created_at) > self.retry_for;
        let letter = if is_over {
            None
        } else {
            author.write(waiting).await?
        };
        let Some(letter) = letter else {
            if is_over {
                self.metrics.count(MailResult::Dead);
                tracing::warn!(
                    mail_id,
                    kind = waiting.kind,
                    "a mail was given up: its time was over"
                );
            }
            return self.settle(waiting, None).await;
        };
        let Err(undelivered) = self.server.send(&waiting.address, &letter).await else {
            self.metrics.count(MailResult::Sent);
            tracing::info!(mail_id, kind = waiting.kind, "a mail was sent");
            return self.settle(waiting, None).await;
        };
        let next = if undelivered.is_final {
            None
        } else {
            self.next_attempt(waiting)
        };
        let (result, what) = match next {
            Some(_) => (MailResult::Retried, "a mail could not be sent; it is tried again"),
            None => (MailResult::Dead, "a mail could not be sent and was given up"),
        };
        self.metrics.count(result);
        tracing::warn!(
            mail_id,
            kind = waiting.kind,
            attempts = waiting.attempts + 1,
            reason = undelivered.reason,
            "{what}"
        );
        self.settle(waiting, next).await
    }

    /// Counts the attempt up; whether it is this process that may make it. Of several for the same reason to the same address the
    /// newest stays.
    async fn claim(&self, waiting: &Waiting) -> Result<bool> {
        let lost_at = later(Moment::now(), self.server.timeout().saturating_add(LOST_AFTER));
        let waiting = waiting.clone();
        let claim = move |connection: &mut AnyConnection| {
            Ok(repo::claim(connection, &waiting, lost_at)? && !repo::give_way(connection, &waiting)?)
        };
        self.db.unlogged("mail.claim", claim).await
    }

    /// Tried again at that moment, or never; then older ones for the same reason are done with, too.
    async fn settle(&self, waiting: &Waiting, next: Option<Moment>) -> Result<()> {
        let waiting = waiting.clone();
        let settle = move |connection: &mut AnyConnection| match next {
            Some(due_at) => repo::put_off(connection, waiting.mail_id, due_at),
            None => repo::delete_up_to(connection, &waiting),
        };
        self.db.unlogged("mail.settle", settle).await
    }

    /// When it is tried again after one more failure; `None` when its time is over.
    fn next_attempt(&self, waiting: &Waiting) -> Option<Moment> {
        let failed = u32::try_from(waiting.attempts).unwrap_or(u32::MAX);
        let pause = self
            .retry_first
            .saturating_mul(3_u32.saturating_pow(failed))
            .min(LONGEST_PAUSE);
        let now = Moment::now();
        let is_in_time = now.since(waiting.created_at).saturating_add(pause) <= self.retry_for;
        is_in_time.then(|| later(now, pause))
    }
}

fn later(now: Moment, wait: Duration) -> Moment {
    let milliseconds = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Moment::of_unix_milliseconds(now.unix_milliseconds().saturating_add(milliseconds)).unwrap_or(now)
}
