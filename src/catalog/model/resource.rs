//! A product as the API shows it: itself, the shop's currency, and what follows from both at a moment. Must not know
//! HTTP or how a product is stored.

use serde::Serialize;

use super::attribute::Attributes;
use super::pricing::{Clockwork, Sale};
use super::product::{Image, Product};
use crate::db::{Moment, Money};

/// Written straight into an answer: lists of whole products are mostly made of these.
#[derive(Debug, Serialize)]
pub struct Resource<'a> {
    product_id: i32,
    name: &'a str,
    slug: &'a str,
    sku: Option<&'a str>,
    brand: Option<&'a str>,
    description: Option<&'a str>,
    currency: &'a str,
    price: Money,
    current_price: Money,
    on_sale: bool,
    sale: Option<Sale>,
    prior_price: Option<Money>,
    category: Option<&'a str>,
    tags: &'a [String],
    attributes: &'a Attributes,
    stock_quantity: i32,
    image_url: Option<&'a str>,
    images: &'a [Image],
    buy_url: Option<&'a str>,
    publish_at: Option<Moment>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    updated_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Moment>,
}

impl<'a> Resource<'a> {
    /// What is told of a product at `now`, in a shop with this currency (ISO 4217).
    pub fn of(product: &'a Product, currency: &'a str, now: Moment) -> Self {
        let offer = product.offer(now);
        // Every field is named: a new one has to be told here, or kept back on purpose.
        let Product {
            product_id,
            name,
            slug,
            sku,
            brand,
            description,
            price,
            sale,
            category,
            tags,
            attributes,
            stock_quantity,
            images,
            buy_url,
            publish_at,
            is_active,
            version,
            created_at,
            updated_at,
            deleted_at,
            clockwork:
                Clockwork {
                    // As of the last change or moment; the offer is as of now.
                    current_price: _,
                    prior_price: _,
                    reduced_since: _,
                    next_moment_at: _,
                },
        } = product;
        Self {
            product_id: *product_id,
            name,
            slug,
            sku: sku.as_deref(),
            brand: brand.as_deref(),
            description: description.as_deref(),
            currency,
            price: *price,
            current_price: offer.price,
            on_sale: offer.is_reduced(),
            sale: *sale,
            prior_price: offer.prior,
            category: category.as_deref(),
            tags,
            attributes,
            stock_quantity: *stock_quantity,
            image_url: product.image_url(),
            images,
            buy_url: buy_url.as_deref(),
            publish_at: *publish_at,
            is_active: *is_active,
            version: *version,
            created_at: *created_at,
            updated_at: *updated_at,
            deleted_at: *deleted_at,
        }
    }
}
