//! What people may propose for a product, and how a proposal gets into the catalog: by the same understanding, rules and
//! writes as the owner's form. Must not know who proposes or what was decided.

mod typed;

use serde_json::{Map, Value, json};

pub use typed::{PROPOSABLE, Proposed};

use super::edit::Content;
use super::live::is_visible;
use super::model::Product;
use super::repo::products;
use super::undo;
use super::write::{self, SaveMode};
use super::{Catalog, Extent};
use crate::db::changes::{self, Selection, Window};
use crate::db::{AnyConnection, Entity, Moment, Seq, WriteTransaction};
use crate::error::{Error, Result};
use crate::history::{Fields, Merge, Sides, fields, parsed};

/// How far back the log is searched for the version of a product that somebody saw.
const VERSIONS_BACK: i64 = 100;

impl Catalog {
    /// The product that somebody proposes to change, as customers see it, with its fields as they were at a version.
    /// A version that is too old to be known, or that no customer ever saw, counts as the present one.
    ///
    /// # Errors
    /// `NotFound` when customers do not see it; those of the database.
    pub fn proposal_base(
        &self,
        connection: &mut AnyConnection,
        product_id: i32,
        seen: Option<i32>,
    ) -> Result<Fields> {
        let product = products::find_visible(connection, product_id)?;
        let product = product.ok_or(Error::NotFound { what: "product" })?;
        let Some(seen) = seen.filter(|seen| *seen != product.version) else {
            return Ok(proposable(&product));
        };
        let selection = Selection {
            entity: Some((Entity::Product, product_id)),
            ..Selection::default()
        };
        let found = changes::select(connection, &selection, Window::Before(Seq::MAX), VERSIONS_BACK)?;
        let next = found.iter().filter(|change| change.version > seen);
        let until = next.map(|change| change.at).min().unwrap_or_else(Moment::now);
        let then = found.into_iter().find(|change| change.version == seen);
        let then: Option<Product> =
            then.and_then(|change| serde_json::from_value(parsed(change.state_after.as_ref())).ok());
        // What customers never saw is nobody's to read.
        let then = then.filter(|then| is_visible(then, until));
        Ok(proposable(&then.unwrap_or(product)))
    }

    /// What a proposal comes to: the fields it names, as a product would hold them. For an edit also where it differs from
    /// its base is for the caller to see.
    ///
    /// # Errors
    /// `Invalid` with every fault, as the owner's form would name them; `NotFound`; `Conflict` when the product is deleted.
    pub fn understand_proposal(
        &self,
        transaction: &mut WriteTransaction<'_>,
        typed: &Proposed,
        product_id: Option<i32>,
    ) -> Result<Fields> {
        let current = product_id
            .map(|product_id| standing(transaction.connection(), product_id))
            .transpose()?;
        let (extent, base) = match &current {
            Some(product) => (Extent::Partial, Content::from(product)),
            None => (Extent::Whole, Content::blank()),
        };
        let edit = typed.understood(extent).map_err(Error::Invalid)?;
        let mut faults = Vec::new();
        let content = write::content(transaction, &edit, &base, &mut faults)?;
        faults.extend(
            self.rules
                .content_faults(transaction, &content, current.as_ref())?,
        );
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let mut fields = fields(&Value::Object(shown(&content)));
        fields.retain(|name, _| typed.names(name));
        Ok(fields)
    }

    /// How a proposed edit stands to the product as it is now: of each field what was proposed (`was`), what it was
    /// proposed for (`became`), and what there is (`now`). Laying the proposal over the product is undoing the way back.
    pub fn proposal_merge(typed: &Proposed, base: &Fields, proposed: &Fields, product: &Product) -> Merge {
        Merge::of(&typed.named(proposed), &typed.named(base), &proposable(product))
    }

    /// Makes the product that was proposed.
    ///
    /// # Errors
    /// `Invalid` with every fault that it has by now.
    pub fn adopt_new(&self, transaction: &mut WriteTransaction<'_>, typed: &Proposed) -> Result<Product> {
        let edit = typed.understood(Extent::Whole).map_err(Error::Invalid)?;
        write::create(transaction, &self.rules, &edit, None)
    }

    /// Lays a proposed edit over the product as it is now. Where the product has moved on, `sides` decide, which were made
    /// about the version `seen`; decisions about another one count for nothing.
    ///
    /// # Errors
    /// `MovedOn` with the fields that need a decision; `NotFound`; `Conflict` when it is deleted; `Invalid` with every
    /// fault that the proposal has by now.
    pub fn adopt_edit(
        &self,
        transaction: &mut WriteTransaction<'_>,
        product_id: i32,
        merge: impl Fn(&Product) -> Merge,
        (seen, sides): (Option<i32>, &Sides),
    ) -> Result<Product> {
        let current = standing(transaction.connection(), product_id)?;
        let merge = merge(&current);
        let none = Sides::new();
        let sides = if seen == Some(current.version) {
            sides
        } else {
            &none
        };
        let Some(values) = merge.resolve(sides)? else {
            return Err(moved_on(merge, current.version));
        };
        if values.is_empty() {
            return Ok(current);
        }
        let edit = undo::product_edit(&values).map_err(Error::Invalid)?;
        let version = current.version;
        let saved = write::save(
            transaction,
            &self.rules,
            product_id,
            version,
            SaveMode::Amend,
            &edit,
        )?;
        Ok(saved.into_product())
    }
}

/// The conflict in its own words: was before the proposal, would become by it, is now. Other fields need no decision.
fn moved_on(merge: Merge, version: i32) -> Error {
    let mut fields = merge.fields;
    fields.retain(crate::error::ThreeWay::moved_on);
    for field in &mut fields {
        std::mem::swap(&mut field.was, &mut field.became);
    }
    Error::MovedOn { version, fields }
}

fn standing(connection: &mut AnyConnection, product_id: i32) -> Result<Product> {
    let product = products::find(connection, product_id)?.ok_or(Error::NotFound { what: "product" })?;
    if product.deleted_at.is_some() {
        return Err(Error::Conflict {
            code: "deleted",
            detail: "The product was deleted meanwhile: restore it before changing it.".to_owned(),
        });
    }
    Ok(product)
}

/// The fields of a product that may be proposed, as states have them.
fn proposable(product: &Product) -> Fields {
    fields(&Value::Object(shown(&Content::from(product))))
}

fn shown(content: &Content) -> Map<String, Value> {
    let values = json!({
        "name": content.name,
        "price": content.price,
        "description": content.description,
        "category": content.category,
        "brand": content.brand,
        "tags": content.tags,
        "stock_quantity": content.stock_quantity,
        "sku": content.sku,
        "images": content.images,
        "attributes": content.attributes,
    });
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}
