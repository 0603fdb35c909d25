//! Where live news come from: the log, followed from now on, and read again for those who were away for long. Must not know
//! what a change means.

use std::time::Duration;

use super::Live;
use super::cursor::Past;
use crate::db::changes::{self, Position};
use crate::db::{AnyConnection, Change, Seq};
use crate::error::Result;
use crate::realtime::{Follower, News};

/// So many changes are read at the start: pages that were made by the node before this one go on from there.
const LOOK_BACK: i64 = 1_000;

/// Changes that are read at once for somebody who was away.
const PIECE: i64 = 200;

const PAUSE: Duration = Duration::from_secs(1);

impl Live {
    /// Follows the log, for ever.
    pub(super) async fn feed(self) {
        loop {
            match self.begin().await {
                Ok(follower) => self.follow(follower).await,
                Err(error) => {
                    tracing::debug!(%error, "the change log cannot be read: no live news yet");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Begins in the history that there is, with what happened last.
    async fn begin(&self) -> Result<Follower> {
        let look_back = LOOK_BACK.min(i64::try_from(self.0.extent.events).unwrap_or(LOOK_BACK));
        let read = move |connection: &mut AnyConnection| {
            let head = changes::head(connection)?;
            // Of what was archived nothing can be said.
            let begin = changes::begin(connection, &head)?.seq;
            let floor = (head.seq - look_back).max(begin);
            let recent = changes::up_to(connection, &head, Seq(floor), look_back)?;
            Ok((head, floor, recent))
        };
        let newest = match self.0.db.primary_head().await {
            Ok(head) => Seq(head.seq),
            Err(_) => Seq::default(),
        };
        let read = self.0.db.read_at_least("realtime.begin", newest, read).await?;
        let (head, floor, recent) = read.value;
        let events = (self.0.project)(recent).await?;
        let mut board = self.0.board.write();
        board.ring.begin(&head.epoch, floor);
        board.ring.append(events, head.seq);
        // Readers of another history are told so.
        board.seats.wake_all(head.seq.max(1));
        Ok(Follower::new(&self.0.db, Position::end(&head)))
    }

    /// Follows until history turns out to be another one.
    async fn follow(&self, mut follower: Follower) {
        loop {
            match follower.next().await {
                Ok(News::Changes(found)) => self.publish(found).await,
                Ok(News::Forked) => return,
                Err(error) => {
                    tracing::debug!(%error, "the change log cannot be read; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn publish(&self, found: Vec<Change>) {
        let Some(through) = found.last().map(|change| change.seq) else {
            return;
        };
        // None may be left out, so this waits until it can be done.
        let events = loop {
            match (self.0.project)(found.clone()).await {
                Ok(events) => break events,
                Err(error) => {
                    tracing::debug!(%error, "news cannot be made of changes; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let mut board = self.0.board.write();
        board.seats.wake(&events);
        board.ring.append(events, through);
    }

    /// What happened behind `after`, at most up to `until`, for a reader of the history `epoch`. `None` when that is too much
    /// or cannot be said any more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn past(&self, epoch: &str, after: i64, until: i64) -> Result<Option<Past>> {
        let most = i64::try_from(self.0.extent.events).unwrap_or(i64::MAX);
        if until - after > most {
            return Ok(None);
        }
        // A herd that comes back waits in line instead of asking the database all at once.
        let _turn = self.0.replays.acquire().await;
        let read = move |connection: &mut AnyConnection| {
            let head = changes::head(connection)?;
            let begin = changes::begin(connection, &head)?.seq;
            let found = changes::up_to(connection, &head, Seq(after), PIECE)?;
            Ok((head, begin, found))
        };
        let at_least = self.newest().max(Seq(until));
        let read = self.0.db.read_at_least("realtime.past", at_least, read).await?;
        let (head, begin, found) = read.value;
        let is_whole = found.first().is_some_and(|first| first.seq == after + 1);
        if head.epoch != epoch || begin > after || !is_whole {
            return Ok(None);
        }
        let through = found.last().map_or(after, |last| last.seq);
        let events = (self.0.project)(found).await?;
        Ok(Some(Past {
            events,
            span: (after, through),
        }))
    }
}
