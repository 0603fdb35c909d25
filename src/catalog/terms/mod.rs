//! Categories, brands and tags as the owner keeps them: described, moved, renamed, merged, deleted. A renamed or merged
//! term takes its products along in the same transaction, and what led to it before still leads to it.
//! Must not know HTTP.

pub(super) mod delete;
mod understand;

use super::model::{AtAddress, Product, TOO_DEEP, Taxonomy, Term, TermTree};
use super::repo::{self, products, terms};
use super::write::{self, labels};
use super::{Catalog, CatalogRules, dependence};
use crate::db::{Action, Committed, Origin, Seq, Snapshot, WriteTransaction};
use crate::error::{Error, Result};
use understand::{has_room, levels, understood};

/// Products that are read at once while a term changes.
const PIECE: i64 = 100;

/// A term as somebody typed it; empty text is none.
#[derive(Debug, Clone, Default)]
pub struct TermInput {
    pub name: String,
    /// Empty: it stays, or is made from the name.
    pub slug: String,
    /// Id of the category above; empty for the top.
    pub parent: String,
    pub position: String,
    pub description: String,
    pub image_url: String,
}

impl Catalog {
    /// All terms of a taxonomy.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn terms(&self, taxonomy: Taxonomy, at_least: Seq) -> Result<Snapshot<TermTree>> {
        let read = move |connection: &mut _| terms::all(connection, taxonomy);
        let depends = |_: &TermTree| dependence::of_terms();
        self.shown("catalog.terms", at_least, read, depends).await
    }

    /// A term by its id.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn term(&self, term_id: i32, at_least: Seq) -> Result<Snapshot<Term>> {
        let read = move |connection: &mut _| {
            terms::find(connection, term_id)?.ok_or(Error::NotFound { what: "term" })
        };
        self.db.read_at_least("catalog.term", at_least, read).await
    }

    /// The category at an address, or its present address.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn category(&self, slug: String, at_least: Seq) -> Result<Snapshot<AtAddress<Term>>> {
        let read = move |connection: &mut _| {
            if let Some(term) = terms::find_by_slug(connection, Taxonomy::Category, &slug)? {
                return Ok(Some(AtAddress::Here(term)));
            }
            let moved = terms::find_by_alias(connection, Taxonomy::Category, &slug)?;
            Ok(moved.map(|term| AtAddress::MovedTo(term.slug)))
        };
        let depends = |_: &Option<AtAddress<Term>>| dependence::of_terms();
        let found = self.shown("catalog.category", at_least, read, depends).await?;
        found.or_not_found("category")
    }

    /// Makes a term.
    ///
    /// # Errors
    /// `Invalid` with every fault; those of the database.
    pub async fn create_term(
        &self,
        origin: Origin,
        taxonomy: Taxonomy,
        input: TermInput,
    ) -> Result<Committed<Term>> {
        let rules = self.rules.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let blank = Term {
                term_id: 0,
                taxonomy,
                name: String::new(),
                slug: String::new(),
                parent_id: None,
                position: 0,
                description: None,
                image_url: None,
                version: 1,
            };
            let mut term = understood(transaction, &rules, &blank, &input)?;
            labels::create(transaction, &mut term)?;
            Ok(term)
        };
        self.db.write("catalog.create_term", origin, work).await
    }

    /// Changes a term that still has `expected_version`, and the products that carry its name.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` with every fault; those of the database.
    pub async fn save_term(
        &self,
        origin: Origin,
        term_id: i32,
        expected_version: i32,
        input: TermInput,
    ) -> Result<Committed<Term>> {
        let rules = self.rules.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = current(transaction, term_id, expected_version)?;
            amend(transaction, &rules, &current, &input)
        };
        self.db.write("catalog.save_term", origin, work).await
    }

    /// Moves everything of a term to another one of its taxonomy and removes it.
    ///
    /// # Errors
    /// `NotFound`; `VersionMismatch`; `Invalid` when it is the same one or stands below it; those of the database.
    pub async fn merge_term(
        &self,
        origin: Origin,
        term_id: i32,
        expected_version: i32,
        into: i32,
    ) -> Result<Committed<Term>> {
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let current = current(transaction, term_id, expected_version)?;
            merge(transaction, current, into)
        };
        self.db.write("catalog.merge_term", origin, work).await
    }
}

fn current(transaction: &mut WriteTransaction<'_>, term_id: i32, expected_version: i32) -> Result<Term> {
    let current = terms::find(transaction.connection(), term_id)?.ok_or(Error::NotFound { what: "term" })?;
    Error::unless_version(current.version, expected_version)?;
    Ok(current)
}

/// Lays an input over a term.
pub(super) fn amend(
    transaction: &mut WriteTransaction<'_>,
    rules: &CatalogRules,
    current: &Term,
    input: &TermInput,
) -> Result<Term> {
    let next = understood(transaction, rules, current, input)?;
    save(transaction, current, next)
}

fn save(transaction: &mut WriteTransaction<'_>, current: &Term, mut next: Term) -> Result<Term> {
    if next == *current {
        return Ok(next);
    }
    next.version = current.version + 1;
    let now = transaction.now();
    // First: what it is called now is no former name, and storing it says so.
    if (&next.name, &next.slug) != (&current.name, &current.slug) {
        terms::remember(transaction.connection(), current, next.term_id, now)?;
    }
    if !terms::update(transaction.connection(), &next, current.version, now)? {
        return Err(Error::VersionMismatch {
            current: current.version,
        });
    }
    labels::record(transaction, Action::Updated, Some(current), Some(&next))?;
    if next.name != current.name {
        relabel(transaction, current, &next)?;
    }
    Ok(next)
}

fn merge(transaction: &mut WriteTransaction<'_>, term: Term, into: i32) -> Result<Term> {
    let heir = terms::find(transaction.connection(), into)?.filter(|heir| heir.taxonomy == term.taxonomy);
    let refused = |detail: &str| Err(Error::field("/into", "out_of_range", detail));
    let Some(heir) = heir else {
        return refused("is no other one of this kind");
    };
    let tree = terms::all(transaction.connection(), term.taxonomy)?;
    if tree
        .subtree(term.term_id)
        .iter()
        .any(|below| below.term_id == heir.term_id)
    {
        return refused("must not be the one that goes away, or one below it");
    }
    if !has_room(&tree, &heir, levels(&tree, &term) - 1) {
        return refused(TOO_DEEP);
    }
    relabel(transaction, &term, &heir)?;
    for child in tree.children(Some(term.term_id)) {
        let below_heir = Term {
            parent_id: Some(heir.term_id),
            ..child.clone()
        };
        save(transaction, child, below_heir)?;
    }
    let now = transaction.now();
    terms::replace(transaction.connection(), &term, &heir, now)?;
    labels::record(transaction, Action::Merged, Some(&term), None)?;
    Ok(heir)
}

/// Gives the products of one term another one, each with its change.
fn relabel(transaction: &mut WriteTransaction<'_>, from: &Term, to: &Term) -> Result<()> {
    let mut behind = 0;
    loop {
        let piece = products::with_term(transaction.connection(), from, behind, PIECE)?;
        let Some(last) = piece.last() else { return Ok(()) };
        behind = last.product_id;
        for product in piece {
            relabel_product(transaction, product, from, to)?;
        }
    }
}

fn relabel_product(
    transaction: &mut WriteTransaction<'_>,
    product: Product,
    from: &Term,
    to: &Term,
) -> Result<()> {
    let mut next = product.clone();
    match from.taxonomy {
        Taxonomy::Category => next.category = Some(to.name.clone()),
        Taxonomy::Brand => next.brand = Some(to.name.clone()),
        Taxonomy::Tag => {
            let mut seen = std::collections::HashSet::new();
            for tag in &mut next.tags {
                if *tag == from.name {
                    tag.clone_from(&to.name);
                }
            }
            next.tags.retain(|tag| seen.insert(tag.clone()));
            if from.term_id != to.term_id {
                repo::products::replace_tag(
                    transaction.connection(),
                    next.product_id,
                    from.term_id,
                    to.term_id,
                )?;
            }
        }
    }
    write::store(transaction, Action::Updated, &product, next).map(|_| ())
}
