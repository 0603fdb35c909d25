//! What the public may hear of a change at once: which event it is, who watches it, and what it says. Must not know who
//! listens or how.
//!
//! A product that customers do not see makes no event, whatever happens to it. One that comes into sight is created and one
//! that goes out of it is removed, whatever its owner did.

mod categories;
mod low;
mod teller;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Catalog;
use super::model::{Product, Term};
use super::text::is_slug;
use crate::db::{Action, Change, Entity, Moment, Money};
use crate::web::format;

pub use categories::Categories;
pub use low::LowStock;
pub use teller::Teller;

/// Every kind of event that the public hears of.
pub const PUBLIC_KINDS: [&str; 8] = [
    "product.created",
    "product.updated",
    "product.price",
    "product.stock",
    "product.removed",
    "category.created",
    "category.updated",
    "category.removed",
];

/// Everything that happens to products.
const PRODUCTS: &str = "products";

/// One product.
const PRODUCT: &str = "product";

/// The page of one product, which is looked at by as many as watch this. Nothing happens here.
const VIEWERS: &str = "viewers";

/// What happens in one category or below it.
const CATEGORY: &str = "category";

/// Each change of whatever people own: who did what to which. For those behind the counter.
const CHANGES: &str = "admin:changes";

/// An event and the topics whose watchers hear of it; the first one is its own.
#[derive(Debug, PartialEq)]
pub struct LiveEvent {
    pub seq: i64,
    pub topics: Vec<String>,
    pub kind: &'static str,
    pub data: Value,
}

impl LiveEvent {
    /// Whether everybody may hear of it.
    pub fn is_public(&self) -> bool {
        PUBLIC_KINDS.contains(&self.kind)
    }
}

/// A topic that can be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    Public(String),
    Owners(String),
}

impl Topic {
    /// Reads a name; `None` when there is no topic of this name.
    pub fn read(name: &str) -> Option<Topic> {
        match name.split_once(':') {
            None if name == PRODUCTS => Some(Topic::Public(name.to_owned())),
            Some((kind @ (PRODUCT | VIEWERS), id)) => {
                let is_plain = id.bytes().all(|byte| byte.is_ascii_digit());
                let id: i32 = id.parse().ok().filter(|id| is_plain && *id > 0)?;
                Some(Topic::Public(format!("{kind}:{id}")))
            }
            Some((CATEGORY, slug)) if is_slug(slug) => Some(Topic::Public(name.to_owned())),
            Some(_) if [CHANGES, low::TOPIC].contains(&name) => Some(Topic::Owners(name.to_owned())),
            _ => None,
        }
    }
}

impl Catalog {
    /// The events of a change, in the categories as they were before it, where that is known, and as they are after it.
    pub fn live_events(
        &self,
        change: &Change,
        before: Option<&Categories>,
        now: &Categories,
    ) -> Vec<LiveEvent> {
        let public = match Entity::parse(&change.entity) {
            Some(Entity::Product) => of_product(change, now, self.currency()),
            Some(Entity::Category) => of_category(change, before, now),
            _ => None,
        };
        let low = self.low_stock(change).map(|found| low::event(change, &found));
        public
            .into_iter()
            .chain([of_anything(change)])
            .chain(low)
            .collect()
    }
}

/// Whether a change of the log changes what categories there are.
fn changes_categories(change: &Change) -> bool {
    Entity::parse(&change.entity) == Some(Entity::Category)
}

fn of_anything(change: &Change) -> LiveEvent {
    LiveEvent {
        seq: change.seq,
        topics: vec![CHANGES.to_owned()],
        kind: "change.recorded",
        data: json!({
            "entity": change.entity, "id": change.entity_id, "version": change.version,
            "action": change.action, "actor": change.actor, "at": change.at,
            "fields": changed_fields(change),
        }),
    }
}

/// What is different in a thing that was there and still is, by the names of its fields. Not what every change changes, nor what
/// follows from a price or a sale.
fn changed_fields(change: &Change) -> Vec<String> {
    const IMPLIED: [&str; 5] = [
        "version",
        "updated_at",
        "current_price",
        "reduced_since",
        "prior_price",
    ];
    let fields = |side: Option<&String>| state::<Map<String, Value>>(side);
    let (Some(before), Some(after)) = (
        fields(change.state_before.as_ref()),
        fields(change.state_after.as_ref()),
    ) else {
        return Vec::new();
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&String| before.get(*name) != after.get(*name) && !IMPLIED.contains(&name.as_str());
    names.into_iter().filter(differs).cloned().collect()
}

fn state<T: serde::de::DeserializeOwned>(state: Option<&String>) -> Option<T> {
    state.and_then(|state| serde_json::from_str(state).ok())
}

fn of_product(change: &Change, categories: &Categories, currency: &str) -> Option<LiveEvent> {
    let seen = |state: Option<Product>| state.filter(|product| is_visible(product, change.at));
    let (before, after) = (
        state(change.state_before.as_ref()),
        state(change.state_after.as_ref()),
    );
    // Until this very change it was not there yet.
    let is_first_seen = Action::parse(&change.action) == Some(Action::Published);
    let (before, after) = (seen(before).filter(|_| !is_first_seen), seen(after));
    let (kind, data) = match (&before, &after) {
        (None, None) => return None,
        (Some(before), None) => (
            "product.removed",
            json!({ "id": before.product_id, "slug": before.slug }),
        ),
        (None, Some(after)) => ("product.created", whole(after, categories, currency, change.at)),
        (Some(before), Some(after)) => changed(before, after, categories, currency, change.at),
    };
    let mut topics = vec![format!("{PRODUCT}:{}", change.entity_id), PRODUCTS.to_owned()];
    let names = [before.as_ref(), after.as_ref()].into_iter().flatten();
    let names = names.filter_map(|product| product.category.as_deref());
    let slugs: BTreeSet<&str> = names.flat_map(|name| categories.path(name)).collect();
    topics.extend(slugs.into_iter().map(|slug| format!("{CATEGORY}:{slug}")));
    Some(LiveEvent {
        seq: change.seq,
        topics,
        kind,
        data,
    })
}

pub(super) fn is_visible(product: &Product, now: Moment) -> bool {
    product.is_active && product.deleted_at.is_none() && product.publish_at.is_none_or(|moment| moment <= now)
}

fn changed(
    before: &Product,
    after: &Product,
    categories: &Categories,
    currency: &str,
    now: Moment,
) -> (&'static str, Value) {
    let id = after.product_id;
    let version = after.version;
    // What is left of the former state when one group of fields is taken from the new one.
    let with = |product: Product| Product {
        version,
        updated_at: after.updated_at,
        ..product
    };
    let stock_only = with(Product {
        stock_quantity: after.stock_quantity,
        ..before.clone()
    });
    if stock_only == *after && before.stock_quantity != after.stock_quantity {
        let data = json!({ "id": id, "version": version, "stock_quantity": after.stock_quantity });
        return ("product.stock", data);
    }
    let price_only = with(Product {
        price: after.price,
        sale: after.sale,
        clockwork: after.clockwork,
        ..before.clone()
    });
    if price_only == *after {
        let data = json!({ "id": id, "version": version, "offer": Told::of(after, currency, now) });
        return ("product.price", data);
    }
    ("product.updated", whole(after, categories, currency, now))
}

/// What a card of the product shows.
fn whole(product: &Product, categories: &Categories, currency: &str, now: Moment) -> Value {
    let category = product.category.as_deref();
    let category = category.and_then(|name| categories.all.named(name));
    json!({
        "id": product.product_id,
        "version": product.version,
        "slug": product.slug,
        "name": product.name,
        "category": category.map(|category| &category.slug),
        "image_url": product.image_url(),
        "offer": Told::of(product, currency, now),
        "stock_quantity": product.stock_quantity,
    })
}

/// What it costs, for programs and for people.
#[derive(Serialize)]
struct Told {
    currency: String,
    price: Money,
    price_text: String,
    /// What a reduced price is compared with.
    before: Option<Money>,
    before_text: Option<String>,
    on_sale: bool,
}

impl Told {
    fn of(product: &Product, currency: &str, now: Moment) -> Told {
        let offer = product.offer(now);
        let before = offer.compared_with();
        Told {
            currency: currency.to_owned(),
            price: offer.price,
            price_text: format::price(offer.price, currency),
            before,
            before_text: before.map(|before| format::price(before, currency)),
            on_sale: offer.is_reduced(),
        }
    }
}

/// A category is known to the public while it has something to show.
fn of_category(change: &Change, before: Option<&Categories>, now: &Categories) -> Option<LiveEvent> {
    let (old, new): (Option<Term>, Option<Term>) = (
        state(change.state_before.as_ref()),
        state(change.state_after.as_ref()),
    );
    let is_seen = now.visible.find(change.entity_id).is_some() && new.is_some();
    let was_seen = match before {
        Some(before) => before.visible.find(change.entity_id).is_some(),
        // Told once too often that something is gone hurts nobody.
        None => old.is_some() && (is_seen || new.is_none()),
    };
    let kind = match (was_seen, is_seen) {
        (false, false) => return None,
        (true, true) => "category.updated",
        (false, true) => "category.created",
        (true, false) => "category.removed",
    };
    let shown = if is_seen { new.as_ref() } else { old.as_ref() }?;
    let data = if is_seen {
        json!({ "id": change.entity_id, "slug": shown.slug, "name": shown.name, "version": change.version })
    } else {
        json!({ "id": change.entity_id, "slug": shown.slug })
    };
    let slugs: BTreeSet<&str> = [old.as_ref(), new.as_ref()]
        .into_iter()
        .flatten()
        .map(|term| term.slug.as_str())
        .collect();
    let mut topics = vec![format!("{CATEGORY}:{}", shown.slug)];
    topics.extend(
        slugs
            .into_iter()
            .filter(|slug| *slug != shown.slug)
            .map(|slug| format!("{CATEGORY}:{slug}")),
    );
    topics.push(PRODUCTS.to_owned());
    Some(LiveEvent {
        seq: change.seq,
        topics,
        kind,
        data,
    })
}

#[cfg(test)]
mod tests;
