//! The change log: every write of what people own appends to it in its own transaction, and whatever follows
//! the shop (history, live pages, caches, search) follows this log. Must not know what an entity means.
//!
//! A write first locks the one row of `change_head`. That serialises the writers, so `seq` has no gaps and is
//! in commit order: a follower that has seen `seq` has seen everything before it. With AUTO_INCREMENT a
//! follower at 6 would never see the 5 that committed later.

use diesel::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::connection::AnyConnection;
use super::schema::{change_head, changes};
use super::types::{Moment, Seq};
use crate::error::{Error, Result};

/// Who wrote. People and keys by id only: names live in their own tables and can be erased there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    User(i32),
    /// A program with an API key.
    Key(i32),
    /// A command on the server's own command line.
    Cli,
    /// The shop itself, for example when it lays out the demo shop.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Actor::User(id) => write!(f, "user:{id}"),
            Actor::Key(id) => write!(f, "key:{id}"),
            Actor::Cli => f.write_str("cli"),
            Actor::System => f.write_str("system"),
        }
    }
}

/// Where a write comes from; stands in each of its changes.
#[derive(Debug, Clone)]
pub struct Origin {
    pub actor: Actor,
    pub request_id: String,
    /// What bulk work belongs to, for example one import.
    pub batch: Option<String>,
}

/// The kind of thing that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Product,
    Category,
    User,
    Key,
}

impl Entity {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Product => "product",
            Entity::Category => "category",
            Entity::User => "user",
            Entity::Key => "key",
        }
    }
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Created,
    Updated,
    Deleted,
    Restored,
}

impl Action {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Action::Created => "created",
            Action::Updated => "updated",
            Action::Deleted => "deleted",
            Action::Restored => "restored",
        }
    }
}

/// A change about to be appended. The states are what the entity's owner would want back: no secrets.
#[derive(Debug)]
pub struct NewChange {
    pub entity: Entity,
    pub entity_id: i32,
    /// The version the entity has after the change.
    pub version: i32,
    pub action: Action,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// A row of the log, as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = changes)]
pub struct Change {
    pub seq: i64,
    pub at: Moment,
    pub actor: String,
    pub request_id: String,
    pub entity: String,
    pub entity_id: i32,
    pub version: i32,
    pub action: String,
    pub state_before: Option<String>,
    pub state_after: Option<String>,
    pub batch: Option<String>,
    pub undo_of: Option<i64>,
    pub prev_hash: String,
    pub hash: String,
}

impl Change {
    /// SHA-256 over the previous row's hash and every field of this one, as a JSON array, in hex.
    fn expected_hash(&self) -> Result<String> {
        let fields = (
            (
                &self.prev_hash,
                self.seq,
                self.at,
                &self.actor,
                &self.request_id,
                &self.entity,
                self.entity_id,
            ),
            (
                self.version,
                &self.action,
                &self.state_before,
                &self.state_after,
                &self.batch,
                self.undo_of,
            ),
        );
        Ok(hex::encode(Sha256::digest(
            serde_json::to_vec(&fields).map_err(Error::internal)?,
        )))
    }
}

/// The hash before the first change.
pub const GENESIS_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where the log stands.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = change_head)]
pub struct Head {
    /// Names this history; a restored or failed-over database gets another.
    pub epoch: String,
    pub seq: i64,
    pub hash: String,
}

/// Reads the head: inside a snapshot this is the snapshot's position.
///
/// # Errors
/// Those of the query; a database that was never migrated has no head.
pub fn head(connection: &mut AnyConnection) -> Result<Head> {
    Ok(change_head::table.select(Head::as_select()).first(connection)?)
}

/// The changes after `seq` in order, at most `limit`.
///
/// # Errors
/// Those of the query.
pub fn after(connection: &mut AnyConnection, seq: Seq, limit: i64) -> Result<Vec<Change>> {
    Ok(changes::table
        .filter(changes::seq.gt(seq.0))
        .order(changes::seq)
        .limit(limit)
        .select(Change::as_select())
        .load(connection)?)
}

/// A write in progress: holds the head's lock until the transaction ends.
pub struct WriteTransaction<'a> {
    connection: &'a mut AnyConnection,
    origin: &'a Origin,
    now: Moment,
    head: Head,
    first_seq: i64,
}

impl<'a> WriteTransaction<'a> {
    /// Locks the head as the transaction's first statement (a read before it would fix a snapshot older than
    /// the lock, and on SQLite fail at once with "database is locked"), then reads it.
    pub(super) fn begin(
        connection: &'a mut AnyConnection,
        origin: &'a Origin,
    ) -> Result<WriteTransaction<'a>> {
        let locked = diesel::update(change_head::table)
            .set(change_head::seq.eq(change_head::seq))
            .execute(connection)?;
        if locked != 1 {
            return Err(Error::internal(
                "the database has no change_head row: run `vitrine migrate`",
            ));
        }
        let head = head(connection)?;
        Ok(WriteTransaction {
            connection,
            origin,
            now: Moment::now(),
            first_seq: head.seq,
            head,
        })
    }

    /// The connection, inside the transaction.
    pub fn connection(&mut self) -> &mut AnyConnection {
        self.connection
    }

    /// One time for everything this transaction writes.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Who writes.
    pub fn actor(&self) -> Actor {
        self.origin.actor
    }

    /// The position of the last change so far.
    pub fn seq(&self) -> Seq {
        Seq(self.head.seq)
    }

    /// Appends a change.
    ///
    /// # Errors
    /// Those of the insert.
    pub fn record(&mut self, change: NewChange) -> Result<()> {
        let text = |state: Option<serde_json::Value>| state.map(|state| state.to_string());
        let mut row = Change {
            seq: self.head.seq + 1,
            at: self.now,
            actor: self.origin.actor.to_string(),
            request_id: self.origin.request_id.clone(),
            entity: change.entity.name().to_owned(),
            entity_id: change.entity_id,
            version: change.version,
            action: change.action.name().to_owned(),
            state_before: text(change.before),
            state_after: text(change.after),
            batch: self.origin.batch.clone(),
            undo_of: None,
            prev_hash: std::mem::take(&mut self.head.hash),
            hash: String::new(),
        };
        row.hash = row.expected_hash()?;
        diesel::insert_into(changes::table)
            .values(&row)
            .execute(self.connection)?;
        self.head.seq = row.seq;
        self.head.hash = row.hash;
        Ok(())
    }

    /// Moves the head to the last change; a transaction that recorded none leaves it where it was.
    pub(super) fn finish(self) -> Result<Seq> {
        if self.head.seq != self.first_seq {
            diesel::update(change_head::table)
                .set((
                    change_head::seq.eq(self.head.seq),
                    change_head::hash.eq(&self.head.hash),
                ))
                .execute(self.connection)?;
        }
        Ok(Seq(self.head.seq))
    }
}

/// What is wrong with a log whose chain is broken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("change {0} is missing")]
    Missing(i64),
    #[error("change {0} does not follow the one before it")]
    Unlinked(i64),
    #[error("change {0} was altered after it was written")]
    Altered(i64),
    #[error("the log ends at change {found}, its head says {expected}")]
    Truncated { found: i64, expected: i64 },
}

/// Reads the whole log and checks that it is gapless, linked and unaltered; returns how many changes it holds.
///
/// # Errors
/// Those of the queries; a broken chain is the inner result.
pub fn verify(connection: &mut AnyConnection) -> Result<std::result::Result<i64, ChainFault>> {
    const PAGE: i64 = 500;
    let end = head(connection)?;
    let (mut seq, mut hash) = (0, GENESIS_HASH.to_owned());
    loop {
        let rows = after(connection, Seq(seq), PAGE)?;
        if rows.is_empty() {
            break;
        }
        for row in rows.into_iter().take_while(|row| row.seq <= end.seq) {
            if row.seq != seq + 1 {
                return Ok(Err(ChainFault::Missing(seq + 1)));
            }
            if row.prev_hash != hash {
                return Ok(Err(ChainFault::Unlinked(row.seq)));
            }
            if row.expected_hash()? != row.hash {
                return Ok(Err(ChainFault::Altered(row.seq)));
            }
            (seq, hash) = (row.seq, row.hash);
        }
        if seq >= end.seq {
            break;
        }
    }
    if seq != end.seq || hash != end.hash {
        return Ok(Err(ChainFault::Truncated {
            found: seq,
            expected: end.seq,
        }));
    }
    Ok(Ok(seq))
}
