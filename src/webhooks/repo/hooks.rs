//! Storage of webhooks. Their secrets leave it by one function of their own.

use diesel::prelude::*;

use crate::db::schema::webhooks as table;
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::Result;
use crate::webhooks::model::{Secret, Webhook, WebhookInput};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    webhook_id: i32,
    url: String,
    types: String,
    is_active: bool,
    version: i32,
    created_at: Moment,
    former_until: Option<Moment>,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Webhook {
        Webhook {
            webhook_id: row.webhook_id,
            url: row.url,
            types: row.types.split_whitespace().map(str::to_owned).collect(),
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            former_until: row.former_until,
        }
    }
}

/// All of them, oldest first.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<Webhook>> {
    let rows: Vec<Row> = table::table
        .order(table::webhook_id)
        .select(Row::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

pub fn find(connection: &mut AnyConnection, webhook_id: i32) -> Result<Option<Webhook>> {
    let row: Option<Row> = table::table
        .find(webhook_id)
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    Ok(row.map(Webhook::from))
}

/// What a webhook's messages are signed with now: the secret, then the former one while it counts. None without the webhook.
pub fn secrets(connection: &mut AnyConnection, webhook_id: i32, now: Moment) -> Result<Vec<Secret>> {
    let found: Option<(String, Option<String>, Option<Moment>)> = table::table
        .find(webhook_id)
        .select((table::secret, table::former_secret, table::former_until))
        .get_result(connection)
        .optional()?;
    let Some((secret, former, until)) = found else {
        return Ok(Vec::new());
    };
    let former = former.filter(|_| until.is_some_and(|until| until > now));
    Ok([Some(secret), former]
        .into_iter()
        .flatten()
        .map(Secret::stored)
        .collect())
}

/// Stores a new secret; the former one counts beside it until then.
pub fn renew(
    connection: &mut AnyConnection,
    webhook_id: i32,
    (secret, version): (&Secret, i32),
    (until, now): (Moment, Moment),
) -> Result<()> {
    let former: String = table::table
        .find(webhook_id)
        .select(table::secret)
        .get_result(connection)?;
    diesel::update(table::table.find(webhook_id))
        .set((
            table::former_secret.eq(Some(former).filter(|_| until > now)),
            table::former_until.eq(until),
            table::secret.eq(secret.expose()),
            table::version.eq(version),
            table::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Forgets former secrets that count no more.
pub fn forget_secrets(connection: &mut AnyConnection, now: Moment) -> Result<()> {
    let none: Option<String> = None;
    diesel::update(table::table.filter(table::former_until.le(now)))
        .set(table::former_secret.eq(none))
        .execute(connection)?;
    Ok(())
}

/// Lets nobody else write what these webhooks are told until the transaction ends; `None` means all. Call it before anything of
/// that is read: of two that saw nothing of one another one would leave a delivery waiting behind nothing.
pub fn lock(connection: &mut AnyConnection, webhook_id: Option<i32>) -> Result<()> {
    let same = table::version.eq(table::version);
    match webhook_id {
        Some(webhook_id) => diesel::update(table::table.find(webhook_id))
            .set(same)
            .execute(connection)?,
        None => diesel::update(table::table).set(same).execute(connection)?,
    };
    Ok(())
}

/// Stores a new one; its id.
pub fn insert(
    connection: &mut AnyConnection,
    input: &WebhookInput,
    secret: &Secret,
    now: Moment,
) -> Result<i32> {
    diesel::insert_into(table::table)
        .values((
            table::url.eq(&input.url),
            table::types.eq(input.types.join(" ")),
            table::is_active.eq(input.is_active),
            table::secret.eq(secret.expose()),
            table::version.eq(1),
            table::created_at.eq(now),
            table::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(dialect::last_insert_id(connection)?)
}

pub fn update(
    connection: &mut AnyConnection,
    webhook_id: i32,
    input: &WebhookInput,
    version: i32,
    now: Moment,
) -> Result<()> {
    diesel::update(table::table.find(webhook_id))
        .set((
            table::url.eq(&input.url),
            table::types.eq(input.types.join(" ")),
            table::is_active.eq(input.is_active),
            table::version.eq(version),
            table::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, webhook_id: i32) -> Result<()> {
    diesel::delete(table::table.find(webhook_id)).execute(connection)?;
    Ok(())
}
