//! Sessions: outside the change log, known by the hash of their id only.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::accounts::model::{Session, SessionHandle, SessionToken};
use crate::db::schema::{sessions, users};
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};

/// Bounds the list of somebody's sessions.
const LIST_MAX: i64 = 100;

/// A session with the person it belongs to.
#[derive(Clone, Debug, Queryable)]
pub struct SessionRow {
    pub user_id: i32,
    pub name: String,
    pub role: String,
    pub csrf_token: String,
    pub created_at: Moment,
    pub last_seen_at: Moment,
    pub expires_at: Moment,
}

/// The session of an enabled person, expired or not.
pub fn find(connection: &mut AnyConnection, token: &SessionToken) -> Result<Option<SessionRow>> {
    Ok(sessions::table
        .inner_join(users::table.on(users::user_id.eq(sessions::user_id)))
        .filter(sessions::session_hash.eq(token.hash()))
        .filter(users::disabled_at.is_null())
        .select((
            users::user_id,
            users::name,
            users::role,
            sessions::csrf_token,
            sessions::created_at,
            sessions::last_seen_at,
            sessions::expires_at,
        ))
        .first(connection)
        .optional()?)
}

/// The sessions of a person that were used after a moment and are not over, the latest used first.
pub fn of_user(connection: &mut AnyConnection, user_id: i32, used_since: Moment) -> Result<Vec<Session>> {
    let rows: Vec<(String, Moment, Moment, Moment)> = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::last_seen_at.gt(used_since))
        .filter(sessions::expires_at.gt(Moment::now()))
        .order((sessions::last_seen_at.desc(), sessions::session_hash))
        .limit(LIST_MAX)
        .select((
            sessions::session_hash,
            sessions::created_at,
            sessions::last_seen_at,
            sessions::expires_at,
        ))
        .load(connection)?;
    let shown = |(hash, created_at, last_seen_at, expires_at)| Session {
        handle: SessionHandle(hash),
        created_at,
        last_seen_at,
        expires_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// When a session began and how long it may last at most.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    pub from: Moment,
    pub expires_at: Moment,
}

pub fn insert(
    connection: &mut AnyConnection,
    token: &SessionToken,
    user_id: i32,
    csrf_token: &str,
    lifetime: Lifetime,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::session_hash.eq(token.hash()),
            sessions::user_id.eq(user_id),
            sessions::csrf_token.eq(csrf_token),
            sessions::created_at.eq(lifetime.from),
            sessions::last_seen_at.eq(lifetime.from),
            sessions::expires_at.eq(lifetime.expires_at),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn touch(connection: &mut AnyConnection, token: &SessionToken, now: Moment) -> Result<()> {
    diesel::update(sessions::table.find(token.hash()))
        .set(sessions::last_seen_at.eq(now))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, session_hash: &str) -> Result<()> {
    diesel::delete(sessions::table.find(session_hash)).execute(connection)?;
    Ok(())
}

/// Whether this person still has this session: what asks for their password or passkey again may have ended it meanwhile.
///
/// # Errors
/// 401 if not; those of the query.
pub fn expect(connection: &mut AnyConnection, user_id: i32, session: &SessionHandle) -> Result<()> {
    let own = sessions::table
        .find(session.as_str())
        .filter(sessions::user_id.eq(user_id));
    if diesel::select(exists(own)).get_result(connection)? {
        return Ok(());
    }
    Err(Error::Unauthenticated {
        detail: "You were signed out meanwhile. Sign in, and try again.".to_owned(),
    })
}

/// Ends a session of this person; false if there is none.
pub fn delete_of_owner(connection: &mut AnyConnection, user_id: i32, session_hash: &str) -> Result<bool> {
    let own = sessions::table
        .find(session_hash)
        .filter(sessions::user_id.eq(user_id));
    Ok(diesel::delete(own).execute(connection)? > 0)
}

/// Ends all sessions of a person but this one.
pub fn delete_others(connection: &mut AnyConnection, user_id: i32, session_hash: &str) -> Result<()> {
    let others = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::session_hash.ne(session_hash));
    diesel::delete(others).execute(connection)?;
    Ok(())
}

pub fn delete_of_user(connection: &mut AnyConnection, user_id: i32) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id))).execute(connection)?;
    Ok(())
}

/// Removes what is past its absolute end at `now`; sessions that were idle too long go then as well.
pub fn delete_expired(connection: &mut AnyConnection, now: Moment) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(connection)?;
    Ok(())
}
