//! What people who run the shop are told, kept until they have read it: that a product is about to run out. One more follower of
//! the change log, on every node of the owner's side: whichever of them finds a reason first writes it down, and the others find
//! that done. Must not know pages.
//!
//! What is live of it is an event like others (`catalog/live.rs`), of the same rule.

mod repo;

use std::time::{Duration, Instant};

use crate::accounts;
use crate::catalog::{Catalog, LowStock};
use crate::db::changes::{self, Position};
use crate::db::{AnyConnection, Change, Moment, Router};
use crate::error::Result;
use crate::realtime::{Follower, News};
use crate::web::permission::Permission;

/// How far the log was read is kept under this name.
const FOLLOWER: &str = "notices";

/// How often it is written down while there is nothing to tell. Whoever begins before it finds done what was done.
const BETWEEN_POSITIONS: Duration = Duration::from_secs(10);

/// Before another attempt when the database fails.
const PAUSE: Duration = Duration::from_secs(1);

/// Notices that are shown.
const SHOWN: i64 = 50;

/// Something that a person is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub notice_id: i32,
    /// As it was then.
    pub low: LowStock,
    pub at: Moment,
    pub is_read: bool,
}

/// A person's notices.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// The newest first.
    pub notices: Vec<Notice>,
    pub unread: i64,
}

/// The notices of a shop. Cloning is cheap.
#[derive(Clone)]
pub struct Notices {
    db: Router,
    catalog: Catalog,
}

impl Notices {
    pub fn new(db: Router, catalog: Catalog) -> Notices {
        Notices { db, catalog }
    }

    /// A person's notices, as the primary has them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn inbox(&self, user_id: i32) -> Result<Inbox> {
        let read = move |connection: &mut AnyConnection| {
            Ok(Inbox {
                notices: repo::newest(connection, user_id, SHOWN)?,
                unread: repo::unread(connection, user_id)?,
            })
        };
        self.db.read_current("notices.inbox", read).await
    }

    /// Marks a person's notices as read, up to the newest that was seen.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mark_read(&self, user_id: i32, up_to: i32) -> Result<()> {
        let mark =
            move |connection: &mut AnyConnection| repo::mark_read(connection, user_id, up_to, Moment::now());
        self.db.unlogged("notices.mark_read", mark).await
    }

    /// Follows the log and tells people, until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.follow().await {
                tracing::warn!(error = error.chain(), "notices wait for the database");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn follow(&self) -> Result<()> {
        let mut follower = Follower::new(&self.db, self.position().await?);
        let mut stored = Instant::now();
        loop {
            let low = match follower.next().await? {
                News::Changes(found) => {
                    let low = |change: &Change| Some((change.hash.clone(), self.catalog.low_stock(change)?));
                    found.iter().filter_map(low).collect()
                }
                // What was told stays told; what the new history holds is older than now.
                News::Forked => Vec::new(),
            };
            if low.is_empty() && stored.elapsed() < BETWEEN_POSITIONS {
                continue;
            }
            self.tell(low, follower.position().clone()).await?;
            stored = Instant::now();
        }
    }

    /// Tells everybody who can do something about it.
    async fn tell(&self, low: Vec<(String, LowStock)>, position: Position) -> Result<()> {
        let work = move |connection: &mut AnyConnection| {
            let now = Moment::now();
            if !low.is_empty() {
                for user_id in accounts::people_who_may(connection, Permission::WriteCatalog)? {
                    repo::tell(connection, user_id, &low, now)?;
                }
            }
            changes::store_position(connection, FOLLOWER, &position)
        };
        self.db.unlogged("notices.tell", work).await
    }

    /// Where whoever followed last had come to. The first time nobody wants to hear of what was before.
    async fn position(&self) -> Result<Position> {
        let read = |connection: &mut AnyConnection| {
            if let Some(stored) = changes::position_of(connection, FOLLOWER)? {
                return Ok(stored);
            }
            let end = Position::end(&changes::head(connection)?);
            changes::store_position(connection, FOLLOWER, &end)?;
            Ok(end)
        };
        self.db.unlogged("notices.position", read).await
    }
}
