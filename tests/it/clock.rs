//! Moments that no request causes: publications and sales begin and end by themselves, once, for every follower.

use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::db::{Moment, changes};

use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    a_thousand_sales_that_start_at_once_are_a_thousand_changes_whoever_writes_them,
    a_product_appears_when_its_time_has_come,
    a_sale_is_told_with_what_it_is_compared_with,
    views_are_no_changes_of_the_shop,
    times_far_away_are_kept,
);

const PRODUCTS: usize = 1_000;

/// Products that cost 20.00, made in one import.
async fn many(shop: &Shop, count: usize) {
    let file = shop.folder.path().join("many.csv");
    let mut lines = "sku,name,price,category\n".to_owned();
    for number in 0..count {
        lines.push_str(&format!("S-{number},Lamp {number},20.00,Lamps\n"));
    }
    std::fs::write(&file, lines).unwrap();
    let done = shop
        .vitrine(&["import", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

async fn by_clock(shop: &Shop) -> i64 {
    shop.count("SELECT COUNT(*) AS count FROM changes WHERE actor = 'clock'")
        .await
}

async fn a_thousand_sales_that_start_at_once_are_a_thousand_changes_whoever_writes_them(shop: Shop) {
    many(&shop, PRODUCTS).await;
    let others = [shop.beside(|_| {}).await, shop.beside(|_| {}).await];
    let start = Moment::now().plus_seconds(2).whole_seconds();
    let stored = start.to_rfc3339().replace('T', " ").replace('Z', "");
    let is_sqlite = shop.parts.is_on_sqlite();
    let price = if is_sqlite { "1500" } else { "15.00" };
    shop.sql(format!(
        "UPDATE products SET sale_price = {price}, sale_starts_at = '{stored}', reduced_since = '{stored}', \
         next_moment_at = '{stored}'"
    ))
    .await;
    while start.time_left() != Some(Duration::ZERO) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let due = Instant::now();
    // What customers see is computed when they look: every surface of every node agrees at once.
    for node in [&shop, &others[0], &others[1]] {
        let list = node.get("/api/v1/products?limit=1").await.json();
        let product = &list["data"][0];
        assert_eq!(
            (&product["current_price"], &product["on_sale"]),
            (&json!("15.00"), &json!(true))
        );
        let page = node
            .get(&format!("/products/{}", product["slug"].as_str().unwrap()))
            .await;
        assert!(
            page.text.contains("€15.00") && page.text.contains("\"price\":\"15.00\""),
            "{}",
            page.text
        );
        let feed = node.get("/feed.atom").await;
        assert!(
            feed.text.contains("€15.00") && !feed.text.contains("€20.00"),
            "{}",
            feed.text
        );
    }
    let told = due.elapsed();
    eventually("every sale has its change", || async {
        by_clock(&shop).await >= PRODUCTS as i64
    })
    .await;
    println!(
        "{PRODUCTS} moments: surfaces agreed after {told:?}, all changes after {:?}",
        due.elapsed()
    );
    assert!(told < Duration::from_secs(1), "{told:?}");
    // A slower node would be heard by now: each of them has looked at the clock again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(by_clock(&shop).await, PRODUCTS as i64);
    let products = "SELECT COUNT(DISTINCT entity_id) AS count FROM changes WHERE action = 'sale_started'";
    assert_eq!(shop.count(products).await, PRODUCTS as i64);
    let left = "SELECT COUNT(*) AS count FROM products WHERE next_moment_at IS NOT NULL";
    assert_eq!(shop.count(left).await, 0);
    let whole = shop.parts.db.unlogged("test", changes::verify).await.unwrap();
    assert!(whole.is_ok(), "{whole:?}");
    let cheapest = shop
        .fresh("/api/v1/products?max_price=15.00&limit=1&total=true")
        .await
        .json();
    assert_eq!(
        cheapest["meta"]["total"], PRODUCTS,
        "lists are narrowed by what is paid"
    );
}

pub async fn a_product_appears_when_its_time_has_come(shop: Shop) {
    let far = json!({"name": "Coming lamp", "price": "5.00", "category": "Lamps", "publish_at": "2999-01-01T00:00:00Z"});
    let made = shop.create(&far).await;
    let own = format!("/api/v1/products/{}", made["product_id"]);
    for path in [own.as_str(), "/products/coming-lamp"] {
        assert_eq!(shop.fresh(path).await.status, 404, "{path}");
    }
    for path in [
        "/api/v1/products",
        "/api/v1/search?q=coming",
        "/feed.atom",
        "/products",
        "/",
    ] {
        assert!(!shop.fresh(path).await.text.contains("Coming lamp"), "{path}");
    }
    assert_eq!(shop.fresh("/api/v1/categories").await.json()["data"], json!([]));
    let at = Moment::now().plus_seconds(3).whole_seconds();
    let soon = json!({"publish_at": at});
    let made = shop.amend(&made["product_id"], &soon).await.json();
    eventually("the product is published", || async {
        by_clock(&shop).await == 1
    })
    .await;
    assert_eq!(at.time_left(), Some(Duration::ZERO), "not before its time");
    let seen = shop.fresh(&own).await.json();
    assert_eq!(
        (&seen["version"], &seen["updated_at"]),
        (&made["version"], &made["updated_at"])
    );
    for path in [
        "/products/coming-lamp",
        "/api/v1/products",
        "/feed.atom",
        "/products",
        "/",
    ] {
        let answer = shop.fresh(path).await;
        assert!(
            answer.status == 200 && answer.text.contains("Coming lamp"),
            "{path}"
        );
    }
    let published = "SELECT COUNT(*) AS count FROM changes WHERE action = 'published'";
    assert_eq!(shop.count(published).await, 1);
    // What each page links follows: the category came with its product, and goes with it.
    let link = "href=\"/categories/lamps\"";
    assert_eq!(
        shop.fresh("/api/v1/categories").await.json()["data"][0]["name"],
        "Lamps"
    );
    assert!(shop.fresh("/products/coming-lamp").await.text.contains(link));
    shop.amend(&made["product_id"], &json!({"is_active": false}))
        .await;
    assert!(!shop.fresh("/products").await.text.contains(link));
}

async fn a_sale_is_told_with_what_it_is_compared_with(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "100.00"})).await;
    let id = &made["product_id"];
    shop.amend(id, &json!({"price": "80.00"})).await;
    shop.amend(id, &json!({"price": "120.00"})).await;
    let sold = shop.amend(id, &json!({"sale": {"price": "60.00"}})).await.json();
    for (field, value) in [
        ("price", json!("120.00")),
        ("current_price", json!("60.00")),
        ("on_sale", json!(true)),
        ("prior_price", json!("80.00")),
        (
            "sale",
            json!({"price": "60.00", "starts_at": null, "ends_at": null}),
        ),
    ] {
        assert_eq!(sold[field], value, "{field}");
    }
    // Lowering a lowered price is no new reduction.
    let lowered = shop.amend(id, &json!({"sale": {"price": "50.00"}})).await;
    assert_eq!(lowered.json()["prior_price"], "80.00");
    let page = shop.fresh("/products/lamp").await;
    assert!(
        page.text.contains("€80.00") && page.text.contains("€50.00"),
        "{}",
        page.text
    );
    assert!(page.text.contains("30 days"), "the law's sentence");
    for (query, found) in [
        ("on_sale=true", 1),
        ("on_sale=false", 0),
        ("max_price=50", 1),
        ("min_price=51", 0),
    ] {
        let list = shop.fresh(&format!("/api/v1/products?{query}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}");
    }
    // What was read can be sent back, although some of it is computed.
    let own = format!("/api/admin/products/{id}");
    let etag = lowered.header("etag").to_owned();
    let same = shop
        .admin(Method::PUT, &own, &[("if-match", &etag)], Some(&lowered.json()))
        .await;
    assert_eq!(
        (same.status, same.header("etag")),
        (200, etag.as_str()),
        "{}",
        same.text
    );
    let ended = shop.amend(id, &json!({"sale": null})).await.json();
    assert_eq!(
        (&ended["current_price"], &ended["prior_price"]),
        (&json!("120.00"), &Value::Null)
    );
    for (sale, pointer) in [
        (json!({"price": "120.00"}), "/sale/price"),
        (json!({"ends_at": "2030-01-01"}), "/sale/price"),
        (
            json!({"price": "1", "starts_at": "2030-01-02", "ends_at": "2030-01-01"}),
            "/sale/ends_at",
        ),
        (json!({"price": "1", "percent": 5}), "/sale/percent"),
    ] {
        let etag = shop
            .admin(
                Method::GET,
                &own,
                &[("x-min-change-seq", &shop.head().await)],
                None,
            )
            .await;
        let headers = [("if-match", etag.header("etag"))];
        let refused = shop
            .admin(Method::PATCH, &own, &headers, Some(&json!({"sale": sale})))
            .await;
        assert_eq!(refused.status, 422, "{sale}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{sale}");
    }
}

pub async fn views_are_no_changes_of_the_shop(shop: Shop) {
    let quiet = shop
        .create(&json!({"name": "Quiet", "price": "1.00", "category": "Lamps"}))
        .await;
    let seen = shop
        .create(&json!({"name": "Seen", "price": "1.00", "category": "Lamps"}))
        .await;
    shop.create(&json!({"name": "Newest", "price": "1.00"})).await;
    let id = i32::try_from(seen["product_id"].as_i64().unwrap()).unwrap();
    let before = (
        shop.head().await,
        shop.fresh("/products/seen").await.header("etag").to_owned(),
    );
    let views = shop.parts.catalog.view_counters()(id);
    views.fetch_add(10_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(shop.fresh("/products/quiet").await.status, 200);
    shop.parts.catalog.store_views().await.unwrap();
    let after = (
        shop.head().await,
        shop.fresh("/products/seen").await.header("etag").to_owned(),
    );
    assert_eq!(before, after);
    let own = shop.fresh(&format!("/api/v1/products/{id}")).await.json();
    assert_eq!(own["updated_at"], seen["updated_at"]);
    let names = |list: Value| -> Vec<String> {
        let items = list["data"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    eventually("the views have reached the replicas", || async {
        names(shop.get("/api/v1/products?sort=popular").await.json()) == ["Seen", "Quiet", "Newest"]
    })
    .await;
    for (query, expected) in [
        ("sort=popular&category=lamps", &["Seen", "Quiet"][..]),
        ("min_popularity=9000", &["Seen"]),
        ("min_popularity=10002", &[]),
        ("sort=popularity&min_popularity=0.5", &["Quiet", "Seen"]),
    ] {
        // Views have no position in the log to ask for, so each replica is waited for.
        eventually(query, || async {
            names(shop.get(&format!("/api/v1/products?{query}")).await.json()) == expected
        })
        .await;
    }
    eventually("a cursor of popularity leads on", || async {
        let first = shop.get("/api/v1/products?sort=popular&limit=1").await.json();
        match first["links"]["next"].as_str() {
            Some(next) => names(shop.get(next).await.json()) == ["Quiet"],
            None => false,
        }
    })
    .await;
    assert!(quiet["version"] == 1);
}

/// Before 1970 and after January 2038, where 32 bits of seconds end.
async fn times_far_away_are_kept(shop: Shop) {
    let line = json!({
        "name": "Lamp", "sku": "L", "price": "20.00", "created_at": "1950-01-02T03:04:05Z", "publish_at": "2097-01-01T00:00:00Z",
        "sale": {"price": "15.00", "starts_at": "2098-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"},
    });
    let file = shop.folder.path().join("far.jsonl");
    std::fs::write(&file, line.to_string()).unwrap();
    let done = shop
        .vitrine(&["import", file.to_str().unwrap()])
        .status()
        .unwrap();
    assert!(done.success());
    let head = [("x-min-change-seq", &*shop.head().await)];
    let product = shop
        .admin(Method::GET, "/api/admin/products/1", &head, None)
        .await
        .json();
    for field in ["created_at", "publish_at", "sale"] {
        assert_eq!(product[field], line[field], "{field}");
    }
}
