//! An attribute goes, and its values with it: there is nothing to merge it into, and no form in which an owner could
//! empty a thousand products one by one. Must not know HTTP.

use super::{Catalog, attributes, current, record};
use crate::catalog::model::{Attribute, Product};
use crate::catalog::repo::uses;
use crate::catalog::write;
use crate::db::{Action, Committed, Origin, Seq, WriteTransaction};
use crate::error::{Error, Result};

/// Products that are read at once.
const PIECE: i64 = 100;

impl Catalog {
    /// How many kept products have a value of an attribute.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attribute_uses(&self, attribute_id: i32, at_least: Seq) -> Result<i64> {
        let read = move |connection: &mut _| uses::of_attribute(connection, attribute_id);
        let counted = self.db.read_at_least("catalog.attribute_uses", at_least, read);
        Ok(counted.await?.value)
    }

    /// Removes an attribute and takes its values from the kept products, of which there are no more than
    /// `expected_uses`; each has its change.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Conflict` when more products have a value than were expected; those of the
    /// database.
    pub async fn delete_attribute(
        &self,
        origin: Origin,
        attribute_id: i32,
        expected_version: i32,
        expected_uses: i64,
    ) -> Result<Committed<()>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let attribute = current(transaction, attribute_id, expected_version)?;
            delete(transaction, &attribute, expected_uses)
        };
        self.db.write("catalog.delete_attribute", origin, work).await
    }
}

/// Removes an attribute that no more products than this have a value of, with the values.
pub fn delete(
    transaction: &mut WriteTransaction<'_>,
    attribute: &Attribute,
    expected_uses: i64,
) -> Result<()> {
    let attribute_id = attribute.attribute_id;
    let used = uses::of_attribute(transaction.connection(), attribute_id)?;
    if used > expected_uses {
        return Err(Error::Conflict {
            code: "in_use",
            detail: format!("Products have a value of “{}”: {used} by now.", attribute.name),
        });
    }
    take_values(transaction, attribute_id, &attribute.key)?;
    attributes::delete(transaction.connection(), attribute_id)?;
    record(transaction, Action::Deleted, Some(attribute), None)
}

fn take_values(transaction: &mut WriteTransaction<'_>, attribute_id: i32, key: &str) -> Result<()> {
    let mut behind = 0;
    loop {
        let piece = attributes::products_with(transaction.connection(), attribute_id, behind, PIECE)?;
        let Some(last) = piece.last() else { return Ok(()) };
        behind = last.product_id;
        for product in piece {
            let mut next: Product = product.clone();
            next.attributes.remove(key);
            write::store(transaction, Action::Updated, &product, next)?;
        }
    }
}
