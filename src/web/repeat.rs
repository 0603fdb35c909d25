//! Requests that may be repeated without being done twice. Must not know what they ask for.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use sha2::{Digest, Sha256};

use super::extract::{IdempotencyKey, JsonObject};
use super::respond::Reply;
use crate::db::idempotency::IdempotentRequest;
use crate::error::Result;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A request that may be repeated, if the client gave it a key. The address is part of what was asked.
///
/// # Errors
/// 400 for a key that is none.
pub fn repeatable(request: &HttpRequest, body: &JsonObject) -> Result<Option<IdempotentRequest>> {
    let key = IdempotencyKey::of(request.headers())?.0;
    let asked = format!("{} {}", request.path(), body.fingerprint);
    Ok(key.map(|key| IdempotentRequest {
        key,
        fingerprint: hex::encode(Sha256::digest(asked)),
    }))
}

/// Says of an answer that it repeats an earlier one.
pub fn flagged(reply: Reply, replayed: bool) -> Reply {
    if replayed {
        reply.header(REPLAYED, "true")
    } else {
        reply
    }
}
