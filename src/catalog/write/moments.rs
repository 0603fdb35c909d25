//! Moments that come by themselves: a publication, the start and the end of a sale. Each becomes one change in the log,
//! by the actor `clock`, whichever node sees it first; version and `updated_at` stay, since nobody changed anything.
//! Must not know when it is called.

use crate::catalog::model::{Clockwork, Product};
use crate::catalog::repo::{clock, prices, products};
use crate::catalog::write::state;
use crate::db::{Action, Actor, Entity, Moment, NewChange, WriteTransaction};
use crate::error::{Error, Result};

/// Products of one transaction: other writers wait for its lock.
pub const BATCH: i64 = 100;

/// Deals with products whose moment has come, at most [`BATCH`]; returns how many there were.
pub fn tick(transaction: &mut WriteTransaction<'_>) -> Result<usize> {
    let now = transaction.now();
    let due = clock::due(transaction.connection(), now, BATCH)?;
    for product_id in &due {
        if let Some(product) = products::find(transaction.connection(), *product_id)? {
            catch_up(transaction, product)?;
        }
    }
    Ok(due.len())
}

/// The product after every moment that has come, each with its change.
pub fn catch_up(transaction: &mut WriteTransaction<'_>, mut product: Product) -> Result<Product> {
    let now = transaction.now();
    while let Some(moment) = product.clockwork.next_moment_at.filter(|moment| *moment <= now) {
        product = pass(transaction, product, moment)?;
    }
    Ok(product)
}

fn pass(transaction: &mut WriteTransaction<'_>, before: Product, moment: Moment) -> Result<Product> {
    let after = Product {
        clockwork: Clockwork {
            current_price: before.offer(moment).price,
            next_moment_at: Clockwork::next_moment(before.sale.as_ref(), before.publish_at, moment),
            ..before.clockwork
        },
        ..before.clone()
    };
    let price = after.clockwork.current_price;
    if price != before.clockwork.current_price {
        prices::record(transaction.connection(), after.product_id, moment, price)?;
    }
    if !products::update(transaction.connection(), &after, before.version)? {
        return Err(Error::internal("a product changed under the log's lock"));
    }
    if clock::is_recorded(transaction.connection(), after.product_id, moment)? {
        return Ok(after);
    }
    let change = NewChange {
        entity: Entity::Product,
        entity_id: after.product_id,
        version: after.version,
        action: action(&after, moment),
        before: state(Some(&before))?,
        after: state(Some(&after))?,
    };
    transaction.record_by(Actor::Clock, change)?;
    let seq = transaction.seq();
    clock::record(transaction.connection(), after.product_id, moment, seq)?;
    Ok(after)
}

/// What happens at a moment; when several things do, the one that customers notice first.
fn action(product: &Product, moment: Moment) -> Action {
    let starts = |sale: &crate::catalog::model::Sale| sale.starts_at == Some(moment);
    if product.publish_at == Some(moment) {
        Action::Published
    } else if product.sale.as_ref().is_some_and(starts) {
        Action::SaleStarted
    } else {
        Action::SaleEnded
    }
}
