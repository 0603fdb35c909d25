//! Single products: read, insert, update. Must not know who asks.

use diesel::prelude::*;

use super::popularity;
use super::rows::{ProductRow, ProductValues};
use super::visible;
use crate::catalog::model::{Product, Taxonomy, Term};
use crate::catalog::text;
use crate::db::schema::{product_slugs, product_tags, products};
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::Result;

/// The product with this id, deleted ones included.
pub fn find(connection: &mut AnyConnection, product_id: i32) -> Result<Option<Product>> {
    let row: Option<ProductRow> = products::table
        .find(product_id)
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// The product with this id if customers may see it.
pub fn find_visible(connection: &mut AnyConnection, product_id: i32) -> Result<Option<Product>> {
    let row: Option<ProductRow> = products::table
        .find(product_id)
        .filter(visible(Moment::now()))
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// The product that customers see at this address.
pub fn find_visible_by_slug(connection: &mut AnyConnection, slug: &str) -> Result<Option<Product>> {
    let row: Option<ProductRow> = products::table
        .filter(products::slug.eq(slug))
        .filter(visible(Moment::now()))
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// The present address of the product that customers saw at this one before.
pub fn moved_to(connection: &mut AnyConnection, old_slug: &str) -> Result<Option<String>> {
    let owner: Option<i32> = product_slugs::table
        .find(old_slug)
        .select(product_slugs::product_id)
        .get_result(connection)
        .optional()?;
    let Some(owner) = owner else { return Ok(None) };
    Ok(products::table
        .find(owner)
        .filter(visible(Moment::now()))
        .select(products::slug)
        .get_result(connection)
        .optional()?)
}

/// The product with this article number, deleted ones included.
pub fn find_by_sku(connection: &mut AnyConnection, sku: &str) -> Result<Option<Product>> {
    let row: Option<ProductRow> = products::table
        .filter(products::sku_key.eq(text::sku_key(sku)))
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// The product at this address, deleted ones included.
pub fn find_by_slug(connection: &mut AnyConnection, slug: &str) -> Result<Option<Product>> {
    let row: Option<ProductRow> = products::table
        .filter(products::slug.eq(slug))
        .select(ProductRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// The oldest product without an article number that has this name (case and accents aside), deleted ones included.
pub fn find_unnumbered_by_name(connection: &mut AnyConnection, name: &str) -> Result<Option<Product>> {
    let row: Option<ProductRow> = products::table
        .filter(products::name_key.eq(text::fold(name)))
        .filter(products::sku_key.is_null())
        .order(products::product_id)
        .select(ProductRow::as_select())
        .first(connection)
        .optional()?;
    row.map(Product::try_from).transpose()
}

/// Stores a new product and gives it its id.
pub fn insert(connection: &mut AnyConnection, product: &mut Product) -> Result<()> {
    diesel::insert_into(products::table)
        .values(ProductValues::try_from(&*product)?)
        .execute(connection)?;
    product.product_id = dialect::last_insert_id(connection)?;
    popularity::insert(connection, product.product_id, product.category.as_deref())
}

/// Makes the index over tags say what the product's are.
pub fn index_tags(connection: &mut AnyConnection, product_id: i32, term_ids: &[i32]) -> Result<()> {
    let own = product_tags::table.filter(product_tags::product_id.eq(product_id));
    diesel::delete(own).execute(connection)?;
    for term_id in term_ids {
        diesel::insert_into(product_tags::table)
            .values((
                product_tags::term_id.eq(term_id),
                product_tags::product_id.eq(product_id),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Lets a product carry another tag in the place of one.
pub fn replace_tag(connection: &mut AnyConnection, product_id: i32, from: i32, to: i32) -> Result<()> {
    diesel::delete(product_tags::table.find((from, product_id))).execute(connection)?;
    diesel::delete(product_tags::table.find((to, product_id))).execute(connection)?;
    diesel::insert_into(product_tags::table)
        .values((
            product_tags::term_id.eq(to),
            product_tags::product_id.eq(product_id),
        ))
        .execute(connection)?;
    Ok(())
}

/// Products that a term stands on, deleted ones included, behind an id and at most `limit`.
pub fn with_term(
    connection: &mut AnyConnection,
    term: &Term,
    behind: i32,
    limit: i64,
) -> Result<Vec<Product>> {
    let query = products::table
        .filter(products::product_id.gt(behind))
        .order(products::product_id)
        .into_boxed();
    let query = match term.taxonomy {
        Taxonomy::Category => query.filter(products::category.eq(term.name.clone())),
        Taxonomy::Brand => query.filter(products::brand.eq(term.name.clone())),
        Taxonomy::Tag => query.filter(
            products::product_id.eq_any(
                product_tags::table
                    .filter(product_tags::term_id.eq(term.term_id))
                    .select(product_tags::product_id),
            ),
        ),
    };
    let rows: Vec<ProductRow> = query
        .limit(limit)
        .select(ProductRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// Stores `product` over the row that still has `expected_version`; false when it no longer has.
pub fn update(connection: &mut AnyConnection, product: &Product, expected_version: i32) -> Result<bool> {
    let row = products::table
        .find(product.product_id)
        .filter(products::version.eq(expected_version));
    Ok(diesel::update(row)
        .set(ProductValues::try_from(product)?)
        .execute(connection)?
        == 1)
}
