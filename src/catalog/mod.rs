//! The heart: products and their categories, who may see them and how they change. Must not know admin pages,
//! search engines, caches or sockets; those call [`Catalog`] or follow the change log.

mod edit;
pub mod filter;
mod import;
mod input;
mod model;
mod repo;
pub mod routes;
mod rules;
mod shelves;
pub mod text;
mod values;
pub mod views;
mod write;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use edit::{Extent, ProductEdit};
use filter::{ProductFilter, Sort};
pub use import::{BATCH_ROWS, ImportMode, ImportRow, RowOutcome};
pub use input::{ProductInput, READ_ONLY, WRITABLE};
pub use model::{AtAddress, Category, Product, ProductCard};
pub use rules::CatalogRules;
pub use shelves::{Display, Shelf};
pub use values::created_at;
pub use write::{SaveMode, Saved};

use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{Committed, Origin, Router, Seq, Snapshot};
use crate::error::{Error, Result};
use crate::web::paging::{Page, PageRequest};

/// The catalog's public face. Cloning is cheap. `at_least` on reads is the position that the answer must have seen.
#[derive(Clone)]
pub struct Catalog {
    db: Router,
    rules: Arc<CatalogRules>,
}

/// A created product; `replayed` when the request had been answered before and nothing was created now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Created {
    pub product: Product,
    #[serde(skip)]
    pub replayed: bool,
}

impl Catalog {
    pub fn new(db: Router, rules: CatalogRules) -> Catalog {
        Catalog {
            db,
            rules: Arc::new(rules),
        }
    }

    /// ISO 4217 code of the shop's currency.
    pub fn currency(&self) -> &str {
        &self.rules.currency
    }

    /// A product as the API shows it.
    ///
    /// # Errors
    /// None that a product can cause.
    pub fn resource(&self, product: &Product) -> Result<Map<String, Value>> {
        self.rules.resource(product)
    }

    /// A page of cards.
    ///
    /// # Errors
    /// 400 for a cursor of another list; those of the database.
    pub async fn cards(
        &self,
        filter: ProductFilter,
        sort: Sort,
        page: PageRequest,
        at_least: Seq,
    ) -> Result<Snapshot<Page<ProductCard>>> {
        self.db
            .read_at_least("catalog.cards", at_least, move |connection| {
                repo::lists::cards(connection, &filter, &sort, &page)
            })
            .await
    }

    /// A page of whole products.
    ///
    /// # Errors
    /// As [`Catalog::cards`].
    pub async fn products(
        &self,
        filter: ProductFilter,
        sort: Sort,
        page: PageRequest,
        at_least: Seq,
    ) -> Result<Snapshot<Page<Product>>> {
        self.db
            .read_at_least("catalog.products", at_least, move |connection| {
                repo::lists::products(connection, &filter, &sort, &page)
            })
            .await
    }

    /// A product that customers may see.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn product(&self, product_id: i32, at_least: Seq) -> Result<Snapshot<Product>> {
        self.db
            .read_at_least("catalog.product", at_least, move |connection| {
                repo::products::find_visible(connection, product_id)?
                    .ok_or(Error::NotFound { what: "product" })
            })
            .await
    }

    /// Any product, hidden and deleted ones included, for the owner.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn any_product(&self, product_id: i32, at_least: Seq) -> Result<Snapshot<Product>> {
        self.db
            .read_at_least("catalog.any_product", at_least, move |connection| {
                repo::products::find(connection, product_id)?.ok_or(Error::NotFound { what: "product" })
            })
            .await
    }

    /// What customers find at a product's address, present or former.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn at_address(&self, slug: String, at_least: Seq) -> Result<Snapshot<AtAddress<Product>>> {
        self.db
            .read_at_least("catalog.at_address", at_least, move |connection| {
                if let Some(product) = repo::products::find_visible_by_slug(connection, &slug)? {
                    return Ok(AtAddress::Here(product));
                }
                repo::products::moved_to(connection, &slug)?
                    .map(AtAddress::MovedTo)
                    .ok_or(Error::NotFound { what: "product" })
            })
            .await
    }

    /// The categories that have something to show, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn categories(&self, at_least: Seq) -> Result<Snapshot<Vec<Category>>> {
        self.db
            .read_at_least("catalog.categories", at_least, repo::categories::visible_ones)
            .await
    }

    /// All categories, by name, for the owner.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all_categories(&self, at_least: Seq) -> Result<Snapshot<Vec<Category>>> {
        self.db
            .read_at_least("catalog.all_categories", at_least, repo::categories::all)
            .await
    }

    /// The category at this address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn category(&self, slug: String, at_least: Seq) -> Result<Snapshot<Category>> {
        self.db
            .read_at_least("catalog.category", at_least, move |connection| {
                repo::categories::find_by_slug(connection, &slug)?.ok_or(Error::NotFound { what: "category" })
            })
            .await
    }

    /// Makes a new product. A request that was answered before is answered the same way again.
    ///
    /// # Errors
    /// `Invalid` with every fault; `IdempotencyMismatch`; those of the database.
    pub async fn create(
        &self,
        origin: Origin,
        edit: ProductEdit,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<Created>> {
        let rules = Arc::clone(&self.rules);
        let created = self
            .db
            .write("catalog.create", origin, move |transaction| {
                if let Some(request) = &request
                    && let Some((created, seq)) = idempotency::stored_answer::<Created>(transaction, request)?
                {
                    return Ok((
                        Created {
                            replayed: true,
                            ..created
                        },
                        Some(seq),
                    ));
                }
                let created = Created {
                    product: write::create(transaction, &rules, &edit, None)?,
                    replayed: false,
                };
                if let Some(request) = &request {
                    idempotency::store_answer(transaction, request, &created)?;
                }
                Ok((created, None))
            })
            .await?;
        let (value, answered_at) = created.value;
        Ok(Committed {
            value,
            seq: answered_at.unwrap_or(created.seq),
        })
    }

    /// Changes a product that still has `expected_version`.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Conflict` when it is deleted; `Invalid` with every fault; those of the database.
    pub async fn save(
        &self,
        origin: Origin,
        product_id: i32,
        expected_version: i32,
        mode: SaveMode,
        edit: ProductEdit,
    ) -> Result<Committed<Saved>> {
        let rules = Arc::clone(&self.rules);
        self.db
            .write("catalog.save", origin, move |transaction| {
                write::save(transaction, &rules, product_id, expected_version, mode, &edit)
            })
            .await
    }

    /// Takes a product out of the shop; it can be restored.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; those of the database.
    pub async fn delete(
        &self,
        origin: Origin,
        product_id: i32,
        expected_version: i32,
    ) -> Result<Committed<Product>> {
        self.db
            .write("catalog.delete", origin, move |transaction| {
                write::delete(transaction, product_id, expected_version)
            })
            .await
    }

    /// Brings a deleted product back as it was.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Conflict` when it is not deleted; those of the database.
    pub async fn restore(
        &self,
        origin: Origin,
        product_id: i32,
        expected_version: i32,
    ) -> Result<Committed<Product>> {
        self.db
            .write("catalog.restore", origin, move |transaction| {
                write::restore(transaction, product_id, expected_version)
            })
            .await
    }
}
