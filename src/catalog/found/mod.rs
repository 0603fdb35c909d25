//! Lists whose filter has words: which products, and in which order, a search engine says; what they are, one snapshot of
//! the database. Where there is no answer from the engine, the database finds by whole words. Must not know SQL or engines.
//!
//! The rows are read no older than the engine's position, and the whole is as old as that: a change that the engine has
//! not seen makes the answer an old one for whoever keeps it.

mod place;

use super::filter::{ProductFilter, Scope, Sort};
use super::finder::{Finding, Found, Hit, Search, Wanted};
use super::{Catalog, Product, ProductCard, popularity};
use crate::db::reader::{self, Dependence};
use crate::db::{AnyConnection, Moment, Seq, Snapshot};
use crate::error::Result;
use crate::web::paging::{Page, PageRequest, Position, TOTAL_CAP};
use place::{Place, with_cursors};

/// A list that is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    pub filter: ProductFilter,
    pub sort: Sort,
    pub page: PageRequest,
    /// Whether a search counts what it can be narrowed to, and tells why each product is where it is.
    pub facets: bool,
    pub explain: bool,
}

impl ListQuery {
    /// A page of everything that customers see, the newest first.
    pub fn page(page: PageRequest) -> ListQuery {
        ListQuery {
            page,
            ..ListQuery::default()
        }
    }
}

/// A page, and how it came about if that was a search.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    pub page: Page<T>,
    pub search: Option<Search>,
}

/// Who says which products a list holds.
pub(super) enum Way {
    Database,
    /// The database in the place of an engine.
    Degraded(Place),
    Ranked(Box<Ranked>),
}

/// A page as a search engine has it.
pub(super) struct Ranked {
    page: Page<i32>,
    as_of: Seq,
    search: Search,
}

impl Ranked {
    fn of(query: &ListQuery, place: &Place, first: usize, found: Found) -> Ranked {
        let ids: Vec<i32> = found.hits.iter().map(|hit| hit.product_id).collect();
        let (begin, end) = place.within(first, &ids, query.page.limit as usize);
        let hits: Vec<Hit> = found.hits.get(begin..end).unwrap_or_default().to_vec();
        let total = i64::try_from(found.total).unwrap_or(TOTAL_CAP).min(TOTAL_CAP);
        let page = Page {
            items: hits.iter().map(|hit| hit.product_id).collect(),
            total: query.page.with_total.then_some(total),
            limit: query.page.limit,
            ..Page::empty()
        };
        Ranked {
            page: with_cursors(page, query, first + begin, found.total, |id| *id),
            as_of: found.as_of,
            search: Search {
                explanations: if query.explain { hits } else { Vec::new() },
                ..found.search
            },
        }
    }
}

impl Catalog {
    /// The same catalog, whose lists of words are found by `finding`.
    #[must_use]
    pub fn found_by(self, finding: Finding) -> Catalog {
        Catalog { finding, ..self }
    }

    /// Whether lists with words have an order by relevance.
    pub fn has_relevance(&self, filter: &ProductFilter) -> bool {
        matches!(self.finding, Finding::By(_)) && filter.scope == Scope::Visible && filter.text.is_some()
    }

    /// Who is to say what is on a list.
    pub(super) async fn way(&self, query: &ListQuery, is_lenient: bool, at_least: Seq) -> Result<Way> {
        let (Finding::By(finder), Some(text)) = (&self.finding, &query.filter.text) else {
            return Ok(Way::Database);
        };
        // The owner's lists see each write at once. Nothing but signs finds nothing, rather than everything.
        if !self.has_relevance(&query.filter) || text.words().is_empty() {
            return Ok(Way::Database);
        }
        let place = Place::of(query)?;
        let (offset, limit) = place.window(query.page.limit as usize);
        let wanted = Wanted {
            text: text.typed(),
            narrow: self.narrow(&query.filter, is_lenient, at_least).await?,
            sort: query.sort.wanted().to_vec(),
            offset,
            limit,
            facets: query.facets,
            explain: query.explain,
            one_view: popularity::score_of(1.0, Moment::now().midnight()),
        };
        let Some(found) = finder.find(wanted, at_least).await? else {
            return Ok(Way::Degraded(place));
        };
        reader::saw_view(&found.epoch, found.as_of, Dependence::default());
        Ok(Way::Ranked(Box::new(Ranked::of(query, &place, offset, found))))
    }

    /// Reads the list that a way leads to: `ranked` the rows with these ids, in any order, `listed` those that the database
    /// finds; `id` is that of a row.
    pub(super) async fn listed<T, R, L, V>(
        &self,
        operation: &'static str,
        (query, way): (ListQuery, Way),
        at_least: Seq,
        ranked: R,
        listed: L,
    ) -> Result<Snapshot<(V, Listed<T>)>>
    where
        T: HasId + Send + 'static,
        V: Send + 'static,
        R: Fn(&mut AnyConnection, &[i32]) -> Result<(V, Vec<T>)> + Send + Sync + 'static,
        L: Fn(&mut AnyConnection, &ListQuery) -> Result<(V, Page<T>)> + Send + Sync + 'static,
    {
        let has_words = query.filter.text.is_some();
        match way {
            Way::Database => {
                let read = move |connection: &mut AnyConnection| listed(connection, &query);
                let found = self.shown_list(operation, at_least, has_words, read).await?;
                Ok(found.map(|(value, page)| (value, Listed { page, search: None })))
            }
            Way::Degraded(place) => {
                let asked = ListQuery {
                    page: place.request(&query.page),
                    ..query.clone()
                };
                let read = move |connection: &mut AnyConnection| listed(connection, &asked);
                let found = self.shown_list(operation, at_least, has_words, read).await?;
                Ok(found.map(|(value, page)| (value, degraded(page, &query, &place))))
            }
            Way::Ranked(found) => {
                let Ranked { page, as_of, search } = *found;
                let ids = page.items.clone();
                let read = move |connection: &mut AnyConnection| ranked(connection, &ids);
                let at_least = at_least.max(as_of);
                let found = self.shown_list(operation, at_least, false, read).await?;
                Ok(Snapshot {
                    as_of: found.as_of.min(as_of),
                    epoch: found.epoch,
                    value: (
                        found.value.0,
                        Listed {
                            page: in_order(page, found.value.1),
                            search: Some(search),
                        },
                    ),
                })
            }
        }
    }

    /// How many products a filter with words leaves, as an engine counts them; `None` where the database has to.
    pub(super) async fn count_found(&self, filter: &ProductFilter, at_least: Seq) -> Result<Option<i64>> {
        let query = ListQuery {
            filter: filter.clone(),
            page: PageRequest {
                limit: 1,
                with_total: true,
                ..PageRequest::default()
            },
            ..ListQuery::default()
        };
        Ok(match self.way(&query, true, at_least).await? {
            Way::Ranked(ranked) => ranked.page.total,
            Way::Database | Way::Degraded(_) => None,
        })
    }
}

/// What is found among others by its id.
pub(super) trait HasId {
    fn id(&self) -> i32;
}

impl HasId for Product {
    fn id(&self) -> i32 {
        self.product_id
    }
}

impl HasId for ProductCard {
    fn id(&self) -> i32 {
        self.product_id
    }
}

/// A page that the database found, as if a search had: pages of either lead on to pages of the other.
fn degraded<T: HasId>(page: Page<T>, query: &ListQuery, place: &Place) -> Listed<T> {
    let request = place.request(&query.page);
    let before = match request.position {
        Position::Offset(offset) => offset as usize,
        Position::Start | Position::Cursor(_) => 0,
    };
    let more = usize::from(page.next.is_some());
    let reachable = before + page.items.len() + more;
    Listed {
        page: with_cursors(page, query, before, reachable, HasId::id),
        search: Some(Search {
            is_degraded: true,
            ..Search::default()
        }),
    }
}

/// Rows in the order of their ids' ranks. A row that is gone by now leaves the page shorter.
fn in_order<T: HasId>(page: Page<i32>, rows: Vec<T>) -> Page<T> {
    let mut rows: std::collections::HashMap<i32, T> = rows.into_iter().map(|row| (row.id(), row)).collect();
    Page {
        items: page.items.iter().filter_map(|id| rows.remove(id)).collect(),
        next: page.next,
        prev: page.prev,
        total: page.total,
        limit: page.limit,
    }
}
