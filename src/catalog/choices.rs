//! What the form over a list offers. Must not know markup.
//!
//! A list of at most [`MOST_READ`] products is read, so that it offers only what it has. A larger one offers what the
//! shop has, found by probes of indexes. Either is kept until the change log moves on, so a request pays for neither
//! as a rule.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::filter::ProductFilter;
use super::model::{Choices, Term};
use super::{Catalog, repo};
use crate::db::{AnyConnection, Seq, Snapshot};
use crate::error::Result;

/// Ten pages of products: a millisecond, once per change and category.
const MOST_READ: usize = 240;

/// The choices of the whole shop and of categories, each with the position in the log that it was read at. There are as
/// many as there are categories with something to show. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<ByCategory>>);

/// `None` is the whole shop.
type ByCategory = HashMap<Option<i32>, Snapshot<Arc<Choices>>>;

impl Known {
    fn get(&self, category: Option<i32>, (epoch, as_of): (&str, Seq)) -> Option<Arc<Choices>> {
        let known = self.0.lock();
        let is_new = |found: &&Snapshot<_>| found.epoch == epoch && found.as_of >= as_of;
        let found = known.get(&category).filter(is_new)?;
        Some(Arc::clone(&found.value))
    }
}

impl Catalog {
    /// What a list can be narrowed by: of one category with everything below it, or of the whole shop. At least as new as
    /// the `list`, of which history and position are given, where the database that answers is.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn choices(
        &self,
        category: Option<&Term>,
        at_least: Seq,
        list: (&str, Seq),
    ) -> Result<Arc<Choices>> {
        let term_id = category.map(|category| category.term_id);
        if let Some(known) = self.choices.get(term_id, list) {
            return Ok(known);
        }
        let categories = category.map(|category| category.slug.clone());
        let filter = ProductFilter {
            categories: categories.into_iter().collect(),
            ..ProductFilter::default()
        };
        let read = move |connection: &mut AnyConnection| read(connection, &filter).map(Arc::new);
        let found = self.shown_list("catalog.choices", at_least, false, read).await?;
        self.choices.0.lock().insert(term_id, found.clone());
        Ok(found.value)
    }
}

fn read(connection: &mut AnyConnection, filter: &ProductFilter) -> Result<Choices> {
    let defined = repo::attributes::all(connection)?;
    match repo::lists::holdings(connection, filter, MOST_READ)? {
        Some(holdings) => Ok(Choices::of(&holdings, defined.into_iter())),
        None => repo::choices::of_shop(connection, defined),
    }
}
