//! What crawlers and other shops' programs read: addresses of everything that can be seen, and products one after the
//! other. Every read costs a bounded number of rows, whatever the size of the shop. Must not know any file format.

use std::sync::Arc;

use super::model::Product;
use super::navigation::Navigation;
use super::{Catalog, repo};
use crate::db::{AnyConnection, Moment, Money, Seq, Snapshot};
use crate::error::Result;

/// What is asked for a product at a moment. The one place that search engines, links and feeds take prices from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownOffer {
    pub price: Money,
    /// What it costs outside of a sale, where there is one now.
    pub regular_price: Option<Money>,
    /// When the price ends, where that is known.
    pub valid_until: Option<Moment>,
    pub in_stock: bool,
}

impl ShownOffer {
    pub fn of(product: &Product, now: Moment) -> ShownOffer {
        let offer = product.offer(now);
        ShownOffer {
            price: offer.price,
            regular_price: offer.regular,
            valid_until: offer.ends_at,
            in_stock: product.stock_quantity > 0,
        }
    }
}

/// Where a product is, and when it changed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductAddress {
    pub slug: String,
    /// Display name of its category.
    pub category: Option<String>,
    pub updated_at: Moment,
}

/// The products that can be seen: all of them where they are few, else the numbers of the parts that hold any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addresses {
    All {
        navigation: Arc<Navigation>,
        products: Vec<ProductAddress>,
    },
    Parts(Vec<u32>),
}

impl Catalog {
    /// All addresses, if home, lists and products are at most `limit`; else the parts to ask for one by one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn addresses(&self, limit: u32, at_least: Seq) -> Result<Snapshot<Addresses>> {
        let known = self.known.clone();
        let read = move |connection: &mut AnyConnection| {
            let navigation = known.read(connection)?.navigation;
            // Home and the list of everything have an address too.
            let others = u32::try_from(navigation.categories.terms().len() + navigation.pages.len())
                .unwrap_or(u32::MAX)
                .saturating_add(2);
            let left = limit.saturating_sub(others);
            if repo::feeds::are_more_than(connection, left)? {
                return Ok(Addresses::Parts(parts(connection, limit)?));
            }
            let products = repo::feeds::addresses(connection, 0, i32::MAX)?;
            Ok(Addresses::All { navigation, products })
        };
        self.shown_list("catalog.addresses", at_least, false, read).await
    }

    /// The addresses of part `number`, from 1: products with an id above `(number - 1) * limit`, up to `number * limit`.
    /// A part keeps its products for ever, so a change touches one of them only.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn addresses_of_part(
        &self,
        number: u32,
        limit: u32,
        at_least: Seq,
    ) -> Result<Snapshot<Vec<ProductAddress>>> {
        let last = u64::from(number).saturating_mul(limit.into());
        let first = last.saturating_sub(limit.into());
        let id = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let read =
            move |connection: &mut AnyConnection| repo::feeds::addresses(connection, id(first), id(last));
        self.shown_list("catalog.addresses_of_part", at_least, false, read)
            .await
    }

    /// Products that can be seen in the order of their ids, at most `limit`, from the first id above `after`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn products_after(
        &self,
        after: i32,
        limit: u32,
        at_least: Seq,
    ) -> Result<Snapshot<Vec<Product>>> {
        let read =
            move |connection: &mut AnyConnection| repo::feeds::products_after(connection, after, limit);
        self.shown_list("catalog.products_after", at_least, false, read)
            .await
    }
}

/// The parts that hold a product: one look at an index for each of them, none for the gaps between.
fn parts(connection: &mut AnyConnection, limit: u32) -> Result<Vec<u32>> {
    let size = i32::try_from(limit.max(1)).unwrap_or(i32::MAX);
    let mut parts = Vec::new();
    let mut seen = 0;
    while let Some(product_id) = repo::feeds::next_id(connection, seen)? {
        let number = (product_id - 1) / size + 1;
        parts.push(number.unsigned_abs());
        seen = number.saturating_mul(size);
    }
    Ok(parts)
}
