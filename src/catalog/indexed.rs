//! Products as an index of words is made from them: whole, with the terms that they stand in, as the clock has them; and
//! which of them a change of the log touches. Every read costs a bounded number of rows. Must not know what an index is.
//!
//! What has a time (a publication, a sale) is as far as the clock has written it down, not as the present would have it:
//! each further moment is a change of the log, so an index that follows the log misses none and is never ahead of it.

use std::collections::HashMap;

use serde::Deserialize;

use super::model::{Product, Taxonomy, Term, TermTree};
use super::repo::indexed::StateRow;
use super::{Catalog, repo, text};
use crate::db::{AnyConnection, Change, Entity, Moment, Money, Seq, Snapshot};
use crate::error::Result;

/// A product that customers see, with what it stands in.
#[derive(Debug, Clone)]
pub struct Indexed {
    pub product: Product,
    /// Its category and those above it, the top first; none for a name that is no category's.
    pub categories: Vec<Term>,
    pub brand: Option<Term>,
    /// Of each of the product's tags, in their order.
    pub tags: Vec<Option<Term>>,
    /// Its popularity as lists sort by it; 0 for one that nobody has looked at.
    pub score: f64,
    /// What customers pay.
    pub price: Money,
    pub on_sale: bool,
}

/// A part of the shop, read along the ids.
#[derive(Debug, Clone)]
pub struct Piece<T> {
    pub items: Vec<T>,
    /// Where the next one begins; `None` at the end.
    pub next: Option<i32>,
}

/// What tells whether an index has a product as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    pub product_id: i32,
    pub version: i32,
    pub score: f64,
}

/// What a change of the log touches of what an index holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    Nothing,
    Product(i32),
    /// The products that it stands on.
    Term(TouchedTerm),
    /// No product: what words mean.
    Synonyms,
}

/// A term that is or was called differently, or stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TouchedTerm {
    is_tag: bool,
    is_brand: bool,
    term_id: i32,
    names: Vec<String>,
}

/// The part of a term's state that products are found by.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct TermState {
    name: String,
    slug: String,
    parent_id: Option<i32>,
}

/// What a change of the log touches.
pub fn touched(change: &Change) -> Touched {
    let taxonomy = match Entity::parse(&change.entity) {
        Some(Entity::Product) => return Touched::Product(change.entity_id),
        Some(Entity::Category) => Taxonomy::Category,
        Some(Entity::Brand) => Taxonomy::Brand,
        Some(Entity::Tag) => Taxonomy::Tag,
        // Key and kind of an attribute stay as they were made, and whatever else it is called is not indexed.
        Some(Entity::Synonym) => return Touched::Synonyms,
        // A redirect is read with each search.
        Some(
            Entity::Attribute
            | Entity::Redirect
            | Entity::Page
            | Entity::Submission
            | Entity::User
            | Entity::Key
            | Entity::Webhook
            | Entity::Cache
            | Entity::History,
        )
        | None => {
            return Touched::Nothing;
        }
    };
    let state = |state: &Option<String>| -> Option<TermState> {
        state
            .as_deref()
            .map(|state| serde_json::from_str(state).unwrap_or_default())
    };
    let (before, after) = (state(&change.state_before), state(&change.state_after));
    if before == after {
        return Touched::Nothing;
    }
    let names = [before, after].into_iter().flatten().map(|state| state.name);
    Touched::Term(TouchedTerm {
        is_tag: taxonomy == Taxonomy::Tag,
        is_brand: taxonomy == Taxonomy::Brand,
        term_id: change.entity_id,
        names: names.collect(),
    })
}

impl Catalog {
    /// The next products that customers see, at most `limit`, from the first id above `after`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn indexed_after(
        &self,
        after: i32,
        limit: u32,
        at_least: Seq,
    ) -> Result<Snapshot<Piece<Indexed>>> {
        let read = move |connection: &mut AnyConnection| {
            let products = repo::indexed::after(connection, after, limit.into())?;
            let next = next(&products, limit, |product| product.product_id);
            let items = surrounded(connection, products)?;
            Ok(Piece { items, next })
        };
        self.db
            .read_at_least("catalog.indexed_after", at_least, read)
            .await
    }

    /// Those of these products that customers see.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn indexed(&self, ids: Vec<i32>, at_least: Seq) -> Result<Snapshot<Vec<Indexed>>> {
        let read = move |connection: &mut AnyConnection| {
            let products = repo::indexed::of_ids(connection, &ids)?;
            surrounded(connection, products)
        };
        self.db.read_at_least("catalog.indexed", at_least, read).await
    }

    /// Of the next products those that customers see, each with what changes when it does; `limit` counts the others too.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn kept_after(&self, after: i32, limit: u32, at_least: Seq) -> Result<Snapshot<Piece<Kept>>> {
        let read = move |connection: &mut AnyConnection| {
            let rows = repo::indexed::states_after(connection, after, limit.into())?;
            let next = next(&rows, limit, |(row, _)| row.product_id);
            let shown = rows.into_iter().filter(|(row, _)| is_shown(row));
            let kept = |(row, score): (StateRow, Option<f64>)| Kept {
                product_id: row.product_id,
                version: row.version,
                score: score.unwrap_or_default(),
            };
            Ok(Piece {
                items: shown.map(kept).collect(),
                next,
            })
        };
        self.db.read_at_least("catalog.kept_after", at_least, read).await
    }

    /// The next products, shown or not, that a term stands on, or one below it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touched_after(
        &self,
        term: TouchedTerm,
        after: i32,
        limit: u32,
        at_least: Seq,
    ) -> Result<Snapshot<Piece<i32>>> {
        let read = move |connection: &mut AnyConnection| {
            let items = ids_after(connection, &term, after, limit.into())?;
            let next = next(&items, limit, |id| *id);
            Ok(Piece { items, next })
        };
        self.db
            .read_at_least("catalog.touched_after", at_least, read)
            .await
    }

    /// How many products there are, shown or not.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_all(&self) -> Result<i64> {
        Ok(self
            .db
            .read("catalog.count_all", repo::indexed::count)
            .await?
            .value)
    }
}

fn next<T>(rows: &[T], limit: u32, id: impl Fn(&T) -> i32) -> Option<i32> {
    let is_full = rows.len() >= limit as usize;
    rows.last().filter(|_| is_full).map(id)
}

fn ids_after(connection: &mut AnyConnection, term: &TouchedTerm, after: i32, limit: i64) -> Result<Vec<i32>> {
    if term.is_tag {
        return repo::indexed::tagged_after(connection, term.term_id, after, limit);
    }
    if term.is_brand {
        return repo::indexed::named_after(connection, Taxonomy::Brand, &term.names, after, limit);
    }
    let tree = repo::terms::all(connection, Taxonomy::Category)?;
    let mut names = term.names.clone();
    let below = tree.subtree(term.term_id);
    names.extend(below.into_iter().map(|term| term.name.clone()));
    repo::indexed::named_after(connection, Taxonomy::Category, &names, after, limit)
}

/// Whether the clock has passed a moment of a product.
fn has_passed(moment: Moment, next_moment: Option<Moment>) -> bool {
    next_moment.is_none_or(|next| moment < next)
}

fn is_shown(row: &StateRow) -> bool {
    let is_published = row.publish_at.is_none_or(|at| has_passed(at, row.next_moment_at));
    row.is_active && row.deleted_at.is_none() && is_published
}

fn is_product_shown(product: &Product) -> bool {
    is_shown(&StateRow {
        product_id: product.product_id,
        version: product.version,
        is_active: product.is_active,
        publish_at: product.publish_at,
        next_moment_at: product.clockwork.next_moment_at,
        deleted_at: product.deleted_at,
    })
}

fn is_on_sale(product: &Product) -> bool {
    let passed = |moment| has_passed(moment, product.clockwork.next_moment_at);
    product
        .sale
        .is_some_and(|sale| sale.starts_at.is_none_or(passed) && !sale.ends_at.is_some_and(passed))
}

/// Those of the products that customers see, with what they stand in.
fn surrounded(connection: &mut AnyConnection, mut products: Vec<Product>) -> Result<Vec<Indexed>> {
    products.retain(is_product_shown);
    let ids: Vec<i32> = products.iter().map(|product| product.product_id).collect();
    let scores = repo::popularity::scores(connection, &ids)?;
    let categories = repo::terms::all(connection, Taxonomy::Category)?;
    let brands = Named::read(connection, Taxonomy::Brand, &products, |product| {
        product.brand.iter().collect()
    })?;
    let tags = Named::read(connection, Taxonomy::Tag, &products, |product| {
        product.tags.iter().collect()
    })?;
    let indexed = |product: Product| Indexed {
        categories: path(&categories, product.category.as_deref()),
        brand: product.brand.as_deref().and_then(|name| brands.find(name)),
        tags: product.tags.iter().map(|name| tags.find(name)).collect(),
        score: scores.get(&product.product_id).copied().unwrap_or_default(),
        price: product.clockwork.current_price,
        on_sale: is_on_sale(&product),
        product,
    };
    Ok(products.into_iter().map(indexed).collect())
}

fn path(categories: &TermTree, name: Option<&str>) -> Vec<Term> {
    let term = name.and_then(|name| categories.named(name));
    term.map(|term| categories.path(term.term_id).into_iter().cloned().collect())
        .unwrap_or_default()
}

/// Terms by their folded names.
struct Named(HashMap<String, Term>);

impl Named {
    fn read<'a>(
        connection: &mut AnyConnection,
        taxonomy: Taxonomy,
        products: &'a [Product],
        names: impl Fn(&'a Product) -> Vec<&'a String>,
    ) -> Result<Named> {
        let mut names: Vec<&str> = products.iter().flat_map(names).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let terms = repo::indexed::terms_named(connection, taxonomy, names)?;
        let by_key = terms.into_iter().map(|term| (text::fold(&term.name), term));
        Ok(Named(by_key.collect()))
    }

    fn find(&self, name: &str) -> Option<Term> {
        self.0.get(&text::fold(name)).cloned()
    }
}
