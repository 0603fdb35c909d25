//! The export: products become a file piece by piece, so that memory stays small however large the shop is. Must not
//! know where the pieces go.

use super::rows::Format;
use super::writer::Writer;
use crate::catalog::Catalog;
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::db::Seq;
use crate::error::Result;
use crate::web::paging::{MAX_LIMIT, PageRequest, Position, TOTAL_CAP};

/// An export under way. Each page is a snapshot of its own: a product that changes meanwhile is in the file once, as it
/// was before or after.
pub struct Export<'a> {
    catalog: &'a Catalog,
    filter: ProductFilter,
    sort: Sort,
    writer: Writer,
    at_least: Seq,
    /// `None` when the file is complete.
    next: Option<Position>,
}

/// What comes next in the file.
pub struct ExportPiece {
    pub bytes: Vec<u8>,
    /// Products in it.
    pub rows: u64,
    /// All products of the export, told with its first piece unless there are too many to count.
    pub total: Option<u64>,
}

impl<'a> Export<'a> {
    /// Begins an export that has seen every change up to `at_least`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(
        catalog: &'a Catalog,
        format: Format,
        scope: Scope,
        at_least: Seq,
    ) -> Result<Export<'a>> {
        let attributes = catalog.attributes(at_least).await?.value;
        Ok(Export {
            catalog,
            filter: ProductFilter {
                scope,
                ..ProductFilter::default()
            },
            // What is made meanwhile comes at the end, where it is still found.
            sort: Sort::parse(Some("created_at"))?,
            writer: Writer {
                format,
                currency: catalog.currency().to_owned(),
                attributes: attributes.into_iter().map(|attribute| attribute.key).collect(),
            },
            at_least,
            next: Some(Position::Start),
        })
    }

    /// The next piece of the file; `None` when it is complete.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next(&mut self) -> Result<Option<ExportPiece>> {
        let Some(position) = self.next.take() else {
            return Ok(None);
        };
        let is_first = position == Position::Start;
        let mut bytes = if is_first {
            self.writer.header()?
        } else {
            Vec::new()
        };
        let request = PageRequest {
            limit: MAX_LIMIT,
            position,
            with_total: is_first,
        };
        let inventory = self
            .catalog
            .inventory(self.filter.clone(), self.sort.clone(), request, self.at_least)
            .await?
            .value;
        let page = inventory.products;
        bytes.append(&mut self.writer.rows(&page.items, &inventory.categories)?);
        self.next = page.next.map(Position::Cursor);
        Ok(Some(ExportPiece {
            bytes,
            rows: page.items.len() as u64,
            total: page
                .total
                .filter(|total| *total < TOTAL_CAP)
                .and_then(|total| total.try_into().ok()),
        }))
    }
}
