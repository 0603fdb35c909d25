//! What a filter names, by the keys that a search engine has; and what a list without words can be narrowed to. Must not
//! know SQL or engines.

use super::filter::{ProductFilter, Scope};
use super::finder::{Facets, Finding, Narrow, Wanted};
use super::found::ListQuery;
use super::{Catalog, dependence, popularity, repo};
use crate::db::reader::{self, Dependence};
use crate::db::{AnyConnection, Moment, Seq};
use crate::error::Result;

/// A list without its counts is not kept for longer: they may be there then.
const SOON_S: i64 = 1;

impl Catalog {
    /// What a list without words can be narrowed to, counted by who finds words; `None` where nobody can count.
    pub(super) async fn facets(&self, query: &ListQuery, at_least: Seq) -> Result<Option<(Facets, Seq)>> {
        let Finding::By(finder) = &self.finding else {
            return Ok(None);
        };
        if !query.facets || query.filter.scope != Scope::Visible || query.filter.text.is_some() {
            return Ok(None);
        }
        let wanted = Wanted {
            narrow: self.narrow(&query.filter, true, at_least).await?,
            facets: true,
            one_view: popularity::score_of(1.0, Moment::now()),
            ..Wanted::default()
        };
        let Some(found) = finder.find(wanted, at_least).await? else {
            reader::lasts_until(Moment::now().plus_seconds(SOON_S));
            return Ok(None);
        };
        reader::saw_view(&found.epoch, found.as_of, Dependence::default());
        Ok(found.search.facets.map(|facets| (facets, found.as_of)))
    }

    /// The keys of what a filter names.
    pub(super) async fn narrow(
        &self,
        filter: &ProductFilter,
        is_lenient: bool,
        at_least: Seq,
    ) -> Result<Narrow> {
        let filter = filter.clone();
        if !filter.has_names() {
            return Ok(repo::lists::own_keys(&filter));
        }
        let read = move |connection: &mut AnyConnection| repo::lists::keys(connection, &filter, is_lenient);
        let depends = |_: &_| dependence::of_terms();
        let found = self.shown("catalog.narrow", at_least, read, depends).await?;
        Ok(found.value)
    }
}
