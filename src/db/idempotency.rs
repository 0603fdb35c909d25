//! Repeating a request repeats its answer: the result of a write is stored in the write's own transaction under
//! the key that the client sent. Must not know what was written.
//!
//! A repetition that arrives while the first is still running waits for the change log's lock and then finds the
//! stored answer, so there is no "in flight" state to report.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::{Origin, WriteTransaction};
use super::connection::AnyConnection;
use super::router::Router;
use super::schema::idempotency_keys as table;
use super::transaction::Committed;
use super::types::{Moment, Seq};
use crate::error::{Error, Result};

/// How long an answer can be repeated.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// A request that may be repeated.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// The client's key; keys of different actors never meet.
    pub key: String,
    /// A hash of what was asked, so that one key cannot stand for two requests.
    pub fingerprint: String,
}

/// Runs a write that may be repeated: a request that was answered before is answered the same way again, and the flag
/// says so.
///
/// # Errors
/// `IdempotencyMismatch` when the key was used for another request; those of `work`; those of the database.
pub async fn once<T, F>(
    db: &Router,
    operation: &'static str,
    origin: Origin,
    request: Option<IdempotentRequest>,
    work: F,
) -> Result<Committed<(T, bool)>>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: Fn(&mut WriteTransaction<'_>) -> Result<T> + Send + Sync + 'static,
{
    let answer = move |transaction: &mut WriteTransaction<'_>| {
        if let Some(request) = &request
            && let Some((stored, seq)) = stored_answer::<T>(transaction, request)?
        {
            return Ok((stored, Some(seq)));
        }
        let answer = work(transaction)?;
        if let Some(request) = &request {
            store_answer(transaction, request, &answer)?;
        }
        Ok((answer, None))
    };
    let written = db.write(operation, origin, answer).await?;
    let (answer, answered_at) = written.value;
    Ok(Committed {
        value: (answer, answered_at.is_some()),
        seq: answered_at.unwrap_or(written.seq),
    })
}

/// The answer stored for this request, and the position it was written at.
///
/// # Errors
/// `IdempotencyMismatch` when the key was used for another request; those of the query.
fn stored_answer<T: DeserializeOwned>(
    transaction: &mut WriteTransaction<'_>,
    request: &IdempotentRequest,
) -> Result<Option<(T, Seq)>> {
    let expired = transaction.now().plus_seconds(-KEPT_SECONDS);
    let actor = transaction.actor().to_string();
    let connection = transaction.connection();
    diesel::delete(table::table.filter(table::created_at.lt(expired))).execute(connection)?;
    let stored: Option<(String, String, i64)> = table::table
        .find((actor, &request.key))
        .select((table::fingerprint, table::body, table::seq))
        .first(connection)
        .optional()?;
    let Some((fingerprint, body, seq)) = stored else {
        return Ok(None);
    };
    if fingerprint != request.fingerprint {
        return Err(Error::IdempotencyMismatch);
    }
    Ok(Some((
        serde_json::from_str(&body).map_err(Error::internal)?,
        Seq(seq),
    )))
}

/// Forgets every answer that somebody was given, and what others were given that holds these words.
///
/// # Errors
/// Those of the query.
pub fn forget(connection: &mut AnyConnection, actor: &str, words: &str) -> Result<()> {
    let theirs = table::actor.eq(actor).or(table::body.like(format!("%{words}%")));
    diesel::delete(table::table.filter(theirs)).execute(connection)?;
    Ok(())
}

/// Stores the answer of this request; call it last, so that the position is that of its last change.
///
/// # Errors
/// Those of the insert.
fn store_answer<T: Serialize>(
    transaction: &mut WriteTransaction<'_>,
    request: &IdempotentRequest,
    answer: &T,
) -> Result<()> {
    let now: Moment = transaction.now();
    let (actor, seq) = (transaction.actor().to_string(), transaction.seq());
    diesel::insert_into(table::table)
        .values((
            table::actor.eq(actor),
            table::idempotency_key.eq(&request.key),
            table::fingerprint.eq(&request.fingerprint),
            table::body.eq(serde_json::to_string(answer).map_err(Error::internal)?),
            table::seq.eq(seq.0),
            table::created_at.eq(now),
        ))
        .execute(transaction.connection())?;
    Ok(())
}
