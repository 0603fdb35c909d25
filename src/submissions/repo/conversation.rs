//! Storage of what was said about proposals. Must not know what a step means.

use diesel::prelude::*;

use super::step_of;
use crate::db::schema::{submission_messages as messages, submissions};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;
use crate::submissions::model::{Message, Said, Step};

type Row = (i32, String, String, Option<String>, Moment);

/// What is read of a message.
const READ: (
    messages::submission_id,
    messages::author,
    messages::step,
    messages::body,
    messages::created_at,
) = (
    messages::submission_id,
    messages::author,
    messages::step,
    messages::body,
    messages::created_at,
);

fn read((submission_id, author, step, body, at): Row) -> Result<(i32, Said)> {
    let said = Said {
        author,
        step: step_of(&step)?,
        body,
        at,
    };
    Ok((submission_id, said))
}

pub fn say(
    connection: &mut AnyConnection,
    submission_id: i32,
    author: &str,
    step: Step,
    message: &Message,
    now: Moment,
) -> Result<()> {
    diesel::insert_into(messages::table)
        .values((
            messages::submission_id.eq(submission_id),
            messages::author.eq(author),
            messages::step.eq(step.name()),
            messages::body.eq(message.text()),
            messages::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// What was said about a proposal, in order.
pub fn said(connection: &mut AnyConnection, submission_id: i32) -> Result<Vec<Said>> {
    let rows: Vec<Row> = messages::table
        .filter(messages::submission_id.eq(submission_id))
        .order(messages::message_id)
        .select(READ)
        .load(connection)?;
    rows.into_iter().map(|row| Ok(read(row)?.1)).collect()
}

/// What somebody said about any proposal, in order.
pub fn spoken(connection: &mut AnyConnection, author: &str) -> Result<Vec<(i32, Said)>> {
    let rows: Vec<Row> = messages::table
        .filter(messages::author.eq(author))
        .order(messages::message_id)
        .select(READ)
        .load(connection)?;
    rows.into_iter().map(read).collect()
}

/// Takes the words, and leaves the steps, of what somebody said and of what was said to them.
pub fn hush(connection: &mut AnyConnection, author: &str) -> Result<()> {
    let own: Vec<i32> = submissions::table
        .filter(submissions::author.eq(author))
        .select(submissions::submission_id)
        .load(connection)?;
    let words = messages::table.filter(
        messages::author
            .eq(author)
            .or(messages::submission_id.eq_any(own)),
    );
    diesel::update(words)
        .set(messages::body.eq(None::<String>))
        .execute(connection)?;
    Ok(())
}
