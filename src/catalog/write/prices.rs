//! What follows from a price: the price that lists are sorted by, the history, the prior price of a reduction.
//! Must not know who changed it.

use crate::catalog::model::{Clockwork, Product, lowest_before};
use crate::catalog::repo::prices;
use crate::db::WriteTransaction;
use crate::error::Result;

/// What the clock needs to know of a product that is about to be stored. A price that customers see from now on is
/// noted first, so that it counts for the prior price of a reduction to come.
pub fn settled(
    transaction: &mut WriteTransaction<'_>,
    before: Option<&Product>,
    next: &Product,
) -> Result<Clockwork> {
    let now = transaction.now();
    let current_price = next.offer(now).price;
    if before.is_some_and(|before| before.clockwork.current_price != current_price) {
        prices::record(transaction.connection(), next.product_id, now, current_price)?;
    }
    let mut clockwork = Clockwork {
        current_price,
        next_moment_at: Clockwork::next_moment(next.sale.as_ref(), next.publish_at, now),
        ..Clockwork::default()
    };
    let Some(sale) = &next.sale else {
        return Ok(clockwork);
    };
    let old = before.and_then(|before| Some((before.sale.as_ref()?, before.clockwork.reduced_since)));
    clockwork.reduced_since = Clockwork::reduction_start(sale, old, now);
    let Some((before, began)) = before.zip(clockwork.reduced_since) else {
        return Ok(clockwork);
    };
    // What a reduction was compared with when it began stays; one to come is compared with what is known today.
    let goes_on = began < now && before.clockwork.reduced_since == Some(began);
    clockwork.prior_price = if goes_on {
        before.clockwork.prior_price
    } else {
        let history = prices::history(transaction.connection(), next.product_id)?;
        lowest_before(&history, began)
    };
    Ok(clockwork)
}

/// Notes the first price of a new product.
pub fn record(transaction: &mut WriteTransaction<'_>, product: &Product) -> Result<()> {
    let now = transaction.now();
    let price = product.clockwork.current_price;
    prices::record(transaction.connection(), product.product_id, now, price)
}
