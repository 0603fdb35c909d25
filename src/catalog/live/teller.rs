//! Turns changes of the log into what is told of them, in the categories as they are then. Must not know who is told.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{Categories, LiveEvent, changes_categories};
use crate::catalog::Catalog;
use crate::db::{Change, Seq};
use crate::error::Result;

/// Knows the categories as they were behind the newest change that it was asked about. Cloning shares them.
#[derive(Clone)]
pub struct Teller {
    catalog: Catalog,
    known: Arc<Mutex<Option<Known>>>,
}

/// The categories behind a change.
struct Known {
    seq: i64,
    hash: String,
    categories: Arc<Categories>,
}

impl Teller {
    pub fn new(catalog: Catalog) -> Teller {
        Teller {
            catalog,
            known: Arc::default(),
        }
    }

    /// The events of changes that follow one another, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn events(&self, changes: &[Change]) -> Result<Vec<LiveEvent>> {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return Ok(Vec::new());
        };
        let before = self.before(first);
        let now = match &before {
            Some(before) if !changes.iter().any(changes_categories) => Arc::clone(before),
            _ => Arc::new(self.catalog.live_categories(Seq(last.seq)).await?),
        };
        self.learn(last, &now);
        let told = changes
            .iter()
            .flat_map(|change| self.catalog.live_events(change, before.as_deref(), &now));
        Ok(told.collect())
    }

    /// The categories before a change, where it follows on what is known: not at the start, in a replay or in another history,
    /// nor where another node was asked meanwhile.
    fn before(&self, change: &Change) -> Option<Arc<Categories>> {
        let known = self.known.lock();
        let known = known.as_ref().filter(|known| known.hash == change.prev_hash);
        known.map(|known| Arc::clone(&known.categories))
    }

    fn learn(&self, change: &Change, categories: &Arc<Categories>) {
        let mut known = self.known.lock();
        // A replay does not take away what whoever follows goes on from.
        if known.as_ref().is_none_or(|known| known.seq < change.seq) {
            *known = Some(Known {
                seq: change.seq,
                hash: change.hash.clone(),
                categories: Arc::clone(categories),
            });
        }
    }
}
