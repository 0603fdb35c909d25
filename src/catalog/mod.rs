//! The heart: products and their categories, who may see them and how they change. Must not know admin pages,
//! search engines, caches or sockets; those call [`Catalog`] or follow the change log.

mod attributes;
mod choices;
pub mod clock;
mod counted;
mod dependence;
mod edit;
mod feeds;
pub mod filter;
pub mod finder;
mod flat;
mod found;
mod import;
mod indexed;
mod input;
mod live;
mod model;
mod narrow;
mod navigation;
mod places;
mod popularity;
mod proposal;
mod repo;
pub mod routes;
mod rules;
pub mod schemas;
mod search_rules;
mod shelves;
mod suggest;
mod terms;
pub mod text;
mod text_pages;
mod undo;
mod values;
pub mod views;
mod write;

use std::sync::Arc;

pub use attributes::AttributeInput;
pub use dependence::{TAG_NAMES, tag_name, tags_of};
pub use edit::{Extent, ProductEdit};
pub use feeds::{Addresses, ProductAddress, ShownOffer};
use filter::{ProductFilter, Sort};
pub use flat::{join_images, join_path, join_tags};
pub use found::{ListQuery, Listed};
pub use import::{BATCH_ROWS, ImportMode, ImportRow, RowOutcome};
pub use indexed::{Indexed, Kept, Piece, Touched, TouchedTerm, touched};
pub use input::{
    ATTRIBUTE_PREFIX, CATEGORY_PATH, COMPUTED, FLAT, NESTED, ProductInput, READ_ONLY, WRITABLE, flat_name,
};
pub use live::{Categories, LiveEvent, LowStock, PUBLIC_KINDS, Teller, Topic};
pub use model::{
    AtAddress, Attribute, AttributeChoices, AttributeKind, AttributeValue, Choices, Counts, Image, Offer,
    Offered, PageLink, Product, ProductCard, Resource, RuleKind, Sale, SearchRule, Taxonomy, Term, TermTree,
    TextPage,
};
pub use navigation::Navigation;
pub use places::Elsewhere;
pub use proposal::{PROPOSABLE, Proposed};
pub use rules::CatalogRules;
pub use search_rules::{
    MOST_WORDS as MOST_SYNONYMS, QUERY_LENGTH, Rules as SearchRules, SearchRuleInput, TARGET_LENGTH,
    WORDS_LENGTH,
};
pub use shelves::{Display, FilteredShelf, Inventory, Shelf};
pub use suggest::{MOST_SUGGESTED, Suggestions};
pub use terms::TermInput;
pub use text_pages::{BODY_LENGTH, MOST_PAGES, TITLE_LENGTH, TextDisplay, TextPageInput};
pub use undo::{BatchStep, Decisions, Outcome, Plan, Skipped, Step, Undone, new_batch};
pub use values::created_at;
pub use write::{SaveMode, Saved};

use crate::db::idempotency::{self, IdempotentRequest};
use crate::db::{AnyConnection, Committed, Origin, Router, Seq, Snapshot};
use crate::error::{Error, Result};
use crate::web::paging::{Page, PageRequest};

/// What tests of pages are made of.
#[cfg(test)]
pub mod tests {
    pub use super::model::tests::{category, product};
}

/// The catalog's public face. Cloning is cheap. `at_least` on reads is the position that the answer must have seen.
#[derive(Clone)]
pub struct Catalog {
    db: Router,
    rules: Arc<CatalogRules>,
    views: popularity::Views,
    known: navigation::Known,
    choices: choices::Known,
    counted: counted::Counted,
    finding: finder::Finding,
}

/// The product that a repeatable request made or changed; `replayed` when it had been answered before and nothing
/// happened now.
#[derive(Debug, Clone)]
pub struct Answered {
    pub product: Product,
    pub replayed: bool,
}

impl Answered {
    fn of(answer: Committed<(Product, bool)>) -> Committed<Answered> {
        let (product, replayed) = answer.value;
        Committed {
            value: Answered { product, replayed },
            seq: answer.seq,
        }
    }
}

impl Catalog {
    pub fn new(db: Router, rules: CatalogRules) -> Catalog {
        Catalog {
            db,
            rules: Arc::new(rules),
            views: popularity::Views::default(),
            known: navigation::Known::default(),
            choices: choices::Known::default(),
            counted: counted::Counted::default(),
            finding: finder::Finding::default(),
        }
    }

    /// ISO 4217 code of the shop's currency.
    pub fn currency(&self) -> &str {
        &self.rules.currency
    }

    /// A product as the API shows it.
    pub fn resource<'a>(&'a self, product: &'a Product) -> Resource<'a> {
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
        let has_words = filter.text.is_some();
        let read =
            move |connection: &mut AnyConnection| repo::lists::cards(connection, &filter, &sort, &page);
        self.shown_list("catalog.cards", at_least, has_words, read).await
    }

    /// A page of whole products.
    ///
    /// # Errors
    /// As [`Catalog::cards`].
    pub async fn products(&self, query: ListQuery, at_least: Seq) -> Result<Snapshot<Listed<Product>>> {
        let way = self.way(&query, false, at_least).await?;
        let ranked = |connection: &mut AnyConnection, ids: &[i32]| {
            Ok(((), repo::lists::products_of(connection, ids)?))
        };
        let listed =
            |connection: &mut AnyConnection,
             ListQuery {
                 filter, sort, page, ..
             }: &ListQuery| { Ok(((), repo::lists::products(connection, filter, sort, page)?)) };
        let found = self
            .listed("catalog.products", (query, way), at_least, ranked, listed)
            .await?;
        Ok(found.map(|((), listed)| listed))
    }

    /// A product that customers may see.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn product(&self, product_id: i32, at_least: Seq) -> Result<Snapshot<Product>> {
        let read = move |connection: &mut AnyConnection| repo::products::find_visible(connection, product_id);
        let depends = move |_: &Option<Product>| dependence::of_product(product_id);
        let found = self.shown("catalog.product", at_least, read, depends).await?;
        found.or_not_found("product")
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

    /// The categories that have something to show, in their tree.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn categories(&self, at_least: Seq) -> Result<Snapshot<TermTree>> {
        Ok(self
            .navigation(at_least)
            .await?
            .map(|found| found.categories.clone()))
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
    ) -> Result<Committed<Answered>> {
        let rules = Arc::clone(&self.rules);
        let created = idempotency::once(&self.db, "catalog.create", origin, request, move |transaction| {
            write::create(transaction, &rules, &edit, None)
        });
        created.await.map(Answered::of)
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

    /// Adds to the stock of a product, or takes from it, whatever its version is. A request that was answered before is
    /// answered the same way again.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is deleted or too few are left; `IdempotencyMismatch`; those of the database.
    pub async fn adjust_stock(
        &self,
        origin: Origin,
        product_id: i32,
        delta: i32,
        request: Option<IdempotentRequest>,
    ) -> Result<Committed<Answered>> {
        let adjusted = idempotency::once(
            &self.db,
            "catalog.adjust_stock",
            origin,
            request,
            move |transaction| write::adjust_stock(transaction, product_id, delta),
        );
        adjusted.await.map(Answered::of)
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
