//! The addresses of the owner's side, and what each method asks of its caller.

use crate::admin;
use crate::config::Feature;
use crate::web::endpoint::{Endpoint, Guarded, for_people, for_programs};
use crate::web::permission::Permission::{Administer, ReadCatalog, WriteCatalog};
use crate::web::permission::SIGNED_IN;

const OWNER: &[Feature] = &[Feature::Admin];
const OWNER_API: &[Feature] = &[Feature::Admin, Feature::Api];

/// For people.
pub fn pages() -> impl Iterator<Item = Endpoint> {
    products()
        .into_iter()
        .chain(owners_terms())
        .chain(owners_attributes())
        .chain(owners_search())
        .chain(owners_texts())
        .chain(owners_insight())
        .chain(owners_webhooks())
        .map(Endpoint::from)
}

/// For programs.
pub fn api() -> impl Iterator<Item = Endpoint> {
    owners_programs()
        .into_iter()
        .chain(owners_programs_search())
        .chain(owners_programs_texts())
        .map(Endpoint::from)
}

fn products() -> [Guarded; 7] {
    use admin::pages;
    [
        for_people("/admin", OWNER).get(SIGNED_IN, pages::home),
        for_people("/admin/products", OWNER)
            .get(ReadCatalog, pages::table::index)
            .post(WriteCatalog, pages::product::create),
        for_people("/admin/products/new", OWNER).get(WriteCatalog, pages::product::new),
        for_people("/admin/products/{id}", OWNER)
            .get(WriteCatalog, pages::product::edit)
            .post(WriteCatalog, pages::product::save),
        for_people("/admin/products/{id}/delete", OWNER)
            .get(WriteCatalog, pages::product::confirm_delete)
            .post(WriteCatalog, pages::product::delete),
        for_people("/admin/products/{id}/restore", OWNER).post(WriteCatalog, pages::product::restore),
        for_people("/admin/products/{id}/stock", OWNER).post(WriteCatalog, pages::table::adjust_stock),
    ]
}

/// The three ways to sort products have the same pages.
fn owners_terms() -> impl Iterator<Item = Guarded> {
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
            for_people(list, OWNER)
                .get(WriteCatalog, term::index)
                .post(WriteCatalog, term::create),
            for_people(new, OWNER).get(WriteCatalog, term::new),
            for_people(one, OWNER)
                .get(WriteCatalog, term::edit)
                .post(WriteCatalog, term::save),
            for_people(merge, OWNER)
                .get(WriteCatalog, term::ask_merge)
                .post(WriteCatalog.freshly(), term::merge),
            for_people(delete, OWNER)
                .get(WriteCatalog, remove::ask_term)
                .post(WriteCatalog, remove::delete_term),
        ]
    })
}

fn owners_attributes() -> [Guarded; 4] {
    use admin::pages::{attribute, remove};
    [
        for_people("/admin/attributes", OWNER)
            .get(WriteCatalog, attribute::index)
            .post(WriteCatalog, attribute::create),
        for_people("/admin/attributes/new", OWNER).get(WriteCatalog, attribute::new),
        for_people("/admin/attributes/{id}", OWNER)
            .get(WriteCatalog, attribute::edit)
            .post(WriteCatalog, attribute::save),
        for_people("/admin/attributes/{id}/delete", OWNER)
            .get(WriteCatalog, remove::ask_attribute)
            .post(WriteCatalog.freshly(), remove::delete_attribute),
    ]
}

/// Synonyms and redirects have the same pages.
fn owners_search() -> impl Iterator<Item = Guarded> {
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
            for_people(list, OWNER)
                .get(WriteCatalog, search::rules)
                .post(WriteCatalog, search::create),
            for_people(new, OWNER).get(WriteCatalog, search::new),
            for_people(one, OWNER)
                .get(WriteCatalog, search::edit)
                .post(WriteCatalog, search::save),
            for_people(delete, OWNER)
                .get(WriteCatalog, search::ask)
                .post(WriteCatalog, search::delete),
        ]
    });
    [for_people("/admin/search", OWNER).get(WriteCatalog, search::index)]
        .into_iter()
        .chain(rules)
}

fn owners_texts() -> [Guarded; 4] {
    use admin::pages::text;
    [
        for_people("/admin/pages", OWNER)
            .get(WriteCatalog, text::index)
            .post(WriteCatalog, text::create),
        for_people("/admin/pages/new", OWNER).get(WriteCatalog, text::new),
        for_people("/admin/pages/{id}", OWNER)
            .get(WriteCatalog, text::edit)
            .post(WriteCatalog, text::save),
        for_people("/admin/pages/{id}/delete", OWNER)
            .get(WriteCatalog, text::ask)
            .post(WriteCatalog, text::delete),
    ]
}

fn owners_insight() -> [Guarded; 7] {
    use crate::notices::routes as notices;
    use admin::pages::{history, system};
    [
        for_people("/account/notices", OWNER)
            .get(SIGNED_IN, notices::index)
            .post(SIGNED_IN, notices::mark_read),
        for_people("/admin/system", OWNER).get(Administer, system::index),
        for_people("/admin/system/pools", OWNER).post(Administer, system::resize),
        for_people("/admin/system/cache", OWNER).post(Administer, system::purge),
        for_people("/admin/history", OWNER).get(WriteCatalog, history::index),
        for_people("/admin/history/{seq}/undo", OWNER)
            .get(WriteCatalog, history::ask)
            .post(WriteCatalog, history::undo),
        for_people("/admin/batches/{id}/undo", OWNER)
            .get(WriteCatalog, history::ask_batch)
            .post(WriteCatalog.freshly(), history::undo_batch),
    ]
}

fn owners_webhooks() -> [Guarded; 8] {
    use admin::pages::webhooks;
    [
        for_people("/admin/webhooks", OWNER)
            .get(Administer, webhooks::index)
            .post(Administer.freshly(), webhooks::create),
        for_people("/admin/webhooks/new", OWNER).get(Administer, webhooks::new),
        for_people("/admin/webhooks/{id}", OWNER)
            .get(Administer, webhooks::edit)
            .post(Administer, webhooks::save),
        for_people("/admin/webhooks/{id}/secret", OWNER).post(Administer.freshly(), webhooks::renew),
        for_people("/admin/webhooks/{id}/ping", OWNER).post(Administer, webhooks::ping),
        for_people("/admin/webhooks/{id}/again", OWNER).post(Administer, webhooks::again),
        for_people("/admin/webhooks/{id}/replay", OWNER).post(Administer, webhooks::replay),
        for_people("/admin/webhooks/{id}/delete", OWNER)
            .get(Administer, webhooks::ask)
            .post(Administer, webhooks::delete),
    ]
}

fn owners_programs() -> [Guarded; 10] {
    use admin::{api, operations};
    [
        for_programs("/api/admin/products", OWNER_API)
            .get(ReadCatalog, api::index)
            .described(operations::index)
            .post(WriteCatalog, api::create)
            .described(operations::create),
        for_programs("/api/admin/products/{id}", OWNER_API)
            .get(ReadCatalog, api::show)
            .described(operations::show)
            .put(WriteCatalog, api::replace)
            .described(operations::replace)
            .patch(WriteCatalog, api::amend)
            .described(operations::amend)
            .delete(WriteCatalog, api::delete)
            .described(operations::delete),
        for_programs("/api/admin/products/{id}/restore", OWNER_API)
            .post(WriteCatalog, api::restore)
            .described(operations::restore),
        for_programs("/api/admin/products/{id}/stock", OWNER_API)
            .post(WriteCatalog, api::adjust_stock)
            .described(operations::adjust_stock),
        for_programs("/api/admin/system/database", OWNER_API)
            .get(Administer, api::system::database)
            .described(operations::system::database),
        for_programs("/api/admin/cache", OWNER_API)
            .get(Administer, api::cache::show)
            .described(operations::cache::show),
        for_programs("/api/admin/cache/purge", OWNER_API)
            .post(Administer, api::cache::purge)
            .described(operations::cache::purge),
        for_programs("/api/admin/changes", OWNER_API)
            .get(Administer, api::changes::index)
            .described(operations::changes::index),
        for_programs("/api/admin/changes/{seq}/undo", OWNER_API)
            .post(WriteCatalog, api::changes::undo)
            .described(operations::changes::undo),
        for_programs("/api/admin/batches/{id}/undo", OWNER_API)
            .post(WriteCatalog.freshly(), api::changes::undo_batch)
            .described(operations::changes::undo_batch),
    ]
}

fn owners_programs_search() -> [Guarded; 4] {
    use admin::api::search as api;
    use admin::operations::search as operations;
    [
        for_programs("/api/admin/search/synonyms", OWNER_API)
            .get(ReadCatalog, api::index)
            .described(operations::synonyms)
            .post(WriteCatalog, api::create)
            .described(operations::create_synonym),
        for_programs("/api/admin/search/synonyms/{id}", OWNER_API)
            .get(ReadCatalog, api::show)
            .described(operations::synonym)
            .put(WriteCatalog, api::replace)
            .described(operations::replace_synonym)
            .delete(WriteCatalog, api::delete)
            .described(operations::delete_synonym),
        for_programs("/api/admin/search/redirects", OWNER_API)
            .get(ReadCatalog, api::index)
            .described(operations::redirects)
            .post(WriteCatalog, api::create)
            .described(operations::create_redirect),
        for_programs("/api/admin/search/redirects/{id}", OWNER_API)
            .get(ReadCatalog, api::show)
            .described(operations::redirect)
            .put(WriteCatalog, api::replace)
            .described(operations::replace_redirect)
            .delete(WriteCatalog, api::delete)
            .described(operations::delete_redirect),
    ]
}

fn owners_programs_texts() -> [Guarded; 2] {
    use admin::api::text as api;
    use admin::operations::text as operations;
    [
        for_programs("/api/admin/pages", OWNER_API)
            .get(ReadCatalog, api::index)
            .described(operations::index)
            .post(WriteCatalog, api::create)
            .described(operations::create),
        for_programs("/api/admin/pages/{id}", OWNER_API)
            .get(ReadCatalog, api::show)
            .described(operations::show)
            .put(WriteCatalog, api::replace)
            .described(operations::replace)
            .delete(WriteCatalog, api::delete)
            .described(operations::delete),
    ]
}
