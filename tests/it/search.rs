//! Searches as they follow the shop: what was written is found at once, whatever was written, on either database and on
//! each node the same.

mod life;
mod lists;
mod twins;

use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Answer, Shop, eventually, html, make_key};
use crate::on_both_databases;

on_both_databases!(
    a_change_is_found_within_a_second,
    whoever_has_written_finds_it,
    what_customers_do_not_see_is_not_found,
    what_words_find_can_be_narrowed_and_sorted_like_any_list,
    a_kept_search_is_not_shown_after_a_change,
    only_the_owner_is_told_why,
);

/// How the index of a shop is, as operators see it.
pub async fn status(shop: &Shop) -> Value {
    shop.operator(Method::GET, "/search").await.json()
}

/// Waits until the index has everything that was written.
pub async fn indexed(shop: &Shop) {
    let head: i64 = shop.head().await.parse().unwrap();
    eventually("the index has followed", async || {
        let status = status(shop).await;
        status["phase"] == "ready" && status["seq"].as_i64() >= Some(head)
    })
    .await;
}

pub fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let name = |product: &Value| product["name"].as_str().unwrap().to_owned();
    answer["data"].as_array().unwrap().iter().map(name).collect()
}

/// What a guest finds, who is promised a bound and nothing else.
async fn found(shop: &Shop, query: &str) -> Vec<String> {
    names(&shop.get(&format!("/api/v1/search?q={query}")).await)
}

async fn a_change_is_found_within_a_second(shop: Shop) {
    indexed(&shop).await;
    let mut waits = Vec::new();
    for number in 0..5 {
        let name = format!("Marmot {number}");
        let product = shop.create(&json!({"name": name, "price": "1.00"})).await;
        let written = Instant::now();
        eventually("it is found", async || {
            found(&shop, "marmot").await == [name.as_str()]
        })
        .await;
        waits.push(written.elapsed());
        shop.amend(
            &product["product_id"],
            &json!({"name": format!("Otter {number}")}),
        )
        .await;
        let written = Instant::now();
        eventually("the old name finds nothing", async || {
            found(&shop, "marmot").await.is_empty()
        })
        .await;
        waits.push(written.elapsed());
    }
    waits.sort();
    // Other tests take the processors for longer than a second now and then.
    assert!(waits[waits.len() / 2] < Duration::from_secs(1), "{waits:?}");
}

async fn whoever_has_written_finds_it(shop: Shop) {
    indexed(&shop).await;
    for number in 0..5 {
        shop.create(&json!({"name": format!("Marmot {number}"), "price": "1.00"}))
            .await;
        for path in ["/api/v1/search?q=marmot", "/api/v1/products?q=marmot"] {
            let answer = shop.fresh(path).await;
            assert_eq!(names(&answer).len(), number + 1, "{path}");
        }
        for path in ["/search?q=marmot", "/products?q=marmot"] {
            // What was searched for is marked in the names.
            let page = html::text(&shop.fresh(path).await.text);
            assert!(page.contains(&format!("Marmot {number}")), "{path}");
        }
    }
}

async fn what_customers_do_not_see_is_not_found(shop: Shop) {
    let product = shop
        .create(&json!({"name": "Marmot", "price": "1.00", "is_active": false}))
        .await;
    let id = &product["product_id"];
    let is_found = async || !names(&shop.fresh("/api/v1/search?q=marmot").await).is_empty();
    assert!(!is_found().await, "switched off");
    shop.amend(id, &json!({"is_active": true})).await;
    assert!(is_found().await);
    let later = chrono::Utc::now() + chrono::Duration::seconds(3);
    let told = shop
        .amend(id, &json!({"publish_at": later.to_rfc3339()}))
        .await
        .json();
    let told = told["publish_at"].as_str().unwrap();
    let later = chrono::DateTime::parse_from_rfc3339(told).unwrap();
    assert!(!is_found().await, "not published yet");
    eventually("it is published and found", is_found).await;
    assert!(chrono::Utc::now() >= later);
    let own = format!("/api/admin/products/{id}");
    let seen = shop.read(&own).await;
    let version = [("if-match", seen.header("etag"))];
    assert_eq!(shop.admin(Method::DELETE, &own, &version, None).await.status, 204);
    assert!(!is_found().await, "deleted");
}

async fn what_words_find_can_be_narrowed_and_sorted_like_any_list(shop: Shop) {
    for (name, price, category, stock) in [
        ("Oak lamp", "30.00", "Lamps", 1),
        ("Brass lamp", "10.00", "Lamps", 0),
        ("Lamp shade", "20.00", "Shades", 5),
    ] {
        shop.create(&json!({
            "name": name, "price": price, "category": category, "stock_quantity": stock, "brand": "Fen & Co", "tags": ["new"],
        }))
        .await;
    }
    for (query, expected) in [
        ("q=lamp&sort=price", &["Brass lamp", "Lamp shade", "Oak lamp"][..]),
        ("q=lamp&sort=-price", &["Oak lamp", "Lamp shade", "Brass lamp"]),
        ("q=lamp&sort=name", &["Brass lamp", "Lamp shade", "Oak lamp"]),
        ("q=lamp&sort=newest", &["Lamp shade", "Brass lamp", "Oak lamp"]),
        ("q=lamp&sort=price&category=lamps", &["Brass lamp", "Oak lamp"]),
        ("q=lamp&category=Lamps&in_stock=true", &["Oak lamp"]),
        ("q=lamp&category=Lamps&in_stock=false", &["Brass lamp"]),
        ("q=lamp&sort=price&min_price=15", &["Lamp shade", "Oak lamp"]),
        ("q=lamp&sort=price&max_price=15", &["Brass lamp"]),
        (
            "q=lamp&sort=price&brand=fen-co&tag=new",
            &["Brass lamp", "Lamp shade", "Oak lamp"],
        ),
        ("q=lamp&category=chairs", &[]),
        ("q=lamp&brand=nobody", &[]),
    ] {
        for path in ["/api/v1/search", "/api/v1/products"] {
            let answer = shop.fresh(&format!("{path}?{query}&total=true")).await;
            assert_eq!(names(&answer), expected, "{path}?{query}");
            let meta = &answer.json()["meta"];
            assert_eq!(
                (&meta["total"], &meta["degraded"]),
                (&json!(expected.len()), &json!(false))
            );
        }
    }
    let counted = shop
        .fresh("/api/v1/search?q=lamp&facets=true&category=lamps")
        .await
        .json();
    let facets = &counted["meta"]["facets"];
    assert_eq!(
        facets["categories"][0],
        json!({"key": "lamps", "label": "Lamps", "count": 2})
    );
    assert_eq!(facets["brands"][0]["count"], 2, "{facets}");
    let refused = shop.get("/api/v1/search?q=lamp&attr.none=1").await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (400, &json!("unknown_parameter"))
    );
    assert_eq!(shop.get("/api/v1/search?q=lamp&facets=perhaps").await.status, 400);
}

async fn a_kept_search_is_not_shown_after_a_change(shop: Shop) {
    let product = shop.create(&json!({"name": "Marmot", "price": "1.00"})).await;
    indexed(&shop).await;
    let looks = async |path: &str| (shop.get(path).await.text, shop.get(path).await.text);
    for (path, number) in [
        "/search?q=marmot",
        "/api/v1/search?q=marmot",
        "/products?q=marmot",
    ]
    .into_iter()
    .zip(2..)
    {
        let (first, second) = looks(path).await;
        assert_eq!(first, second);
        let price = format!("{number}.00");
        assert!(!first.contains(&price), "{path}");
        shop.amend(&product["product_id"], &json!({"price": price})).await;
        assert!(shop.fresh(path).await.text.contains(&price), "{path}");
        eventually("guests see it", async || {
            shop.get(path).await.text.contains(&price)
        })
        .await;
    }
    let metrics = shop.metrics().await;
    let hits = metrics
        .lines()
        .find_map(|line| line.strip_prefix("cache_requests_total{layer=\"l1\",result=\"hit\"} "));
    assert!(hits.unwrap().parse::<u64>().unwrap() >= 3, "{metrics}");
}

async fn only_the_owner_is_told_why(shop: Shop) {
    shop.create(&json!({"name": "Marmot", "price": "1.00"})).await;
    indexed(&shop).await;
    let path = "/api/v1/search?q=marmot&explain=1";
    assert_eq!(shop.get(path).await.status, 401);
    let reader = make_key(&shop.parts, "catalog:read").await;
    let bearer = format!("Bearer {reader}");
    let refused = shop
        .send(Method::GET, path, &[("authorization", &bearer)], None)
        .await;
    assert_eq!(refused.status, 403);
    let told = shop.admin(Method::GET, path, &[], None).await;
    assert_eq!(
        (told.status, told.header("cache-control")),
        (200, "private, no-store")
    );
    let reasons = &told.json()["meta"]["explanations"][0]["reasons"];
    assert!(!reasons.as_array().unwrap().is_empty(), "{}", told.text);
    let plain = shop.get("/api/v1/search?q=marmot").await.json();
    assert!(plain["meta"].get("explanations").is_none(), "{plain}");
}
