//! Followers of the change log: whoever must learn of changes reads them here, in order and without gaps, however
//! and wherever they were written. Must not name a product: it carries rows of the log.
//!
//! A write of this process wakes its followers at once; one of another process (a command, another node) is found
//! by a poll every second. So nothing is lost, only later.

use std::time::Duration;

use tokio::sync::watch;

use crate::db::{Change, Router, Seq, changes};
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
}

impl Realtime {
    /// Starts to follow after `from`; `None` when realtime is off.
    pub fn follow(&self, from: Seq) -> Option<Follower> {
        match self {
            Realtime::Off => None,
            Realtime::Memory(db) => Some(Follower {
                db: db.clone(),
                newest: db.newest(),
                position: from,
            }),
        }
    }
}

/// Reads the log from a position onwards.
pub struct Follower {
    db: Router,
    newest: watch::Receiver<Seq>,
    position: Seq,
}

impl Follower {
    /// Waits for changes behind the position and hands them over, in order.
    ///
    /// # Errors
    /// When no database can be read; the position stays, so calling again goes on where it stopped.
    pub async fn next(&mut self) -> Result<Vec<Change>> {
        loop {
            let (from, newest) = (self.position, *self.newest.borrow_and_update());
            let found = self
                .db
                .read_at_least("changes.follow", newest, move |connection| {
                    changes::after(connection, from, BATCH)
                })
                .await?
                .value;
            if let Some(last) = found.last() {
                self.position = Seq(last.seq);
                return Ok(found);
            }
            // Either a wake-up or the poll's turn; both lead to the same look at the log.
            let _ = tokio::time::timeout(POLL, self.newest.changed()).await;
        }
    }
}

/// Leaves a line for each change in the server's log, until the process ends.
pub async fn report(realtime: Realtime, db: Router) {
    let start = loop {
        match db.primary_head().await {
            Ok(head) => break Seq(head.seq),
            Err(_) => tokio::time::sleep(POLL).await,
        }
    };
    let Some(mut follower) = realtime.follow(start) else {
        return;
    };
    loop {
        match follower.next().await {
            Ok(found) => {
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
