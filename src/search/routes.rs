//! What customers and programs search for over HTTP.

use actix_web::{HttpRequest, web};

use super::views::{self, Results};
use crate::catalog::filter::{FILTER_PARAMETERS, ProductFilter, Scope, Sort};
use crate::catalog::routes::{api as catalog_api, pages as catalog_pages};
use crate::catalog::{Catalog, Shelf, text};
use crate::error::{Error, Result};
use crate::web::extract::{MinSeq, Params};
use crate::web::layout::Shell;
use crate::web::listing::{self, LIST_PARAMETERS};
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// `GET /search?q=`
pub async fn page(request: HttpRequest, site: web::Data<Site>, catalog: web::Data<Catalog>) -> Result<Reply> {
    let params = Params::decode(request.query_string())?;
    let query = text::showable(params.one("q")?.unwrap_or_default());
    let filter = ProductFilter::of_text(Scope::Visible, &query)?;
    let asked = PageRequest::parse_numbered(params.one("page")?, params.one("after")?)?;
    let fresh = MinSeq::of(&request)?;
    let shelf = catalog
        .shelf(filter, Sort::default(), asked.clone(), fresh.at_least())
        .await?;
    let Shelf { categories, products } = fresh.confirm(shelf)?.value;
    let nav = catalog_pages::nav(&categories);
    let shell = Shell {
        query: &query,
        ..catalog_pages::shell(&site, &nav, request.path())
    };
    let links = listing::page_links(request.path(), &params, &asked, &products);
    let results = Results {
        products: &products,
        links,
        categories: &categories,
    };
    Ok(respond::page(
        views::results(&shell, &results),
        CachePolicy::Public,
    ))
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

/// `GET /api/v1/search?q=`: the list of products, narrowed by words.
pub async fn api(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    let params = Params::parse(&request, &[&FILTER_PARAMETERS[..], &LIST_PARAMETERS[..]].concat())?;
    if params.one("q")?.is_none_or(|query| query.trim().is_empty()) {
        return Err(Error::bad_request(
            "missing_parameter",
            "`q` is required: the words to search for.",
        ));
    }
    let page = catalog_api::products(&catalog, Scope::Visible, &params, &MinSeq::of(&request)?).await?;
    catalog_api::list(&request, &catalog, &params, &page.value, CachePolicy::Public)
}
