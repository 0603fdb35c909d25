//! A product, whole and as a list shows it. Must not know how it is stored.

use serde::{Deserialize, Serialize};

use super::attribute::Attributes;
use super::pricing::{Clockwork, Offer, Sale};
use crate::db::{Moment, Money};

/// A product with everything the shop knows of it. Its JSON is what the change log keeps; the API shows it with what
/// follows from it at that moment (`Resource`).
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
    /// What it costs outside a sale.
    pub price: Money,
    #[serde(default)]
    pub sale: Option<Sale>,
    /// Display name of its category.
    pub category: Option<String>,
    /// Display names, in the order in which they were given.
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub attributes: Attributes,
    pub stock_quantity: i32,
    /// The first one stands for the product.
    #[serde(default)]
    pub images: Vec<Image>,
    /// Where it is sold, an https address; the shop itself has no checkout.
    #[serde(default)]
    pub buy_url: Option<String>,
    /// Customers see it from then on; `None` is always.
    #[serde(default)]
    pub publish_at: Option<Moment>,
    pub is_active: bool,
    /// Grows by one with each change that a person makes; the clock leaves it alone.
    pub version: i32,
    pub created_at: Moment,
    pub updated_at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Moment>,
    #[serde(flatten)]
    pub clockwork: Clockwork,
}

impl Product {
    /// Nothing but an address, to be given content.
    pub fn blank(slug: String, created_at: Moment, updated_at: Moment) -> Product {
        Product {
            product_id: 0,
            name: String::new(),
            slug,
            sku: None,
            brand: None,
            description: None,
            price: Money::default(),
            sale: None,
            category: None,
            tags: Vec::new(),
            attributes: Attributes::new(),
            stock_quantity: 0,
            images: Vec::new(),
            buy_url: None,
            publish_at: None,
            is_active: true,
            version: 1,
            created_at,
            updated_at,
            deleted_at: None,
            clockwork: Clockwork::default(),
        }
    }

    /// The picture that stands for the product.
    pub fn image_url(&self) -> Option<&str> {
        self.images.first().map(|image| image.url.as_str())
    }

    /// What it costs at a moment.
    pub fn offer(&self, now: Moment) -> Offer {
        Offer::of(self.price, self.sale.as_ref(), self.clockwork.prior_price, now)
    }
}

/// A picture of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// `/media/...` of this shop, or https on an allowed host.
    pub url: String,
    /// What it shows, for those who do not see it; `None`: the product's name says enough.
    pub alt: Option<String>,
}

/// What a card or a table row shows of a product; lists read no more than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    pub product_id: i32,
    pub name: String,
    pub slug: String,
    pub sku: Option<String>,
    pub brand: Option<String>,
    /// What it costs at the moment of reading.
    pub offer: Offer,
    pub category: Option<String>,
    pub stock_quantity: i32,
    pub image_url: Option<String>,
    pub image_alt: Option<String>,
    pub publish_at: Option<Moment>,
    pub is_active: bool,
    pub version: i32,
    pub created_at: Moment,
    pub deleted_at: Option<Moment>,
    /// What lists are sorted by: at most a second behind `offer`.
    pub current_price: Money,
}

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtAddress<T> {
    Here(T),
    /// It had this address once; this is its present one.
    MovedTo(String),
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A product with this name and price, else ordinary.
    pub fn product(name: &str, price: &str) -> Product {
        let now = Moment::now();
        let price = Money::parse(price).unwrap();
        Product {
            product_id: 7,
            name: name.to_owned(),
            price,
            stock_quantity: 9,
            clockwork: Clockwork {
                current_price: price,
                ..Clockwork::default()
            },
            ..Product::blank("slug".to_owned(), now, now)
        }
    }
}
