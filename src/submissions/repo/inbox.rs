//! Storage of notices, and of who is trusted. Must not know what a notice says.

use diesel::prelude::*;

use super::step_of;
use crate::db::schema::{submission_notices as table, submission_trust as trust};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;
use crate::submissions::model::{Notice, Step};

/// Notices kept per person; older ones go.
pub const MOST_NOTICES: i64 = 200;
/// Days after which a notice goes.
const KEPT_DAYS: i64 = 90;

/// Tells somebody, and lets go of what is old.
pub fn tell(
    connection: &mut AnyConnection,
    user_id: i32,
    submission_id: i32,
    step: Step,
    now: Moment,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::user_id.eq(user_id),
            table::submission_id.eq(submission_id),
            table::step.eq(step.name()),
            table::created_at.eq(now),
        ))
        .execute(connection)?;
    let of_user = table::table.filter(table::user_id.eq(user_id));
    let oldest_kept: Option<i32> = of_user
        .order(table::notice_id.desc())
        .offset(MOST_NOTICES - 1)
        .limit(1)
        .select(table::notice_id)
        .get_result(connection)
        .optional()?;
    let too_many = oldest_kept.unwrap_or_default();
    let too_old = now.plus_seconds(-KEPT_DAYS * 24 * 60 * 60);
    let gone = of_user.filter(table::notice_id.lt(too_many).or(table::created_at.lt(too_old)));
    diesel::delete(gone).execute(connection)?;
    Ok(())
}

/// A person's notices, the newest first.
pub fn notices(connection: &mut AnyConnection, user_id: i32, limit: i64) -> Result<Vec<Notice>> {
    let rows: Vec<(i32, i32, String, Moment, Option<Moment>)> = table::table
        .filter(table::user_id.eq(user_id))
        .order(table::notice_id.desc())
        .limit(limit)
        .select((
            table::notice_id,
            table::submission_id,
            table::step,
            table::created_at,
            table::read_at,
        ))
        .load(connection)?;
    let notice =
        |(notice_id, submission_id, step, at, read_at): (i32, i32, String, Moment, Option<Moment>)| {
            Ok(Notice {
                notice_id,
                submission_id,
                step: step_of(&step)?,
                at,
                is_read: read_at.is_some(),
            })
        };
    rows.into_iter().map(notice).collect()
}

pub fn unread(connection: &mut AnyConnection, user_id: i32) -> Result<i64> {
    Ok(table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::read_at.is_null())
        .count()
        .get_result(connection)?)
}

/// Marks a person's notices as read: those up to an id, of one proposal or of all.
pub fn mark_read(
    connection: &mut AnyConnection,
    user_id: i32,
    submission_id: Option<i32>,
    up_to: i32,
) -> Result<()> {
    let unread = table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::read_at.is_null())
        .filter(table::notice_id.le(up_to));
    let read = table::read_at.eq(Moment::now());
    match submission_id {
        Some(submission_id) => diesel::update(unread.filter(table::submission_id.eq(submission_id)))
            .set(read)
            .execute(connection)?,
        None => diesel::update(unread).set(read).execute(connection)?,
    };
    Ok(())
}

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

/// Deletes what a person was told, and that their proposals are published at once.
pub fn delete_of(connection: &mut AnyConnection, user_id: i32) -> Result<()> {
    diesel::delete(table::table.filter(table::user_id.eq(user_id))).execute(connection)?;
    diesel::delete(trust::table.find(user_id)).execute(connection)?;
    Ok(())
}
