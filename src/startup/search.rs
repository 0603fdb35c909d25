//! Joins the search engine to the catalog, and lets operators ask how it is. Must not know how anything is found.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Shop;
use crate::catalog::finder::Finding;
use crate::config::Feature;
use crate::error::{Error, Result};
use crate::search::keep::{Index, Phase};

/// Whoever wants the index made anew sends this, so that no page in an operator's browser can.
const ASKED_BY: &str = "x-vitrine-command";

/// The index of a process that serves searches, and the shop that asks it.
pub fn join(shop: Shop) -> (Shop, Option<Index>) {
    if !shop.settings.features.has(Feature::Search) || !shop.settings.features.has(Feature::Catalog) {
        return (shop, None);
    }
    let index = Index::new(
        shop.catalog.clone(),
        shop.db.clone(),
        shop.settings.search.clone(),
        shop.metrics.search(),
    );
    let catalog = shop.catalog.found_by(Finding::By(Arc::new(index.clone())));
    (Shop { catalog, ..shop }, Some(index))
}

/// Waits for the index, but not for long: until it is there the database finds.
pub async fn await_ready(index: Option<Index>, patience: Duration) {
    let Some(index) = index else { return };
    if tokio::time::timeout(patience, index.is_ready()).await.is_err() {
        tracing::warn!(
            "the search index is not ready after {patience:?}: until it is, searches find whole words only"
        );
    }
}

/// How the index is, in a word.
pub fn word(index: &Index) -> &'static str {
    match index.phase() {
        Phase::Opening => "opening",
        Phase::Building => "building",
        Phase::CatchingUp => "catching_up",
        Phase::Ready => "ok",
    }
}

/// What operators ask of the index, on their own port.
pub fn configure(config: &mut web::ServiceConfig, index: Index) {
    config
        .app_data(web::Data::new(index))
        .service(web::resource("/search").route(web::get().to(status)))
        .service(web::resource("/search/reindex").route(web::post().to(reindex)));
}

async fn status(index: web::Data<Index>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(index.status())
}

/// It is made after whatever is under way; `builds` of the status tells when.
async fn reindex(request: HttpRequest, index: web::Data<Index>) -> Result<HttpResponse> {
    if !request.headers().contains_key(ASKED_BY) {
        return Err(Error::Forbidden {
            code: "command_only",
            detail: format!("Run `vitrine search reindex`, or send the header {ASKED_BY}."),
        });
    }
    index.make_anew();
    Ok(HttpResponse::Accepted()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(index.status()))
}
