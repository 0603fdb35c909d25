//! Single products: read, insert, update. Must not know who asks.

use diesel::prelude::*;

use super::rows::{ProductRow, ProductValues};
use super::visible;
use crate::catalog::model::Product;
use crate::catalog::text;
use crate::db::schema::{product_slugs, products};
use crate::db::{AnyConnection, dialect};
use crate::error::Result;

/// The product with this id, deleted ones included.
pub fn find(connection: &mut AnyConnection, product_id: i32) -> Result<Option<Product>> {
    let row = products::table
        .find(product_id)
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    Ok(row.map(Product::from))
}

/// The product with this id if customers may see it.
pub fn find_visible(connection: &mut AnyConnection, product_id: i32) -> Result<Option<Product>> {
    let row = products::table
        .find(product_id)
        .filter(visible())
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    Ok(row.map(Product::from))
}

/// The product that customers see at this address.
pub fn find_visible_by_slug(connection: &mut AnyConnection, slug: &str) -> Result<Option<Product>> {
    let row = products::table
        .filter(products::slug.eq(slug))
        .filter(visible())
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    Ok(row.map(Product::from))
}

/// The present address of the product that customers saw at this one before.
pub fn moved_to(connection: &mut AnyConnection, old_slug: &str) -> Result<Option<String>> {
    Ok(product_slugs::table
        .inner_join(products::table.on(products::product_id.eq(product_slugs::product_id)))
        .filter(product_slugs::slug.eq(old_slug))
        .filter(visible())
        .select(products::slug)
        .get_result(connection)
        .optional()?)
}

/// The product with this article number, deleted ones included.
pub fn find_by_sku(connection: &mut AnyConnection, sku: &str) -> Result<Option<Product>> {
    let row = products::table
        .filter(products::sku_key.eq(text::sku_key(sku)))
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    Ok(row.map(Product::from))
}

/// The product at this address, deleted ones included.
pub fn find_by_slug(connection: &mut AnyConnection, slug: &str) -> Result<Option<Product>> {
    let row = products::table
        .filter(products::slug.eq(slug))
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    Ok(row.map(Product::from))
}

/// The oldest product without an article number that has this name (case and accents aside), deleted ones included.
pub fn find_unnumbered_by_name(connection: &mut AnyConnection, name: &str) -> Result<Option<Product>> {
    let row = products::table
        .filter(products::name_key.eq(text::fold(name)))
        .filter(products::sku_key.is_null())
        .order(products::product_id)
        .select(ProductRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(Product::from))
}

/// Stores a new product and gives it its id.
pub fn insert(connection: &mut AnyConnection, product: &mut Product) -> Result<()> {
    diesel::insert_into(products::table)
        .values(ProductValues::from(&*product))
        .execute(connection)?;
    product.product_id = dialect::last_insert_id(connection)?;
    Ok(())
}

/// Stores `product` over the row that still has `expected_version`; false when it no longer has.
pub fn update(connection: &mut AnyConnection, product: &Product, expected_version: i32) -> Result<bool> {
    let row = products::table
        .find(product.product_id)
        .filter(products::version.eq(expected_version));
    Ok(diesel::update(row)
        .set(ProductValues::from(product))
        .execute(connection)?
        == 1)
}
