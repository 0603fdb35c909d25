//! The prices that customers saw, with the moment from which each held. Must not know what a reduction is.

use diesel::prelude::*;

use crate::db::schema::price_changes;
use crate::db::{AnyConnection, Moment, Money};
use crate::error::Result;

/// Most price changes that are looked back at: more in thirty days is no price history but noise.
const LOOK_BACK: i64 = 500;

/// Notes the price that holds from `since` on.
pub fn record(connection: &mut AnyConnection, product_id: i32, since: Moment, price: Money) -> Result<()> {
    // Two writes within one microsecond: the later one counts.
    let same_moment = price_changes::table.find((product_id, since));
    let updated = diesel::update(same_moment)
        .set(price_changes::price.eq(price))
        .execute(connection)?;
    if updated == 0 {
        diesel::insert_into(price_changes::table)
            .values((
                price_changes::product_id.eq(product_id),
                price_changes::since.eq(since),
                price_changes::price.eq(price),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// The newest prices of a product, in order.
pub fn history(connection: &mut AnyConnection, product_id: i32) -> Result<Vec<(Moment, Money)>> {
    let mut rows: Vec<(Moment, Money)> = price_changes::table
        .filter(price_changes::product_id.eq(product_id))
        .order(price_changes::since.desc())
        .limit(LOOK_BACK)
        .select((price_changes::since, price_changes::price))
        .load(connection)?;
    rows.reverse();
    Ok(rows)
}
