//! Storage of mails that wait. Must not know what becomes of them.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::Waiting;
use crate::db::schema::mails as table;
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

type Row = (i32, String, String, i32, Moment);

pub fn add(
    connection: &mut AnyConnection,
    kind: &str,
    address: &str,
    (now, due_at): (Moment, Moment),
) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::kind.eq(kind),
            table::address.eq(address),
            table::attempts.eq(0),
            table::due_at.eq(due_at),
            table::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn count(connection: &mut AnyConnection) -> Result<i64> {
    Ok(table::table.count().get_result(connection)?)
}

/// What is to be tried now, the longest due first.
pub fn due(connection: &mut AnyConnection, now: Moment, limit: i64) -> Result<Vec<Waiting>> {
    let rows: Vec<Row> = table::table
        .filter(table::due_at.le(now))
        .order((table::due_at, table::mail_id))
        .limit(limit)
        .select((
            table::mail_id,
            table::kind,
            table::address,
            table::attempts,
            table::created_at,
        ))
        .load(connection)?;
    let waiting = |(mail_id, kind, address, attempts, created_at): Row| Waiting {
        mail_id,
        kind,
        address,
        attempts,
        created_at,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// Counts an attempt up; `false` when another process has. If nobody says what came of it, the mail is due again at `lost_at`.
pub fn claim(connection: &mut AnyConnection, waiting: &Waiting, lost_at: Moment) -> Result<bool> {
    let as_read = table::table
        .find(waiting.mail_id)
        .filter(table::attempts.eq(waiting.attempts));
    let claimed = diesel::update(as_read)
        .set((
            table::attempts.eq(waiting.attempts + 1),
            table::due_at.eq(lost_at),
        ))
        .execute(connection)?;
    Ok(claimed == 1)
}

/// Removes a mail for which a newer one waits; whether it was.
pub fn give_way(connection: &mut AnyConnection, waiting: &Waiting) -> Result<bool> {
    let newer = table::table
        .filter(table::address.eq(&waiting.address))
        .filter(table::kind.eq(&waiting.kind))
        .filter(table::mail_id.gt(waiting.mail_id));
    let is_double: bool = diesel::select(exists(newer)).get_result(connection)?;
    if is_double {
        diesel::delete(table::table.find(waiting.mail_id)).execute(connection)?;
    }
    Ok(is_double)
}

pub fn put_off(connection: &mut AnyConnection, mail_id: i32, due_at: Moment) -> Result<()> {
    diesel::update(table::table.find(mail_id))
        .set(table::due_at.eq(due_at))
        .execute(connection)?;
    Ok(())
}

/// Removes a mail and older ones for the same reason.
pub fn delete_up_to(connection: &mut AnyConnection, waiting: &Waiting) -> Result<()> {
    let of_that = table::table
        .filter(table::address.eq(&waiting.address))
        .filter(table::kind.eq(&waiting.kind))
        .filter(table::mail_id.le(waiting.mail_id));
    diesel::delete(of_that).execute(connection)?;
    Ok(())
}

/// Removes whatever waits for an address.
///
/// # Errors
/// Those of the database.
pub fn take_back(connection: &mut AnyConnection, address: &str) -> Result<()> {
    diesel::delete(table::table.filter(table::address.eq(address))).execute(connection)?;
    Ok(())
}
