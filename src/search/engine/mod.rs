//! The search engine inside every instance: what customers may see, as words and columns, found by what they meant.
//! Blocking, and quick: a search takes milliseconds. Knows tantivy, and shares the words of a question with the seam
//! (`catalog::finder`); must not know HTTP, databases or tokio.
//!
//! Reading order: `document` (what goes in), `words` and `schema` (how), `store` (where), `asked` and `found` (the
//! face of a search), `reading` (a text), `gather` and `matching` (first stage), `judge`, `worth` and `standing`
//! (second), `narrow`, `tally`, `facets` and `order` (lists), `suggest`, `highlight`.

mod asked;
mod distance;
mod document;
mod facets;
mod found;
mod gather;
mod highlight;
mod judge;
mod matching;
mod narrow;
mod order;
mod part;
mod phrase;
mod reading;
mod rows;
mod schema;
mod search;
mod seen;
mod standing;
mod stem;
mod store;
mod suggest;
mod synonyms;
mod tally;
mod terms;
mod words;
mod worth;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub use asked::{Asked, DEEPEST, LONGEST_TEXT, MOST_WORDS};
pub use document::{AttributeValue, Document, Entry, Facet, Mark};
pub use found::{AttributeCounts, Count, Explanation, Facets, Found, Hit, Prices, Suggestions, Understood};
pub use highlight::Highlighter;
pub use stem::Language;
pub use store::Budget;
pub use synonyms::Synonyms;

use crate::config::Weights;
use crate::error::Result;
use search::Searching;
use seen::Desk;
use store::{Store, failed};

/// Most desks that are kept between searches: 4 bytes for each product of the largest segment.
const MOST_DESKS: usize = 8;

/// The index and everything that is asked of it. Cheap to clone and to share.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    weights: Weights,
    synonyms: RwLock<Arc<Synonyms>>,
    desks: Mutex<Vec<Desk>>,
}

impl Engine {
    /// Opens what an earlier process left in the folder, or makes an empty index; in memory without a folder. Gives
    /// back how far it had followed, `None` for a new one and for one that is torn, foreign or of another format,
    /// which is emptied.
    ///
    /// # Errors
    /// 409 when another process writes in the folder; those of the disk.
    pub fn open(folder: Option<&Path>, budget: Budget, weights: Weights) -> Result<(Engine, Option<Mark>)> {
        let (store, mark) = Store::open(folder, budget)?;
        let inner = Inner {
            store,
            weights,
            synonyms: RwLock::default(),
            desks: Mutex::default(),
        };
        Ok((
            Engine {
                inner: Arc::new(inner),
            },
            mark,
        ))
    }

    /// Takes changes in; a commit makes them visible.
    ///
    /// # Errors
    /// Those of the disk. After one the index must be cleared and filled anew.
    pub fn apply(&self, changes: Vec<Entry>) -> Result<()> {
        self.inner.store.apply(changes)
    }

    /// Makes what was applied visible and safe, together with the position that it reaches.
    ///
    /// # Errors
    /// As [`Engine::apply`].
    pub fn commit(&self, mark: &Mark) -> Result<()> {
        self.inner.store.commit(mark)
    }

    /// Empties the index. Until the next commit a restart finds no position.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn clear(&self) -> Result<()> {
        self.inner.store.clear()
    }

    /// Id and version of everything in it, in no order.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn versions(&self) -> Result<Vec<(i32, i32)>> {
        let held = self.held()?.into_iter();
        Ok(held.map(|(id, version, _)| (id, version)).collect())
    }

    /// Id, version and popularity of everything in it, in no order.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn held(&self) -> Result<Vec<(i32, i32, f64)>> {
        let snapshot = self.inner.store.snapshot();
        let parts = snapshot.parts.iter();
        let versions = parts.flat_map(|part| {
            part.alive().map(|document| {
                let version = part::id_of(part.versions.get_val(document));
                (part.id(document), version, part.popularity.get_val(document))
            })
        });
        Ok(versions.collect())
    }

    /// How many products are in it, as of the last commit.
    pub fn len(&self) -> u64 {
        self.inner.store.snapshot().searcher.num_docs()
    }

    /// What it takes in its folder, or in memory, as of the last commit; what is yet to be cleared away comes on top.
    pub fn bytes(&self) -> u64 {
        self.inner.store.snapshot().bytes()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// # Errors
    /// Those of the disk; no text is an error.
    pub fn search(&self, asked: &Asked) -> Result<Found> {
        let snapshot = self.inner.store.snapshot();
        let synonyms = self.inner.synonyms.read().clone();
        let mut desk = self.inner.desks.lock().pop().unwrap_or_default();
        let searching = Searching {
            snapshot: &snapshot,
            fields: &self.inner.store.fields,
            language: self.inner.store.language,
            weights: &self.inner.weights,
            synonyms: &synonyms,
            desk: &mut desk,
        };
        let found = searching.run(asked).map_err(failed)?;
        // After an error the desk may hold what it should not: only a clean one goes back.
        let mut desks = self.inner.desks.lock();
        if desks.len() < MOST_DESKS {
            desks.push(desk);
        }
        Ok(found)
    }

    /// What someone who has typed this may mean.
    ///
    /// # Errors
    /// As [`Engine::search`].
    pub fn suggest(&self, text: &str, limit: usize) -> Result<Suggestions> {
        suggest::suggest(self, &self.inner.store.snapshot(), text, limit)
    }

    /// Takes effect with the next search; the index is not touched.
    pub fn set_synonyms(&self, synonyms: Synonyms) {
        *self.inner.synonyms.write() = Arc::new(synonyms);
    }
}

impl Engine {
    /// How many segments the index has now.
    pub fn parts(&self) -> usize {
        self.inner.store.snapshot().parts.len()
    }
}
