//! How much products are looked at: scores in an own table, outside the change log. Must not know how a score decays.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::db::schema::product_popularity as table;
use crate::error::Result;

/// Gives a new product its place.
pub fn insert(connection: &mut AnyConnection, product_id: i32, category: Option<&str>) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::product_id.eq(product_id),
            table::category.eq(category),
            table::score.eq(0.0),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn move_to_category(
    connection: &mut AnyConnection,
    product_id: i32,
    category: Option<&str>,
) -> Result<()> {
    diesel::update(table::table.find(product_id))
        .set(table::category.eq(category))
        .execute(connection)?;
    Ok(())
}

/// The scores of these products; one that is unknown has none.
pub fn scores(connection: &mut AnyConnection, product_ids: &[i32]) -> Result<HashMap<i32, f64>> {
    let rows: Vec<(i32, f64)> = table::table
        .filter(table::product_id.eq_any(product_ids.to_vec()))
        .select((table::product_id, table::score))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

pub fn set_score(connection: &mut AnyConnection, product_id: i32, score: f64) -> Result<()> {
    diesel::update(table::table.find(product_id))
        .set(table::score.eq(score))
        .execute(connection)?;
    Ok(())
}

/// Ids and scores behind `(score, product_id)` in the order of popularity, at most `limit`; of one category if named.
pub fn ranked(
    connection: &mut AnyConnection,
    category: Option<&str>,
    behind: Option<(f64, i32)>,
    descending: bool,
    limit: i64,
) -> Result<Vec<(f64, i32)>> {
    let mut query = table::table.into_boxed();
    if let Some(category) = category {
        query = query.filter(table::category.eq(category.to_owned()));
    }
    query = match (behind, descending) {
        (None, _) => query,
        (Some((score, id)), true) => query.filter(
            table::score
                .le(score)
                .and(table::score.lt(score).or(table::product_id.lt(id))),
        ),
        (Some((score, id)), false) => query.filter(
            table::score
                .ge(score)
                .and(table::score.gt(score).or(table::product_id.gt(id))),
        ),
    };
    let query = if descending {
        query.order((table::score.desc(), table::product_id.desc()))
    } else {
        query.order((table::score.asc(), table::product_id.asc()))
    };
    Ok(query
        .limit(limit)
        .select((table::score, table::product_id))
        .load(connection)?)
}
