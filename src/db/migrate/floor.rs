//! Which programs may work on a database: the table `schema_floor` holds the oldest stamp that a program must know.
//!
//! While a new version is rolled out, nodes of the version before keep running on the new tables, and are started again.
//! Migrations that only add leave the floor alone, so they may. One that takes something away raises it first; from then
//! on programs that do not know the replacement refuse to start.

use diesel::prelude::*;

use super::super::connection::AnyConnection;
use super::super::schema::schema_floor;
use super::dialect;
use super::notes::{Effect, NOTES, Note};
use super::survey::{Survey, survey, too_new};
use crate::error::Result;

/// Lets this program work on a newer database if all it does not know was only added.
pub(super) fn admit(connection: &mut AnyConnection, survey: &Survey) -> Result<()> {
    if survey.unknown.is_empty() {
        return Ok(());
    }
    // What is missing here came in another order than there; only the newer program knows both.
    let newest = NOTES.last().map_or("", |note| note.stamp);
    if !survey.is_complete() || floor(connection)?.is_some_and(|floor| floor.as_str() > newest) {
        return Err(too_new(&survey.unknown, "Start the newer program instead."));
    }
    tracing::warn!(
        unknown = survey.unknown.join(", "),
        "a newer program has added to this database; this version still works on it"
    );
    Ok(())
}

/// Keeps programs out that a migration leaves behind.
pub(super) fn raise(connection: &mut AnyConnection, note: &Note) -> Result<()> {
    match note.effect {
        Effect::Contract { works_from } if floor(connection)?.is_none_or(|floor| *floor < *works_from) => {
            set(connection, works_from)
        }
        Effect::Contract { .. } | Effect::Expand => Ok(()),
    }
}

/// Writes down what follows from the migrations that ran.
pub(super) fn settle(connection: &mut AnyConnection) -> Result<()> {
    let survey = survey(connection)?;
    if !survey.unknown.is_empty() {
        return Ok(());
    }
    let applied = |note: &&Note| survey.has(note.stamp);
    let highest = NOTES
        .iter()
        .filter(applied)
        .filter_map(|note| match note.effect {
            Effect::Contract { works_from } => Some(works_from),
            Effect::Expand => None,
        })
        .max();
    match highest {
        Some(highest) if floor(connection)?.as_deref() != Some(highest) => set(connection, highest),
        _ => Ok(()),
    }
}

fn floor(connection: &mut AnyConnection) -> Result<Option<String>> {
    if !dialect::has_table(connection, "schema_floor")? {
        return Ok(None);
    }
    Ok(schema_floor::table
        .select(schema_floor::stamp)
        .first(connection)
        .optional()?)
}

fn set(connection: &mut AnyConnection, stamp: &str) -> Result<()> {
    if !dialect::has_table(connection, "schema_floor")? {
        return Ok(());
    }
    let changed = diesel::update(schema_floor::table)
        .set(schema_floor::stamp.eq(stamp))
        .execute(connection)?;
    if changed == 0 {
        diesel::insert_into(schema_floor::table)
            .values((schema_floor::schema_floor_id.eq(1), schema_floor::stamp.eq(stamp)))
            .execute(connection)?;
    }
    Ok(())
}
