//! The public API of the catalog: `/api/v1/products` and `/api/v1/categories`. Must not know who signed in.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::facets::facets;
use crate::catalog::filter::{FILTER_PARAMETERS, ProductFilter, Scope, Sort};
use crate::catalog::finder::{Hit, Reason, Search};
use crate::catalog::{Catalog, ListQuery, Listed, Product, Taxonomy, Term};
use crate::db::{Seq, Snapshot};
use crate::error::Result;
use crate::web::extract::{MinSeq, Params, path_id};
use crate::web::listing::{Body, LIST_PARAMETERS, Links};
use crate::web::paging::PageRequest;
use crate::web::respond::{self, CachePolicy, Reply};

/// `GET /api/v1/products`
pub async fn index(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    let params = Params::parse(&request, &[&FILTER_PARAMETERS[..], &LIST_PARAMETERS[..]].concat())?;
    let fresh = MinSeq::of(&request)?;
    let found = products(&catalog, query(&catalog, Scope::Visible, &params)?, &fresh).await?;
    list(&request, &catalog, &params, &found.value, CachePolicy::Public)
}

/// `GET /api/v1/products/{id}`
pub async fn show(
    request: HttpRequest,
    path: web::Path<String>,
    catalog: web::Data<Catalog>,
) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let product = fresh.confirm(catalog.product(product_id(&path)?, fresh.at_least()).await?)?;
    resource(&catalog, &product.value)
}

/// What the API tells of a product to one who has no position.
///
/// # Errors
/// Those of [`Catalog::product`].
pub async fn product(catalog: &Catalog, product_id: i32) -> Result<Reply> {
    resource(catalog, &catalog.product(product_id, Seq::default()).await?.value)
}

fn resource(catalog: &Catalog, product: &Product) -> Result<Reply> {
    let reply = respond::json(&catalog.resource(product), CachePolicy::Public);
    reply.map(|reply| reply.counted(product.product_id.to_string()))
}

/// `GET /api/v1/categories`
pub async fn categories(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let categories = fresh.confirm(catalog.categories(fresh.at_least()).await?)?;
    let data: Vec<Value> = categories.value.with_depths().map(category).collect();
    respond::json(&json!({ "data": data }), CachePolicy::Public)
}

/// A category as the API shows it; `depth` is 0 at the top.
fn category((term, depth): (&Term, usize)) -> Value {
    json!({
        "category_id": term.term_id,
        "name": term.name,
        "slug": term.slug,
        "parent_id": term.parent_id,
        "depth": depth,
        "description": term.description,
        "image_url": term.image_url,
        "version": term.version,
    })
}

/// `GET /api/v1/brands`
pub async fn brands(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    terms(&request, &catalog, Taxonomy::Brand).await
}

/// `GET /api/v1/tags`
pub async fn tags(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    terms(&request, &catalog, Taxonomy::Tag).await
}

async fn terms(request: &HttpRequest, catalog: &Catalog, taxonomy: Taxonomy) -> Result<Reply> {
    Params::parse(request, &[])?;
    let fresh = MinSeq::of(request)?;
    let terms = fresh.confirm(catalog.terms(taxonomy, fresh.at_least()).await?)?;
    let id = format!("{}_id", taxonomy.name());
    let term = |term: &Term| {
        json!({
            id.as_str(): term.term_id,
            "name": term.name,
            "slug": term.slug,
            "description": term.description,
            "image_url": term.image_url,
            "version": term.version,
        })
    };
    let data: Vec<Value> = terms.value.terms().iter().map(term).collect();
    respond::json(&json!({ "data": data }), CachePolicy::Public)
}

/// `GET /api/v1/attributes`
pub async fn attributes(request: HttpRequest, catalog: web::Data<Catalog>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let fresh = MinSeq::of(&request)?;
    let attributes = fresh.confirm(catalog.attributes(fresh.at_least()).await?)?;
    respond::json(&json!({ "data": attributes.value }), CachePolicy::Public)
}

/// What an API list asks for.
///
/// # Errors
/// 400 that names the parameter.
pub fn query(catalog: &Catalog, scope: Scope, params: &Params) -> Result<ListQuery> {
    let filter = ProductFilter::parse(scope, params.iter())?;
    let sort = Sort::parse_for(params.one("sort")?, catalog.has_relevance(&filter))?;
    let page = PageRequest::parse(params.one("limit")?, params.one("after")?, params.one("total")?)?;
    Ok(ListQuery {
        filter,
        sort,
        page,
        ..ListQuery::default()
    })
}

/// The page of whole products that it asks for.
///
/// # Errors
/// 400 that names the parameter; those of the database.
pub async fn products(
    catalog: &Catalog,
    query: ListQuery,
    fresh: &MinSeq,
) -> Result<Snapshot<Listed<Product>>> {
    fresh.confirm(catalog.products(query, fresh.at_least()).await?)
}

/// The answer to an API list of products.
///
/// # Errors
/// None that a product can cause.
pub fn list(
    request: &HttpRequest,
    catalog: &Catalog,
    params: &Params,
    Listed { page, search }: &Listed<Product>,
    policy: CachePolicy,
) -> Result<Reply> {
    let data: Vec<_> = page
        .items
        .iter()
        .map(|product| catalog.resource(product))
        .collect();
    let links = Links::new(request, params, page);
    let body = Body::of(data, page, &links);
    let body = match search {
        Some(search) => told(search).fold(body, |body, (name, value)| body.with(name, value)),
        None => body,
    };
    Ok(links
        .headers()
        .fold(respond::json(&body, policy)?, |reply, (relation, target)| {
            reply.link(relation, target)
        }))
}

/// What the API tells of a search beside its products.
fn told(search: &Search) -> impl Iterator<Item = (&'static str, Value)> {
    let understood = &search.understood;
    let dropped = (!understood.dropped.is_empty()).then(|| json!(understood.dropped));
    let explanations = search.explanations.iter().map(explanation);
    let explanations = (!search.explanations.is_empty()).then(|| explanations.collect());
    [
        ("degraded", Some(search.is_degraded.into())),
        ("did_you_mean", understood.did_you_mean.clone().map(Value::from)),
        ("dropped", dropped),
        ("facets", search.facets.as_ref().map(facets)),
        ("explanations", explanations),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

fn explanation(hit: &Hit) -> Value {
    let reason =
        |reason: &Reason| json!({ "name": reason.name, "value": reason.value, "detail": reason.detail });
    json!({
        "product_id": hit.product_id,
        "reasons": hit.explanation.iter().map(reason).collect::<Vec<_>>(),
    })
}

/// The id in an address; anything but a number names no product.
///
/// # Errors
/// `NotFound`.
pub fn product_id(text: &str) -> Result<i32> {
    path_id(text, "product")
}
