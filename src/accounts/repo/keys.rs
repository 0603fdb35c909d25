//! API keys. Only the hash of a key is stored; the change log holds its scopes and whether it is revoked.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use crate::accounts::model::{ApiKey, ApiKeySecret, NewKey, Scopes};
use crate::db::schema::api_keys;
use crate::db::{Action, AnyConnection, Entity, Moment, NewChange, WriteTransaction, dialect};
use crate::error::{Error, Result};

/// Bounds the list of keys.
const LIST_MAX: i64 = 1_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct KeyRow {
    key_id: i32,
    name: String,
    scopes: String,
    version: i32,
    created_at: Moment,
    revoked_at: Option<Moment>,
    last_used_at: Option<Moment>,
    expires_at: Option<Moment>,
}

impl KeyRow {
    fn into_key(self) -> Result<ApiKey> {
        Ok(ApiKey {
            key_id: self.key_id,
            name: self.name,
            scopes: Scopes::from_stored(&self.scopes)?,
            version: self.version,
            created_at: self.created_at,
            revoked_at: self.revoked_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
        })
    }
}

/// The key with this secret, unless it was revoked or has expired.
pub fn find(connection: &mut AnyConnection, secret: &ApiKeySecret, now: Moment) -> Result<Option<ApiKey>> {
    let row: Option<KeyRow> = api_keys::table
        .filter(api_keys::key_hash.eq(secret.hash()))
        .filter(api_keys::revoked_at.is_null())
        .filter(
            api_keys::expires_at
                .is_null()
                .or(api_keys::expires_at.gt(Some(now))),
        )
        .select(KeyRow::as_select())
        .first(connection)
        .optional()?;
    row.map(KeyRow::into_key).transpose()
}

pub fn list(connection: &mut AnyConnection) -> Result<Vec<ApiKey>> {
    let rows: Vec<KeyRow> = api_keys::table
        .order(api_keys::key_id)
        .limit(LIST_MAX)
        .select(KeyRow::as_select())
        .load(connection)?;
    rows.into_iter().map(KeyRow::into_key).collect()
}

/// Names by id.
pub fn names(connection: &mut AnyConnection) -> Result<BTreeMap<i32, String>> {
    let rows: Vec<(i32, String)> = api_keys::table
        .order(api_keys::key_id)
        .limit(LIST_MAX)
        .select((api_keys::key_id, api_keys::name))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

pub fn touch(connection: &mut AnyConnection, key_id: i32, now: Moment) -> Result<()> {
    diesel::update(api_keys::table.find(key_id))
        .set(api_keys::last_used_at.eq(Some(now)))
        .execute(connection)?;
    Ok(())
}

pub fn insert(tx: &mut WriteTransaction<'_>, new: &NewKey, secret: &ApiKeySecret) -> Result<ApiKey> {
    let now = tx.now();
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::name.eq(new.name.as_str()),
            api_keys::key_hash.eq(secret.hash()),
            api_keys::scopes.eq(new.scopes.to_string()),
            api_keys::version.eq(1),
            api_keys::created_at.eq(now),
            api_keys::expires_at.eq(new.expires_at),
        ))
        .execute(tx.connection())?;
    let key_id = dialect::last_insert_id(tx.connection())?;
    let created = by_id(tx.connection(), key_id)?;
    record(tx, Action::Created, None, &created)?;
    Ok(created)
}

/// Ends a key for good. Twice is once.
pub fn revoke(tx: &mut WriteTransaction<'_>, key_id: i32) -> Result<ApiKey> {
    let before = by_id(tx.connection(), key_id)?;
    if before.revoked_at.is_some() {
        return Ok(before);
    }
    let now = tx.now();
    diesel::update(api_keys::table.find(key_id))
        .set((
            api_keys::revoked_at.eq(Some(now)),
            api_keys::version.eq(before.version + 1),
        ))
        .execute(tx.connection())?;
    let after = by_id(tx.connection(), key_id)?;
    record(tx, Action::Updated, Some(&before), &after)?;
    Ok(after)
}

fn by_id(connection: &mut AnyConnection, key_id: i32) -> Result<ApiKey> {
    let row: Option<KeyRow> = api_keys::table
        .find(key_id)
        .select(KeyRow::as_select())
        .first(connection)
        .optional()?;
    row.ok_or(Error::NotFound { what: "API key" })?.into_key()
}

fn record(
    tx: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&ApiKey>,
    after: &ApiKey,
) -> Result<()> {
    tx.record(NewChange {
        entity: Entity::Key,
        entity_id: after.key_id,
        version: after.version,
        action,
        before: before.map(logged),
        after: Some(logged(after)),
    })
}

fn logged(key: &ApiKey) -> serde_json::Value {
    let expires_at = key.expires_at.map(Moment::to_rfc3339);
    json!({ "scopes": key.scopes.to_string(), "revoked": key.revoked_at.is_some(), "expires_at": expires_at })
}
