//! Passkeys: outside the change log. How often one was used moves in one statement, so that of two nodes one takes an answer.

use diesel::prelude::*;

use crate::accounts::model::{CredentialId, Made, Passkey, PasskeyName, PublicKey};
use crate::db::schema::passkeys;
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};

/// What signing in needs to know of a passkey.
pub struct Known {
    pub passkey_id: i32,
    pub user_id: i32,
    pub key: PublicKey,
}

/// A person's passkeys in the order they were made.
pub fn of_user(connection: &mut AnyConnection, user_id: i32) -> Result<Vec<Passkey>> {
    let rows: Vec<(i32, String, Moment, Option<Moment>)> = passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .order(passkeys::passkey_id)
        .select((
            passkeys::passkey_id,
            passkeys::name,
            passkeys::created_at,
            passkeys::last_used_at,
        ))
        .load(connection)?;
    let shown = |(passkey_id, name, created_at, last_used_at)| Passkey {
        passkey_id,
        name,
        created_at,
        last_used_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// The ids of a person's passkeys, as browsers have them.
pub fn credential_ids(connection: &mut AnyConnection, user_id: i32) -> Result<Vec<String>> {
    Ok(passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .select(passkeys::credential_id)
        .load(connection)?)
}

pub fn known(connection: &mut AnyConnection, credential_id: &CredentialId) -> Result<Option<Known>> {
    let found: Option<(i32, i32, String)> = passkeys::table
        .filter(passkeys::credential_id.eq(credential_id.as_str()))
        .select((passkeys::passkey_id, passkeys::user_id, passkeys::public_key))
        .first(connection)
        .optional()?;
    let Some((passkey_id, user_id, key)) = found else {
        return Ok(None);
    };
    let key = PublicKey::from_stored(&key)?;
    Ok(Some(Known {
        passkey_id,
        user_id,
        key,
    }))
}

/// # Errors
/// 409 if this passkey is somebody's already.
pub fn insert(
    connection: &mut AnyConnection,
    user_id: i32,
    (made, name): (&Made, &PasskeyName),
    now: Moment,
) -> Result<()> {
    let inserted = diesel::insert_into(passkeys::table)
        .values((
            passkeys::user_id.eq(user_id),
            passkeys::credential_id.eq(made.credential_id.as_str()),
            passkeys::public_key.eq(made.key.to_stored()),
            passkeys::sign_count.eq(i64::from(made.counter)),
            passkeys::name.eq(name.as_str()),
            passkeys::created_at.eq(now),
        ))
        .execute(connection);
    match inserted.map_err(Error::from) {
        Ok(_) => Ok(()),
        Err(error) if error.is_taken() => Err(Error::Conflict {
            code: "passkey_taken",
            detail: "This passkey is known here already.".to_owned(),
        }),
        Err(error) => Err(error),
    }
}

/// Notes that a passkey was used for the so-manieth time; false if its device said a higher number before, or the same one, and so
/// there are two of it. Many devices do not count: then it is 0 each time.
pub fn use_count(connection: &mut AnyConnection, passkey_id: i32, count: u32, now: Moment) -> Result<bool> {
    let count = i64::from(count);
    let own = passkeys::table.find(passkey_id);
    let used = if count == 0 {
        diesel::update(own.filter(passkeys::sign_count.eq(0)))
            .set(passkeys::last_used_at.eq(Some(now)))
            .execute(connection)?
    } else {
        diesel::update(own.filter(passkeys::sign_count.lt(count)))
            .set((
                passkeys::sign_count.eq(count),
                passkeys::last_used_at.eq(Some(now)),
            ))
            .execute(connection)?
    };
    Ok(used > 0)
}

/// Takes one passkey of this person away; false if there is none such.
pub fn delete(connection: &mut AnyConnection, user_id: i32, passkey_id: i32) -> Result<bool> {
    let own = passkeys::table
        .find(passkey_id)
        .filter(passkeys::user_id.eq(user_id));
    Ok(diesel::delete(own).execute(connection)? > 0)
}

/// Takes all of a person's passkeys away, and says how many there were.
pub fn delete_of_user(connection: &mut AnyConnection, user_id: i32) -> Result<usize> {
    Ok(diesel::delete(passkeys::table.filter(passkeys::user_id.eq(user_id))).execute(connection)?)
}
