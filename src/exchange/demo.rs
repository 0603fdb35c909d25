//! The demo shop: products written and drawn for it, taken in through the same import as any other file.
//! Must not know when it is wanted.

use super::engine::{Import, Observer, Refusal, Summary};
use super::pictures::Pictures;
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
    import.run(&products[..], Format::JsonLines, &mut Log).await
}

/// Nobody watches: what goes wrong is logged.
struct Log;

impl Observer for Log {
    fn refused(&mut self, refusal: &Refusal) {
        tracing::warn!(row = refusal.row, column = %refusal.column, reason = %refusal.reason, "a demo product was refused");
    }

    fn unknown_column(&mut self, name: &str) {
        tracing::warn!(column = name, "a demo product has a column that means nothing");
    }

    fn progress(&mut self, _rows: u64) {}
}
