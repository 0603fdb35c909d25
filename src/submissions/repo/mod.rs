//! Storage of proposals, and of what was said about them. Must not know what a step means.

mod conversation;
pub mod pictures;
pub mod trust;

use diesel::prelude::*;
use serde::de::DeserializeOwned;

pub use conversation::{hush, said, say, spoken};

use super::model::{State, Step, Submission, Summary};
use crate::db::schema::{submission_messages as messages, submissions as table};
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    submission_id: i32,
    author: String,
    product_id: Option<i32>,
    state: String,
    typed: String,
    proposed: Option<String>,
    base: Option<String>,
    version: i32,
    created_at: Moment,
    updated_at: Moment,
    submitted_at: Option<Moment>,
}

impl TryFrom<Row> for Submission {
    type Error = Error;

    fn try_from(row: Row) -> Result<Submission> {
        Ok(Submission {
            submission_id: row.submission_id,
            author: row.author,
            product_id: row.product_id,
            state: state_of(&row.state)?,
            typed: unpacked(&row.typed)?,
            proposed: row.proposed.as_deref().map(unpacked).transpose()?,
            base: row.base.as_deref().map(unpacked).transpose()?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            submitted_at: row.submitted_at,
        })
    }
}

fn unpacked<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn packed<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// A state of a newer version: refuse rather than guess.
fn state_of(name: &str) -> Result<State> {
    State::parse(name).ok_or_else(|| Error::internal("a proposal is stored in an unknown state"))
}

fn step_of(name: &str) -> Result<Step> {
    Step::parse(name).ok_or_else(|| Error::internal("an unknown step of a proposal is stored"))
}

pub fn find(connection: &mut AnyConnection, submission_id: i32) -> Result<Option<Submission>> {
    let row: Option<Row> = table::table
        .find(submission_id)
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Submission::try_from).transpose()
}

/// Stores a new proposal; the database gives it its id.
pub fn insert(connection: &mut AnyConnection, submission: &mut Submission) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::author.eq(&submission.author),
            table::product_id.eq(submission.product_id),
            table::state.eq(submission.state.name()),
            table::typed.eq(packed(&submission.typed)?),
            table::proposed.eq(submission.proposed.as_ref().map(packed).transpose()?),
            table::base.eq(submission.base.as_ref().map(packed).transpose()?),
            table::version.eq(submission.version),
            table::created_at.eq(submission.created_at),
            table::updated_at.eq(submission.updated_at),
            table::submitted_at.eq(submission.submitted_at),
        ))
        .execute(connection)?;
    submission.submission_id = dialect::last_insert_id(connection)?;
    Ok(())
}

/// Stores a proposal over its row; whoever calls this holds the log's lock and has compared the version.
pub fn update(connection: &mut AnyConnection, submission: &Submission) -> Result<()> {
    diesel::update(table::table.find(submission.submission_id))
        .set((
            table::product_id.eq(submission.product_id),
            table::state.eq(submission.state.name()),
            table::typed.eq(packed(&submission.typed)?),
            table::proposed.eq(submission.proposed.as_ref().map(packed).transpose()?),
            table::version.eq(submission.version),
            table::updated_at.eq(submission.updated_at),
            table::submitted_at.eq(submission.submitted_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes a proposal and what was said about it.
pub fn delete(connection: &mut AnyConnection, submission_id: i32) -> Result<()> {
    diesel::delete(messages::table.filter(messages::submission_id.eq(submission_id))).execute(connection)?;
    diesel::delete(table::table.find(submission_id)).execute(connection)?;
    Ok(())
}

/// Which proposals a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// All of an author.
    Of(String),
    /// All in one of these states.
    In(Vec<State>),
}

/// Proposals before an id, the newest first.
pub fn list(
    connection: &mut AnyConnection,
    listed: &Listed,
    before: i32,
    limit: i64,
) -> Result<Vec<Summary>> {
    let mut query = table::table
        .filter(table::submission_id.lt(before))
        .order(table::submission_id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    query = match listed {
        Listed::Of(author) => query.filter(table::author.eq(author)),
        Listed::In(states) => {
            let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
            query.filter(table::state.eq_any(names))
        }
    };
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(summary).collect()
}

fn summary(row: Row) -> Result<Summary> {
    let submission = Submission::try_from(row)?;
    let base_name = submission
        .base
        .as_ref()
        .and_then(|base| base.get("name")?.as_str());
    let name = Some(submission.typed.name()).filter(|name| !name.is_empty());
    Ok(Summary {
        name: name.or(base_name).unwrap_or("(no name yet)").to_owned(),
        submission_id: submission.submission_id,
        is_edit: submission.is_edit(),
        author: submission.author,
        product_id: submission.product_id,
        state: submission.state,
        version: submission.version,
        updated_at: submission.updated_at,
    })
}

/// Every proposal of an author, the first one first.
pub fn all_of(connection: &mut AnyConnection, author: &str) -> Result<Vec<Submission>> {
    let rows: Vec<Row> = table::table
        .filter(table::author.eq(author))
        .order(table::submission_id)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Submission::try_from).collect()
}

/// How many drafts an author keeps.
pub fn drafts(connection: &mut AnyConnection, author: &str) -> Result<i64> {
    Ok(table::table
        .filter(table::author.eq(author))
        .filter(table::state.eq(State::Draft.name()))
        .count()
        .get_result(connection)?)
}

/// When an author has handed in proposals since a moment, the earliest first.
pub fn handed_in(connection: &mut AnyConnection, author: &str, since: Moment) -> Result<Vec<Moment>> {
    let found: Vec<Option<Moment>> = table::table
        .filter(table::author.eq(author))
        .filter(table::submitted_at.gt(since))
        .order(table::submitted_at)
        .select(table::submitted_at)
        .load(connection)?;
    Ok(found.into_iter().flatten().collect())
}
