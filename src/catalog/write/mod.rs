//! How a product changes: the rules that need the database, each change with its row in the change log.
//! Everything here runs inside one write transaction, under the log's lock, so what was checked stays true.
//! Must not know HTTP.

pub(super) mod labels;
pub(super) mod moments;
mod prices;

use super::edit::{Content, ProductEdit};
use super::model::Product;
use super::repo::{attributes, popularity, products, slugs};
use super::rules::CatalogRules;
use super::text;
use crate::db::{Action, Entity, Moment, NewChange, WriteTransaction};
use crate::error::{Error, FieldError, Result};

/// What a save did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    Changed(Product),
    /// The content was the same already: no new version, nothing in the log.
    Same(Product),
}

impl Saved {
    /// The product as it stands now.
    pub fn into_product(self) -> Product {
        match self {
            Saved::Changed(product) | Saved::Same(product) => product,
        }
    }
}

/// How an edit relates to fields it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveMode {
    /// They take their default; address and picture stay.
    Replace,
    /// They stay.
    Amend,
}

/// Makes a new product.
///
/// # Errors
/// `Invalid` when the article number or address is taken, a picture's host is not allowed, or values do not go together.
pub fn create(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    edit: &ProductEdit,
    created_at: Option<Moment>,
) -> Result<Product> {
    let mut faults = edit.read_only_faults(None)?;
    let content = content(transaction, edit, &Content::blank(), &mut faults)?;
    faults.extend(rules.content_faults(transaction, &content, None)?);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let now = transaction.now();
    let wanted = content
        .slug
        .clone()
        .unwrap_or_else(|| text::slugify(&content.name, "product"));
    let slug = slugs::free(transaction.connection(), &wanted, None)?;
    let blank = Product::blank(slug, created_at.unwrap_or(now), now);
    let (mut product, tag_ids) = labels::put(transaction, blank, content)?;
    product.clockwork = prices::settled(transaction, None, &product)?;
    products::insert(transaction.connection(), &mut product)?;
    prices::record(transaction, &product)?;
    let tag_ids = Some(&*tag_ids).filter(|ids| !ids.is_empty());
    index(transaction, &product, tag_ids, !product.attributes.is_empty())?;
    record(transaction, Action::Created, None, Some(&product))?;
    Ok(product)
}

/// Lays an edit over a product that must still have `expected_version`.
///
/// # Errors
/// `NotFound`; `VersionMismatch` when somebody else was first; `Conflict` when it is deleted; `Invalid` as in [`create`].
pub fn save(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    product_id: i32,
    expected_version: i32,
    mode: SaveMode,
    edit: &ProductEdit,
) -> Result<Saved> {
    let current = current(transaction, product_id, Some(expected_version))?;
    refuse_deleted(&current)?;
    let mut faults = edit.read_only_faults(Some(rules.resource(&current)))?;
    let base = match mode {
        SaveMode::Replace => Content::blank_at(&current),
        SaveMode::Amend => Content::from(&current),
    };
    let content = content(transaction, edit, &base, &mut faults)?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    put(transaction, rules, current, content)
}

/// The content that an edit makes of `base`; what is wrong with it is added to `faults`, and `base` stands in.
pub(super) fn content(
    transaction: &mut WriteTransaction<'_>,
    edit: &ProductEdit,
    base: &Content,
    faults: &mut Vec<FieldError>,
) -> Result<Content> {
    let defined = if edit.has_attributes() {
        attributes::all(transaction.connection())?
    } else {
        Vec::new()
    };
    Ok(edit.over(base, &defined).unwrap_or_else(|wrong| {
        faults.extend(wrong);
        base.clone()
    }))
}

/// Gives a product new content.
///
/// # Errors
/// `Invalid` as in [`create`].
pub(super) fn put(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    current: Product,
    content: Content,
) -> Result<Saved> {
    let faults = rules.content_faults(transaction, &content, Some(&current))?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let (next, tag_ids) = labels::put(transaction, current.clone(), content)?;
    if next == current {
        return Ok(Saved::Same(current));
    }
    if next.slug != current.slug {
        let now = transaction.now();
        slugs::moved(
            transaction.connection(),
            current.product_id,
            &current.slug,
            &next.slug,
            now,
        )?;
    }
    let tag_ids = (next.tags != current.tags).then_some(&*tag_ids);
    index(transaction, &next, tag_ids, next.attributes != current.attributes)?;
    store(transaction, Action::Updated, &current, next).map(Saved::Changed)
}

/// Adds to the stock, or takes from it.
///
/// # Errors
/// `NotFound`; `Conflict` when it is deleted or fewer would be left than none.
pub fn adjust_stock(transaction: &mut WriteTransaction<'_>, product_id: i32, delta: i32) -> Result<Product> {
    let current = current(transaction, product_id, None)?;
    refuse_deleted(&current)?;
    let sum = current.stock_quantity.checked_add(delta).filter(|sum| *sum >= 0);
    let Some(stock_quantity) = sum else {
        return Err(Error::Conflict {
            code: "insufficient_stock",
            detail: format!(
                "There are {} in stock: {delta} more cannot be.",
                current.stock_quantity
            ),
        });
    };
    if delta == 0 {
        return Ok(current);
    }
    let next = Product {
        stock_quantity,
        ..current.clone()
    };
    store(transaction, Action::Updated, &current, next)
}

/// Takes a product out of the shop; it can be restored.
///
/// # Errors
/// `NotFound` when there is none or it is deleted already; `VersionMismatch`.
pub fn delete(
    transaction: &mut WriteTransaction<'_>,
    product_id: i32,
    expected_version: i32,
) -> Result<Product> {
    let current = current(transaction, product_id, Some(expected_version))?;
    if current.deleted_at.is_some() {
        return Err(Error::NotFound { what: "product" });
    }
    let next = Product {
        deleted_at: Some(transaction.now()),
        ..current.clone()
    };
    store(transaction, Action::Deleted, &current, next)
}

/// Brings a deleted product back as it was; values of attributes that are gone are not among it.
///
/// # Errors
/// `NotFound`; `VersionMismatch`; `Conflict` when it is not deleted.
pub fn restore(
    transaction: &mut WriteTransaction<'_>,
    product_id: i32,
    expected_version: i32,
) -> Result<Product> {
    let current = current(transaction, product_id, Some(expected_version))?;
    if current.deleted_at.is_none() {
        return Err(Error::Conflict {
            code: "not_deleted",
            detail: "The product is not deleted.".to_owned(),
        });
    }
    let back = Product {
        deleted_at: None,
        ..current.clone()
    };
    let (next, tag_ids) = labels::revive(transaction, back)?;
    index(transaction, &next, Some(&tag_ids), true)?;
    store(transaction, Action::Restored, &current, next)
}

fn refuse_deleted(product: &Product) -> Result<()> {
    match product.deleted_at {
        None => Ok(()),
        Some(_) => Err(Error::Conflict {
            code: "deleted",
            detail: "The product is deleted: restore it before changing it.".to_owned(),
        }),
    }
}

/// The product as it is now: a moment that has come without the clock having seen it is dealt with first.
fn current(
    transaction: &mut WriteTransaction<'_>,
    product_id: i32,
    expected_version: Option<i32>,
) -> Result<Product> {
    let current =
        products::find(transaction.connection(), product_id)?.ok_or(Error::NotFound { what: "product" })?;
    if let Some(expected) = expected_version {
        Error::unless_version(current.version, expected)?;
    }
    moments::catch_up(transaction, current)
}

/// Keeps the indexes over tags and attributes in step with what has changed.
fn index(
    transaction: &mut WriteTransaction<'_>,
    product: &Product,
    tag_ids: Option<&[i32]>,
    attributes_changed: bool,
) -> Result<()> {
    if let Some(tag_ids) = tag_ids {
        products::index_tags(transaction.connection(), product.product_id, tag_ids)?;
    }
    if attributes_changed {
        let defined = attributes::all(transaction.connection())?;
        attributes::index(transaction.connection(), product, &defined)?;
    }
    Ok(())
}

/// Stores a new state of a product with its next version.
pub(super) fn store(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    current: &Product,
    mut next: Product,
) -> Result<Product> {
    next.version = current.version + 1;
    next.updated_at = transaction.now();
    next.clockwork = prices::settled(transaction, Some(current), &next)?;
    if !products::update(transaction.connection(), &next, current.version)? {
        return Err(Error::VersionMismatch {
            current: current.version,
        });
    }
    if next.category != current.category {
        let (connection, category) = (transaction.connection(), next.category.as_deref());
        popularity::move_to_category(connection, next.product_id, category)?;
    }
    record(transaction, action, Some(current), Some(&next))?;
    Ok(next)
}

fn record(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    before: Option<&Product>,
    after: Option<&Product>,
) -> Result<()> {
    let Some(subject) = after.or(before) else {
        return Ok(());
    };
    transaction.record(NewChange {
        entity: Entity::Product,
        entity_id: subject.product_id,
        version: subject.version,
        action,
        before: state(before)?,
        after: state(after)?,
    })
}

/// A state as the change log keeps it.
pub(super) fn state<T: serde::Serialize>(entity: Option<&T>) -> Result<Option<serde_json::Value>> {
    entity
        .map(serde_json::to_value)
        .transpose()
        .map_err(Error::internal)
}
