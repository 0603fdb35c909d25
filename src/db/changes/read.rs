//! Looking things up in the change log: the history of a thing, of somebody, of a batch, and what was undone.
//! Must not know what an entity means.

use std::collections::BTreeMap;

use diesel::dsl::count;
use diesel::prelude::*;

use super::{Change, Entity};
use crate::db::connection::AnyConnection;
use crate::db::schema::changes;
use crate::db::types::{Moment, Seq};
use crate::error::Result;

/// Which changes: those that fit everything said here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub entity: Option<(Entity, i32)>,
    /// As the log names them, `user:1`.
    pub actor: Option<String>,
    pub batch: Option<String>,
    /// Only after this position.
    pub since: Seq,
}

/// Which part of a selection, as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Oldest first, after this position.
    After(Seq),
    /// Newest first, before this position.
    Before(Seq),
}

/// What bulk work comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSummary {
    pub changes: i64,
    /// Products that it changed.
    pub products: i64,
    pub first_at: Moment,
    pub actor: String,
}

/// A part of the selected changes, at most `limit`.
///
/// # Errors
/// Those of the query.
pub fn select(
    connection: &mut AnyConnection,
    selection: &Selection,
    window: Window,
    limit: i64,
) -> Result<Vec<Change>> {
    let mut query = changes::table.select(Change::as_select()).into_boxed();
    if let Some((entity, entity_id)) = selection.entity {
        query = query
            .filter(changes::entity.eq(entity.name()))
            .filter(changes::entity_id.eq(entity_id));
    }
    if let Some(actor) = &selection.actor {
        query = query.filter(changes::actor.eq(actor));
    }
    if let Some(batch) = &selection.batch {
        query = query.filter(changes::batch.eq(batch));
    }
    if selection.since > Seq(0) {
        query = query.filter(changes::seq.gt(selection.since.0));
    }
    query = match window {
        Window::After(seq) => query.filter(changes::seq.gt(seq.0)).order(changes::seq),
        Window::Before(seq) => query.filter(changes::seq.lt(seq.0)).order(changes::seq.desc()),
    };
    Ok(query.limit(limit).load(connection)?)
}

/// The change at a position.
///
/// # Errors
/// Those of the query.
pub fn find(connection: &mut AnyConnection, seq: Seq) -> Result<Option<Change>> {
    Ok(changes::table
        .find(seq.0)
        .select(Change::as_select())
        .get_result(connection)
        .optional()?)
}

/// How often people may change their mind about one change and are still understood.
const MOST_UNDOS: usize = 200;

/// Which of these changes are undone, each with the change that undid it last. An undo that was undone counts no more.
///
/// # Errors
/// Those of the query.
pub fn undone(connection: &mut AnyConnection, seqs: &[i64]) -> Result<BTreeMap<i64, i64>> {
    // First the undos, then the undos of those, and so on; each with what it undoes.
    let mut levels: Vec<Vec<(i64, i64)>> = Vec::new();
    let mut wanted = seqs.to_vec();
    while !wanted.is_empty() && levels.len() < MOST_UNDOS {
        let found: Vec<(i64, Option<i64>)> = changes::table
            .filter(changes::undo_of.eq_any(&wanted))
            .order(changes::seq)
            .select((changes::seq, changes::undo_of))
            .load(connection)?;
        let level: Vec<(i64, i64)> = found
            .into_iter()
            .filter_map(|(seq, of)| Some((seq, of?)))
            .collect();
        wanted = level.iter().map(|(seq, _)| *seq).collect();
        levels.push(level);
    }
    let mut undone = BTreeMap::new();
    for level in levels.into_iter().rev() {
        let standing = level.into_iter().filter(|(seq, _)| !undone.contains_key(seq));
        undone = standing.map(|(seq, of)| (of, seq)).collect();
    }
    Ok(undone)
}

/// What a batch comes to; `None` when there is no such batch.
///
/// # Errors
/// Those of the query.
pub fn of_batch(connection: &mut AnyConnection, batch: &str) -> Result<Option<BatchSummary>> {
    let own = changes::table.filter(changes::batch.eq(batch));
    let first: Option<(Moment, String)> = own
        .order(changes::seq)
        .select((changes::at, changes::actor))
        .first(connection)
        .optional()?;
    let Some((first_at, actor)) = first else {
        return Ok(None);
    };
    let products = own
        .filter(changes::entity.eq(Entity::Product.name()))
        .select(count(changes::entity_id).aggregate_distinct())
        .get_result(connection)?;
    Ok(Some(BatchSummary {
        changes: own.count().get_result(connection)?,
        products,
        first_at,
        actor,
    }))
}
