//! An answer that was kept is the one that would be made anew, in each of its forms, whatever a request says.

use std::cell::Cell;

use awc::http::Method;
use serde_json::json;

use super::{FILLS, HIT, counted, keeping, told, with};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    what_was_asked_before_is_answered_from_memory,
    each_form_of_an_answer_has_its_own_etag,
    what_was_missing_is_found_as_soon_as_it_is_made,
    nothing_a_stranger_sends_changes_what_others_get,
    many_who_ask_at_once_cost_one_load,
    looks_at_kept_pages_count,
);

async fn what_was_asked_before_is_answered_from_memory(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    keeping(&shop).await;
    let product = format!("/api/v1/products/{}", made["product_id"]);
    for path in [
        "/",
        "/products",
        "/products?in_stock=true&sort=price",
        "/products/lamp",
        "/categories/lamps",
        "/api/v1/products",
        &product,
        "/api/v1/categories",
        "/openapi.json",
        "/docs",
        "/robots.txt",
    ] {
        let first = shop.get(path).await;
        assert_eq!(first.status, 200, "{path}");
        let before = counted(&shop, HIT).await;
        let second = shop.get(path).await;
        assert_eq!(counted(&shop, HIT).await, before + 1, "{path}");
        assert_eq!((second.status, &second.text), (200, &first.text), "{path}");
        assert_eq!(told(&second), told(&first), "{path}");
        assert_eq!(
            second.header("cache-control"),
            "public, max-age=0, must-revalidate",
            "{path}"
        );
        assert_ne!(
            second.header("x-request-id"),
            first.header("x-request-id"),
            "{path}"
        );
        let named = with(&shop, path, &[("x-request-id", "my-own-id-1")]).await;
        assert_eq!(named.header("x-request-id"), "my-own-id-1", "{path}");
        let head = shop.send(Method::HEAD, path, &[], None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("etag"), first.header("etag"), "{path}");
    }
    let hits = "http_server_request_duration_seconds_count{http_route=\"/products/{slug}\",http_request_method=\"GET\",http_response_status_code=\"200\"}";
    assert_eq!(counted(&shop, hits).await, 3, "hits are requests like others");
}

async fn each_form_of_an_answer_has_its_own_etag(shop: Shop) {
    // Enough that all forms together are smaller than the page: only then all are kept.
    for number in 0..8 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00"}))
            .await;
    }
    keeping(&shop).await;
    let plain = shop.get("/products").await;
    let mut tags = vec![plain.header("etag").to_owned()];
    for encoding in ["br", "zstd", "gzip"] {
        let asked = [("accept-encoding", encoding)];
        let form = with(&shop, "/products", &asked).await;
        assert_eq!((form.status, form.header("content-encoding")), (200, encoding));
        assert_eq!(form.header("vary"), "accept-encoding");
        let length: usize = form.header("content-length").parse().unwrap();
        assert!(length < plain.text.len() / 2, "{encoding}: {length}");
        let etag = form.header("etag").to_owned();
        let again = with(&shop, "/products", &[asked[0], ("if-none-match", &etag)]).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{encoding}");
        assert_eq!(again.header("etag"), etag, "{encoding}");
        let other = with(&shop, "/products", &[("if-none-match", &etag)]).await;
        assert_eq!(other.status, 200, "{encoding}: a tag of another form");
        tags.push(etag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4);
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    let changed = with(&shop, "/products", &[("if-none-match", plain.header("etag"))]).await;
    assert_eq!(changed.status, 200);
}

async fn what_was_missing_is_found_as_soon_as_it_is_made(shop: Shop) {
    keeping(&shop).await;
    let by_id = "/api/v1/products/1";
    let reads = "db_client_operation_duration_seconds_count{db_node=";
    for path in ["/products/lamp", by_id, "/categories/lamps"] {
        assert_eq!(shop.get(path).await.status, 404, "{path}");
    }
    let displays = |text: &str| -> u64 {
        let lines = text
            .lines()
            .filter(|line| line.starts_with(reads) && line.contains("catalog.display"));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    };
    let before = displays(&shop.metrics().await);
    let first = shop.get("/products/lamp").await;
    let second = shop.get("/products/lamp").await;
    assert_eq!(
        displays(&shop.metrics().await),
        before,
        "it is known that there is none"
    );
    assert_eq!((first.status, second.status), (404, 404));
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert!(second.text.contains("no such product") || second.text.contains("There is no such"));
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    assert_eq!(made["product_id"], 1);
    for path in ["/products/lamp", by_id, "/categories/lamps"] {
        assert_eq!(shop.get(path).await.status, 200, "{path}");
    }
    shop.amend(&made["product_id"], &json!({"slug": "desk-lamp"}))
        .await;
    let moved = shop.get("/products/lamp").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, "/products/desk-lamp")
    );
    shop.amend(&made["product_id"], &json!({"slug": "old-lamp"}))
        .await;
    assert_eq!(
        shop.get("/products/lamp").await.header("location"),
        "/products/old-lamp"
    );
    shop.amend(&made["product_id"], &json!({"is_active": false}))
        .await;
    for path in ["/products/lamp", "/products/old-lamp", by_id] {
        assert_eq!(shop.get(path).await.status, 404, "{path}");
    }
}

async fn nothing_a_stranger_sends_changes_what_others_get(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    keeping(&shop).await;
    let evil = "evil.example\"><script>";
    for path in [
        "/products",
        "/products/lamp",
        "/",
        "/categories/lamps",
        "/api/v1/products",
    ] {
        for header in [
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-for",
            "x-original-url",
            "x-rewrite-url",
            "forwarded",
            "cookie",
            "accept-language",
            "origin",
            "user-agent",
            "referer",
        ] {
            // The first one to ask decides what is kept, so each asks after a change.
            shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
            let poisoned = with(&shop, path, &[(header, evil)]).await;
            assert!(!poisoned.text.contains("evil"), "{path} {header}");
            let clean = shop.get(path).await;
            assert_eq!(clean.text, poisoned.text, "{path} {header}");
            assert_eq!(told(&clean), told(&poisoned), "{path} {header}");
        }
        shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
        let host = with(&shop, path, &[("host", evil)]).await;
        assert_eq!(host.status, 421, "{path}");
        assert_eq!(shop.get(path).await.status, 200, "{path}");
        assert_eq!(
            with(&shop, path, &[("host", evil)]).await.status,
            421,
            "{path} is kept now"
        );
    }
    let plain = shop.get("/products?category=Lamps&sort=price").await;
    let before = counted(&shop, FILLS).await;
    for query in [
        "sort=price&category=Lamps",
        "category=Lamps&sort=price&utm_source=evil",
        "category=Lamps&&sort=price&page=&fbclid=%3Cscript%3E",
        "category=Lamps&category=Lamps&sort=price",
    ] {
        let same = shop.get(&format!("/products?{query}")).await;
        assert_eq!(same.text, plain.text, "{query}");
    }
    assert_eq!(counted(&shop, FILLS).await, before, "they mean the same");
    assert_eq!(shop.get("/api/v1/products?utm_source=evil").await.status, 400);
}

async fn many_who_ask_at_once_cost_one_load(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    keeping(&shop).await;
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    let before = counted(&shop, FILLS).await;
    let asked = (0..50).map(|_| shop.get("/products"));
    let answers = futures_util::future::join_all(asked).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 && answer.text == answers[0].text)
    );
    assert_eq!(counted(&shop, FILLS).await, before + 1);
    assert_eq!(counted(&shop, "cache_singleflight_waiters").await, 0);
}

async fn looks_at_kept_pages_count(shop: Shop) {
    let quiet = shop.create(&json!({"name": "Quiet", "price": "1.00"})).await;
    let seen = shop.create(&json!({"name": "Seen", "price": "1.00"})).await;
    keeping(&shop).await;
    for _ in 0..20 {
        shop.get("/products/seen").await;
    }
    shop.get("/products/quiet").await;
    shop.parts.catalog.store_views().await.unwrap();
    // Popularity stands outside the log, so no position says how much of it a replica has, and an answer that was made too early
    // is kept: each time another one is asked for.
    let asked = Cell::new(1_000);
    eventually("looks count", || async {
        asked.set(asked.get() + 1);
        let address = format!("/api/v1/products?min_popularity=15&max_price={}", asked.get());
        let popular = shop.fresh(&address).await.json();
        let found = popular["data"].as_array().unwrap().iter();
        let ids: Vec<_> = found.map(|product| &product["product_id"]).collect();
        assert!(!ids.contains(&&quiet["product_id"]));
        ids == [&seen["product_id"]]
    })
    .await;
}

#[actix_web::test]
async fn a_condition_holds_for_answers_that_are_not_kept_too() {
    let shop = Shop::on_sqlite().await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    keeping(&shop).await;
    eventually("the search knows the lamp", || async {
        shop.get("/api/v1/products?q=lamp").await.text.contains("Lamp")
    })
    .await;
    for path in ["/api/v1/products?q=lamp", "/products?q=lamp"] {
        let etag = shop.get(path).await.header("etag").to_owned();
        let known = with(&shop, path, &[("if-none-match", &etag)]).await;
        assert_eq!((known.status, known.text.as_str()), (304, ""), "{path}");
        assert_eq!(known.header("etag"), etag, "{path}");
        assert_eq!(known.header("content-type"), "", "{path}");
    }
}
