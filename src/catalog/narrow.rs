//! What a filter names, by the keys that a search engine has. Must not know SQL or engines.

use super::filter::ProductFilter;
use super::finder::Narrow;
use super::{Catalog, dependence, repo};
use crate::db::{AnyConnection, Seq};
use crate::error::Result;

impl Catalog {
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
