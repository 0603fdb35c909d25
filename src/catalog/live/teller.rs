//! Turns changes of the log into what is told of them, in the categories as they are then. Must not know who is told.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{Categories, LiveEvent, changes_categories};
use crate::catalog::Catalog;
use crate::db::{Change, Seq};
use crate::error::Result;

/// Knows the categories as they were when it was last asked. Cloning shares them.
#[derive(Clone)]
pub struct Teller {
    catalog: Catalog,
    known: Arc<Mutex<Option<Arc<Categories>>>>,
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
        let Some(last) = changes.last() else {
            return Ok(Vec::new());
        };
        let before = self.known.lock().clone();
        let is_known = !changes.iter().any(changes_categories);
        let (before, now) = match before {
            Some(before) if is_known => (Arc::clone(&before), before),
            before => {
                let now = Arc::new(self.catalog.live_categories(Seq(last.seq)).await?);
                *self.known.lock() = Some(Arc::clone(&now));
                (before.unwrap_or_else(|| Arc::clone(&now)), now)
            }
        };
        let told = changes
            .iter()
            .flat_map(|change| self.catalog.live_events(change, &before, &now));
        Ok(told.collect())
    }
}
