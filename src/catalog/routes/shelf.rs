//! A list of products with its filter form, which `/products`, every category and the page of the search show.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::pages::{nav, page_links, shell};
use crate::catalog::filter::{ProductFilter, Scope, Sort};
use crate::catalog::views::{self, About, FilterForm, List, Way};
use crate::catalog::{Catalog, FilteredShelf, ListQuery, Term};
use crate::db::Seq;
use crate::error::{Error, FieldError, Result};
use crate::web::extract::{MinSeq, Params};
use crate::web::layout::Shell;
use crate::web::listing;
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// How forms and links name the order of a list in which nothing is searched for.
const NEWEST: &str = "newest";

/// Parts of a filter that an empty list tries to do without.
const MOST_WAYS: usize = 8;

/// Whose list it is.
pub enum Subject {
    Everything,
    Category(Term),
    /// The page of the search, for what was typed.
    Search(String),
}

/// A page, and whether it lists something.
pub struct Shown {
    pub reply: Reply,
    pub has_products: bool,
}

/// What was found.
struct Read {
    found: FilteredShelf,
    page: PageRequest,
    faults: Vec<FieldError>,
    /// As of which change of which history; `None` where there is no list.
    seen: Option<(String, Seq)>,
}

/// The list; what cannot be understood of its filter is shown again as it was typed, with what is wrong with it.
///
/// # Errors
/// Those of the database.
pub async fn page(
    request: &HttpRequest,
    site: &Site,
    catalog: &Catalog,
    params: &Params,
    subject: &Subject,
) -> Result<Shown> {
    let at_least = MinSeq::of(request)?.at_least();
    let sort = shown_sort(catalog, params);
    let (about, category, query) = match subject {
        Subject::Everything => (About::Everything, None, ""),
        Subject::Category(category) => (About::Category(category), Some(category), ""),
        Subject::Search(text) => (About::Search(text), None, text.as_str()),
    };
    let mut filter = FilterForm::of(params.iter(), category, &sort);
    if let About::Search(_) = about {
        filter = filter.of_search();
    }
    let Read {
        found,
        page,
        faults,
        seen,
    } = read(catalog, params, &filter, at_least).await?;
    let FilteredShelf {
        shelf,
        choices,
        own,
        search,
    } = found;
    filter.retain_known(&choices);
    let has_products = !shelf.products.items.is_empty();
    let ways = if faults.is_empty() && !has_products && choices.is_exact {
        ways(catalog, &filter, at_least).await?
    } else {
        Vec::new()
    };
    let list = List {
        about,
        categories: &shelf.navigation.categories,
        links: listing::page_links(request.path(), params, &page, &shelf.products),
        filter: filter.clone(),
        choices: &choices,
        own_choices: own.as_deref(),
        currency: &site.shop.currency,
        search: search.as_ref(),
        products: &shelf.products,
        faults: &faults,
        ways: &ways,
    };
    let (nav, pages) = (
        nav(&shelf.navigation.categories),
        page_links(&shelf.navigation.pages),
    );
    let shell = Shell {
        query,
        ..shell(site, &nav, &pages, request.path())
    };
    let page = respond::page(views::list(&shell, &list), CachePolicy::Public);
    let reply = match seen {
        Some((epoch, as_of)) => page.as_of(&epoch, as_of),
        None => page.status(StatusCode::BAD_REQUEST),
    };
    Ok(Shown { reply, has_products })
}

/// The products, or every fault of what was asked for.
async fn read(catalog: &Catalog, params: &Params, filter: &FilterForm<'_>, at_least: Seq) -> Result<Read> {
    let faults = match understand(catalog, params, filter) {
        Ok(query) => {
            let page = query.page.clone();
            let shelf = catalog.filtered_shelf(query, at_least).await;
            match shelf {
                Ok(shelf) => {
                    return Ok(Read {
                        found: shelf.value,
                        page,
                        faults: Vec::new(),
                        seen: Some((shelf.epoch, shelf.as_of)),
                    });
                }
                // A filter that was understood can be refused only for a place in another list.
                Err(Error::BadRequest { .. }) => vec![no_such_page()],
                Err(error) => return Err(error),
            }
        }
        Err(faults) => faults,
    };
    let category = filter.parts().iter().find(|(name, _)| *name == "category");
    let shelf = catalog
        .empty_shelf(category.map_or("", |(_, value)| value), at_least)
        .await?;
    Ok(Read {
        found: shelf,
        page: PageRequest::default(),
        faults,
        seen: None,
    })
}

fn no_such_page() -> FieldError {
    FieldError::new("/page", "out_of_range", "There is no such page of this list.")
}

fn understand(
    catalog: &Catalog,
    params: &Params,
    form: &FilterForm<'_>,
) -> Result<ListQuery, Vec<FieldError>> {
    let first = |name: &str| params.all(name).next();
    let filter = ProductFilter::read(Scope::Visible, form.parts().iter().copied());
    let has_relevance = filter.as_ref().is_ok_and(|filter| catalog.has_relevance(filter));
    let sort = Sort::parse_for(first("sort"), has_relevance)
        .map_err(|_| FieldError::new("/sort", "unknown", "must be one of those in the list"));
    let page = PageRequest::parse_numbered(first("page"), first("after")).map_err(|_| no_such_page());
    match (filter, sort, page) {
        (Ok(filter), Ok(sort), Ok(page)) => Ok(ListQuery {
            page: PageRequest {
                // An engine has counted them anyway.
                with_total: has_relevance,
                ..page
            },
            filter,
            sort,
            facets: true,
            ..ListQuery::default()
        }),
        (filter, sort, page) => {
            let mut faults = filter.err().unwrap_or_default();
            faults.extend(sort.err());
            faults.extend(page.err());
            Err(faults)
        }
    }
}

/// The order as the form names it; one that is none is the default.
fn shown_sort(catalog: &Catalog, params: &Params) -> String {
    let words = params.all("q").next().unwrap_or_default();
    let filter = ProductFilter::of_text(Scope::Visible, words).unwrap_or_default();
    let sort = Sort::parse_for(params.all("sort").next(), catalog.has_relevance(&filter));
    match sort.unwrap_or_default() {
        sort if sort == Sort::default() => NEWEST.to_owned(),
        sort => sort.to_string(),
    }
}

/// The parts of a filter without which something is left. A category is no such part: its list is offered anyway.
async fn ways<'a>(catalog: &Catalog, form: &FilterForm<'a>, at_least: Seq) -> Result<Vec<Way<'a>>> {
    let parts = form.parts().iter().filter(|(name, _)| *name != "category");
    let parts: Vec<(&str, &str)> = parts.take(MOST_WAYS).copied().collect();
    let without = |part: &(&str, &str)| {
        let form = form.without(*part);
        ProductFilter::read(Scope::Visible, form.parts().iter().copied()).unwrap_or_default()
    };
    let counts = catalog
        .counts(parts.iter().map(without).collect(), at_least)
        .await?;
    let ways = parts
        .into_iter()
        .zip(counts)
        .filter(|(_, products)| *products > 0);
    Ok(ways.map(|(part, products)| Way { part, products }).collect())
}
