//! The one set-up token: outside the change log, at most one row, known by its hash only.

use diesel::prelude::*;

use crate::accounts::model::SetupToken;
use crate::db::schema::setup_tokens;
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

const ONLY_ROW: i32 = 1;

/// Puts this token in the place of any older one.
pub fn replace(
    connection: &mut AnyConnection,
    token: &SetupToken,
    from: Moment,
    expires_at: Moment,
) -> Result<()> {
    delete(connection)?;
    diesel::insert_into(setup_tokens::table)
        .values((
            setup_tokens::setup_token_id.eq(ONLY_ROW),
            setup_tokens::token_hash.eq(token.hash()),
            setup_tokens::created_at.eq(from),
            setup_tokens::expires_at.eq(expires_at),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn is_valid(connection: &mut AnyConnection, token: &SetupToken, now: Moment) -> Result<bool> {
    let found: Option<i32> = setup_tokens::table
        .filter(setup_tokens::token_hash.eq(token.hash()))
        .filter(setup_tokens::expires_at.gt(now))
        .select(setup_tokens::setup_token_id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

pub fn delete(connection: &mut AnyConnection) -> Result<()> {
    diesel::delete(setup_tokens::table).execute(connection)?;
    Ok(())
}
