//! People. What the change log holds of them is role and state: no name, no e-mail address, no password.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::json;

use crate::accounts::model::{Email, Role, User};
use crate::db::schema::users;
use crate::db::{Action, AnyConnection, Entity, Moment, NewChange, WriteTransaction, dialect};
use crate::error::{Error, Result};

/// Bounds the list of people; a small shop has a handful.
const LIST_MAX: i64 = 1_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    user_id: i32,
    email: String,
    name: String,
    role: String,
    version: i32,
    created_at: Moment,
    disabled_at: Option<Moment>,
    password_hash: String,
}

impl UserRow {
    fn into_user(self) -> Result<User> {
        Ok(User {
            user_id: self.user_id,
            email: self.email,
            name: self.name,
            role: Role::from_stored(&self.role)?,
            version: self.version,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
            is_invited: self.password_hash.is_empty() && self.disabled_at.is_none(),
        })
    }
}

/// A person to be stored.
pub struct Fresh<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    /// Empty before there is a password.
    pub password_hash: &'a str,
    pub role: Role,
}

/// What signing in needs to know of a person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Credentials {
    pub user_id: i32,
    pub password_hash: String,
    pub role: String,
    pub version: i32,
    pub disabled_at: Option<Moment>,
}

pub fn exists_any(connection: &mut AnyConnection) -> Result<bool> {
    let first: Option<i32> = users::table.select(users::user_id).first(connection).optional()?;
    Ok(first.is_some())
}

pub fn credentials(connection: &mut AnyConnection, email: &Email) -> Result<Option<Credentials>> {
    Ok(users::table
        .filter(users::email.eq(email.as_str()))
        .select(Credentials::as_select())
        .first(connection)
        .optional()?)
}

/// Puts another hash of the same password in the place of one, which changes nothing about the person.
pub fn renew_hash(connection: &mut AnyConnection, user_id: i32, (old, renewed): (&str, &str)) -> Result<()> {
    let unchanged = users::table.find(user_id).filter(users::password_hash.eq(old));
    diesel::update(unchanged)
        .set(users::password_hash.eq(renewed))
        .execute(connection)?;
    Ok(())
}

/// Whether the person is still enabled and unchanged since `version` was read; nobody changes them until the transaction ends. A
/// write, since a read would tell of the moment at which the transaction has first read.
pub fn hold(connection: &mut AnyConnection, user_id: i32, version: i32) -> Result<bool> {
    let unchanged = users::table
        .find(user_id)
        .filter(users::version.eq(version))
        .filter(users::disabled_at.is_null());
    let held = diesel::update(unchanged)
        .set(users::version.eq(users::version))
        .execute(connection)?;
    Ok(held == 1)
}

pub fn list(connection: &mut AnyConnection) -> Result<Vec<User>> {
    let rows: Vec<UserRow> = users::table
        .order(users::user_id)
        .limit(LIST_MAX)
        .select(UserRow::as_select())
        .load(connection)?;
    rows.into_iter().map(UserRow::into_user).collect()
}

/// Names by id.
pub fn names(connection: &mut AnyConnection, user_ids: &[i32]) -> Result<BTreeMap<i32, String>> {
    let rows: Vec<(i32, String)> = users::table
        .filter(users::user_id.eq_any(user_ids))
        .select((users::user_id, users::name))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// Names by id of those who have one of these roles.
pub fn names_in(connection: &mut AnyConnection, roles: &[Role]) -> Result<BTreeMap<i32, String>> {
    let roles = roles.iter().map(|role| role.as_str());
    let rows: Vec<(i32, String)> = users::table
        .filter(users::role.eq_any(roles))
        .order(users::user_id)
        .limit(LIST_MAX)
        .select((users::user_id, users::name))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// How many people were given this role when they came, since a moment.
pub fn came_since(connection: &mut AnyConnection, role: Role, since: Moment) -> Result<i64> {
    Ok(users::table
        .filter(users::role.eq(role.as_str()))
        .filter(users::created_at.gt(since))
        .count()
        .get_result(connection)?)
}

/// Somebody without a password cannot sign in; an invitation gives them one.
pub fn insert(tx: &mut WriteTransaction<'_>, row: &Fresh<'_>) -> Result<User> {
    let now = tx.now();
    let inserted = diesel::insert_into(users::table)
        .values((
            users::email.eq(row.email.as_str()),
            users::name.eq(row.name),
            users::password_hash.eq(row.password_hash),
            users::role.eq(row.role.as_str()),
            users::version.eq(1),
            users::created_at.eq(now),
            users::updated_at.eq(now),
        ))
        .execute(tx.connection());
    if let Err(error) = inserted {
        return Err(email_taken(error.into()));
    }
    let user_id = dialect::last_insert_id(tx.connection())?;
    let created = by_id(tx.connection(), user_id)?;
    record(tx, Action::Created, None, &created)?;
    Ok(created)
}

/// A unique violation of this table is the e-mail address: it is the only unique key.
fn email_taken(error: Error) -> Error {
    if error.is_taken() {
        Error::field(
            "/email",
            "taken",
            "There is an account with this e-mail address already.",
        )
    } else {
        error
    }
}

/// What is to be different about a person; what is `None` stays.
#[derive(Default, AsChangeset)]
#[diesel(table_name = users)]
pub struct Changed<'a> {
    pub email: Option<&'a str>,
    pub name: Option<&'a str>,
    pub password_hash: Option<&'a str>,
    pub role: Option<&'static str>,
    /// `Some(None)` enables.
    pub disabled_at: Option<Option<Moment>>,
}

/// The shop keeps an owner who can sign in: the last one can neither be demoted nor shut out.
pub fn change(tx: &mut WriteTransaction<'_>, user_id: i32, changed: &Changed<'_>) -> Result<User> {
    let before = by_id(tx.connection(), user_id)?;
    diesel::update(users::table.find(user_id))
        .set((
            changed,
            users::version.eq(before.version + 1),
            users::updated_at.eq(tx.now()),
        ))
        .execute(tx.connection())?;
    let after = by_id(tx.connection(), user_id)?;
    if before.is_owner_in_office() && !after.is_owner_in_office() && !exists_owner(tx.connection())? {
        return Err(Error::Conflict {
            code: "last_owner",
            detail: "This is the last owner who can sign in. Make somebody else an owner first.".to_owned(),
        });
    }
    record(tx, Action::Updated, Some(&before), &after)?;
    Ok(after)
}

/// Notes something about a person that stands outside the log, such as that a link was made: that it happened, and no secret.
pub fn note(tx: &mut WriteTransaction<'_>, user_id: i32, (what, value): (&str, &str)) -> Result<User> {
    let before = by_id(tx.connection(), user_id)?;
    diesel::update(users::table.find(user_id))
        .set(users::version.eq(before.version + 1))
        .execute(tx.connection())?;
    let after = by_id(tx.connection(), user_id)?;
    let told = json!({
        "role": after.role.as_str(), "disabled": after.disabled_at.is_some(), what: value,
    });
    tx.record(NewChange {
        entity: Entity::User,
        entity_id: user_id,
        version: after.version,
        action: Action::Updated,
        before: Some(logged(&before)),
        after: Some(told),
    })?;
    Ok(after)
}

/// Whether anybody can administer the shop.
fn exists_owner(connection: &mut AnyConnection) -> Result<bool> {
    let first: Option<i32> = users::table
        .filter(users::role.eq(Role::Owner.as_str()))
        .filter(users::disabled_at.is_null())
        .filter(users::password_hash.ne(""))
        .select(users::user_id)
        .first(connection)
        .optional()?;
    Ok(first.is_some())
}

pub fn by_email(connection: &mut AnyConnection, email: &Email) -> Result<User> {
    let row: Option<UserRow> = users::table
        .filter(users::email.eq(email.as_str()))
        .select(UserRow::as_select())
        .first(connection)
        .optional()?;
    row.ok_or(Error::NotFound { what: "account" })?.into_user()
}

pub fn by_id(connection: &mut AnyConnection, user_id: i32) -> Result<User> {
    let row: Option<UserRow> = users::table
        .find(user_id)
        .select(UserRow::as_select())
        .first(connection)
        .optional()?;
    row.ok_or(Error::NotFound { what: "account" })?.into_user()
}

/// The stored hash of a person's password; `None` before there is one.
pub fn password_hash(connection: &mut AnyConnection, user_id: i32) -> Result<Option<String>> {
    let hash: String = users::table
        .find(user_id)
        .select(users::password_hash)
        .first(connection)?;
    Ok(Some(hash).filter(|hash| !hash.is_empty()))
}

fn record(tx: &mut WriteTransaction<'_>, action: Action, before: Option<&User>, after: &User) -> Result<()> {
    tx.record(NewChange {
        entity: Entity::User,
        entity_id: after.user_id,
        version: after.version,
        action,
        before: before.map(logged),
        after: Some(logged(after)),
    })
}

fn logged(user: &User) -> serde_json::Value {
    json!({ "role": user.role.as_str(), "disabled": user.disabled_at.is_some() })
}
