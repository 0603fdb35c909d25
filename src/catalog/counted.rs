//! What a list without words can be narrowed to, counted by who finds words. Kept until that one may count otherwise, so
//! pages of one list are counted once. Must not know SQL, engines or markup.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::filter::Scope;
use super::finder::{Finding, Narrow, Wanted};
use super::found::ListQuery;
use super::model::Choices;
use super::{Catalog, popularity};
use crate::db::reader::{self, Dependence};
use crate::db::{Moment, Seq};
use crate::error::Result;

/// A list without its counts is not kept for longer: they may be there then.
const SOON_S: i64 = 1;

/// Lists whose counts are kept at once: a few kilobytes each, and few enough to be looked through.
const MOST_KEPT: usize = 64;

/// What was counted last. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Counted(Arc<Mutex<VecDeque<Kept>>>);

struct Kept {
    narrow: Narrow,
    /// What could be chosen from.
    choices: Arc<Choices>,
    generation: u64,
    counted: Arc<Choices>,
}

impl Counted {
    fn get(&self, narrow: &Narrow, choices: &Arc<Choices>, generation: u64) -> Option<Arc<Choices>> {
        let kept = self.0.lock();
        let mut kept = kept.iter().filter(|kept| kept.generation == generation);
        let found = kept.find(|kept| Arc::ptr_eq(&kept.choices, choices) && kept.narrow == *narrow)?;
        Some(Arc::clone(&found.counted))
    }

    /// Whatever else is of another generation will not be asked for again.
    fn keep(&self, new: Kept) {
        let mut kept = self.0.lock();
        kept.retain(|kept| kept.generation == new.generation);
        kept.truncate(MOST_KEPT - 1);
        kept.push_front(new);
    }
}

impl Catalog {
    /// Of these choices, those that would leave something of a list, and how much; with the position that was counted at.
    /// `None` where nobody can count.
    pub(super) async fn counted(
        &self,
        query: &ListQuery,
        choices: &Arc<Choices>,
        at_least: Seq,
    ) -> Result<Option<(Arc<Choices>, Seq)>> {
        let Finding::By(finder) = &self.finding else {
            return Ok(None);
        };
        if !query.facets || query.filter.scope != Scope::Visible || query.filter.text.is_some() {
            return Ok(None);
        }
        let narrow = self.narrow(&query.filter, true, at_least).await?;
        let Some(standing) = finder.standing(at_least).await else {
            return Ok(not_yet());
        };
        if let Some(counted) = self.counted.get(&narrow, choices, standing.generation) {
            reader::saw_view(&standing.epoch, standing.as_of, Dependence::default());
            return Ok(Some((counted, standing.as_of)));
        }
        let wanted = Wanted {
            narrow: narrow.clone(),
            facets: true,
            one_view: popularity::score_of(1.0, Moment::now()),
            ..Wanted::default()
        };
        let Some(found) = finder.find(wanted, at_least).await? else {
            return Ok(not_yet());
        };
        reader::saw_view(&found.epoch, found.as_of, Dependence::default());
        let Some(facets) = found.search.facets else {
            return Ok(None);
        };
        let counted = Arc::new(Choices::counted(&facets, choices.defined()));
        self.counted.keep(Kept {
            narrow,
            choices: Arc::clone(choices),
            generation: standing.generation,
            counted: Arc::clone(&counted),
        });
        Ok(Some((counted, found.as_of)))
    }
}

/// Nobody can count now.
fn not_yet<T>() -> Option<T> {
    reader::lasts_until(Moment::now().plus_seconds(SOON_S));
    None
}
