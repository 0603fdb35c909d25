//! Storage of who is trusted. Must not know what follows from it.

use diesel::prelude::*;

use crate::db::schema::submission_trust as trust;
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

pub fn is_trusted(connection: &mut AnyConnection, user_id: i32) -> Result<bool> {
    let found: Option<i32> = trust::table
        .find(user_id)
        .select(trust::user_id)
        .get_result(connection)
        .optional()?;
    Ok(found.is_some())
}

pub fn set_trusted(
    connection: &mut AnyConnection,
    user_id: i32,
    is_trusted: bool,
    now: Moment,
) -> Result<()> {
    diesel::delete(trust::table.find(user_id)).execute(connection)?;
    if is_trusted {
        diesel::insert_into(trust::table)
            .values((trust::user_id.eq(user_id), trust::since.eq(now)))
            .execute(connection)?;
    }
    Ok(())
}

pub fn delete_of(connection: &mut AnyConnection, user_id: i32) -> Result<()> {
    diesel::delete(trust::table.find(user_id)).execute(connection)?;
    Ok(())
}
