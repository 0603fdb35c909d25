//! Storage as an index of words is made from it: products by their ids, and which of them a term stands on. Must not know
//! what an index is.

use diesel::prelude::*;

use super::rows::ProductRow;
use crate::catalog::model::{Product, Taxonomy, Term};
use crate::db::schema::{product_popularity, product_tags, products};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// What tells whether an index has a product as it is.
#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub struct StateRow {
    pub product_id: i32,
    pub version: i32,
    pub is_active: bool,
    pub publish_at: Option<Moment>,
    pub next_moment_at: Option<Moment>,
    pub deleted_at: Option<Moment>,
}

/// The next products that are on, published or not, in the order of their ids.
pub fn after(connection: &mut AnyConnection, after: i32, limit: i64) -> Result<Vec<Product>> {
    let rows: Vec<ProductRow> = products::table
        .filter(products::product_id.gt(after))
        .filter(products::is_active.eq(true).and(products::deleted_at.is_null()))
        .order(products::product_id)
        .limit(limit)
        .select(ProductRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// The products with these ids, whatever their state.
pub fn of_ids(connection: &mut AnyConnection, ids: &[i32]) -> Result<Vec<Product>> {
    let rows: Vec<ProductRow> = products::table
        .filter(products::product_id.eq_any(ids.to_vec()))
        .select(ProductRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// State and score of the next products, whatever their state, in the order of their ids.
pub fn states_after(
    connection: &mut AnyConnection,
    after: i32,
    limit: i64,
) -> Result<Vec<(StateRow, Option<f64>)>> {
    Ok(products::table
        .left_join(product_popularity::table.on(product_popularity::product_id.eq(products::product_id)))
        .filter(products::product_id.gt(after))
        .order(products::product_id)
        .limit(limit)
        .select((StateRow::as_select(), product_popularity::score.nullable()))
        .load(connection)?)
}

/// How many products there are, whatever their state: the measure of a walk over them.
pub fn count(connection: &mut AnyConnection) -> Result<i64> {
    Ok(products::table.count().get_result(connection)?)
}

/// The next products in any of these categories or of these brands, by the names that products hold.
pub fn named_after(
    connection: &mut AnyConnection,
    taxonomy: Taxonomy,
    names: &[String],
    after: i32,
    limit: i64,
) -> Result<Vec<i32>> {
    let query = products::table
        .filter(products::product_id.gt(after))
        .order(products::product_id)
        .limit(limit)
        .select(products::product_id)
        .into_boxed();
    let query = match taxonomy {
        Taxonomy::Category => query.filter(products::category.eq_any(names.to_vec())),
        Taxonomy::Brand => query.filter(products::brand.eq_any(names.to_vec())),
        Taxonomy::Tag => return Ok(Vec::new()),
    };
    Ok(query.load(connection)?)
}

/// The next products with this tag.
pub fn tagged_after(
    connection: &mut AnyConnection,
    term_id: i32,
    after: i32,
    limit: i64,
) -> Result<Vec<i32>> {
    Ok(product_tags::table
        .filter(product_tags::term_id.eq(term_id))
        .filter(product_tags::product_id.gt(after))
        .order(product_tags::product_id)
        .limit(limit)
        .select(product_tags::product_id)
        .load(connection)?)
}

/// The terms that products mean by these names.
pub fn terms_named(
    connection: &mut AnyConnection,
    taxonomy: Taxonomy,
    names: Vec<&str>,
) -> Result<Vec<Term>> {
    let mut found = Vec::new();
    for piece in names.chunks(NAMES_AT_ONCE) {
        found.extend(super::terms::of_names(connection, taxonomy, piece)?);
    }
    Ok(found)
}

/// Well below what either database binds to one statement.
const NAMES_AT_ONCE: usize = 1_000;
