//! Addresses of products: which are free, and which were left behind. Must not know how a name becomes a slug.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::db::schema::{product_slugs, products};
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// The first of `wanted`, `wanted-2`, `wanted-3` ... that no other product has or had.
pub fn free(connection: &mut AnyConnection, wanted: &str, product_id: Option<i32>) -> Result<String> {
    if owner(connection, wanted)?.is_none_or(|owner| Some(owner) == product_id) {
        return Ok(wanted.to_owned());
    }
    let numbered = format!("{wanted}-%");
    let mut taken: HashSet<String> = products::table
        .filter(products::slug.like(&numbered))
        .select(products::slug)
        .load(connection)?
        .into_iter()
        .collect();
    taken.extend(
        product_slugs::table
            .filter(product_slugs::slug.like(&numbered))
            .select(product_slugs::slug)
            .load::<String>(connection)?,
    );
    let free = (2..)
        .map(|number: u64| format!("{wanted}-{number}"))
        .find(|slug| !taken.contains(slug));
    Ok(free.unwrap_or_default())
}

/// The product that has or had this address.
pub fn owner(connection: &mut AnyConnection, slug: &str) -> Result<Option<i32>> {
    let present = products::table
        .filter(products::slug.eq(slug))
        .select(products::product_id)
        .get_result(connection)
        .optional()?;
    match present {
        Some(product_id) => Ok(Some(product_id)),
        None => Ok(product_slugs::table
            .find(slug)
            .select(product_slugs::product_id)
            .get_result(connection)
            .optional()?),
    }
}

/// Remembers that the product had `old` and now has `new` (which it may have had before).
pub fn moved(
    connection: &mut AnyConnection,
    product_id: i32,
    old: &str,
    new: &str,
    now: Moment,
) -> Result<()> {
    diesel::delete(product_slugs::table.find(new)).execute(connection)?;
    diesel::insert_into(product_slugs::table)
        .values((
            product_slugs::slug.eq(old),
            product_slugs::product_id.eq(product_id),
            product_slugs::created_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}
