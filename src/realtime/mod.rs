//! Followers of the change log: whoever must learn of changes reads them here, in order and without gaps, however
//! and wherever they were written. Must not name a product: it carries rows of the log.
//!
//! A write of this process wakes its followers at once; one of another process (a command, another node) is found
//! by a poll every second, or sooner where nodes tell one another through Redis. So nothing is lost, only later.

mod audit;
mod events;
mod line;
mod live;
mod protocol;
mod redis;
pub mod routes;
mod session;

use std::time::Duration;

use tokio::sync::watch;

pub use audit::audit;
pub use line::Line;
pub use live::ring::Event;
pub use live::{Audience, Extent, Live, Person, Project, own_topic};
pub use redis::WakeUps;
pub use session::Warrant;

use crate::db::changes::{self, Next, Position};
use crate::db::{AnyConnection, Change, Router, Seq};
use crate::error::Result;

/// The net under the wake-ups.
const POLL: Duration = Duration::from_secs(1);

/// Changes handed over at once, so that a follower far behind takes bounded memory.
const BATCH: i64 = 500;

/// Live news of changes, or none (`features.realtime = false`).
#[derive(Clone)]
pub enum Realtime {
    /// Nobody follows.
    Off,
    /// Followers in this process.
    Memory(Router),
    /// The same, woken by other nodes, too.
    Redis(WakeUps),
}

impl Realtime {
    /// Starts to follow after `from`; `None` when realtime is off.
    pub fn follow(&self, from: Position) -> Option<Follower> {
        self.db().map(|db| Follower::new(db, from))
    }

    /// Where the log is; `None` when realtime is off.
    pub fn db(&self) -> Option<&Router> {
        match self {
            Realtime::Off => None,
            Realtime::Memory(db) => Some(db),
            Realtime::Redis(wake_ups) => Some(wake_ups.db()),
        }
    }

    /// Tells other nodes of this one's changes and listens to theirs, for as long as it is polled.
    pub async fn exchange(self) {
        if let Realtime::Redis(wake_ups) = self {
            wake_ups.exchange().await;
        }
    }
}

/// How many look at a thing is known of all nodes where they can tell one another; without Redis of this one.
pub async fn share_viewers(realtime: Realtime, live: Live) {
    if let (Realtime::Redis(wake_ups), true) = (&realtime, live.counts_viewers()) {
        wake_ups.share_viewers(&live).await;
    }
}

/// Reads the log from a position onwards.
pub struct Follower {
    db: Router,
    newest: watch::Receiver<Seq>,
    position: Position,
}

/// What a follower learns.
#[derive(Debug)]
pub enum News {
    /// The next changes, in order; never none.
    Changes(Vec<Change>),
    /// History is another one than before (fail-over, restore): whatever was made of it counts for nothing. The follower
    /// goes on behind the end of the new one.
    Forked,
}

impl Follower {
    /// One that goes on after `position`.
    pub fn new(db: &Router, position: Position) -> Self {
        Self {
            db: db.clone(),
            newest: db.newest(),
            position,
        }
    }

    /// Behind everything that was handed over.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Waits for changes behind the position and hands them over, in order.
    ///
    /// Dropping the future loses nothing: the position moves with what is handed over.
    ///
    /// # Errors
    /// When no database can be read; the position stays, so calling again goes on where it stopped.
    pub async fn next(&mut self) -> Result<News> {
        loop {
            let newest = *self.newest.borrow_and_update();
            let (position, at_least) = (self.position.clone(), newest.max(Seq(self.position.seq)));
            let look = move |connection: &mut AnyConnection| position.next(connection, BATCH);
            let seen = self.db.read_at_least("changes.follow", at_least, look).await?;
            let next = match seen.value {
                Next::Forked(_) => self.as_the_primary_has_it().await?,
                next => next,
            };
            match next {
                Next::Changes(found) => {
                    if let Some(last) = found.last() {
                        self.position = self.position.after(last);
                    }
                    return Ok(News::Changes(found));
                }
                Next::Forked(head) => {
                    self.db.forget_newest(Seq(head.seq));
                    self.position = Position::end(&head);
                    return Ok(News::Forked);
                }
                // Either a wake-up or the poll's turn; both lead to the same look at the log.
                Next::CaughtUp => {
                    let _ = tokio::time::timeout(POLL, self.newest.changed()).await;
                }
            }
        }
    }

    /// Only what the primary says is history: a replica alone may have diverged, or not have heard yet of a fork that this
    /// follower has passed. The first that notices a fork gives the new history its name; who comes at the same moment waits
    /// for it, or it would be told of the fork a second time under that name.
    async fn as_the_primary_has_it(&self) -> Result<Next> {
        let position = self.position.clone();
        let look = move |connection: &mut AnyConnection| {
            changes::lock_head(connection)?;
            let next = position.next(connection, BATCH)?;
            let Next::Forked(head) = &next else {
                return Ok(next);
            };
            if head.epoch == position.epoch {
                changes::renew_epoch(connection, &position.epoch)?;
            }
            changes::head(connection).map(Next::Forked)
        };
        self.db.unlogged("changes.confirm_fork", look).await
    }
}

/// Leaves a line for each change in the server's log, until the process ends.
pub async fn report(realtime: Realtime, db: Router) {
    let start = loop {
        match db.primary_head().await {
            Ok(head) => break Position::end(&head),
            Err(_) => tokio::time::sleep(POLL).await,
        }
    };
    let Some(mut follower) = realtime.follow(start) else {
        return;
    };
    loop {
        match follower.next().await {
            Ok(News::Forked) => {
                tracing::error!(
                    "the change log goes on differently than it did: fail-over or restore; followers begin anew"
                );
            }
            Ok(News::Changes(found)) => {
                for change in &found {
                    tracing::info!(seq = change.seq, actor = %change.actor, entity_id = change.entity_id, request_id = %change.request_id, "{} {}", change.entity, change.action);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the change log cannot be read; trying again");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}
