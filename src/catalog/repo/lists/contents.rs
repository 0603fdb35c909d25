//! How many products a filter leaves, and what they hold that lists are narrowed by; both bounded. Must not know order.

use diesel::prelude::*;

use super::super::rows::unpacked;
use super::narrow::Narrowing;
use crate::catalog::filter::ProductFilter;
use crate::catalog::model::Holding;
use crate::db::AnyConnection;
use crate::db::schema::products;
use crate::db::walk::Products;
use crate::error::{Error, Result};
use crate::web::paging::TOTAL_CAP;

type Columns = (Option<String>, Option<String>, Option<String>);

/// How many products a filter leaves, counted up to [`TOTAL_CAP`].
pub fn count(connection: &mut AnyConnection, filter: &ProductFilter) -> Result<i64> {
    let narrowing = Narrowing::of(connection, filter)?;
    total(&narrowing, connection)
}

/// Counts at most [`TOTAL_CAP`] rows, so that a large list costs no more than a medium one.
pub(super) fn total(narrowing: &Narrowing, connection: &mut AnyConnection) -> Result<i64> {
    let mut found = 0;
    for category in narrowing.streams() {
        let ids: Vec<i32> = narrowing
            .query(connection, Products::by_any_index(), category)
            .select(products::product_id)
            .limit(TOTAL_CAP - found)
            .load(connection)?;
        found += i64::try_from(ids.len()).map_err(Error::internal)?;
        if found >= TOTAL_CAP {
            break;
        }
    }
    Ok(found)
}

/// What the products hold that a filter leaves; `None` when there are more than `most`.
pub fn holdings(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    most: usize,
) -> Result<Option<Vec<Holding>>> {
    let narrowing = Narrowing::of(connection, filter)?;
    let mut found: Vec<Columns> = Vec::new();
    for category in narrowing.streams() {
        let rows = i64::try_from(most + 1 - found.len()).map_err(Error::internal)?;
        let rows: Vec<Columns> = narrowing
            .query(connection, Products::by_any_index(), category)
            .select((products::brand, products::tags, products::attributes))
            .limit(rows)
            .load(connection)?;
        found.extend(rows);
        if found.len() > most {
            return Ok(None);
        }
    }
    found.into_iter().map(holding).collect::<Result<_>>().map(Some)
}

/// What these products hold, found by their keys.
pub fn holdings_of(connection: &mut AnyConnection, product_ids: Vec<i32>) -> Result<Vec<Holding>> {
    let rows: Vec<Columns> = products::table
        .filter(products::product_id.eq_any(product_ids))
        .select((products::brand, products::tags, products::attributes))
        .load(connection)?;
    rows.into_iter().map(holding).collect()
}

fn holding((brand, tags, attributes): Columns) -> Result<Holding> {
    Ok(Holding {
        brand,
        tags: unpacked(tags.as_deref())?,
        attributes: unpacked(attributes.as_deref())?,
    })
}
