//! What customers and programs search for over HTTP.

use actix_web::{HttpRequest, web};

use super::views::{self, Results};
use crate::accounts::{Accounts, Scope as KeyScope, caller};
use crate::catalog::filter::{FILTER_PARAMETERS, ProductFilter, Scope, Sort};
use crate::catalog::routes::{api as catalog_api, pages as catalog_pages};
use crate::catalog::{Catalog, FilteredShelf, ListQuery, text};
use crate::error::{Error, Result};
use crate::web::extract::{MinSeq, Params};
use crate::web::layout::Shell;
use crate::web::listing::{self, LIST_PARAMETERS};
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// What a search takes beside filter, order and page, and whose answers differ for everybody alike.
pub const SEARCH_PARAMETERS: [&str; 1] = ["facets"];

/// Asks for reasons, which only the owner is told.
const EXPLAIN: &str = "explain";

/// `GET /search?q=`: takes the filter and the order of every list.
pub async fn page(request: HttpRequest, site: web::Data<Site>, catalog: web::Data<Catalog>) -> Result<Reply> {
    let params = Params::decode(request.query_string())?;
    let words = text::showable(params.one("q")?.unwrap_or_default());
    let fresh = MinSeq::of(&request)?;
    let query = page_query(&catalog, &params, &words)?;
    let asked = query.page.clone();
    let found = catalog.filtered_shelf(query, fresh.at_least()).await?;
    let FilteredShelf { shelf, search, .. } = fresh.confirm(found)?.value;
    let nav = catalog_pages::nav(&shelf.categories);
    let shell = Shell {
        query: &words,
        ..catalog_pages::shell(&site, &nav, request.path())
    };
    let links = listing::page_links(request.path(), &params, &asked, &shelf.products);
    let results = Results {
        products: &shelf.products,
        links,
        categories: &shelf.categories,
        search: search.as_ref(),
    };
    Ok(respond::page(
        views::results(&shell, &results),
        CachePolicy::Public,
    ))
}

fn page_query(catalog: &Catalog, params: &Params, words: &str) -> Result<ListQuery> {
    let narrowing = params.iter().filter(|(name, _)| *name != "q");
    let filter = ProductFilter::parse(Scope::Visible, narrowing.chain([("q", words)]))?;
    Ok(ListQuery {
        sort: Sort::parse_for(params.one("sort")?, catalog.has_relevance(&filter))?,
        page: PageRequest::parse_numbered(params.one("page")?, params.one("after")?)?,
        filter,
        ..ListQuery::default()
    })
}

/// `GET /opensearch.xml`: how browsers search the shop from their address bar.
///
/// # Errors
/// 404 without `server.public_url`: a browser keeps the address, so it has to be complete.
pub async fn description(site: web::Data<Site>) -> Result<Reply> {
    let document = super::opensearch::description(&site)?;
    Ok(respond::bytes(
        "application/opensearchdescription+xml; charset=utf-8",
        document,
        CachePolicy::Public,
    ))
}

/// `GET /api/v1/search?q=`: the list of products, narrowed by words, with what it could be narrowed to further.
pub async fn api(
    request: HttpRequest,
    catalog: web::Data<Catalog>,
    accounts: web::Data<Accounts>,
) -> Result<Reply> {
    let known = [
        &FILTER_PARAMETERS[..],
        &LIST_PARAMETERS[..],
        &SEARCH_PARAMETERS[..],
        &[EXPLAIN],
    ];
    let params = Params::parse(&request, &known.concat())?;
    if params.one("q")?.is_none_or(|query| query.trim().is_empty()) {
        return Err(Error::bad_request(
            "missing_parameter",
            "`q` is required: the words to search for.",
        ));
    }
    let query = ListQuery {
        facets: flag(&params, "facets")?,
        explain: flag(&params, EXPLAIN)?,
        ..catalog_api::query(&catalog, Scope::Visible, &params)?
    };
    let policy = if query.explain {
        caller(&accounts, &request).await?.require(KeyScope::Admin)?;
        CachePolicy::PrivateNoStore
    } else {
        CachePolicy::Public
    };
    let found = catalog_api::products(&catalog, query, &MinSeq::of(&request)?).await?;
    catalog_api::list(&request, &catalog, &params, &found.value, policy)
}

fn flag(params: &Params, name: &str) -> Result<bool> {
    match params.one(name)? {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(Error::bad_request(
            "invalid_parameter",
            format!("`{name}` must be true or false."),
        )),
    }
}
