//! How a product changes: the rules that need the database, each change with its row in the change log.
//! Everything here runs inside one write transaction, under the log's lock, so what was checked stays true.
//! Must not know HTTP.

use super::edit::{Content, ProductEdit};
use super::model::Product;
use super::repo::{categories, products, slugs};
use super::rules::CatalogRules;
use super::text;
use crate::db::{Action, Entity, Moment, NewChange, WriteTransaction};
use crate::error::{Error, Result};

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
/// `Invalid` when the article number or address is taken or the picture's host is not allowed.
pub fn create(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    edit: &ProductEdit,
    created_at: Option<Moment>,
) -> Result<Product> {
    let mut faults = edit.read_only_faults(None);
    let content = edit.over(&Content::blank());
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
    let category = category_name(transaction, content.category.clone())?;
    let mut product = Product {
        product_id: 0,
        name: content.name,
        slug,
        sku: content.sku,
        brand: content.brand,
        description: content.description,
        price: content.price,
        category,
        stock_quantity: content.stock_quantity,
        image_url: content.image_url,
        is_active: content.is_active,
        version: 1,
        created_at: created_at.unwrap_or(now),
        updated_at: now,
        deleted_at: None,
    };
    products::insert(transaction.connection(), &mut product)?;
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
    let current = current(transaction, product_id, expected_version)?;
    if current.deleted_at.is_some() {
        return Err(Error::Conflict {
            code: "deleted",
            detail: "The product is deleted: restore it before changing it.".to_owned(),
        });
    }
    let faults = edit.read_only_faults(Some(&rules.resource(&current)?));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let base = match mode {
        SaveMode::Replace => Content::blank_at(&current),
        SaveMode::Amend => Content::from(&current),
    };
    put(transaction, rules, current, edit.over(&base))
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
    let category = category_name(transaction, content.category.clone())?;
    let next = Product {
        name: content.name,
        slug: content.slug.unwrap_or_else(|| current.slug.clone()),
        sku: content.sku,
        brand: content.brand,
        description: content.description,
        price: content.price,
        category,
        stock_quantity: content.stock_quantity,
        image_url: content.image_url,
        is_active: content.is_active,
        ..current.clone()
    };
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
    store(transaction, Action::Updated, &current, next).map(Saved::Changed)
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
    let current = current(transaction, product_id, expected_version)?;
    if current.deleted_at.is_some() {
        return Err(Error::NotFound { what: "product" });
    }
    let next = Product {
        deleted_at: Some(transaction.now()),
        ..current.clone()
    };
    store(transaction, Action::Deleted, &current, next)
}

/// Brings a deleted product back as it was.
///
/// # Errors
/// `NotFound`; `VersionMismatch`; `Conflict` when it is not deleted.
pub fn restore(
    transaction: &mut WriteTransaction<'_>,
    product_id: i32,
    expected_version: i32,
) -> Result<Product> {
    let current = current(transaction, product_id, expected_version)?;
    if current.deleted_at.is_none() {
        return Err(Error::Conflict {
            code: "not_deleted",
            detail: "The product is not deleted.".to_owned(),
        });
    }
    let next = Product {
        deleted_at: None,
        ..current.clone()
    };
    store(transaction, Action::Restored, &current, next)
}

fn current(
    transaction: &mut WriteTransaction<'_>,
    product_id: i32,
    expected_version: i32,
) -> Result<Product> {
    let current =
        products::find(transaction.connection(), product_id)?.ok_or(Error::NotFound { what: "product" })?;
    if current.version != expected_version {
        return Err(Error::VersionMismatch {
            current: current.version,
        });
    }
    Ok(current)
}

fn store(
    transaction: &mut WriteTransaction<'_>,
    action: Action,
    current: &Product,
    next: Product,
) -> Result<Product> {
    let next = Product {
        version: current.version + 1,
        updated_at: transaction.now(),
        ..next
    };
    if !products::update(transaction.connection(), &next, current.version)? {
        return Err(Error::VersionMismatch {
            current: current.version,
        });
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
    let state = |product: Option<&Product>| {
        product
            .map(serde_json::to_value)
            .transpose()
            .map_err(Error::internal)
    };
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

/// The stored name of a category; one that does not exist yet is made, in the same transaction.
fn category_name(transaction: &mut WriteTransaction<'_>, name: Option<String>) -> Result<Option<String>> {
    let Some(name) = name else { return Ok(None) };
    if let Some(category) = categories::find_by_name(transaction.connection(), &name)? {
        return Ok(Some(category.name));
    }
    let now = transaction.now();
    let category = categories::insert(transaction.connection(), &name, now)?;
    transaction.record(NewChange {
        entity: Entity::Category,
        entity_id: category.category_id,
        version: category.version,
        action: Action::Created,
        before: None,
        after: Some(serde_json::to_value(&category).map_err(Error::internal)?),
    })?;
    Ok(Some(category.name))
}
