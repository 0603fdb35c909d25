//! The demo shop: products written and drawn for it, taken in through the same import as any other file.
//! Must not know when it is wanted.

use std::io::Cursor;

use super::engine::Import;
use super::pictures::Pictures;
use super::report::{Observer, Refusal, Summary};
use super::rows::Format;
use crate::catalog::{Catalog, ImportMode};
use crate::db::{Actor, Origin};
use crate::error::{Error, Result};
use crate::media::MediaStore;
use crate::web::assets;

/// Fills the shop with the demo products; those it has already stay as they are in the file.
///
/// # Errors
/// Those of the database and the media folder.
pub async fn seed(catalog: &Catalog, media: &MediaStore) -> Result<Summary> {
    let products = assets::demo("products.jsonl")
        .ok_or_else(|| Error::internal("the demo shop is not in this program"))?;
    let origin = Origin {
        actor: Actor::System,
        request_id: "demo".to_owned(),
        batch: Some("demo".to_owned()),
    };
    let import = Import {
        catalog,
        media,
        pictures: Pictures::Demo,
        mode: ImportMode::Write,
        assume_currency: true,
        origin,
    };
    let products = Cursor::new(products);
    import.run(products, Some(Format::JsonLines), &mut Log).await
}

/// Nobody watches: what goes wrong is logged.
struct Log;

impl Observer for Log {
    fn refused(&mut self, refusal: &Refusal) {
        tracing::warn!(row = refusal.row, column = %refusal.column, reason = %refusal.reason, "a demo product was refused");
    }

    fn unknown_columns(&mut self, names: &[String]) {
        tracing::warn!(columns = ?names, "the demo shop has columns that mean nothing");
    }

    fn progress(&mut self, _rows: u64) {}
}
