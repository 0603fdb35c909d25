//! What somebody who is still typing may mean: products and categories. A search engine says which, or without one the
//! database, which knows how names begin. Must not know what was searched for by others, nor engines.

use super::finder::{Finding, Suggested};
use super::model::{ProductCard, Term, TermTree};
use super::{Catalog, repo, text};
use crate::db::reader::{self, Dependence};
use crate::db::{AnyConnection, Seq, Snapshot};
use crate::error::Result;

/// Rows of each kind.
pub const MOST_SUGGESTED: usize = 10;

/// What is suggested, best first.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    pub products: Vec<ProductCard>,
    pub categories: Vec<Term>,
    /// The text with its last word completed.
    pub completions: Vec<String>,
}

impl Catalog {
    /// Suggestions for a text that is not finished, at most `limit` of each kind.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn suggest(&self, typed: &str, limit: usize, at_least: Seq) -> Result<Snapshot<Suggestions>> {
        let key = text::fold(typed);
        let asked = match &self.finding {
            Finding::By(finder) if !key.is_empty() => {
                finder.suggest(typed.to_owned(), limit, at_least).await?
            }
            Finding::By(_) | Finding::Off => None,
        };
        let known = self.known.clone();
        let Some(suggested) = asked else {
            let read = move |connection: &mut AnyConnection| {
                let navigation = known.read(connection)?.navigation;
                begun(connection, &navigation.categories, &key, limit)
            };
            return self.shown_list("catalog.suggest", at_least, false, read).await;
        };
        let as_of = suggested.as_of;
        reader::saw_view(&suggested.epoch, as_of, Dependence::default());
        let read = move |connection: &mut AnyConnection| {
            let navigation = known.read(connection)?.navigation;
            named(connection, &navigation.categories, &suggested, limit)
        };
        let at_least = at_least.max(as_of);
        let found = self.shown_list("catalog.suggest", at_least, false, read).await?;
        Ok(Snapshot {
            as_of: found.as_of.min(as_of),
            ..found
        })
    }
}

/// What an engine suggests, as customers see it now.
fn named(
    connection: &mut AnyConnection,
    visible: &TermTree,
    suggested: &Suggested,
    limit: usize,
) -> Result<Suggestions> {
    let cards = repo::lists::cards_of(connection, &suggested.products)?;
    let in_order = suggested
        .products
        .iter()
        .filter_map(|id| cards.iter().find(|card| card.product_id == *id));
    let categories = suggested
        .categories
        .iter()
        .filter_map(|key| visible.terms().iter().find(|term| term.slug == *key));
    Ok(Suggestions {
        products: in_order.take(limit).cloned().collect(),
        categories: categories.take(limit).cloned().collect(),
        completions: suggested.completions.iter().take(limit).cloned().collect(),
    })
}

/// What begins like this: names of products, and any word of a category's.
fn begun(connection: &mut AnyConnection, visible: &TermTree, key: &str, limit: usize) -> Result<Suggestions> {
    if key.is_empty() {
        return Ok(Suggestions::default());
    }
    let begins = |term: &&Term| {
        let name = text::fold(&term.name);
        name.starts_with(key) || name.split(' ').any(|word| word.starts_with(key))
    };
    Ok(Suggestions {
        products: repo::lists::begun(connection, key, limit)?,
        categories: visible
            .terms()
            .iter()
            .filter(begins)
            .take(limit)
            .cloned()
            .collect(),
        completions: Vec::new(),
    })
}
