//! Rows of `products` as Diesel reads and writes them. Must not know rules: keys made from a value are made here
//! only so that no writer can forget them.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::catalog::model::{Clockwork, Image, Offer, Product, ProductCard, Sale};
use crate::catalog::text;
use crate::db::schema::products;
use crate::db::{Moment, Money};
use crate::error::{Error, Result};

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
    tags: Option<String>,
    attributes: Option<String>,
    stock_quantity: i32,
    image_url: Option<String>,
    image_alt: Option<String>,
    more_images: Option<String>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    updated_at: Moment,
    deleted_at: Option<Moment>,
    publish_at: Option<Moment>,
    buy_url: Option<String>,
    #[diesel(embed)]
    sale: SaleColumns,
    #[diesel(embed)]
    clockwork: ClockworkColumns,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct SaleColumns {
    sale_price: Option<Money>,
    sale_starts_at: Option<Moment>,
    sale_ends_at: Option<Moment>,
}

impl From<SaleColumns> for Option<Sale> {
    fn from(columns: SaleColumns) -> Option<Sale> {
        columns.sale_price.map(|price| Sale {
            price,
            starts_at: columns.sale_starts_at,
            ends_at: columns.sale_ends_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct ClockworkColumns {
    current_price: Money,
    reduced_since: Option<Moment>,
    prior_price: Option<Money>,
    next_moment_at: Option<Moment>,
}

impl TryFrom<ProductRow> for Product {
    type Error = Error;

    fn try_from(row: ProductRow) -> Result<Product> {
        let first = row.image_url.map(|url| Image {
            url,
            alt: row.image_alt,
        });
        let more: Vec<Image> = unpacked(row.more_images.as_deref())?;
        Ok(Product {
            product_id: row.product_id,
            name: row.name,
            slug: row.slug,
            sku: row.sku,
            brand: row.brand,
            description: row.description,
            price: row.price,
            sale: row.sale.into(),
            category: row.category,
            tags: unpacked(row.tags.as_deref())?,
            attributes: unpacked(row.attributes.as_deref())?,
            stock_quantity: row.stock_quantity,
            images: first.into_iter().chain(more).collect(),
            buy_url: row.buy_url,
            publish_at: row.publish_at,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            clockwork: Clockwork {
                current_price: row.clockwork.current_price,
                reduced_since: row.clockwork.reduced_since,
                prior_price: row.clockwork.prior_price,
                next_moment_at: row.clockwork.next_moment_at,
            },
        })
    }
}

/// The columns that a card shows, and the price that lists are sorted by.
#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct CardRow {
    product_id: i32,
    name: String,
    slug: String,
    sku: Option<String>,
    brand: Option<String>,
    price: Money,
    #[diesel(embed)]
    sale: SaleColumns,
    prior_price: Option<Money>,
    current_price: Money,
    category: Option<String>,
    stock_quantity: i32,
    image_url: Option<String>,
    image_alt: Option<String>,
    publish_at: Option<Moment>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    deleted_at: Option<Moment>,
}

impl CardRow {
    /// The card as it is shown at `now`.
    pub fn at(self, now: Moment) -> ProductCard {
        let sale: Option<Sale> = self.sale.into();
        ProductCard {
            product_id: self.product_id,
            name: self.name,
            slug: self.slug,
            sku: self.sku,
            brand: self.brand,
            offer: Offer::of(self.price, sale.as_ref(), self.prior_price, now),
            category: self.category,
            stock_quantity: self.stock_quantity,
            image_url: self.image_url,
            image_alt: self.image_alt,
            publish_at: self.publish_at,
            is_active: self.is_active,
            version: self.version,
            created_at: self.created_at,
            deleted_at: self.deleted_at,
            current_price: self.current_price,
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
    tags: Option<String>,
    attributes: Option<String>,
    stock_quantity: i32,
    image_url: Option<&'a str>,
    image_alt: Option<&'a str>,
    more_images: Option<String>,
    is_active: bool,
    version: i32,
    created_at: Moment,
    updated_at: Moment,
    deleted_at: Option<Moment>,
    publish_at: Option<Moment>,
    sale_price: Option<Money>,
    sale_starts_at: Option<Moment>,
    sale_ends_at: Option<Moment>,
    current_price: Money,
    reduced_since: Option<Moment>,
    prior_price: Option<Money>,
    next_moment_at: Option<Moment>,
    buy_url: Option<&'a str>,
}

impl<'a> TryFrom<&'a Product> for ProductValues<'a> {
    type Error = Error;

    fn try_from(product: &'a Product) -> Result<ProductValues<'a>> {
        let (first, more) = product
            .images
            .split_first()
            .map_or((None, &[][..]), |(first, more)| (Some(first), more));
        let clockwork = &product.clockwork;
        Ok(ProductValues {
            name: &product.name,
            name_key: text::fold(&product.name),
            slug: &product.slug,
            sku: product.sku.as_deref(),
            sku_key: product.sku.as_deref().map(text::sku_key),
            brand: product.brand.as_deref(),
            description: product.description.as_deref(),
            price: product.price,
            category: product.category.as_deref(),
            tags: packed(&product.tags, product.tags.is_empty())?,
            attributes: packed(&product.attributes, product.attributes.is_empty())?,
            stock_quantity: product.stock_quantity,
            image_url: first.map(|image| image.url.as_str()),
            image_alt: first.and_then(|image| image.alt.as_deref()),
            more_images: packed(more, more.is_empty())?,
            is_active: product.is_active,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
            deleted_at: product.deleted_at,
            publish_at: product.publish_at,
            sale_price: product.sale.map(|sale| sale.price),
            sale_starts_at: product.sale.and_then(|sale| sale.starts_at),
            sale_ends_at: product.sale.and_then(|sale| sale.ends_at),
            current_price: clockwork.current_price,
            reduced_since: clockwork.reduced_since,
            prior_price: clockwork.prior_price,
            next_moment_at: clockwork.next_moment_at,
            buy_url: product.buy_url.as_deref(),
        })
    }
}

/// Lists and maps stand in their row as JSON, so that a product is read and written whole; NULL when empty.
pub(super) fn packed<T: Serialize + ?Sized>(value: &T, is_empty: bool) -> Result<Option<String>> {
    if is_empty {
        return Ok(None);
    }
    serde_json::to_string(value).map(Some).map_err(Error::internal)
}

pub(super) fn unpacked<T: DeserializeOwned + Default>(text: Option<&str>) -> Result<T> {
    text.map_or_else(
        || Ok(T::default()),
        |text| serde_json::from_str(text).map_err(Error::internal),
    )
}
