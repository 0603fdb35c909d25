//! What proposals tell of a person: copied for them, and erased with them. The log keeps that a proposal was made and how far it
//! came, by the number of whoever made it. Must not know accounts beyond that number.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::model::{Said, State, Submission};
use super::{record, repo};
use crate::accounts::Belongings;
use crate::catalog::Proposed;
use crate::db::{Actor, AnyConnection, WriteTransaction, idempotency};
use crate::error::Result;

/// What is joined to accounts.
pub const BELONGINGS: Belongings = Belongings {
    export,
    erase,
    // What is new of them is a notice.
    unread: |_, _| Ok(0),
};

fn export(connection: &mut AnyConnection, user_id: i32) -> Result<Map<String, Value>> {
    let author = Actor::User(user_id).to_string();
    let mut proposals = Vec::new();
    for submission in repo::all_of(connection, &author)? {
        let said = repo::said(connection, submission.submission_id)?;
        let pictures = pictures(connection, submission.submission_id)?;
        proposals.push(proposal(&submission, &said, pictures));
    }
    let spoken = repo::spoken(connection, &author)?;
    let mut found = Map::new();
    found.insert("proposals".to_owned(), proposals.into());
    found.insert(
        "said_of_proposals".to_owned(),
        spoken.iter().map(message).collect(),
    );
    let is_trusted = repo::trust::is_trusted(connection, user_id)?;
    found.insert("publishes_at_once".to_owned(), is_trusted.into());
    Ok(found)
}

fn proposal(submission: &Submission, said: &[Said], pictures: Vec<Value>) -> Value {
    json!({
        "id": submission.submission_id,
        "state": submission.state,
        "product_id": submission.product_id,
        "product": submission.typed,
        "created_at": submission.created_at,
        "submitted_at": submission.submitted_at,
        // Who decides for the shop is not for strangers to know.
        "conversation": said.iter().map(|said| json!({
            "by": if said.author == submission.author { "you" } else { "the shop" },
            "step": said.step, "message": said.body, "at": said.at,
        })).collect::<Vec<_>>(),
        "pictures": pictures,
    })
}

fn pictures(connection: &mut AnyConnection, submission_id: i32) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for upload in repo::pictures::of_submission(connection, submission_id)? {
        let kept = repo::pictures::find(connection, upload.picture_id)?;
        found.push(json!({
            "url": upload.address, "width": upload.width, "height": upload.height,
            "content_base64": kept.map(|(_, content)| BASE64_STANDARD.encode(content)),
        }));
    }
    Ok(found)
}

fn message((submission_id, said): &(i32, Said)) -> Value {
    json!({ "proposal": submission_id, "step": said.step, "message": said.body, "at": said.at })
}

/// Drafts go. Of what was handed in there stays that it was, and how it ended; what waits for somebody is withdrawn. A
/// product that was approved is the shop's, and stays.
fn erase(transaction: &mut WriteTransaction<'_>, user_id: i32) -> Result<()> {
    let author = Actor::User(user_id).to_string();
    // Answers that are kept to be repeated hold whole proposals, also those to whoever decided.
    idempotency::forget(
        transaction.connection(),
        &author,
        &format!("\"author\":\"{author}\""),
    )?;
    for before in repo::all_of(transaction.connection(), &author)? {
        if before.state == State::Draft {
            repo::delete(transaction.connection(), before.submission_id)?;
            continue;
        }
        if before.typed == Proposed::default() && !before.state.is_open() {
            continue;
        }
        let after = Submission {
            state: if before.state.is_open() {
                State::Withdrawn
            } else {
                before.state
            },
            typed: Proposed::default(),
            proposed: None,
            version: before.version + 1,
            updated_at: transaction.now(),
            ..before.clone()
        };
        repo::update(transaction.connection(), &after)?;
        record(transaction, &before, &after)?;
    }
    let connection = transaction.connection();
    repo::hush(connection, &author)?;
    repo::pictures::delete_of(connection, &author)?;
    repo::trust::delete_of(connection, user_id)
}
