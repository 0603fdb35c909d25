//! The addresses of the owner's side. Who comes through to them is said where they are put into the table.

use crate::admin;
use crate::config::Feature;
use crate::web::endpoint::{Endpoint, at};

const OWNER: &[Feature] = &[Feature::Admin];
const OWNER_API: &[Feature] = &[Feature::Admin, Feature::Api];

/// For people.
pub fn pages() -> impl Iterator<Item = Endpoint> {
    products()
        .into_iter()
        .chain(owners_terms())
        .chain(owners_attributes())
        .chain(owners_search())
        .chain(owners_insight())
}

/// For programs.
pub fn api() -> impl Iterator<Item = Endpoint> {
    owners_programs().into_iter().chain(owners_programs_search())
}

fn products() -> [Endpoint; 7] {
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
