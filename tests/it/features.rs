//! Which addresses there are, for whom, and what switches them off. A new address without a row here fails.

mod table;

use std::collections::BTreeSet;

use awc::http::Method;
use serde_json::json;
use vitrine::config::{Feature, Features, Role};
use vitrine::startup::endpoints;
use vitrine::web::endpoint::Access;

use table::TABLE;

use crate::helpers::{Browser, Shop, html, make_key};
use crate::on_both_databases;

on_both_databases!(nobody_comes_further_than_the_table_says);

#[test]
fn every_address_has_its_row_and_every_row_its_address() {
    let row = |pattern: &str, methods: &str, access: Access, needs: &[Feature]| {
        let needs: Vec<_> = needs.iter().map(|feature| feature.name()).collect();
        format!("{pattern} {methods} {} {}", access.name(), needs.join(","))
    };
    let served: BTreeSet<String> = endpoints()
        .iter()
        .map(|endpoint| {
            let methods: Vec<_> = endpoint.methods().map(|method| method.as_str()).collect();
            row(
                endpoint.pattern,
                &methods.join(" "),
                endpoint.access,
                endpoint.needs,
            )
        })
        .collect();
    let written: BTreeSet<String> = TABLE
        .iter()
        .map(|(pattern, methods, access, needs)| row(pattern, methods, *access, needs))
        .collect();
    assert_eq!(served, written);
}

#[actix_web::test]
async fn api9_the_executable_prints_the_same_table() {
    let shop = Shop::on_sqlite().await;
    let printed = shop.vitrine(&["routes"]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(
        printed.lines().count(),
        TABLE.len() + 1,
        "a heading and a line for each address"
    );
    for (pattern, methods, access, needs) in TABLE {
        let needs: Vec<_> = needs.iter().map(|feature| feature.name()).collect();
        let words = [&methods.replace(' ', ","), *pattern, access.name()].map(str::to_owned);
        let line = printed
            .lines()
            .find(|line| line.split_whitespace().take(3).eq(words.iter()));
        let line = line.unwrap_or_else(|| panic!("{pattern} is missing:\n{printed}"));
        assert!(line.contains(&needs.join(",")) && line.ends_with("on"), "{line}");
    }
}

/// A sample address of a pattern that names something that exists.
pub fn sample(pattern: &str) -> String {
    pattern
        .replace("{fingerprint}/{path:.*}", "0/site.css")
        .replace("{hash}/{file}", "0/original.webp")
        .replace("/products/{slug}", "/products/lamp")
        .replace("/categories/{slug}", "/categories/lamps")
        .replace("{slug}", "about")
        .replace("{number}", "1")
        .replace("{seq}", "1")
        .replace("/brands/{id}", "/brands/2")
        .replace("/tags/{id}", "/tags/3")
        .replace("{id}", "1")
}

#[actix_web::test]
async fn what_is_switched_off_is_not_there_and_nothing_leads_to_it() {
    let all = vitrine::config::Settings::load(None).unwrap().features;
    let mut sets: Vec<Features> = [Role::All, Role::Catalog, Role::Admin, Role::Realtime]
        .map(|role| all.narrowed_to(role))
        .into();
    sets.push(Features { search: false, ..all });
    sets.push(Features { api: false, ..all });
    sets.push(Features { feeds: false, ..all });
    sets.push(Features {
        cache: false,
        realtime: false,
        submissions: false,
        metrics: false,
        ..all
    });
    for features in sets {
        let shop = Shop::on_sqlite_with(|settings| settings.features = features).await;
        fill(&shop).await;
        for (pattern, methods, _, needs) in TABLE {
            let there = shop
                .send(Method::OPTIONS, &sample(pattern), &[], None)
                .await
                .status
                != 404;
            // The guard asks who is there before OPTIONS is answered; where nothing is, nobody asks.
            assert_eq!(
                there,
                features.has_all(needs),
                "{pattern} ({methods}) with {features:?}"
            );
        }
        let metrics = shop.operator(Method::GET, "/metrics").await.status;
        assert_eq!(metrics, if features.metrics { 200 } else { 404 }, "{features:?}");
        let mut astray = Vec::new();
        for (page, text) in pages(&shop, &features).await {
            for tag in html::tags(&text) {
                let Some(path) = tag.attribute("href").or(tag.attribute("action")) else {
                    continue;
                };
                let post = tag.attribute("method") == Some("post");
                let method = if post { Method::OPTIONS } else { Method::GET };
                let (target, place) = path.split_once('#').unwrap_or((path, ""));
                if target.is_empty() {
                    assert!(
                        text.contains(&format!("id=\"{place}\"")),
                        "{page} leads to {path}"
                    );
                    continue;
                }
                let found = shop.send(method, target, &[("accept", "text/html")], None).await;
                if found.status == 404 {
                    astray.push(format!("{page} leads to {path}"));
                }
            }
        }
        assert!(astray.is_empty(), "with {features:?} {astray:#?}");
    }
}

/// A product with the first category, brand and tag, whose ids count through all three, and an attribute.
pub async fn fill(shop: &Shop) {
    use vitrine::catalog::{AttributeInput, Extent, ProductEdit, ProductInput, TextPageInput};
    let body =
        json!({"name": "Lamp", "price": "1.00", "category": "Lamps", "brand": "Windward", "tags": ["new"]});
    let input = ProductInput::from_json(body.as_object().unwrap());
    let edit = ProductEdit::parse(input, Extent::Whole).unwrap();
    let origin = vitrine::db::Origin {
        actor: vitrine::db::Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    };
    let catalog = &shop.parts.catalog;
    catalog.create(origin.clone(), edit, None).await.unwrap();
    let height = AttributeInput {
        name: "Height".to_owned(),
        kind: "number".to_owned(),
        ..AttributeInput::default()
    };
    catalog.create_attribute(origin.clone(), height).await.unwrap();
    let about = TextPageInput {
        title: "About".to_owned(),
        body: "See [all products](/products).".to_owned(),
        is_published: true,
        ..TextPageInput::default()
    };
    catalog.create_text_page(origin, about, None).await.unwrap();
}

/// One of each kind of page that these features show, errors included.
async fn pages(shop: &Shop, features: &Features) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let mut visitor = Browser::new(shop);
    for path in [
        "/",
        "/products",
        "/products/lamp",
        "/products/none",
        "/categories/lamps",
        "/pages",
        "/pages/about",
        "/search?q=lamp",
        "/search?q=none",
        "/none",
        "/docs",
        "/login",
    ] {
        shown.push((path.to_owned(), visitor.open(path).await.text));
    }
    if features.admin {
        let mut owner = Browser::of_owner(shop).await;
        for path in [
            "/admin/products",
            "/admin/products?status=deleted",
            "/admin/products/new",
            "/admin/products/1",
            "/admin/products/1/delete",
            "/admin/categories",
            "/admin/categories/new",
            "/admin/categories/1",
            "/admin/categories/1/merge",
            "/admin/categories/1/delete",
            "/admin/brands",
            "/admin/brands/2",
            "/admin/tags",
            "/admin/tags/3",
            "/admin/attributes",
            "/admin/attributes/new",
            "/admin/attributes/1",
            "/admin/pages",
            "/admin/pages/new",
            "/admin/pages/1",
            "/admin/pages/1/delete",
            "/admin/search",
            "/admin/search/synonyms",
            "/admin/search/synonyms/new?query=sofa",
            "/admin/search/redirects",
            "/admin/search/redirects/new",
            "/admin/history",
            "/admin/history/1/undo",
            "/admin/system",
            "/admin/people",
            "/admin/people/1",
            "/admin/people/1/erase",
            "/admin/keys",
            "/account",
            "/admin/attributes/1/delete",
        ] {
            let page = owner.open(path).await;
            assert_eq!(page.status, 200, "{path}");
            shown.push((path.to_owned(), page.text));
        }
    }
    shown.retain(|(_, text)| text.starts_with("<!DOCTYPE"));
    assert!(!shown.is_empty());
    shown
}

/// Everybody asks for everything: strangers, keys of each scope, the signed-in owner without and with the token.
async fn nobody_comes_further_than_the_table_says(shop: Shop) {
    fill(&shop).await;
    let mut keys = Vec::new();
    for scope in ["catalog:read", "catalog:write", "admin"] {
        keys.push((scope, format!("Bearer {}", make_key(&shop.parts, scope).await)));
    }
    let owner = Browser::of_owner(&shop).await;
    let cookie = format!("vitrine_sid={}", owner.cookie("vitrine_sid"));
    for (pattern, methods, access, needs) in TABLE {
        for method in methods.split(' ') {
            let path = sample(pattern);
            let row = format!("{method} {path}");
            let writes = !matches!(method, "GET" | "HEAD");
            let ask = |headers: Vec<(&'static str, String)>| {
                let (shop, path, access) = (&shop, path.clone(), *access);
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                async move {
                    let mut headers: Vec<_> = headers
                        .iter()
                        .map(|(name, value)| (*name, value.as_str()))
                        .collect();
                    // What is sent is well formed, so that only who sends it can be the reason to refuse it.
                    let form = access != Access::Programs;
                    headers.push((
                        "content-type",
                        if form {
                            "application/x-www-form-urlencoded"
                        } else {
                            "application/json"
                        },
                    ));
                    let body = if form { "" } else { "{}" };
                    shop.ask(method, &path, &headers, writes.then(|| body.to_owned()))
                        .await
                        .status
                }
            };
            let stranger = ask(vec![]).await;
            let (without_token, elsewhere) = (
                ask(vec![
                    ("cookie", cookie.clone()),
                    ("sec-fetch-site", "same-origin".to_owned()),
                ])
                .await,
                ask(vec![
                    ("cookie", cookie.clone()),
                    ("sec-fetch-site", "cross-site".to_owned()),
                ])
                .await,
            );
            match access {
                // Forms that need no session still have to come from our own pages.
                Access::Everybody if writes => assert_eq!((stranger, elsewhere), (403, 403), "{row}"),
                Access::Everybody => assert!(!matches!(stranger, 401 | 405), "{row}: {stranger}"),
                Access::People => {
                    assert_eq!(stranger, if writes { 403 } else { 303 }, "{row}");
                    for (scope, key) in &keys {
                        let status = ask(vec![("authorization", key.clone())]).await;
                        assert!(
                            matches!(status, 303 | 403),
                            "{row} with a key of {scope}: {status}"
                        );
                    }
                    assert_eq!(without_token == 403, writes, "{row}: {without_token}");
                    assert_eq!(elsewhere == 403, writes, "{row}: {elsewhere}");
                }
                Access::Programs => {
                    assert_eq!(stranger, 401, "{row}");
                    let is_for_admins = pattern.ends_with("changes")
                        || pattern.contains("/system/")
                        || pattern.contains("/cache")
                        || pattern.contains("/webhooks")
                        || pattern.contains("/submissions");
                    for (scope, key) in &keys {
                        let refused = match (*scope, writes) {
                            ("admin", _) => false,
                            ("catalog:write", _) => is_for_admins,
                            (_, true) => true,
                            (_, false) => is_for_admins,
                        };
                        let status = ask(vec![("authorization", key.clone())]).await;
                        assert_eq!(status == 403, refused, "{row} with a key of {scope}: {status}");
                    }
                    assert_eq!(
                        (without_token == 403, elsewhere == 403),
                        (writes, writes),
                        "{row}"
                    );
                    let both = ask(vec![
                        ("cookie", cookie.clone()),
                        ("authorization", keys[2].1.clone()),
                    ])
                    .await;
                    assert_eq!(both, 400, "{row} with cookie and key");
                }
            }
            assert!(!needs.is_empty() || *access == Access::Everybody, "{row}");
        }
    }
}
