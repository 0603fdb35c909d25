//! Kept answers as customers meet them: the same as those made anew, at once after each write, whatever a request says.

mod bench;
mod knowledge;
mod loads;
mod outage;
mod panel;
mod shared;
mod twins;

use std::time::Duration;

use awc::http::Method;
use serde_json::json;

use crate::helpers::{Answer, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    what_was_asked_before_is_answered_from_memory,
    each_form_of_an_answer_has_its_own_etag,
    a_write_is_seen_by_everybody_at_once_and_by_other_nodes_soon,
    what_was_missing_is_found_as_soon_as_it_is_made,
    nothing_a_stranger_sends_changes_what_others_get,
    a_reader_of_a_newer_position_is_not_shown_an_older_answer,
    many_who_ask_at_once_cost_one_load,
    looks_at_kept_pages_count,
    a_sale_starts_on_kept_pages_at_its_moment,
    a_history_that_was_restored_shows_nothing_of_the_former_one,
);

const HIT: &str = "cache_requests_total{layer=\"l1\",result=\"hit\"}";
const FILLS: &str = "cache_fills_total";

async fn counted(shop: &Shop, series: &str) -> u64 {
    let text = shop.metrics().await;
    let mut values = text
        .lines()
        .filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    values
        .next()
        .unwrap_or_else(|| panic!("{series} is missing"))
        .parse()
        .unwrap()
}

/// The shop knows the log, so that it keeps answers.
pub async fn keeping(shop: &Shop) {
    eventually("answers are kept", || async {
        let before = counted(shop, HIT).await;
        for _ in 0..2 {
            shop.get("/robots.txt").await;
        }
        counted(shop, HIT).await > before
    })
    .await;
}

async fn with(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> Answer {
    shop.send(Method::GET, path, headers, None).await
}

/// All headers but those that name the request or the time.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    headers
}

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
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
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

async fn a_write_is_seen_by_everybody_at_once_and_by_other_nodes_soon(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps", "stock_quantity": 5}))
        .await;
    let other = shop.beside(|_| {}).await;
    keeping(&shop).await;
    keeping(&other).await;
    let id = &made["product_id"];
    let paths = [
        "/".to_owned(),
        "/products".to_owned(),
        "/products/lamp".to_owned(),
        "/categories/lamps".to_owned(),
        "/api/v1/products".to_owned(),
        format!("/api/v1/products/{id}"),
    ];
    for price in ["2.00", "3.00", "4.00"] {
        for path in &paths {
            shop.get(path).await;
            other.get(path).await;
        }
        shop.amend(id, &json!({ "price": price })).await;
        for path in &paths {
            let page = shop.get(path).await;
            assert!(
                page.text.contains(price),
                "{path} still says something else than {price}"
            );
        }
        eventually("the other node shows it", || async {
            let mut shown = true;
            for path in &paths {
                shown &= other.get(path).await.text.contains(price);
            }
            shown
        })
        .await;
    }
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
        assert_eq!(host.status, 400, "{path}");
        assert_eq!(shop.get(path).await.status, 200, "{path}");
        assert_eq!(
            with(&shop, path, &[("host", evil)]).await.status,
            400,
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

async fn a_reader_of_a_newer_position_is_not_shown_an_older_answer(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let other = shop.beside(|_| {}).await;
    keeping(&other).await;
    let path = format!("/api/v1/products/{}", made["product_id"]);
    for cents in 10..30 {
        other.get(&path).await;
        let price = format!("2.{cents}");
        let written = shop.amend(&made["product_id"], &json!({ "price": price })).await;
        let seq = written.header("x-change-seq").to_owned();
        let fresh = with(&other, &path, &[("x-min-change-seq", &seq)]).await;
        assert_eq!(fresh.json()["price"], *price);
        let seen: i64 = fresh.header("x-change-seq").parse().unwrap();
        assert!(seen >= seq.parse().unwrap());
        let cookie = format!("vitrine_seq={seq}");
        let page = with(&other, "/products/lamp", &[("cookie", &cookie)]).await;
        assert!(page.text.contains(&price));
    }
    let far = with(&shop, &path, &[("x-min-change-seq", "999999999")]).await;
    assert_eq!(far.status, 400);
    assert_eq!(shop.get(&path).await.status, 200);
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
    // Popularity stands outside the log, so no position says how much of it a replica has.
    eventually("looks count", || async {
        let popular = shop.fresh("/api/v1/products?min_popularity=15").await.json();
        let found = popular["data"].as_array().unwrap().iter();
        let ids: Vec<_> = found.map(|product| &product["product_id"]).collect();
        assert!(!ids.contains(&&quiet["product_id"]));
        ids == [&seen["product_id"]]
    })
    .await;
}

async fn a_sale_starts_on_kept_pages_at_its_moment(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "9.00", "category": "Lamps"}))
        .await;
    keeping(&shop).await;
    // Moments of a sale are whole seconds.
    let starts = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    let starts = starts.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let sale = json!({"sale": {"price": "5.00", "starts_at": starts}});
    shop.amend(&made["product_id"], &sale).await;
    let product = format!("/api/v1/products/{}", made["product_id"]);
    let paths = [
        "/products/lamp",
        "/products",
        "/categories/lamps",
        &product,
        "/api/v1/products",
    ];
    loop {
        for path in paths {
            let asked = chrono::Utc::now();
            let page = shop.get(path).await;
            let answered = chrono::Utc::now();
            let is_on = if path.starts_with("/api/") {
                let found = page.json();
                let product = found["data"].get(0).unwrap_or(&found);
                product["current_price"] == "5.00"
            } else {
                page.text.contains("class=\"was\"")
            };
            let starts: chrono::DateTime<chrono::Utc> = starts.parse().unwrap();
            assert!(is_on || asked < starts, "{path} is late: {}", page.text);
            assert!(!is_on || answered >= starts, "{path} is early");
            if asked > starts + chrono::TimeDelta::milliseconds(300) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn a_history_that_was_restored_shows_nothing_of_the_former_one(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    keeping(&shop).await;
    assert!(shop.get("/products").await.text.contains("Vase"));
    let head = shop.parts.db.primary_head().await.unwrap();
    // An older copy: the product as it was, and without the change that followed.
    let cut = head.seq - 1;
    shop.sql("UPDATE products SET name = 'Bowl' WHERE name = 'Vase'")
        .await;
    shop.sql(format!(
        "UPDATE change_head SET seq = {cut}, hash = (SELECT hash FROM changes WHERE seq = {cut})"
    ))
    .await;
    shop.sql(format!("DELETE FROM changes WHERE seq > {cut}")).await;
    eventually("the page is of the present history", || async {
        !shop.get("/products").await.text.contains("Vase")
    })
    .await;
}

#[actix_web::test]
async fn shared_caches_may_show_an_answer_as_long_as_the_owner_says_and_no_planned_change_comes() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.cache.shared_max_age_s = 600;
        settings.cache.stale_while_revalidate_s = 60;
    })
    .await;
    let made = shop.create(&json!({"name": "Lamp", "price": "9.00"})).await;
    keeping(&shop).await;
    let policy = || async {
        shop.get("/products/lamp")
            .await
            .header("cache-control")
            .to_owned()
    };
    assert_eq!(
        policy().await,
        "public, max-age=0, s-maxage=600, stale-while-revalidate=60"
    );
    let starts = chrono::Utc::now() + chrono::TimeDelta::seconds(300);
    let starts = starts.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let sale = json!({"sale": {"price": "5.00", "starts_at": starts}});
    shop.amend(&made["product_id"], &sale).await;
    let clipped = policy().await;
    let age = clipped.strip_prefix("public, max-age=0, s-maxage=").unwrap();
    let (age, stale) = age.split_once(", stale-while-revalidate=").unwrap();
    let age: u32 = age.parse().unwrap();
    assert!((250..=300).contains(&age) && stale == "0", "{clipped}");
    let own = with(&shop, "/products/lamp", &[("cookie", "vitrine_seq=1")]).await;
    assert!(
        own.header("cache-control").starts_with("private"),
        "{:?}",
        own.headers
    );
    let file = html::tags(&shop.get("/").await.text).into_iter().find_map(|tag| {
        tag.attribute("href")
            .filter(|href| href.starts_with("/static/"))
            .map(str::to_owned)
    });
    let file = shop.get(&file.unwrap()).await;
    assert_eq!(
        file.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
}

/// Over Redis: the node that writes leaves the new answers there.
#[cfg(feature = "mysql")]
#[actix_web::test]
async fn a_changed_product_is_made_anew_by_the_node_that_changed_it() {
    const FROM_REDIS: &str = "cache_requests_total{layer=\"l2\",result=\"hit\"}";
    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let other = shop.beside(|_| {}).await;
    keeping(&shop).await;
    keeping(&other).await;
    let mut cents = 10;
    eventually("the other node finds it made", || {
        cents += 1;
        let price = format!("2.{cents}");
        let (shop, other, id) = (&shop, &other, &made["product_id"]);
        async move {
            let before = counted(other, FROM_REDIS).await;
            let fills = counted(other, FILLS).await;
            shop.amend(id, &json!({ "price": price })).await;
            eventually("the other node shows it", || async {
                other.get("/products/lamp").await.text.contains(&price)
            })
            .await;
            // Not in each round: it may be asked before the answer is there.
            counted(other, FROM_REDIS).await > before && counted(other, FILLS).await == fills
        }
    })
    .await;
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn what_another_node_has_made_is_good_until_something_on_it_changes() {
    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    shop.create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    let vase = shop
        .create(&json!({"name": "Vase", "price": "1.00", "category": "Vases"}))
        .await;
    keeping(&shop).await;
    let own = shop.get("/products/lamp").await;
    for price in ["2.00", "3.00"] {
        // Of another category, so that the page of the lamp stays as it is.
        shop.amend(&vase["product_id"], &json!({ "price": price })).await;
        let other = shop.beside(|_| {}).await;
        keeping(&other).await;
        let fills = counted(&other, FILLS).await;
        let shared = other.get("/products/lamp").await;
        assert_eq!((shared.status, &shared.text), (200, &own.text));
        assert_eq!(
            counted(&other, FILLS).await,
            fills,
            "it was not made a second time"
        );
        assert_eq!(shared.header("etag"), own.header("etag"));
    }
}

#[actix_web::test]
async fn a_condition_holds_for_answers_that_are_not_kept_too() {
    let shop = Shop::on_sqlite().await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    keeping(&shop).await;
    for path in ["/api/v1/products?q=lamp", "/products?q=lamp"] {
        let etag = shop.get(path).await.header("etag").to_owned();
        let known = with(&shop, path, &[("if-none-match", &etag)]).await;
        assert_eq!((known.status, known.text.as_str()), (304, ""), "{path}");
        assert_eq!(known.header("etag"), etag, "{path}");
        assert_eq!(known.header("content-type"), "", "{path}");
    }
}
