//! A log whose oldest changes stand elsewhere: where it begins, and taking them out. Must not know where they went.

use std::time::Duration;

use diesel::prelude::*;

use super::{AUDIT_FOLLOWER, Change, Head, Position, after, find, head, position_of, store_position};
use crate::db::connection::{self, Access, AnyConnection, DatabaseUrl};
use crate::db::schema::changes;
use crate::db::types::Seq;
use crate::error::Result;

/// Under which it is kept up to where the log was archived.
const ARCHIVE: &str = "archive";

/// Changes that are read, or deleted, at once.
const PIECE: i64 = 1_000;

/// For one piece.
const PATIENCE: Duration = Duration::from_secs(60);

/// Before the first change that must be in the log.
///
/// # Errors
/// Those of the query.
pub fn begin(connection: &mut AnyConnection, head: &Head) -> Result<Position> {
    let archived = position_of(connection, ARCHIVE)?;
    Ok(archived.map_or_else(
        || Position::start(head),
        |archived| Position {
            epoch: head.epoch.clone(),
            ..archived
        },
    ))
}

/// The log for whoever may take changes out of it. Blocking.
pub struct Log(AnyConnection);

impl Log {
    /// # Errors
    /// Unavailable when the database does not answer.
    pub fn open(url: &DatabaseUrl) -> Result<Log> {
        connection::open(url, Access::ReadWrite, PATIENCE).map(Log)
    }

    /// Before the first change that must be there.
    ///
    /// # Errors
    /// Those of the queries.
    pub fn begin(&mut self) -> Result<Position> {
        let head = head(&mut self.0)?;
        begin(&mut self.0, &head)
    }

    /// Whether the change at a position is in the log, and is the one that was read.
    ///
    /// # Errors
    /// Those of the query.
    pub fn has(&mut self, position: &Position) -> Result<bool> {
        let found = find(&mut self.0, Seq(position.seq))?;
        Ok(found.is_some_and(|change| change.hash == position.hash))
    }

    /// The last change that may go: not the newest, and none that was not checked against the chain as it arrived.
    ///
    /// # Errors
    /// Those of the queries.
    pub fn last_to_forget(&mut self) -> Result<i64> {
        let newest = head(&mut self.0)?.seq;
        let checked = position_of(&mut self.0, AUDIT_FOLLOWER)?.map_or(newest, |position| position.seq);
        Ok(checked.min(newest - 1))
    }

    /// The next changes; none at the end.
    ///
    /// # Errors
    /// Those of the query.
    pub fn after(&mut self, seq: Seq) -> Result<Vec<Change>> {
        after(&mut self.0, seq, PIECE)
    }

    /// Takes out everything up to a position, in pieces. First the log is said to begin there, so that it is whole whenever
    /// this is killed.
    ///
    /// # Errors
    /// Those of the statements, such as an account that may not delete changes.
    pub fn forget_before(&mut self, position: &Position) -> Result<()> {
        store_position(&mut self.0, ARCHIVE, position)?;
        let mut behind = 0;
        while behind < position.seq {
            behind = position
                .seq
                .min(self.oldest()?.unwrap_or(position.seq) + PIECE - 1);
            diesel::delete(changes::table.filter(changes::seq.le(behind))).execute(&mut self.0)?;
        }
        Ok(())
    }

    fn oldest(&mut self) -> Result<Option<i64>> {
        Ok(changes::table
            .select(diesel::dsl::min(changes::seq))
            .get_result(&mut self.0)?)
    }
}
