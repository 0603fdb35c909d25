//! Following the change log: from a position onwards, in order, without gaps, and noticing when history has forked. Must
//! not know what a follower does with a change.
//!
//! After a fail-over to a replica that lacked something, or a restore, the log goes on differently from some position
//! on. A follower that is behind that position notices nothing and needs to notice nothing; one that has passed it finds
//! the head before its own position, or a change that does not follow the one it has seen.

use diesel::prelude::*;

use super::{Change, GENESIS_HASH, Head, begin, head, up_to};
use crate::db::connection::AnyConnection;
use crate::db::schema::{change_head, changes, follower_positions};
use crate::db::types::{Moment, Seq};
use crate::error::{Error, Result};

/// Under which the position is kept of whoever checks the hash chain.
pub const AUDIT_FOLLOWER: &str = "audit";

/// How far a follower has come.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = follower_positions)]
pub struct Position {
    /// The history that it follows.
    pub epoch: String,
    pub seq: i64,
    /// Of the change at `seq`.
    pub hash: String,
}

/// Under which it is kept up to where the last backup has the shop.
pub const BACKUP_FOLLOWER: &str = "backup";

/// What comes after a position.
#[derive(Debug)]
pub enum Next {
    /// The next changes; never none.
    Changes(Vec<Change>),
    CaughtUp,
    /// The log is another one than the follower has read: here is where it stands now.
    Forked(Head),
}

impl Position {
    /// Before the first change of this history.
    pub fn start(head: &Head) -> Position {
        Position {
            epoch: head.epoch.clone(),
            ..Position::genesis()
        }
    }

    /// Before the first change of any history.
    pub fn genesis() -> Position {
        Position {
            epoch: String::new(),
            seq: 0,
            hash: GENESIS_HASH.to_owned(),
        }
    }

    /// After everything that there is.
    pub fn end(head: &Head) -> Position {
        Position {
            epoch: head.epoch.clone(),
            seq: head.seq,
            hash: head.hash.clone(),
        }
    }

    /// After a change of the same history.
    pub fn after(&self, change: &Change) -> Position {
        Position {
            epoch: self.epoch.clone(),
            seq: change.seq,
            hash: change.hash.clone(),
        }
    }

    /// What comes next, at most `limit` changes; in one snapshot with the head.
    ///
    /// # Errors
    /// Those of the queries.
    pub fn next(&self, connection: &mut AnyConnection, limit: i64) -> Result<Next> {
        let head = head(connection)?;
        if head.epoch != self.epoch || head.seq < self.seq {
            return Ok(Next::Forked(head));
        }
        let changes = up_to(connection, &head, Seq(self.seq), limit)?;
        let follows = match changes.first() {
            Some(change) => change.prev_hash == self.hash,
            None => head.hash == self.hash,
        };
        if !follows && !self.stands(connection)? {
            return Ok(Next::Forked(head));
        }
        Ok(if changes.is_empty() {
            Next::CaughtUp
        } else {
            Next::Changes(changes)
        })
    }

    /// Whether whoever stopped here, in whatever shop and history, can go on from here: it is a position of this log, and
    /// nothing behind it was archived.
    ///
    /// # Errors
    /// Those of the queries.
    pub fn leads_on(&self, connection: &mut AnyConnection) -> Result<bool> {
        let head = head(connection)?;
        let begin = begin(connection, &head)?;
        if self.epoch != head.epoch || !(begin.seq..=head.seq).contains(&self.seq) {
            return Ok(false);
        }
        Ok(*self == begin || self.stands(connection)?)
    }

    /// Whether the change up to which it was read is still the one that was read. If so, whatever does not fit behind it
    /// was tampered with: that is for the audit to tell.
    fn stands(&self, connection: &mut AnyConnection) -> Result<bool> {
        if self.seq == 0 {
            return Ok(true);
        }
        let hash: Option<String> = changes::table
            .find(self.seq)
            .select(changes::hash)
            .get_result(connection)
            .optional()?;
        Ok(hash.as_ref() == Some(&self.hash))
    }
}

/// Where a lasting follower has come, if it ever ran.
///
/// # Errors
/// Those of the query.
pub fn position_of(connection: &mut AnyConnection, follower: &str) -> Result<Option<Position>> {
    Ok(follower_positions::table
        .find(follower)
        .select(Position::as_select())
        .get_result(connection)
        .optional()?)
}

/// When a lasting follower last wrote down how far it had come.
///
/// # Errors
/// Those of the query.
pub fn stored_at(connection: &mut AnyConnection, follower: &str) -> Result<Option<Moment>> {
    Ok(follower_positions::table
        .find(follower)
        .select(follower_positions::updated_at)
        .get_result(connection)
        .optional()?)
}

/// Writes down how far a lasting follower has come. Not logged: it would follow itself.
///
/// # Errors
/// Those of the statements.
pub fn store_position(connection: &mut AnyConnection, follower: &str, position: &Position) -> Result<()> {
    let now = Moment::now();
    let updated = diesel::update(follower_positions::table.find(follower))
        .set((position, follower_positions::updated_at.eq(now)))
        .execute(connection)?;
    if updated > 0 {
        return Ok(());
    }
    let inserted = diesel::insert_into(follower_positions::table)
        .values((
            follower_positions::follower.eq(follower),
            position,
            follower_positions::updated_at.eq(now),
        ))
        .execute(connection);
    match inserted.map_err(Error::from) {
        // Another node of the shop was first; the same is to be written again soon.
        Err(error) if error.is_taken() => Ok(()),
        settled => settled.map(drop),
    }
}

/// Names the history anew, so that whatever carries the old epoch counts for nothing. Of several nodes that notice a
/// fork the first one does it.
///
/// # Errors
/// Those of the statement.
pub fn renew_epoch(connection: &mut AnyConnection, old: &str) -> Result<()> {
    diesel::update(change_head::table.filter(change_head::epoch.eq(old)))
        .set(change_head::epoch.eq(new_epoch()?))
        .execute(connection)?;
    Ok(())
}

/// A name that no history had before.
pub(in crate::db) fn new_epoch() -> Result<String> {
    let mut epoch = [0_u8; 16];
    getrandom::fill(&mut epoch).map_err(Error::internal)?;
    Ok(hex::encode(epoch))
}
