//! Reads requests strictly: what is not understood is refused by name, nothing is silently ignored.
//!
//! These are the only ways in which handlers take in parameters, bodies and conditions. They must not know products.

mod body;
mod condition;
mod files;
mod params;

pub use body::{FormBody, JsonObject, UploadObject, collect};
pub use condition::{
    IDEMPOTENCY_KEY, IdempotencyKey, IfMatch, MIN_CHANGE_SEQ, MIN_CHANGE_SEQ_HEADER, MinSeq, SEQ_COOKIE,
};
pub use files::{FilesForm, SentFile, is_multipart};
pub use params::{Params, is_among, path_id};
