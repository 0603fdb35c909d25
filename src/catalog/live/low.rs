//! Products that are about to run out: one rule for what is live and what is kept of it. Must not know who is told.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{LiveEvent, is_visible, state};
use crate::catalog::Catalog;
use crate::catalog::model::Product;
use crate::db::{Change, Entity};

/// For those behind the counter.
pub(super) const TOPIC: &str = "admin:stock";

/// A product that is about to run out, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LowStock {
    #[serde(rename = "id")]
    pub product_id: i32,
    pub name: String,
    pub stock_quantity: i32,
}

impl LowStock {
    /// The kind of event that it is.
    pub const KIND: &str = "stock.low";

    pub fn data(&self) -> Value {
        json!(self)
    }
}

pub(super) fn low_stock(change: &Change, threshold: i32) -> Option<LowStock> {
    if threshold <= 0 || Entity::parse(&change.entity) != Some(Entity::Product) {
        return None;
    }
    let before: Product = state(change.state_before.as_ref())?;
    let after: Product = state(change.state_after.as_ref())?;
    let falls = before.stock_quantity > threshold && after.stock_quantity <= threshold;
    (falls && is_visible(&after, change.at)).then_some(LowStock {
        product_id: after.product_id,
        name: after.name,
        stock_quantity: after.stock_quantity,
    })
}

impl Catalog {
    /// The product of which a change left too few (`shop.low_stock`): there were more before, and customers can see it.
    pub fn low_stock(&self, change: &Change) -> Option<LowStock> {
        low_stock(change, self.rules.low_stock)
    }
}

pub(super) fn event(change: &Change, low: &LowStock) -> LiveEvent {
    LiveEvent {
        seq: change.seq,
        topics: vec![TOPIC.to_owned()],
        kind: LowStock::KIND,
        data: low.data(),
    }
}
