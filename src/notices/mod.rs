//! What people are told, kept until they have read it: that a product is about to run out, that something was proposed, what was
//! decided on what they have proposed. One more follower of the change log, on every node where people sign in: whichever of them
//! finds a reason first writes it down, and the others find that done. Must not know how anything comes to happen.
//!
//! A notice is an event that is kept (`catalog/live.rs`, `submissions/live.rs`): of the same rule, with the same words.

mod model;
mod reasons;
mod repo;
pub mod routes;
mod views;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use model::{About, Inbox, Notice};
use reasons::Task;

use crate::accounts::{self, Belongings};
use crate::catalog::Catalog;
use crate::db::changes::{self, Position};
use crate::db::{AnyConnection, Moment, Router, Seq};
use crate::error::Result;
use crate::realtime::{Follower, News};

/// How far the log was read is kept under this name.
const FOLLOWER: &str = "inbox";

/// How often it is written down while there is nothing to tell. Whoever begins before it finds done what was done.
const BETWEEN_POSITIONS: Duration = Duration::from_secs(10);

/// Before another attempt when the database fails.
const PAUSE: Duration = Duration::from_secs(1);

/// How long somebody who asks waits for what has just happened.
const PATIENCE: Duration = Duration::from_secs(2);

/// Notices that are shown.
const SHOWN: i64 = 50;

/// What is kept of people here.
pub const BELONGINGS: Belongings = Belongings {
    export: repo::export,
    erase: |transaction, user_id| repo::delete_of(transaction.connection(), user_id),
    unread: repo::unread,
};

/// The notices of a shop. Cloning is cheap.
#[derive(Clone)]
pub struct Notices {
    db: Router,
    catalog: Catalog,
    /// Up to where this process has told.
    reached: Arc<watch::Sender<i64>>,
}

impl Notices {
    pub fn new(db: Router, catalog: Catalog) -> Notices {
        Notices {
            db,
            catalog,
            reached: Arc::default(),
        }
    }

    /// A person's notices, as the primary has them, with what there is to tell of changes up to a position.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn inbox(&self, user_id: i32, at_least: Seq) -> Result<Inbox> {
        if at_least > Seq::default() {
            let goal = at_least.0.min(self.db.primary_head().await?.seq);
            let mut reached = self.reached.subscribe();
            // Late is better than never: what comes later is told at the next look.
            let _ = tokio::time::timeout(PATIENCE, reached.wait_for(|reached| *reached >= goal)).await;
        }
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
        self.reached.send_replace(follower.position().seq);
        loop {
            let tasks = match follower.next().await? {
                News::Changes(found) => {
                    let tasks = found
                        .iter()
                        .flat_map(|change| reasons::tasks(&self.catalog, change));
                    tasks.collect()
                }
                // What was told stays told; what the new history holds is older than now.
                News::Forked => Vec::new(),
            };
            if !tasks.is_empty() || stored.elapsed() >= BETWEEN_POSITIONS {
                self.perform(tasks, follower.position().clone()).await?;
                stored = Instant::now();
            }
            self.reached.send_replace(follower.position().seq);
        }
    }

    /// Tells everybody whom it concerns, and writes down how far that was read.
    async fn perform(&self, tasks: Vec<Task>, position: Position) -> Result<()> {
        let work = move |connection: &mut AnyConnection| {
            let now = Moment::now();
            for task in &tasks {
                match task {
                    Task::Tell(told) => {
                        let people = accounts::people_who_may(connection, told.asks)?;
                        for user_id in people.into_iter().filter(|user_id| told.whom.includes(*user_id)) {
                            repo::tell(connection, user_id, told, now)?;
                        }
                    }
                    Task::Settle {
                        kind,
                        subject_id,
                        until,
                    } => repo::settle(connection, (kind, *subject_id, *until), now)?,
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
