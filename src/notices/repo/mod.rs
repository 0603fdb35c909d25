//! Storage of notices. Must not know why anybody is told.

use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::model::{About, Notice};
use super::reasons::Told;
use crate::db::schema::{inbox as table, notices as former, submission_notices as former_of_proposals};
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};

/// Notices kept per person; older ones go.
const MOST_NOTICES: i64 = 200;

/// Days after which a notice goes.
const KEPT_DAYS: i64 = 90;

/// Tells somebody; what was told already is not told again. What was told of the same before and is not read yet may give way, so
/// that whoever changes one thing again and again does not push out what else there is. Old notices go.
pub fn tell(connection: &mut AnyConnection, user_id: i32, told: &Told, now: Moment) -> Result<()> {
    let too_old = now.plus_seconds(-KEPT_DAYS * 24 * 60 * 60);
    if told.at < too_old {
        return Ok(());
    }
    let of_same = table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::subject_id.eq(told.subject_id))
        .filter(table::kind.eq(told.kind));
    // Another process is further: it has told this already, and what came after it.
    let is_over = of_same.filter(table::created_at.gt(told.at));
    if told.replaces_former && diesel::select(exists(is_over)).get_result(connection)? {
        return Ok(());
    }
    let inserted = diesel::insert_into(table::table)
        .values((
            table::user_id.eq(user_id),
            table::change_hash.eq(&told.change_hash),
            table::kind.eq(told.kind),
            table::subject_id.eq(told.subject_id),
            table::data.eq(&told.data),
            table::created_at.eq(told.at),
        ))
        .execute(connection);
    match inserted.map_err(Error::from) {
        // Another process was faster; what it could not see yet still gives way.
        Err(error) if error.is_taken() => {}
        settled => drop(settled?),
    }
    if told.replaces_former {
        let former = of_same
            .filter(table::read_at.is_null())
            .filter(table::created_at.lt(told.at));
        diesel::delete(former).execute(connection)?;
    }
    let of_user = table::table.filter(table::user_id.eq(user_id));
    let oldest_kept: Option<i32> = of_user
        .order(table::notice_id.desc())
        .offset(MOST_NOTICES - 1)
        .limit(1)
        .select(table::notice_id)
        .get_result(connection)
        .optional()?;
    let too_many = oldest_kept.unwrap_or_default();
    let gone = of_user.filter(table::notice_id.lt(too_many).or(table::created_at.lt(too_old)));
    diesel::delete(gone).execute(connection)?;
    Ok(())
}

/// Marks as read, for everybody, what was told of this until then.
pub fn settle(
    connection: &mut AnyConnection,
    (kind, subject_id, until): (&str, i32, Moment),
    now: Moment,
) -> Result<()> {
    let settled = table::table
        .filter(table::subject_id.eq(subject_id))
        .filter(table::kind.eq(kind))
        .filter(table::created_at.le(until))
        .filter(table::read_at.is_null());
    diesel::update(settled)
        .set(table::read_at.eq(now))
        .execute(connection)?;
    Ok(())
}

type Row = (i32, String, String, Moment, Option<Moment>);

fn rows(connection: &mut AnyConnection, user_id: i32, limit: i64) -> Result<Vec<Row>> {
    Ok(table::table
        .filter(table::user_id.eq(user_id))
        .order(table::notice_id.desc())
        .limit(limit)
        .select((
            table::notice_id,
            table::kind,
            table::data,
            table::created_at,
            table::read_at,
        ))
        .load(connection)?)
}

/// A person's notices, the newest first.
pub fn newest(connection: &mut AnyConnection, user_id: i32, limit: i64) -> Result<Vec<Notice>> {
    let notice = |(notice_id, kind, data, at, read_at): Row| Notice {
        notice_id,
        about: About::read(&kind, &data),
        at,
        is_read: read_at.is_some(),
    };
    Ok(rows(connection, user_id, limit)?
        .into_iter()
        .map(notice)
        .collect())
}

/// A person's notices, for the copy of their data.
pub fn export(connection: &mut AnyConnection, user_id: i32) -> Result<Map<String, Value>> {
    let notice = |(_, kind, data, at, read_at): Row| {
        let data: Value = serde_json::from_str(&data).unwrap_or_default();
        json!({ "kind": kind, "data": data, "at": at, "is_read": read_at.is_some() })
    };
    let notices: Vec<Value> = rows(connection, user_id, MOST_NOTICES)?
        .into_iter()
        .map(notice)
        .collect();
    Ok(Map::from_iter([("notices".to_owned(), notices.into())]))
}

pub fn unread(connection: &mut AnyConnection, user_id: i32) -> Result<i64> {
    Ok(table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::read_at.is_null())
        .count()
        .get_result(connection)?)
}

pub fn mark_read(connection: &mut AnyConnection, user_id: i32, up_to: i32, now: Moment) -> Result<()> {
    let unread = table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::read_at.is_null())
        .filter(table::notice_id.le(up_to));
    diesel::update(unread)
        .set(table::read_at.eq(now))
        .execute(connection)?;
    Ok(())
}

/// Deletes what a person was told, also where programs of the release before keep it.
pub fn delete_of(connection: &mut AnyConnection, user_id: i32) -> Result<()> {
    diesel::delete(table::table.filter(table::user_id.eq(user_id))).execute(connection)?;
    diesel::delete(former::table.filter(former::user_id.eq(user_id))).execute(connection)?;
    let of_proposals = former_of_proposals::table.filter(former_of_proposals::user_id.eq(user_id));
    diesel::delete(of_proposals).execute(connection)?;
    Ok(())
}
