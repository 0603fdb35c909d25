//! Lets moments that no request causes become changes of the shop. Every node does it; the change log's lock and the
//! table of moments see to it that each becomes one change. Must not know who follows the log.

use std::time::Duration;

use super::{Catalog, repo, write};
use crate::db::{Actor, Moment, Origin, Seq};
use crate::error::Result;

/// The longest sleep: another node may have planned a moment that is near.
const POLL: Duration = Duration::from_millis(400);

/// An hour.
const ROUNDS_BETWEEN_STATISTICS: u64 = 720;

/// Another node was first and the replica that was asked has not seen it yet.
const ALREADY_DONE: Duration = Duration::from_millis(50);

/// How often counted views are stored.
const STORE_VIEWS: Duration = Duration::from_secs(5);

impl Catalog {
    /// Turns moments that have come into changes, in short transactions; returns how many products had one.
    ///
    /// # Errors
    /// Those of the database; what was done stays done.
    pub async fn tick(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let origin = Origin {
                actor: Actor::Clock,
                request_id: "clock".to_owned(),
                batch: None,
            };
            let ticked = self
                .db
                .write("catalog.tick", origin, write::moments::tick)
                .await?
                .value;
            done += ticked;
            if i64::try_from(ticked).is_ok_and(|ticked| ticked < write::moments::BATCH) {
                return Ok(done);
            }
        }
    }

    /// Lets the database notice how its tables have grown: after an import, at the start, now and then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn refresh_statistics(&self) -> Result<()> {
        self.db
            .unlogged(
                "catalog.refresh_statistics",
                crate::db::dialect::refresh_statistics,
            )
            .await
    }

    /// When something changes next by itself, as far as a replica knows.
    async fn next_moment(&self) -> Result<Option<Moment>> {
        let newest: Seq = *self.db.newest().borrow();
        let next = self
            .db
            .read_at_least("catalog.next_moment", newest, repo::clock::first);
        Ok(next.await?.value)
    }
}

/// Watches the moments until the process ends.
pub async fn run(catalog: Catalog) {
    loop {
        let wait = match catalog.next_moment().await {
            Ok(Some(moment)) => moment.time_left().map_or(POLL, |wait| wait.min(POLL)),
            Ok(None) | Err(_) => POLL,
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
            continue;
        }
        match catalog.tick().await {
            Ok(0) => tokio::time::sleep(ALREADY_DONE).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "moments that have come could not be written; trying again");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Stores counted views now and then until the process ends, and now and then lets the database look at itself.
pub async fn store_views(catalog: Catalog) {
    for round in 0_u64.. {
        if round % ROUNDS_BETWEEN_STATISTICS == 0
            && let Err(error) = catalog.refresh_statistics().await
        {
            tracing::warn!(%error, "the database could not look at its tables");
        }
        tokio::time::sleep(STORE_VIEWS).await;
        if let Err(error) = catalog.store_views().await {
            tracing::warn!(%error, "counted views could not be stored; trying again");
        }
    }
}
