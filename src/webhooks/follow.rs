//! The one process that follows the log for webhooks: it writes down what each is to be told together with how far it has read,
//! in one transaction, and lets a task per webhook deliver. Must not know how anything is sent.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::message::Message;
use super::model::Webhook;
use super::repo::{deliveries, hooks};
use super::send::Sender;
use super::{FOLLOWER, Webhooks};
use crate::db::changes::{self, Position};
use crate::db::lease::{BEAT, Fence, Lease};
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};
use crate::realtime::{Follower, News};

/// Beats between two times at which old deliveries are forgotten: an hour.
const BEATS_BETWEEN_CLEANINGS: u64 = 1_800;

/// How long attempts may still take when this process ends: a receiver that is slower is told again by whoever takes over.
const LAST_ATTEMPTS: Duration = Duration::from_secs(1);

/// Tasks that deliver, stopped when this goes.
#[derive(Default)]
struct Deliverers {
    /// By id and version: what the owner has put right is tried at once, and does not wait as long as what was wrong.
    tasks: HashMap<(i32, i32), JoinHandle<()>>,
    /// Counts up when there is something to do.
    news: watch::Sender<u64>,
}

impl Webhooks {
    /// Follows and delivers whenever no other process does, until [`Webhooks::close`]. The client that sends stays on one thread,
    /// so it runs on that of whoever calls.
    pub async fn run(self) {
        if !self.rules.delivers {
            return;
        }
        let mut lease = match Lease::new(FOLLOWER) {
            Ok(lease) => lease,
            Err(error) => {
                tracing::error!(error = error.chain(), "webhooks cannot be delivered");
                return;
            }
        };
        let mut ending = self.ending.subscribe();
        while !*ending.borrow() {
            if let Err(error) = self.serve(&mut lease, &mut ending).await {
                tracing::warn!(
                    error = error.chain(),
                    "webhooks are not delivered for a moment; trying again"
                );
            }
            let _ = tokio::time::timeout(BEAT, end(&mut ending)).await;
        }
        if let Err(error) = lease.release(&self.db).await {
            tracing::warn!(
                error = error.chain(),
                "another process delivers webhooks only after a while"
            );
        }
    }

    /// Ends what [`Webhooks::run`] does, so that another process takes over at once: it returns when the lease is free.
    pub async fn close(&self) {
        self.ending.send_replace(true);
        // Only `run` listens. Without a database it has nothing to give back.
        let _ = tokio::time::timeout(LAST_ATTEMPTS * 5, self.ending.closed()).await;
    }

    /// Delivers while there are webhooks, the lease is this process's and that does not end.
    async fn serve(&self, lease: &mut Lease, ending: &mut watch::Receiver<bool>) -> Result<()> {
        let any = self.db.read("webhooks.any", hooks::all).await?.value;
        if any.is_empty() || !lease.keep(&self.db).await? {
            return Ok(());
        }
        let sender = Sender::new(self.rules.timeout)?;
        let mut follower = Follower::new(&self.db, self.position().await?);
        let mut deliverers = Deliverers::default();
        let mut beat = tokio::time::interval(BEAT);
        let mut beats = 0_u64;
        loop {
            let from = follower.position().clone();
            tokio::select! {
                () = end(ending) => {
                    deliverers.finish().await;
                    return Ok(());
                }
                _ = beat.tick() => {
                    if !lease.keep(&self.db).await? {
                        return Ok(());
                    }
                    if beats.is_multiple_of(BEATS_BETWEEN_CLEANINGS) {
                        self.forget().await?;
                    }
                    beats += 1;
                    let known = self.db.read_current("webhooks.known", hooks::all).await?;
                    if known.is_empty() {
                        drop(deliverers);
                        return lease.release(&self.db).await;
                    }
                    deliverers.settle(self, &sender, &known);
                }
                news = follower.next() => {
                    let next = follower.position().clone();
                    if !self.take(news?, (from, next), lease.fence()).await? {
                        return Ok(());
                    }
                    deliverers.news.send_modify(|count| *count += 1);
                }
            }
        }
    }

    /// Where whoever followed last has come to. The first webhook brings a position with it, so a shop that lacks one was restored
    /// and all are to read it anew: a position of no history says so.
    async fn position(&self) -> Result<Position> {
        let read = |connection: &mut AnyConnection| {
            let stored = changes::position_of(connection, FOLLOWER)?;
            Ok(stored.unwrap_or_else(Position::genesis))
        };
        self.db.unlogged("webhooks.position", read).await
    }

    /// Writes down what is to be told and how far that was read; `false` when another process does so by now.
    async fn take(&self, news: News, (from, next): (Position, Position), fence: Fence) -> Result<bool> {
        let messages = match news {
            News::Changes(found) => self.messages(&next.epoch, &found).await?,
            News::Forked => vec![Message::resync(&next.epoch, next.seq, Moment::now())],
        };
        let work = move |connection: &mut AnyConnection| {
            if !fence.stands(connection)? {
                return Ok(false);
            }
            hooks::lock(connection, None)?;
            if changes::position_of(connection, FOLLOWER)?.is_some_and(|stored| stored != from) {
                return Ok(false);
            }
            let webhooks = hooks::all(connection)?;
            let now = Moment::now();
            for message in &messages {
                for webhook in webhooks.iter().filter(|webhook| hears(webhook, message)) {
                    deliveries::add(connection, webhook.webhook_id, message, now)?;
                }
            }
            changes::store_position(connection, FOLLOWER, &next)?;
            Ok(true)
        };
        self.db.unlogged("webhooks.take", work).await
    }

    async fn forget(&self) -> Result<()> {
        let kept = i64::try_from(self.rules.keep.as_secs()).map_err(Error::internal)?;
        let now = Moment::now();
        let before = now.plus_seconds(-kept);
        let work = move |connection: &mut AnyConnection| {
            hooks::forget_secrets(connection, now)?;
            hooks::lock(connection, None)?;
            deliveries::forget(connection, before, now)
        };
        self.db.unlogged("webhooks.forget", work).await
    }
}

/// A history that has become another one concerns everybody.
fn hears(webhook: &Webhook, message: &Message) -> bool {
    webhook.is_active && (message.kind == "resync" || webhook.wants(&message.kind))
}

impl Deliverers {
    /// One task for each webhook that is on.
    fn settle(&mut self, webhooks: &Webhooks, sender: &Sender, known: &[Webhook]) {
        let key = |webhook: &Webhook| (webhook.webhook_id, webhook.version);
        let is_on = |task: &(i32, i32)| {
            known
                .iter()
                .any(|webhook| key(webhook) == *task && webhook.is_active)
        };
        self.tasks.retain(|of, task| {
            let stays = is_on(of) && !task.is_finished();
            if !stays {
                task.abort();
            }
            stays
        });
        for webhook in known.iter().filter(|webhook| webhook.is_active) {
            let id = webhook.webhook_id;
            self.tasks.entry(key(webhook)).or_insert_with(|| {
                let (webhooks, sender, news) = (webhooks.clone(), sender.clone(), self.news.subscribe());
                tokio::task::spawn_local(async move { webhooks.deliver(id, &sender, news).await })
            });
        }
    }
}

/// Waits until this process ends.
async fn end(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|ends| *ends).await;
}

impl Deliverers {
    /// Begins nothing more and waits a moment for what is under way.
    async fn finish(mut self) {
        drop(std::mem::take(&mut self.news));
        let under_way = self.tasks.values_mut();
        let _ = tokio::time::timeout(LAST_ATTEMPTS, join_all(under_way)).await;
    }
}

impl Drop for Deliverers {
    fn drop(&mut self) {
        for task in self.tasks.values() {
            task.abort();
        }
    }
}

/// The net under the news: pings and replays are written by other processes, too.
pub(super) const POLL: Duration = Duration::from_secs(1);
