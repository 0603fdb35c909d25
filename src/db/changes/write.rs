//! Appending to the change log. Must not know what an entity means.

use diesel::prelude::*;
use serde_json::json;

use super::follow::new_epoch;
use super::{Action, Actor, Change, Entity, Head, NewChange, Origin, head};
use crate::db::connection::AnyConnection;
use crate::db::schema::{change_head, changes};
use crate::db::types::{Moment, Seq};
use crate::error::{Error, Result};

/// What a write has appended, and to which history.
#[derive(Debug)]
pub struct Written {
    pub epoch: String,
    pub changes: Vec<Change>,
}

/// The head as nobody else can change it until the transaction ends. This must be the transaction's first statement: a read
/// before it would fix a snapshot older than the lock, and on SQLite fail at once with "database is locked".
///
/// # Errors
/// Those of the statements; internal when the database was never set up.
pub fn lock_head(connection: &mut AnyConnection) -> Result<Head> {
    let locked = diesel::update(change_head::table)
        .set(change_head::seq.eq(change_head::seq))
        .execute(connection)?;
    if locked != 1 {
        return Err(Error::internal(
            "the database has no change_head row: run `vitrine migrate`",
        ));
    }
    head(connection)
}

/// A write in progress: holds the head's lock until the transaction ends.
pub struct WriteTransaction<'a> {
    connection: &'a mut AnyConnection,
    origin: &'a Origin,
    now: Moment,
    head: Head,
    recorded: Vec<Change>,
    /// What belongs together, of several transactions or of a part of this one.
    batch: Option<String>,
    /// The thing whose next changes undo one, and that one.
    undoing: Option<(Entity, i32, Seq)>,
}

impl<'a> WriteTransaction<'a> {
    /// With the head's lock, so as the transaction's first statement.
    pub(in crate::db) fn begin(
        connection: &'a mut AnyConnection,
        origin: &'a Origin,
    ) -> Result<WriteTransaction<'a>> {
        let head = lock_head(connection)?;
        Ok(WriteTransaction {
            connection,
            origin,
            now: Moment::now(),
            head,
            recorded: Vec::new(),
            batch: origin.batch.clone(),
            undoing: None,
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

    /// Names what belongs together from here on.
    pub fn in_batch(&mut self, batch: String) {
        self.batch = Some(batch);
    }

    /// Runs the undoing of a change: what is recorded of the same thing meanwhile says that it undoes that change. What
    /// follows from it for other things does not.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn undoing<T>(
        &mut self,
        entity: Entity,
        entity_id: i32,
        undone: Seq,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.undoing = Some((entity, entity_id, undone));
        let done = work(self);
        self.undoing = None;
        done
    }

    /// Appends a change of the one who writes.
    ///
    /// # Errors
    /// Those of the insert.
    pub fn record(&mut self, change: NewChange) -> Result<()> {
        self.record_by(self.origin.actor, change)
    }

    /// Appends a change that another actor made while this one writes.
    ///
    /// # Errors
    /// Those of the insert.
    pub fn record_by(&mut self, actor: Actor, change: NewChange) -> Result<()> {
        let undo_of = self.undoing.filter(|(entity, entity_id, _)| {
            actor == self.origin.actor && (change.entity, change.entity_id) == (*entity, *entity_id)
        });
        let text = |state: Option<serde_json::Value>| state.map(|state| state.to_string());
        let mut row = Change {
            seq: self.head.seq + 1,
            at: self.now,
            actor: actor.to_string(),
            request_id: self.origin.request_id.clone(),
            entity: change.entity.name().to_owned(),
            entity_id: change.entity_id,
            version: change.version,
            action: change.action.name().to_owned(),
            state_before: text(change.before),
            state_after: text(change.after),
            batch: self.batch.clone(),
            undo_of: undo_of.map(|(_, _, undone)| undone.0),
            prev_hash: std::mem::take(&mut self.head.hash),
            hash: String::new(),
        };
        row.hash = row.expected_hash()?;
        diesel::insert_into(changes::table)
            .values(&row)
            .execute(self.connection)?;
        self.head.seq = row.seq;
        self.head.hash.clone_from(&row.hash);
        self.recorded.push(row);
        Ok(())
    }

    /// Says that history goes on from here in another way than before, and gives it another name: whatever carries the old
    /// one counts for nothing, on every node. For a database that may lack changes which others have seen.
    ///
    /// # Errors
    /// Those of the statements.
    pub fn fork(&mut self) -> Result<()> {
        let epoch = new_epoch()?;
        self.record(NewChange {
            entity: Entity::History,
            entity_id: 0,
            version: 0,
            action: Action::Forked,
            before: Some(json!({ "epoch": self.head.epoch })),
            after: Some(json!({ "epoch": epoch })),
        })?;
        diesel::update(change_head::table)
            .set(change_head::epoch.eq(&epoch))
            .execute(self.connection)?;
        self.head.epoch = epoch;
        Ok(())
    }

    /// Moves the head to the last change; a transaction that recorded none leaves it where it was.
    pub(in crate::db) fn finish(self) -> Result<(Seq, Written)> {
        if !self.recorded.is_empty() {
            diesel::update(change_head::table)
                .set((
                    change_head::seq.eq(self.head.seq),
                    change_head::hash.eq(&self.head.hash),
                ))
                .execute(self.connection)?;
        }
        let written = Written {
            epoch: self.head.epoch,
            changes: self.recorded,
        };
        Ok((Seq(self.head.seq), written))
    }
}
