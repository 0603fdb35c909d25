//! Every address of the shop: the one table from which the server is built, `vitrine routes` prints and the tests walk.
//!
//! The first match wins, so a fixed word stands before a placeholder.

mod owner;
mod submissions;
mod webhooks;

use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;

use crate::catalog::filter::FILTER_PARAMETERS;
use crate::config::{Feature, Features};
use crate::error::Result;
use crate::search::routes::SEARCH_PARAMETERS;
use crate::web::endpoint::{Access, Endpoint, Kept, at};
use crate::web::listing::{LIST_PARAMETERS, PAGE_PARAMETERS};
use crate::web::openapi::{self, Document};
use crate::web::site::Site;
use crate::web::{files, limits, problem, robots};
use crate::{accounts, catalog, exchange, media, realtime, search};

const SHOP: &[Feature] = &[Feature::Catalog];
const SHOP_SEARCH: &[Feature] = &[Feature::Catalog, Feature::Search];
const SHOP_API: &[Feature] = &[Feature::Catalog, Feature::Api];
const SHOP_FEEDS: &[Feature] = &[Feature::Catalog, Feature::Feeds];
const SHOP_SEARCH_API: &[Feature] = &[Feature::Catalog, Feature::Search, Feature::Api];
const API: &[Feature] = &[Feature::Api];
const LIVE: &[Feature] = &[Feature::Realtime];

/// Parameters change nothing on most pages; on lists they filter, sort and turn pages.
const PLAIN: Kept = Kept::Ignoring(&[]);
const LIST: Kept = Kept::Ignoring(&[&FILTER_PARAMETERS, &PAGE_PARAMETERS]);
const PARTS: Kept = Kept::Ignoring(&[&["after"]]);
const BARE: Kept = Kept::Refusing(&[]);
const API_LIST: Kept = Kept::Refusing(&[&FILTER_PARAMETERS, &LIST_PARAMETERS]);

const API_SEARCH: Kept = Kept::Refusing(&[&FILTER_PARAMETERS, &LIST_PARAMETERS, &SEARCH_PARAMETERS]);

const API_SUGGEST: Kept = Kept::Refusing(&[&search::routes::suggest::PARAMETERS]);
const WORDS: Kept = Kept::Ignoring(&[&["q"]]);

/// All addresses, whether their features are on or not.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        at("/static/{fingerprint}/{path:.*}", &[])
            .get(files::show)
            .kept(PLAIN),
        at("/media/{hash}/{file}", &[]).get(media::show),
    ];
    all.extend(customers());
    all.extend(programs());
    all.extend(crawlers());
    all.extend(documentation());
    all.extend(live());
    all.extend(accounts::endpoints());
    all.extend(owner::pages());
    all.extend(owner::api());
    all.extend(submissions::all());
    all.extend(webhooks::all());
    all
}

fn customers() -> [Endpoint; 9] {
    use catalog::routes::{pages, texts};
    [
        at("/", SHOP).get(pages::home).kept(PLAIN),
        at("/products", SHOP).get(pages::index).kept(LIST),
        at("/products/{slug}", SHOP).get(pages::show).kept(PLAIN),
        at("/categories/{slug}", SHOP).get(pages::category).kept(LIST),
        at("/pages", SHOP).get(texts::index).kept(PLAIN),
        at("/pages/{slug}", SHOP).get(texts::show).kept(PLAIN),
        at("/search", SHOP_SEARCH).get(search::routes::page).kept(LIST),
        at("/search/suggestions", SHOP_SEARCH)
            .get(search::routes::suggest::for_browsers)
            .kept(WORDS),
        at("/search/clicks", SHOP_SEARCH).post(search::routes::suggest::clicked),
    ]
}

fn programs() -> [Endpoint; 8] {
    use catalog::routes::{api, operations};
    [
        at("/api/v1/products", SHOP_API)
            .get(api::index)
            .kept(API_LIST)
            .described(operations::index),
        at("/api/v1/products/{id}", SHOP_API)
            .get(api::show)
            .kept(BARE)
            .described(operations::show),
        at("/api/v1/categories", SHOP_API)
            .get(api::categories)
            .kept(BARE)
            .described(operations::all_categories),
        at("/api/v1/brands", SHOP_API)
            .get(api::brands)
            .kept(BARE)
            .described(operations::all_brands),
        at("/api/v1/tags", SHOP_API)
            .get(api::tags)
            .kept(BARE)
            .described(operations::all_tags),
        at("/api/v1/attributes", SHOP_API)
            .get(api::attributes)
            .kept(BARE)
            .described(operations::all_attributes),
        at("/api/v1/search", SHOP_SEARCH_API)
            .get(search::routes::api)
            .kept(API_SEARCH)
            .described(search::operations::search),
        at("/api/v1/suggest", SHOP_SEARCH_API)
            .get(search::routes::suggest::api)
            .kept(API_SUGGEST)
            .described(search::operations::suggest),
    ]
}

fn documentation() -> [Endpoint; 2] {
    [
        at("/openapi.json", API).get(openapi::routes::show).kept(PLAIN),
        at("/docs", API).get(openapi::routes::page).kept(PLAIN),
    ]
}

fn live() -> [Endpoint; 3] {
    use realtime::routes;
    [
        at("/asyncapi.json", LIVE)
            .get(catalog::routes::live::document)
            .kept(PLAIN),
        at("/ws", LIVE).get(routes::socket),
        at("/events", LIVE).get(routes::events),
    ]
}

fn crawlers() -> [Endpoint; 6] {
    use exchange::feeds::routes;
    [
        at("/robots.txt", &[]).get(robots::show).kept(PLAIN),
        at("/sitemap.xml", SHOP_FEEDS).get(routes::sitemap).kept(PLAIN),
        at("/sitemaps/{number}.xml", SHOP_FEEDS)
            .get(routes::sitemap_part)
            .kept(PLAIN),
        at("/feed.atom", SHOP_FEEDS).get(routes::atom).kept(PLAIN),
        at("/feeds/google.xml", SHOP_FEEDS)
            .get(routes::merchant)
            .kept(PARTS),
        at("/opensearch.xml", SHOP_SEARCH)
            .get(search::routes::description)
            .kept(PLAIN),
    ]
}

/// The description of the API that this site serves.
///
/// # Errors
/// None that a description can cause.
pub fn api_document(site: &Site) -> Result<Document> {
    let all = endpoints();
    Document::of(all.iter().filter(|endpoint| endpoint.is_on(&site.features)), site)
}

/// Registers what is switched on, each behind its guard.
pub fn mount(config: &mut ServiceConfig, features: &Features) {
    for endpoint in endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.is_on(features))
    {
        let access = endpoint.access;
        let resource = endpoint.into_resource();
        let panics = from_fn(problem::catch_panic);
        match access {
            Access::Everybody => config.service(resource.wrap(from_fn(limits::make_room)).wrap(panics)),
            Access::People => config.service(resource.wrap(from_fn(accounts::guard_pages)).wrap(panics)),
            Access::Programs => config.service(resource.wrap(from_fn(accounts::guard_api)).wrap(panics)),
        };
    }
}

#[cfg(test)]
mod tests;
