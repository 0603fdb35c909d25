//! Repeating a request repeats its answer: the result of a write is stored in the write's own transaction under
//! the key that the client sent. Must not know what was written.
//!
//! A repetition that arrives while the first is still running waits for the change log's lock and then finds the
//! stored answer, so there is no "in flight" state to report.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::WriteTransaction;
use super::schema::idempotency_keys as table;
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

/// The answer stored for this request, and the position it was written at.
///
/// # Errors
/// `IdempotencyMismatch` when the key was used for another request; those of the query.
pub fn stored_answer<T: DeserializeOwned>(
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

/// Stores the answer of this request; call it last, so that the position is that of its last change.
///
/// # Errors
/// Those of the insert.
pub fn store_answer<T: Serialize>(
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
