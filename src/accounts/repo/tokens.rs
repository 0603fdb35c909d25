//! Tokens of links that work once: outside the change log, known by their hash only.

use diesel::prelude::*;

use crate::accounts::model::{OneTimeToken, Purpose};
use crate::db::schema::one_time_tokens;
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pub purpose: Purpose,
    /// Nobody for the set-up, which makes the first person.
    pub user_id: Option<i32>,
}

/// Puts this token in the place of the holder's older ones.
pub fn replace(
    connection: &mut AnyConnection,
    token: &OneTimeToken,
    holder: Holder,
    from: Moment,
) -> Result<()> {
    delete_expired(connection, from)?;
    delete_of(connection, holder.user_id)?;
    insert(connection, token, holder, from)
}

/// Puts this token beside the holder's other ones. Call [`delete_expired`] before.
pub fn insert(
    connection: &mut AnyConnection,
    token: &OneTimeToken,
    holder: Holder,
    from: Moment,
) -> Result<()> {
    diesel::insert_into(one_time_tokens::table)
        .values((
            one_time_tokens::token_hash.eq(token.hash()),
            one_time_tokens::purpose.eq(holder.purpose.as_str()),
            one_time_tokens::user_id.eq(holder.user_id),
            one_time_tokens::created_at.eq(from),
            one_time_tokens::expires_at.eq(from.plus_seconds(holder.purpose.life_s())),
        ))
        .execute(connection)?;
    Ok(())
}

/// What the token is for, unless its time is over.
pub fn find(connection: &mut AnyConnection, token: &OneTimeToken, now: Moment) -> Result<Option<Holder>> {
    let found: Option<(String, Option<i32>)> = one_time_tokens::table
        .find(token.hash())
        .filter(one_time_tokens::expires_at.gt(now))
        .select((one_time_tokens::purpose, one_time_tokens::user_id))
        .first(connection)
        .optional()?;
    let Some((purpose, user_id)) = found else {
        return Ok(None);
    };
    let purpose = Purpose::from_stored(&purpose)?;
    Ok(Some(Holder { purpose, user_id }))
}

/// Keeps others from using the token before this transaction ends: a write comes first, as SQLite wants it of who writes later.
pub fn lock(connection: &mut AnyConnection, token: &OneTimeToken) -> Result<()> {
    diesel::update(one_time_tokens::table.find(token.hash()))
        .set(one_time_tokens::expires_at.eq(one_time_tokens::expires_at))
        .execute(connection)?;
    Ok(())
}

/// Ends one token; false if it is none (any more).
pub fn delete(connection: &mut AnyConnection, token: &OneTimeToken) -> Result<bool> {
    Ok(diesel::delete(one_time_tokens::table.find(token.hash())).execute(connection)? > 0)
}

/// Ends the links of a person; of nobody, those of the set-up.
pub fn delete_of(connection: &mut AnyConnection, user_id: Option<i32>) -> Result<()> {
    match user_id {
        Some(user_id) => diesel::delete(one_time_tokens::table.filter(one_time_tokens::user_id.eq(user_id)))
            .execute(connection)?,
        None => diesel::delete(one_time_tokens::table.filter(one_time_tokens::user_id.is_null()))
            .execute(connection)?,
    };
    Ok(())
}

/// Removes what counts for nothing any more.
pub fn delete_expired(connection: &mut AnyConnection, now: Moment) -> Result<()> {
    diesel::delete(one_time_tokens::table.filter(one_time_tokens::expires_at.le(now))).execute(connection)?;
    Ok(())
}
