//! Second factors and recovery codes: outside the change log. What counts once is taken in one statement, so that of two nodes
//! one gets it.

use diesel::prelude::*;

use crate::accounts::model::{RecoveryCode, TotpSecret};
use crate::db::schema::{recovery_codes, second_factors};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// What a person has set up, confirmed or not.
#[derive(Clone, Debug)]
pub struct Factor {
    pub secret: TotpSecret,
    /// It counts since then; `None` before the first code.
    pub confirmed_at: Option<Moment>,
}

pub fn of_user(connection: &mut AnyConnection, user_id: i32) -> Result<Option<Factor>> {
    let found: Option<(String, Option<Moment>)> = second_factors::table
        .find(user_id)
        .select((second_factors::secret, second_factors::confirmed_at))
        .first(connection)
        .optional()?;
    Ok(found.map(|(secret, confirmed_at)| Factor {
        secret: TotpSecret::from_stored(secret),
        confirmed_at,
    }))
}

/// Since when a person's second factor counts; `None` if there is none, or one that is not confirmed.
pub fn since(connection: &mut AnyConnection, user_id: i32) -> Result<Option<Moment>> {
    Ok(of_user(connection, user_id)?.and_then(|factor| factor.confirmed_at))
}

/// Keeps a secret that is to be confirmed, in the place of one that never was; false if there is one that counts.
pub fn begin(connection: &mut AnyConnection, user_id: i32, secret: &TotpSecret, now: Moment) -> Result<bool> {
    let open = second_factors::table
        .find(user_id)
        .filter(second_factors::confirmed_at.is_null());
    let replaced = diesel::update(open)
        .set((
            second_factors::secret.eq(secret.expose()),
            second_factors::created_at.eq(now),
        ))
        .execute(connection)?;
    if replaced > 0 {
        return Ok(true);
    }
    if of_user(connection, user_id)?.is_some() {
        return Ok(false);
    }
    diesel::insert_into(second_factors::table)
        .values((
            second_factors::user_id.eq(user_id),
            second_factors::secret.eq(secret.expose()),
            second_factors::last_step.eq(0),
            second_factors::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(true)
}

/// The code of this step showed that the app has the secret; false if that was confirmed before.
pub fn confirm(connection: &mut AnyConnection, user_id: i32, step: i64, now: Moment) -> Result<bool> {
    let open = second_factors::table
        .find(user_id)
        .filter(second_factors::confirmed_at.is_null());
    let confirmed = diesel::update(open)
        .set((
            second_factors::confirmed_at.eq(Some(now)),
            second_factors::last_step.eq(step),
        ))
        .execute(connection)?;
    Ok(confirmed > 0)
}

/// Uses the code of this step; false if it, or a later one, was used before.
pub fn use_step(connection: &mut AnyConnection, user_id: i32, step: i64) -> Result<bool> {
    let unused = second_factors::table
        .find(user_id)
        .filter(second_factors::confirmed_at.is_not_null())
        .filter(second_factors::last_step.lt(step));
    let used = diesel::update(unused)
        .set(second_factors::last_step.eq(step))
        .execute(connection)?;
    Ok(used > 0)
}

/// Uses a recovery code of this person; false if there is none such (any more).
pub fn use_code(connection: &mut AnyConnection, user_id: i32, code: &RecoveryCode) -> Result<bool> {
    let own = recovery_codes::table
        .find(code.hash())
        .filter(recovery_codes::user_id.eq(user_id));
    Ok(diesel::delete(own).execute(connection)? > 0)
}

/// Puts these codes in the place of the person's older ones.
pub fn replace_codes(
    connection: &mut AnyConnection,
    user_id: i32,
    codes: &[RecoveryCode],
    now: Moment,
) -> Result<()> {
    delete_codes(connection, user_id)?;
    for code in codes {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::code_hash.eq(code.hash()),
                recovery_codes::user_id.eq(user_id),
                recovery_codes::created_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn codes_left(connection: &mut AnyConnection, user_id: i32) -> Result<i64> {
    Ok(recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .count()
        .get_result(connection)?)
}

/// Takes a person's second factor away, with its recovery codes; false if there is none that counts.
pub fn delete(connection: &mut AnyConnection, user_id: i32) -> Result<bool> {
    let counted = since(connection, user_id)?.is_some();
    delete_codes(connection, user_id)?;
    diesel::delete(second_factors::table.find(user_id)).execute(connection)?;
    Ok(counted)
}

fn delete_codes(connection: &mut AnyConnection, user_id: i32) -> Result<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(connection)?;
    Ok(())
}
