//! Storage read from one end to the other, along the primary key. Must not know what the rows are written into.

use diesel::prelude::*;

use super::rows::ProductRow;
use super::visible;
use crate::catalog::feeds::ProductAddress;
use crate::catalog::model::Product;
use crate::db::schema::products;
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// Whether customers can see more products than this; reads no more rows than it takes to know.
pub fn are_more_than(connection: &mut AnyConnection, limit: u32) -> Result<bool> {
    let ids: Vec<i32> = products::table
        .filter(visible(Moment::now()))
        .select(products::product_id)
        .limit(i64::from(limit) + 1)
        .load(connection)?;
    Ok(ids.len() > limit as usize)
}

/// The first visible product with an id above this one.
pub fn next_id(connection: &mut AnyConnection, above: i32) -> Result<Option<i32>> {
    Ok(products::table
        .filter(visible(Moment::now()))
        .filter(products::product_id.gt(above))
        .order(products::product_id)
        .select(products::product_id)
        .first(connection)
        .optional()?)
}

/// Addresses of the visible products with an id above `first`, up to `last`.
pub fn addresses(connection: &mut AnyConnection, first: i32, last: i32) -> Result<Vec<ProductAddress>> {
    let rows: Vec<(String, Option<String>, Moment)> = products::table
        .filter(visible(Moment::now()))
        .filter(products::product_id.gt(first))
        .filter(products::product_id.le(last))
        .order(products::product_id)
        .select((products::slug, products::category, products::updated_at))
        .load(connection)?;
    let address = |(slug, category, updated_at)| ProductAddress {
        slug,
        category,
        updated_at,
    };
    Ok(rows.into_iter().map(address).collect())
}

/// The next visible products in the order of their ids.
pub fn products_after(connection: &mut AnyConnection, after: i32, limit: u32) -> Result<Vec<Product>> {
    let rows: Vec<ProductRow> = products::table
        .filter(visible(Moment::now()))
        .filter(products::product_id.gt(after))
        .order(products::product_id)
        .limit(limit.into())
        .select(ProductRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Product::try_from).collect()
}
