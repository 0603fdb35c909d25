//! Pages of text as customers and crawlers meet them.

use awc::http::Method;
use serde_json::json;

use super::{add, foot, put};
use crate::cache::keeping;
use crate::helpers::{Browser, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    a_page_is_linked_at_every_foot_and_an_edit_shows_at_once_and_on_other_nodes_soon,
    a_page_of_text_is_in_the_sitemap_with_its_last_change,
    a_hidden_page_is_nowhere_but_with_the_owner,
    a_page_that_moves_is_found_under_its_old_addresses,
);

async fn a_page_is_linked_at_every_foot_and_an_edit_shows_at_once_and_on_other_nodes_soon(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    let about = add(
        &shop,
        &json!({"title": "About", "body": "First words.", "position": 2}),
    )
    .await;
    add(&shop, &json!({"title": "Imprint", "body": "Who.", "position": 1})).await;
    let other = shop.beside(|_| {}).await;
    keeping(&shop).await;
    keeping(&other).await;
    let paths = [
        "/",
        "/products",
        "/products?min_price=abc",
        "/products/lamp",
        "/categories/lamps",
        "/search?q=lamp",
        "/pages",
        "/pages/about",
    ];
    for path in paths {
        let page = shop.get(path).await;
        assert_eq!(foot(&page.text), ["/pages/imprint", "/pages/about"], "{path}");
        other.get(path).await;
    }
    // What is asked nothing of the database leads to all of them.
    for path in ["/docs", "/no/such/page"] {
        assert_eq!(foot(&shop.get(path).await.text), ["/pages"], "{path}");
    }
    let listed = html::text(&shop.get("/pages").await.text);
    assert!(listed.contains("About") && listed.contains("Imprint"), "{listed}");

    let next = json!({"title": "Our story", "body": "Second *words*.", "position": 0});
    let saved = put(&shop, &about, &next).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    for path in paths {
        let page = shop.get(path).await;
        assert_eq!(foot(&page.text), ["/pages/about", "/pages/imprint"], "{path}");
        assert!(page.text.contains("Our story"), "{path}");
    }
    let page = shop.get("/pages/about").await;
    assert!(
        page.text.contains("<p>Second <em>words</em>.</p>"),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("name=\"description\" content=\"Second words.\""),
        "{}",
        page.text
    );
    eventually("the other node shows it", || async {
        let mut shown = true;
        for path in paths {
            shown &= other.get(path).await.text.contains("Our story");
        }
        shown && other.get("/pages/about").await.text.contains("Second <em>")
    })
    .await;
}

async fn a_page_of_text_is_in_the_sitemap_with_its_last_change(shop: Shop) {
    let about = add(&shop, &json!({"title": "About", "body": "First."})).await;
    add(
        &shop,
        &json!({"title": "Soon", "body": "Not yet.", "is_published": false}),
    )
    .await;
    let next = json!({"title": "About", "body": "Second."});
    let saved = put(&shop, &about, &next).await.json();
    let named = shop
        .beside(|settings| settings.server.public_url = Some("https://shop.example".parse().unwrap()))
        .await;
    let seq = shop.head().await;
    let headers = [("host", "shop.example"), ("x-min-change-seq", seq.as_str())];
    let entry = format!(
        "<loc>https://shop.example/pages/about</loc><lastmod>{}</lastmod>",
        saved["updated_at"].as_str().unwrap()
    );
    for path in ["/sitemap.xml", "/sitemaps/0.xml"] {
        let map = named.send(Method::GET, path, &headers, None).await;
        assert_eq!(map.status, 200, "{}", map.text);
        let flat: String = map.text.split_whitespace().collect();
        assert!(flat.contains(&entry), "{entry} is not in {}", map.text);
        assert!(!flat.contains("/pages/soon"), "{}", map.text);
    }
}

async fn a_hidden_page_is_nowhere_but_with_the_owner(shop: Shop) {
    let page = add(
        &shop,
        &json!({"title": "Soon", "body": "Not yet.", "is_published": false}),
    )
    .await;
    assert_eq!(shop.fresh("/pages/soon").await.status, 404);
    assert!(foot(&shop.fresh("/products").await.text).is_empty());
    let mut olive = Browser::of_owner(&shop).await;
    olive.catch_up().await;
    let list = olive.open("/admin/pages").await;
    let said = html::text(&list.text);
    assert!(said.contains("Soon") && said.contains("Hidden"), "{said}");
    let own = format!("/admin/pages/{}", page["page_id"]);
    let shown = olive.submit(&own, &own, &[("is_published", "true")]).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    assert_eq!(shop.fresh("/pages/soon").await.status, 200);
    let mut fields = html::form(&olive.open(&own).await.text, &own);
    fields.retain(|(name, _)| name != "is_published");
    assert_eq!(olive.post_fields(&own, &fields).await.status, 303);
    assert_eq!(shop.fresh("/pages/soon").await.status, 404);
}

async fn a_page_that_moves_is_found_under_its_old_addresses(shop: Shop) {
    let mut page = add(&shop, &json!({"title": "About", "body": "Us."})).await;
    for slug in ["about-us", "who-we-are"] {
        page = put(
            &shop,
            &page,
            &json!({"title": "About", "slug": slug, "body": "Us."}),
        )
        .await
        .json();
        assert_eq!(page["slug"], slug, "{page}");
    }
    for former in ["/pages/about", "/pages/about-us"] {
        let moved = shop.fresh(former).await;
        assert_eq!(
            (moved.status, moved.header("location")),
            (301, "/pages/who-we-are"),
            "{former}"
        );
    }
    // Another page may take an address that was given up.
    add(&shop, &json!({"title": "About", "body": "Others."})).await;
    let taken = shop.fresh("/pages/about").await;
    assert_eq!(taken.status, 200);
    assert!(taken.text.contains("Others."));
    let undo = format!("/api/admin/changes/{}/undo", shop.head().await);
    let undone = shop.admin(Method::POST, &undo, &[], Some(&json!({}))).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(shop.fresh("/pages/about").await.status, 301);
}
