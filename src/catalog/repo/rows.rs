//! Rows of `products` as Diesel reads and writes them. Must not know rules: keys made from a value are made here
//! only so that no writer can forget them.

use diesel::prelude::*;

use crate::catalog::model::{Product, ProductCard};
use crate::catalog::text;
use crate::db::schema::products;
use crate::db::{Moment, Money};

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct ProductRow {
    product_id: i32,
    name: String,
    slug: String,
    sku: Option<String>,
    brand: Option<String>,
    description: Option<String>,
    price: Money,
    category: Option<String>,
    stock_quantity: i32,
    image_url: Option<String>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    updated_at: Moment,
    deleted_at: Option<Moment>,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Product {
        Product {
            product_id: row.product_id,
            name: row.name,
            slug: row.slug,
            sku: row.sku,
            brand: row.brand,
            description: row.description,
            price: row.price,
            category: row.category,
            stock_quantity: row.stock_quantity,
            image_url: row.image_url,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// The columns that a card shows, and `name_key` for the cursor.
#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct CardRow {
    product_id: i32,
    name: String,
    slug: String,
    sku: Option<String>,
    brand: Option<String>,
    price: Money,
    category: Option<String>,
    stock_quantity: i32,
    image_url: Option<String>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    deleted_at: Option<Moment>,
}

impl From<CardRow> for ProductCard {
    fn from(row: CardRow) -> ProductCard {
        ProductCard {
            product_id: row.product_id,
            name: row.name,
            slug: row.slug,
            sku: row.sku,
            brand: row.brand,
            price: row.price,
            category: row.category,
            stock_quantity: row.stock_quantity,
            image_url: row.image_url,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// Everything of a product that is written, except its id.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = products)]
#[diesel(treat_none_as_null = true)]
pub(super) struct ProductValues<'a> {
    name: &'a str,
    name_key: String,
    slug: &'a str,
    sku: Option<&'a str>,
    sku_key: Option<String>,
    brand: Option<&'a str>,
    description: Option<&'a str>,
    price: Money,
    category: Option<&'a str>,
    stock_quantity: i32,
    image_url: Option<&'a str>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    updated_at: Moment,
    deleted_at: Option<Moment>,
}

impl<'a> From<&'a Product> for ProductValues<'a> {
    fn from(product: &'a Product) -> ProductValues<'a> {
        ProductValues {
            name: &product.name,
            name_key: text::fold(&product.name),
            slug: &product.slug,
            sku: product.sku.as_deref(),
            sku_key: product.sku.as_deref().map(text::sku_key),
            brand: product.brand.as_deref(),
            description: product.description.as_deref(),
            price: product.price,
            category: product.category.as_deref(),
            stock_quantity: product.stock_quantity,
            image_url: product.image_url.as_deref(),
            is_active: product.is_active,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
            deleted_at: product.deleted_at,
        }
    }
}
