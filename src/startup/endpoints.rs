//! Every address of the shop: the one table from which the server is built, `vitrine routes` prints and the tests walk.
//!
//! The first match wins, so a fixed word stands before a placeholder.

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
use crate::web::{files, problem, robots};
use crate::{accounts, admin, catalog, exchange, media, search};

const SHOP: &[Feature] = &[Feature::Catalog];
const SHOP_SEARCH: &[Feature] = &[Feature::Catalog, Feature::Search];
const SHOP_API: &[Feature] = &[Feature::Catalog, Feature::Api];
const SHOP_FEEDS: &[Feature] = &[Feature::Catalog, Feature::Feeds];
const SHOP_SEARCH_API: &[Feature] = &[Feature::Catalog, Feature::Search, Feature::Api];
const API: &[Feature] = &[Feature::Api];
const OWNER: &[Feature] = &[Feature::Admin];
const OWNER_API: &[Feature] = &[Feature::Admin, Feature::Api];

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
    all.extend(accounts::endpoints());
    let owners = owner()
        .into_iter()
        .chain(owners_terms())
        .chain(owners_attributes())
        .chain(owners_search())
        .chain(owners_insight());
    all.extend(owners.map(|endpoint| endpoint.behind(Access::People)));
    let owners = owners_programs().into_iter().chain(owners_programs_search());
    all.extend(owners.map(|endpoint| endpoint.behind(Access::Programs)));
    all
}

fn customers() -> [Endpoint; 7] {
    use catalog::routes::pages;
    [
        at("/", SHOP).get(pages::home).kept(PLAIN),
        at("/products", SHOP).get(pages::index).kept(LIST),
        at("/products/{slug}", SHOP).get(pages::show).kept(PLAIN),
        at("/categories/{slug}", SHOP).get(pages::category).kept(LIST),
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

fn owner() -> [Endpoint; 7] {
    use admin::pages;
    [
        at("/admin", OWNER).get(pages::home),
        at("/admin/products", OWNER)
            .get(pages::table::index)
            .post(pages::product::create),
        at("/admin/products/new", OWNER).get(pages::product::new),
        at("/admin/products/{id}", OWNER)
            .get(pages::product::edit)
            .post(pages::product::save),
        at("/admin/products/{id}/delete", OWNER)
            .get(pages::product::confirm_delete)
            .post(pages::product::delete),
        at("/admin/products/{id}/restore", OWNER).post(pages::product::restore),
        at("/admin/products/{id}/stock", OWNER).post(pages::table::adjust_stock),
    ]
}

/// The three ways to sort products have the same pages.
fn owners_terms() -> impl Iterator<Item = Endpoint> {
    use admin::pages::{remove, term};
    let kinds = [
        [
            "/admin/categories",
            "/admin/categories/new",
            "/admin/categories/{id}",
            "/admin/categories/{id}/merge",
            "/admin/categories/{id}/delete",
        ],
        [
            "/admin/brands",
            "/admin/brands/new",
            "/admin/brands/{id}",
            "/admin/brands/{id}/merge",
            "/admin/brands/{id}/delete",
        ],
        [
            "/admin/tags",
            "/admin/tags/new",
            "/admin/tags/{id}",
            "/admin/tags/{id}/merge",
            "/admin/tags/{id}/delete",
        ],
    ];
    kinds.into_iter().flat_map(|[list, new, one, merge, delete]| {
        [
            at(list, OWNER).get(term::index).post(term::create),
            at(new, OWNER).get(term::new),
            at(one, OWNER).get(term::edit).post(term::save),
            at(merge, OWNER).get(term::ask_merge).post(term::merge),
            at(delete, OWNER).get(remove::ask_term).post(remove::delete_term),
        ]
    })
}

fn owners_attributes() -> [Endpoint; 4] {
    use admin::pages::{attribute, remove};
    [
        at("/admin/attributes", OWNER)
            .get(attribute::index)
            .post(attribute::create),
        at("/admin/attributes/new", OWNER).get(attribute::new),
        at("/admin/attributes/{id}", OWNER)
            .get(attribute::edit)
            .post(attribute::save),
        at("/admin/attributes/{id}/delete", OWNER)
            .get(remove::ask_attribute)
            .post(remove::delete_attribute),
    ]
}

/// Synonyms and redirects have the same pages.
fn owners_search() -> impl Iterator<Item = Endpoint> {
    use admin::pages::search;
    let kinds = [
        [
            "/admin/search/synonyms",
            "/admin/search/synonyms/new",
            "/admin/search/synonyms/{id}",
            "/admin/search/synonyms/{id}/delete",
        ],
        [
            "/admin/search/redirects",
            "/admin/search/redirects/new",
            "/admin/search/redirects/{id}",
            "/admin/search/redirects/{id}/delete",
        ],
    ];
    let rules = kinds.into_iter().flat_map(|[list, new, one, delete]| {
        [
            at(list, OWNER).get(search::rules).post(search::create),
            at(new, OWNER).get(search::new),
            at(one, OWNER).get(search::edit).post(search::save),
            at(delete, OWNER).get(search::ask).post(search::delete),
        ]
    });
    [at("/admin/search", OWNER).get(search::index)]
        .into_iter()
        .chain(rules)
}

fn owners_insight() -> [Endpoint; 6] {
    use admin::pages::{history, system};
    [
        at("/admin/system", OWNER).get(system::index),
        at("/admin/system/pools", OWNER).post(system::resize),
        at("/admin/system/cache", OWNER).post(system::purge),
        at("/admin/history", OWNER).get(history::index),
        at("/admin/history/{seq}/undo", OWNER)
            .get(history::ask)
            .post(history::undo),
        at("/admin/batches/{id}/undo", OWNER)
            .get(history::ask_batch)
            .post(history::undo_batch),
    ]
}

fn owners_programs() -> [Endpoint; 10] {
    use admin::{api, operations};
    [
        at("/api/admin/products", OWNER_API)
            .get(api::index)
            .described(operations::index)
            .post(api::create)
            .described(operations::create),
        at("/api/admin/products/{id}", OWNER_API)
            .get(api::show)
            .described(operations::show)
            .put(api::replace)
            .described(operations::replace)
            .patch(api::amend)
            .described(operations::amend)
            .delete(api::delete)
            .described(operations::delete),
        at("/api/admin/products/{id}/restore", OWNER_API)
            .post(api::restore)
            .described(operations::restore),
        at("/api/admin/products/{id}/stock", OWNER_API)
            .post(api::adjust_stock)
            .described(operations::adjust_stock),
        at("/api/admin/system/database", OWNER_API)
            .get(api::system::database)
            .described(operations::system::database),
        at("/api/admin/cache", OWNER_API)
            .get(api::cache::show)
            .described(operations::cache::show),
        at("/api/admin/cache/purge", OWNER_API)
            .post(api::cache::purge)
            .described(operations::cache::purge),
        at("/api/admin/changes", OWNER_API)
            .get(api::changes::index)
            .described(operations::changes::index),
        at("/api/admin/changes/{seq}/undo", OWNER_API)
            .post(api::changes::undo)
            .described(operations::changes::undo),
        at("/api/admin/batches/{id}/undo", OWNER_API)
            .post(api::changes::undo_batch)
            .described(operations::changes::undo_batch),
    ]
}

fn owners_programs_search() -> [Endpoint; 4] {
    use admin::api::search as api;
    use admin::operations::search as operations;
    [
        at("/api/admin/search/synonyms", OWNER_API)
            .get(api::index)
            .described(operations::synonyms)
            .post(api::create)
            .described(operations::create_synonym),
        at("/api/admin/search/synonyms/{id}", OWNER_API)
            .get(api::show)
            .described(operations::synonym)
            .put(api::replace)
            .described(operations::replace_synonym)
            .delete(api::delete)
            .described(operations::delete_synonym),
        at("/api/admin/search/redirects", OWNER_API)
            .get(api::index)
            .described(operations::redirects)
            .post(api::create)
            .described(operations::create_redirect),
        at("/api/admin/search/redirects/{id}", OWNER_API)
            .get(api::show)
            .described(operations::redirect)
            .put(api::replace)
            .described(operations::replace_redirect)
            .delete(api::delete)
            .described(operations::delete_redirect),
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
            Access::Everybody => config.service(resource.wrap(panics)),
            Access::People => config.service(resource.wrap(from_fn(accounts::guard_pages)).wrap(panics)),
            Access::Programs => config.service(resource.wrap(from_fn(accounts::guard_api)).wrap(panics)),
        };
    }
}

#[cfg(test)]
mod tests;
