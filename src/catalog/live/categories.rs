//! The categories that events are told in. Must not know what happened.

use crate::catalog::model::{Taxonomy, TermTree};
use crate::catalog::{Catalog, repo};
use crate::db::{AnyConnection, Moment, Seq};
use crate::error::Result;

/// The categories, by which an event finds those who watch one.
#[derive(Debug, Default)]
pub struct Categories {
    pub(super) all: TermTree,
    /// Those with something to show.
    pub(super) visible: TermTree,
}

impl Catalog {
    /// The categories as they are at least at a position.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn live_categories(&self, at_least: Seq) -> Result<Categories> {
        let read = |connection: &mut AnyConnection| {
            Ok(Categories {
                all: repo::terms::all(connection, Taxonomy::Category)?,
                visible: repo::terms::visible_categories(connection, Moment::now())?,
            })
        };
        let read = self.db.read_at_least("catalog.live_categories", at_least, read);
        Ok(read.await?.value)
    }
}

impl Categories {
    /// The slugs of a category and of those above it.
    pub(super) fn path(&self, name: &str) -> Vec<&str> {
        let found = self.all.named(name);
        found.map_or_else(Vec::new, |term| {
            let path = self.all.path(term.term_id);
            path.into_iter().map(|term| term.slug.as_str()).collect()
        })
    }
}
