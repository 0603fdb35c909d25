//! Suggestions while somebody types, for the search box, for programs and for the address bar of browsers; and the opened
//! results that the search box tells of. Must not know how anything is found.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use crate::catalog::{Catalog, MOST_SUGGESTED, ProductCard, Suggestions, Term, text};
use crate::error::{Error, Result};
use crate::search::Insight;
use crate::web::extract::{FormBody, MinSeq, Params};
use crate::web::listing::query_of;
use crate::web::origin::require_own_origin;
use crate::web::respond::{self, CachePolicy, Reply};
use crate::web::site::Site;

/// The parameters of [`api`].
pub const PARAMETERS: [&str; 2] = ["q", "limit"];

/// As many of each kind fit below a search box.
const USUAL: usize = 5;

/// Longer texts are not looked up: nobody completes a sentence.
const LONGEST: usize = 100;

/// `GET /api/v1/suggest?q=`: products, categories and searches that begin like this.
pub async fn api(
    request: HttpRequest,
    catalog: web::Data<Catalog>,
    insight: web::Data<Insight>,
) -> Result<Reply> {
    let params = Params::parse(&request, &PARAMETERS)?;
    let (typed, limit) = (typed(&params)?, limit(&params)?);
    let fresh = MinSeq::of(&request)?;
    let found = fresh
        .confirm(catalog.suggest(&typed, limit, fresh.at_least()).await?)?
        .value;
    let product = |card: &ProductCard| {
        json!({
            "product_id": card.product_id,
            "name": card.name,
            "url": format!("/products/{}", card.slug),
            "price": card.offer.price.to_string(),
            "currency": catalog.currency(),
        })
    };
    let category = |term: &Term| json!({ "name": term.name, "url": format!("/categories/{}", term.slug) });
    let query = |text: &String| json!({ "text": text, "url": address_of(text) });
    let queries = queries(&insight, &found, &typed, limit);
    let body = json!({
        "query": typed,
        "queries": queries.iter().map(query).collect::<Vec<Value>>(),
        "categories": found.categories.iter().map(category).collect::<Vec<Value>>(),
        "products": found.products.iter().map(product).collect::<Vec<Value>>(),
    });
    respond::json(&body, CachePolicy::Public)
}

/// `GET /search/suggestions?q=`: the same for the address bar of a browser (OpenSearch suggestions 1.0).
pub async fn for_browsers(
    request: HttpRequest,
    catalog: web::Data<Catalog>,
    insight: web::Data<Insight>,
) -> Result<Reply> {
    let params = Params::decode(request.query_string())?;
    let typed = typed(&params)?;
    let fresh = MinSeq::of(&request)?;
    let found = fresh
        .confirm(catalog.suggest(&typed, USUAL, fresh.at_least()).await?)?
        .value;
    let mut texts = queries(&insight, &found, &typed, USUAL);
    texts.extend(found.categories.iter().map(|term| term.name.clone()));
    texts.extend(found.products.iter().map(|card| card.name.clone()));
    texts.truncate(MOST_SUGGESTED);
    let body = serde_json::to_vec(&json!([typed, texts])).map_err(Error::internal)?;
    Ok(respond::bytes(
        "application/x-suggestions+json; charset=utf-8",
        body,
        CachePolicy::Public,
    ))
}

/// `POST /search/clicks`: a product that a search has found was opened. Which one is nobody's concern, and nobody learns
/// who opened it.
pub async fn clicked(
    request: HttpRequest,
    site: web::Data<Site>,
    insight: web::Data<Insight>,
    FormBody(sent): FormBody,
) -> Result<Reply> {
    require_own_origin(&site, &request)?;
    insight.clicked(sent.one("q")?.unwrap_or_default());
    Ok(respond::no_content())
}

/// What others searched for comes first: it is known to find something.
fn queries(insight: &Insight, found: &Suggestions, typed: &str, limit: usize) -> Vec<String> {
    let mut queries = insight.popular(typed, limit);
    for completion in &found.completions {
        if queries
            .iter()
            .all(|known| text::fold(known) != text::fold(completion))
        {
            queries.push(completion.clone());
        }
    }
    queries.truncate(limit);
    queries
}

fn address_of(query: &str) -> String {
    query_of("/search", [("q", query)].into_iter())
}

/// What was typed so far; too long or nothing suggests nothing.
fn typed(params: &Params) -> Result<String> {
    let typed = text::showable(params.one("q")?.unwrap_or_default());
    Ok(if typed.chars().count() > LONGEST {
        String::new()
    } else {
        typed
    })
}

fn limit(params: &Params) -> Result<usize> {
    let Some(limit) = params.one("limit")? else {
        return Ok(USUAL);
    };
    let limit = limit
        .parse()
        .ok()
        .filter(|limit| (1..=MOST_SUGGESTED).contains(limit));
    limit.ok_or_else(|| {
        Error::bad_request(
            "invalid_parameter",
            format!("`limit` must be a whole number from 1 to {MOST_SUGGESTED}."),
        )
    })
}
