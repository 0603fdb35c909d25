//! Rows of a file become products: matched, compared, created or changed in short transactions.
//! Must not know file formats.

use std::time::{Duration, Instant};

use super::edit::{Content, ProductEdit};
use super::model::Product;
use super::repo::products;
use super::write::{self, Saved};
use super::{Catalog, CatalogRules};
use crate::db::{Committed, Moment, Origin, WriteTransaction};
use crate::error::{Error, FieldError, Result};

/// A batch ends after this many rows or this long, whichever comes first: other editors wait for its lock.
pub const BATCH_ROWS: usize = 100;
pub(super) const BATCH_TIME: Duration = Duration::from_millis(200);

/// One row, understood.
#[derive(Debug, Clone)]
pub struct ImportRow {
    pub edit: ProductEdit,
    /// When the product was made, if the file says so; used for new products only.
    pub created_at: Option<Moment>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    Created,
    Changed,
    Same,
    Refused(Vec<FieldError>),
}

/// Whether an import writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    Write,
    /// Does everything and rolls it back.
    Rehearse,
}

impl Catalog {
    /// Imports as many of the first rows as fit one batch; returns their outcomes, at least one unless `rows` is
    /// empty. Refused rows change nothing.
    ///
    /// # Errors
    /// Those of the database; the whole batch is then undone.
    pub async fn import_batch(
        &self,
        origin: Origin,
        rows: std::sync::Arc<[ImportRow]>,
        mode: ImportMode,
    ) -> Result<Committed<Vec<RowOutcome>>> {
        let rules = self.rules.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let started = Instant::now();
            let mut outcomes = Vec::new();
            for row in rows.iter().take(BATCH_ROWS) {
                outcomes.push(import_row(transaction, &rules, row)?);
                if started.elapsed() >= BATCH_TIME {
                    break;
                }
            }
            Ok(outcomes)
        };
        match mode {
            ImportMode::Write => self.db.write("catalog.import", origin, work).await,
            ImportMode::Rehearse => self.db.rehearse("catalog.import", origin, work).await,
        }
    }
}

fn import_row(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    row: &ImportRow,
) -> Result<RowOutcome> {
    let result = match matching(transaction, &row.edit)? {
        Some(product) if product.deleted_at.is_some() => {
            let detail = format!(
                "belongs to a deleted product ({}): restore it first",
                product.name
            );
            return Ok(RowOutcome::Refused(vec![FieldError::new(
                identity_field(&row.edit),
                "deleted",
                detail,
            )]));
        }
        Some(product) => {
            let mut faults = Vec::new();
            let product = write::moments::catch_up(transaction, product)?;
            let content = write::content(transaction, &row.edit, &Content::from(&product), &mut faults)?;
            if !faults.is_empty() {
                return Ok(RowOutcome::Refused(faults));
            }
            write::put(transaction, rules, product, content).map(|saved| match saved {
                Saved::Changed(_) => RowOutcome::Changed,
                Saved::Same(_) => RowOutcome::Same,
            })
        }
        None => {
            let missing = row.edit.missing_for_new();
            if !missing.is_empty() {
                return Ok(RowOutcome::Refused(missing));
            }
            write::create(transaction, rules, &row.edit, row.created_at).map(|_| RowOutcome::Created)
        }
    };
    match result {
        Err(Error::Invalid(faults)) => Ok(RowOutcome::Refused(faults)),
        other => other,
    }
}

/// The product a row is about: by article number, else by address, else by name among products without an article
/// number, so that importing a file twice never doubles the shop.
fn matching(transaction: &mut WriteTransaction<'_>, edit: &ProductEdit) -> Result<Option<Product>> {
    let connection = transaction.connection();
    match (edit.sku(), edit.slug(), edit.name()) {
        (Some(sku), _, _) => products::find_by_sku(connection, sku),
        (None, Some(slug), _) => products::find_by_slug(connection, slug),
        (None, None, Some(name)) => products::find_unnumbered_by_name(connection, name),
        (None, None, None) => Ok(None),
    }
}

fn identity_field(edit: &ProductEdit) -> &'static str {
    match (edit.sku(), edit.slug()) {
        (Some(_), _) => "/sku",
        (None, Some(_)) => "/slug",
        (None, None) => "/name",
    }
}
