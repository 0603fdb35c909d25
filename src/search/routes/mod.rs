//! What customers and programs search for over HTTP.

pub mod suggest;

use actix_web::{HttpRequest, web};

use super::Insight;
use crate::accounts::{Accounts, caller};
use crate::catalog::filter::{FILTER_PARAMETERS, Scope};
use crate::catalog::routes::api as catalog_api;
use crate::catalog::routes::shelf::{self, Subject};
use crate::catalog::{Catalog, ListQuery, text};
use crate::error::{Error, Result};
use crate::web::extract::{MinSeq, Params};
use crate::web::listing::LIST_PARAMETERS;
use crate::web::permission::Permission;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// What a search takes beside filter, order and page, and whose answers differ for everybody alike.
pub const SEARCH_PARAMETERS: [&str; 1] = ["facets"];

/// Asks for reasons, which only the owner is told.
const EXPLAIN: &str = "explain";

/// `GET /search?q=`: takes the filter and the order of every list. What the owner has a page for leads there.
pub async fn page(request: HttpRequest, site: web::Data<Site>, catalog: web::Data<Catalog>) -> Result<Reply> {
    let params = Params::decode(request.query_string())?;
    let words = text::showable(params.all("q").next().unwrap_or_default());
    // Who narrows a list or turns its pages has searched already.
    let is_new = params.iter().all(|(name, value)| name == "q" || value.is_empty());
    if is_new && !words.trim().is_empty() {
        let at_least = MinSeq::of(&request)?.at_least();
        if let Some(target) = catalog.redirect_of(&words, at_least).await? {
            return Ok(counted(respond::found(&target), &words, true));
        }
    }
    let shown = shelf::page(
        &request,
        &site,
        &catalog,
        &params,
        &Subject::Search(words.clone()),
    )
    .await?;
    Ok(if is_new {
        counted(shown.reply, &words, shown.has_products)
    } else {
        shown.reply
    })
}

/// Counts a search, unless it may be about a person.
fn counted(reply: Reply, words: &str, has_found: bool) -> Reply {
    match Insight::name(words, has_found) {
        Some(name) => reply.counted(name),
        None => reply,
    }
}

/// `GET /opensearch.xml`: how browsers search the shop from their address bar.
///
/// # Errors
/// 404 without `server.public_url`: a browser keeps the address, so it has to be complete.
pub async fn description(site: web::Data<Site>) -> Result<Reply> {
    let document = crate::search::opensearch::description(&site)?;
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
        caller(&accounts, &request)
            .await?
            .require(Permission::Administer)?;
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
