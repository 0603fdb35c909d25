//! Storage of what webhooks are told. Of what one webhook is told about one thing at most one row is due; the others wait
//! behind it. Who writes here holds the lock of the webhook ([`super::hooks::lock`]).

use diesel::dsl::{exists, min};
use diesel::prelude::*;

use crate::db::schema::webhook_deliveries as table;
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};
use crate::webhooks::message::Message;
use crate::webhooks::model::{Delivery, State};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    delivery_id: i32,
    webhook_id: i32,
    message_id: String,
    subject: String,
    kind: String,
    body: String,
    state: String,
    attempts: i32,
    due_at: Moment,
    created_at: Moment,
    tried_at: Option<Moment>,
    answer: Option<String>,
}

impl TryFrom<Row> for Delivery {
    type Error = Error;

    fn try_from(row: Row) -> Result<Delivery> {
        Ok(Delivery {
            delivery_id: row.delivery_id,
            webhook_id: row.webhook_id,
            message_id: row.message_id,
            subject: row.subject,
            kind: row.kind,
            body: row.body,
            state: State::parse(&row.state)
                .ok_or_else(|| Error::internal("a delivery in an unknown state is stored"))?,
            attempts: row.attempts,
            due_at: row.due_at,
            created_at: row.created_at,
            tried_at: row.tried_at,
            answer: row.answer,
        })
    }
}

/// Stores something that a webhook is to be told.
pub fn add(connection: &mut AnyConnection, webhook_id: i32, message: &Message, now: Moment) -> Result<()> {
    let state = state_of_next(connection, webhook_id, &message.subject)?;
    diesel::insert_into(table::table)
        .values((
            table::webhook_id.eq(webhook_id),
            table::message_id.eq(&message.id),
            table::subject.eq(&message.subject),
            table::kind.eq(&message.kind),
            table::body.eq(&message.body),
            table::state.eq(state.name()),
            table::attempts.eq(0),
            table::due_at.eq(now),
            table::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Whether what is to be told next about a thing has to wait.
fn state_of_next(connection: &mut AnyConnection, webhook_id: i32, subject: &str) -> Result<State> {
    let before = table::table
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::subject.eq(subject))
        .filter(table::state.eq_any([State::Due.name(), State::Waiting.name()]));
    let is_behind: bool = diesel::select(exists(before)).get_result(connection)?;
    Ok(if is_behind { State::Waiting } else { State::Due })
}

/// What is to be tried now, the longest due first.
pub fn due(
    connection: &mut AnyConnection,
    webhook_id: i32,
    now: Moment,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let rows: Vec<Row> = table::table
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::state.eq(State::Due.name()))
        .filter(table::due_at.le(now))
        .order((table::due_at, table::delivery_id))
        .limit(limit)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// When the next one is to be tried.
pub fn next_due(connection: &mut AnyConnection, webhook_id: i32) -> Result<Option<Moment>> {
    Ok(table::table
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::state.eq(State::Due.name()))
        .order(table::due_at)
        .select(table::due_at)
        .first(connection)
        .optional()?)
}

/// What came of an attempt. Whoever tried the same at the same time and was faster has said so already.
pub fn settle(
    connection: &mut AnyConnection,
    delivery: &Delivery,
    (state, due_at): (State, Moment),
    answer: &str,
    now: Moment,
) -> Result<()> {
    let as_read = table::table
        .find(delivery.delivery_id)
        .filter(table::state.eq(State::Due.name()))
        .filter(table::attempts.eq(delivery.attempts));
    let settled = diesel::update(as_read)
        .set((
            table::state.eq(state.name()),
            table::attempts.eq(delivery.attempts + 1),
            table::due_at.eq(due_at),
            table::tried_at.eq(now),
            table::answer.eq(answer),
        ))
        .execute(connection)?;
    if settled == 1 && state != State::Due {
        promote(connection, delivery.webhook_id, &delivery.subject, now)?;
    }
    Ok(())
}

/// Lets go on what waited behind something that is settled.
fn promote(connection: &mut AnyConnection, webhook_id: i32, subject: &str, now: Moment) -> Result<()> {
    let next: Option<i32> = table::table
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::subject.eq(subject))
        .filter(table::state.eq(State::Waiting.name()))
        .select(min(table::delivery_id))
        .get_result(connection)?;
    if let Some(next) = next {
        diesel::update(table::table.find(next))
            .set((table::state.eq(State::Due.name()), table::due_at.eq(now)))
            .execute(connection)?;
    }
    Ok(())
}

/// Gives a dead delivery as much time again as it had; whether there is one.
pub fn revive(
    connection: &mut AnyConnection,
    webhook_id: i32,
    delivery_id: i32,
    now: Moment,
) -> Result<bool> {
    let dead = table::table
        .find(delivery_id)
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::state.eq(State::Dead.name()));
    let subject: Option<String> = dead.select(table::subject).get_result(connection).optional()?;
    let Some(subject) = subject else {
        return Ok(false);
    };
    let state = state_of_next(connection, webhook_id, &subject)?;
    diesel::update(table::table.find(delivery_id))
        .set((
            table::state.eq(state.name()),
            table::attempts.eq(0),
            table::due_at.eq(now),
            table::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(true)
}

/// The newest of a webhook before an id, of one state or of all.
pub fn newest(
    connection: &mut AnyConnection,
    webhook_id: i32,
    state: Option<State>,
    (before, limit): (i32, i64),
) -> Result<Vec<Delivery>> {
    let mut query = table::table
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::delivery_id.lt(before))
        .order(table::delivery_id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(table::state.eq(state.name()));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// How many of a webhook are in a state.
pub fn count(connection: &mut AnyConnection, webhook_id: i32, state: State) -> Result<i64> {
    Ok(table::table
        .filter(table::webhook_id.eq(webhook_id))
        .filter(table::state.eq(state.name()))
        .count()
        .get_result(connection)?)
}

/// Forgets what is older than a moment, settled or not: a webhook that is off, or a receiver that is gone, would otherwise be kept
/// more and more for.
pub fn forget(connection: &mut AnyConnection, before: Moment, now: Moment) -> Result<()> {
    let old = table::table.filter(table::created_at.lt(before));
    let ahead: Vec<(i32, String)> = old
        .filter(table::state.eq(State::Due.name()))
        .select((table::webhook_id, table::subject))
        .load(connection)?;
    diesel::delete(old).execute(connection)?;
    for (webhook_id, subject) in ahead {
        promote(connection, webhook_id, &subject, now)?;
    }
    Ok(())
}

/// Forgets everything of a webhook.
pub fn delete(connection: &mut AnyConnection, webhook_id: i32) -> Result<()> {
    diesel::delete(table::table.filter(table::webhook_id.eq(webhook_id))).execute(connection)?;
    Ok(())
}
