//! What a catalog holds: products, the narrow rows of lists, categories. Must not know how they are stored.

use serde::{Deserialize, Serialize};

use crate::db::{Moment, Money};

/// A product with everything the shop knows of it. Its JSON is what the API answers with (plus the currency)
/// and what the change log keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub product_id: i32,
    pub name: String,
    /// Its address below `/products/`.
    pub slug: String,
    pub sku: Option<String>,
    pub brand: Option<String>,
    /// Plain text, paragraphs separated by line breaks.
    pub description: Option<String>,
    pub price: Money,
    /// Display name of its category.
    pub category: Option<String>,
    pub stock_quantity: i32,
    /// `/media/...` of this shop, or https on an allowed host.
    pub image_url: Option<String>,
    pub is_active: bool,
    /// Grows by one with each change.
    pub version: i32,
    pub created_at: Moment,
    pub updated_at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Moment>,
}

/// What a card or a table row shows of a product; lists read no more than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    pub product_id: i32,
    pub name: String,
    pub slug: String,
    pub sku: Option<String>,
    pub brand: Option<String>,
    pub price: Money,
    pub category: Option<String>,
    pub stock_quantity: i32,
    pub image_url: Option<String>,
    pub is_active: bool,
    pub version: i32,
    pub created_at: Moment,
    pub deleted_at: Option<Moment>,
}

/// A category as customers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub category_id: i32,
    pub name: String,
    pub slug: String,
    pub version: i32,
}

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtAddress<T> {
    Here(T),
    /// It had this address once; this is its present one.
    MovedTo(String),
}
