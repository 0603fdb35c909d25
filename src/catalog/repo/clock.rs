//! Moments that no request causes: which products have one, and which became changes. Must not know what happens then.

use diesel::dsl::min;
use diesel::prelude::*;

use crate::db::schema::{clock_changes, products};
use crate::db::{AnyConnection, Moment, Seq};
use crate::error::Result;

/// Products whose next moment has come, the longest waiting first.
pub fn due(connection: &mut AnyConnection, now: Moment, limit: i64) -> Result<Vec<i32>> {
    Ok(products::table
        .filter(products::next_moment_at.le(now))
        .order(products::next_moment_at)
        .limit(limit)
        .select(products::product_id)
        .load(connection)?)
}

/// The first moment that has not become a change yet, if there is any.
pub fn first(connection: &mut AnyConnection) -> Result<Option<Moment>> {
    let first: Option<Option<Moment>> = products::table
        .filter(products::next_moment_at.is_not_null())
        .order(products::next_moment_at)
        .select(products::next_moment_at)
        .first(connection)
        .optional()?;
    Ok(first.flatten())
}

/// The first moment after `now`, if there is any.
pub fn next(connection: &mut AnyConnection, now: Moment) -> Result<Option<Moment>> {
    Ok(products::table
        .filter(products::next_moment_at.gt(now))
        .select(min(products::next_moment_at))
        .get_result(connection)?)
}

/// Whether a moment of a product has become a change already: another node's clock may be ahead of ours.
pub fn is_recorded(connection: &mut AnyConnection, product_id: i32, moment: Moment) -> Result<bool> {
    let found: Option<i64> = clock_changes::table
        .find((product_id, moment))
        .select(clock_changes::seq)
        .get_result(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Notes that a moment of a product has become the change at `seq`. A second row for it is refused by the key.
pub fn record(connection: &mut AnyConnection, product_id: i32, moment: Moment, seq: Seq) -> Result<()> {
    diesel::insert_into(clock_changes::table)
        .values((
            clock_changes::product_id.eq(product_id),
            clock_changes::moment.eq(moment),
            clock_changes::seq.eq(seq.0),
        ))
        .execute(connection)?;
    Ok(())
}
