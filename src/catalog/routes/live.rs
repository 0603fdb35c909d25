//! The description of live news, for programs. Must not know how they are sent.

use crate::web::respond::{self, CachePolicy, Reply};

const DOCUMENT: &str = include_str!("../live/asyncapi.json");

/// `GET /asyncapi.json`
pub async fn document() -> Reply {
    respond::bytes(
        "application/json; charset=utf-8",
        DOCUMENT.into(),
        CachePolicy::Public,
    )
}
