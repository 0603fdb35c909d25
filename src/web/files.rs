//! Style sheets, scripts and icons over HTTP. Must not know which there are.

use actix_web::web;

use super::assets;
use super::respond::{self, CachePolicy, Reply};
use crate::error::{Error, Result};

/// `GET /static/{fingerprint}/{path}`
pub async fn show(path: web::Path<(String, String)>) -> Result<Reply> {
    let (fingerprint, path) = path.into_inner();
    let asset = assets::find(&fingerprint, &path).ok_or(Error::NotFound { what: "file" })?;
    Ok(respond::bytes(
        asset.media_type,
        asset.bytes.into_owned(),
        CachePolicy::Immutable,
    ))
}
