//! Tokens of links that work once: outside the change log, known by their hash only.

use diesel::dsl::auto_type;
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
        None => diesel::delete(of_purpose(Purpose::SetUp)).execute(connection)?,
    };
    Ok(())
}

/// Ends what a person holds for this purpose.
pub fn delete_for(connection: &mut AnyConnection, purpose: Purpose, user_id: i32) -> Result<()> {
    diesel::delete(of_purpose(purpose).filter(one_time_tokens::user_id.eq(user_id))).execute(connection)?;
    Ok(())
}

/// Leaves room for one more token for this purpose: when there are that many, the oldest go.
pub fn make_room(connection: &mut AnyConnection, purpose: Purpose, most: i64) -> Result<()> {
    let count: i64 = of_purpose(purpose).count().get_result(connection)?;
    if count < most {
        return Ok(());
    }
    let newest_to_go: Option<Moment> = of_purpose(purpose)
        .order(one_time_tokens::created_at)
        .offset(count - most)
        .select(one_time_tokens::created_at)
        .first(connection)
        .optional()?;
    if let Some(moment) = newest_to_go {
        diesel::delete(of_purpose(purpose).filter(one_time_tokens::created_at.le(moment)))
            .execute(connection)?;
    }
    Ok(())
}

#[auto_type(no_type_alias)]
fn of_purpose(purpose: Purpose) -> _ {
    let name: &'static str = purpose.as_str();
    one_time_tokens::table.filter(one_time_tokens::purpose.eq(name))
}

/// Removes what counts for nothing any more.
pub fn delete_expired(connection: &mut AnyConnection, now: Moment) -> Result<()> {
    diesel::delete(one_time_tokens::table.filter(one_time_tokens::expires_at.le(now))).execute(connection)?;
    Ok(())
}
