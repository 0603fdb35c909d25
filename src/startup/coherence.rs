//! Lets the cache know what changed: from the change log, and of the writes of this process before anybody else.

use std::time::Duration;

use super::write_through::Announced;
use crate::cache::{Cache, purged};
use crate::catalog::tags_of;
use crate::db::changes::{self, Position};
use crate::db::{AnyConnection, Change, Router, Seq, Tag};
use crate::error::Result;
use crate::realtime::{Follower, News};

/// So many changes are read at the start: what others have kept since then can be judged.
const LOOK_BACK: i64 = 2_000;

const PAUSE: Duration = Duration::from_secs(1);

/// Tells the cache of each write of this process before its answer is sent, and then whoever makes new answers.
pub fn tell_of_writes(db: &Router, cache: Cache, announced: Announced) {
    db.on_commit(move |written| {
        cache.wrote(&written.epoch, &told(&written.changes));
        announced.tell(written);
    });
}

/// Keeps the cache right, and its connection up, until the process ends.
pub async fn run(db: Router, cache: Cache) {
    let Some(memory) = cache.memory().cloned() else {
        return;
    };
    let connection = async {
        if let Some(shared) = cache.shared() {
            shared.redis().clone().keep_connected().await;
        }
    };
    let report = async {
        loop {
            memory.report();
            tokio::time::sleep(PAUSE).await;
        }
    };
    futures_util::future::join3(follow(db, cache.clone()), connection, report).await;
}

/// Follows the log until the process ends.
async fn follow(db: Router, cache: Cache) {
    loop {
        match begin(&db, &cache).await {
            Ok(follower) => follow_history(follower, &cache).await,
            Err(error) => {
                tracing::debug!(%error, "the change log cannot be read: nothing is kept yet");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Begins in the history that there is.
async fn begin(db: &Router, cache: &Cache) -> Result<Follower> {
    let read = |connection: &mut AnyConnection| {
        let head = changes::head(connection)?;
        // Of what was archived nothing can be said.
        let begin = changes::begin(connection, &head)?.seq;
        let floor = Seq((head.seq - LOOK_BACK).max(begin));
        let recent = changes::up_to(connection, &head, floor, LOOK_BACK)?;
        Ok((head, floor, recent))
    };
    // The primary's head, or without it what the replicas have.
    let newest = match db.primary_head().await {
        Ok(head) => Seq(head.seq),
        Err(_) => Seq::default(),
    };
    let (head, floor, recent) = db.read_at_least("cache.begin", newest, read).await?.value;
    cache.begin(&head.epoch, floor, &told(&recent));
    // A write of this process that was told of before the beginning is forgotten with everything else.
    let newest = *db.newest().borrow();
    if newest > Seq(head.seq) {
        cache.begin(&head.epoch, newest, &[]);
    }
    Ok(Follower::new(db, Position::end(&head)))
}

/// Follows until history turns out to be another one.
async fn follow_history(mut follower: Follower, cache: &Cache) {
    loop {
        match follower.next().await {
            Ok(News::Changes(found)) => cache.followed(&told(&found)),
            Ok(News::Forked) => return,
            Err(error) => {
                tracing::debug!(%error, "the change log cannot be read; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// What these changes changed.
fn told(changes: &[Change]) -> Vec<(Vec<Tag>, Seq)> {
    let told = |change: &Change| {
        let mut tags = tags_of(change);
        tags.extend(purged(change));
        (tags, Seq(change.seq))
    };
    changes.iter().map(told).collect()
}
