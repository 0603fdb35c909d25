//! The API as programs meet it.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Shop, html};
use crate::on_both_databases;

on_both_databases!(
    a_product_lives_from_creation_to_restoration,
    cursors_walk_every_page_there_and_back,
    pages_show_what_was_written,
);

const PRODUCTS: &str = "/api/admin/products";

pub async fn a_product_lives_from_creation_to_restoration(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Moon lamp", "price": "39.90", "category": "Lamps", "stock_quantity": 5}))
        .await;
    assert_eq!(
        (
            made["price"].as_str(),
            made["slug"].as_str(),
            made["version"].as_i64()
        ),
        (Some("39.90"), Some("moon-lamp"), Some(1))
    );
    assert_eq!(made["is_active"], true);
    let own = format!("{PRODUCTS}/{}", made["product_id"]);
    let written = shop.parts.db.primary_head().await.unwrap().seq.to_string();
    let shown = shop
        .admin(Method::GET, &own, &[("x-min-change-seq", &written)], None)
        .await;
    assert_eq!((shown.header("etag"), shown.json()), ("\"v1\"", made.clone()));

    let same = shop
        .admin(Method::PUT, &own, &[("if-match", "\"v1\"")], Some(&made))
        .await;
    assert_eq!(
        (same.status, same.json()),
        (200, made.clone()),
        "a PUT of what GET returned changes nothing"
    );

    let replaced = shop
        .admin(
            Method::PUT,
            &own,
            &[("if-match", "\"v1\"")],
            Some(&json!({"name": "Sun lamp", "price": "40.00"})),
        )
        .await;
    let body = replaced.json();
    assert_eq!((replaced.status, replaced.header("etag")), (200, "\"v2\""));
    assert_eq!(
        (&body["slug"], &body["category"], &body["stock_quantity"]),
        (&json!("moon-lamp"), &Value::Null, &json!(0))
    );
    let seq = replaced.header("x-change-seq").to_owned();
    let fresh = shop
        .send(
            Method::GET,
            &format!("/api/v1/products/{}", made["product_id"]),
            &[("x-min-change-seq", &seq)],
            None,
        )
        .await;
    assert_eq!(fresh.json()["name"], "Sun lamp");
    let unchanged = shop
        .send(
            Method::GET,
            &format!("/api/v1/products/{}", made["product_id"]),
            &[
                ("if-none-match", fresh.header("etag")),
                ("x-min-change-seq", &seq),
            ],
            None,
        )
        .await;
    assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));

    let stale = shop
        .admin(
            Method::PATCH,
            &own,
            &[("if-match", "\"v1\"")],
            Some(&json!({"price": "1.00"})),
        )
        .await;
    assert_eq!((stale.status, stale.header("etag")), (412, "\"v2\""));
    let amended = shop
        .admin(
            Method::PATCH,
            &own,
            &[("if-match", "\"v2\"")],
            Some(&json!({"category": "lamps"})),
        )
        .await;
    assert_eq!(
        amended.json()["category"],
        "Lamps",
        "a category is known by its name without case"
    );

    let deleted = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v3\"")], None)
        .await;
    assert_eq!((deleted.status, deleted.header("etag")), (204, "\"v4\""));
    let seq = deleted.header("x-change-seq").to_owned();
    let gone = shop
        .send(
            Method::GET,
            &format!("/api/v1/products/{}", made["product_id"]),
            &[("x-min-change-seq", &seq)],
            None,
        )
        .await;
    assert_eq!(gone.status, 404);
    let restored = shop
        .admin(
            Method::POST,
            &format!("{own}/restore"),
            &[("if-match", "\"v4\"")],
            None,
        )
        .await;
    assert_eq!(
        (restored.status, restored.json()["name"].as_str()),
        (200, Some("Sun lamp"))
    );

    let log = shop
        .admin(
            Method::GET,
            "/api/admin/changes",
            &[("x-min-change-seq", restored.header("x-change-seq"))],
            None,
        )
        .await
        .json();
    let actions: Vec<String> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["entity"].as_str().unwrap(),
                change["action"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        actions,
        [
            "key created",
            "category created",
            "product created",
            "product updated",
            "product updated",
            "product deleted",
            "product restored"
        ]
    );
}

pub async fn cursors_walk_every_page_there_and_back(shop: Shop) {
    for number in 0..23 {
        shop.create(&json!({"name": format!("Lamp {}", number % 5), "price": format!("{}.50", number % 4)}))
            .await;
    }
    let newest = shop.admin(Method::GET, PRODUCTS, &[], None).await;
    assert_eq!(newest.status, 200);
    let seq = shop.parts.db.primary_head().await.unwrap().seq.to_string();
    let fresh = [("x-min-change-seq", seq.as_str())];
    for sort in [
        "newest",
        "created_at",
        "price",
        "-price",
        "name",
        "-name",
        "-price,name",
    ] {
        let (mut path, mut there) = (format!("/api/v1/products?limit=5&sort={sort}"), Vec::new());
        let mut last_prev = String::new();
        loop {
            let page = shop.send(Method::GET, &path, &fresh, None).await.json();
            there.push(ids(&page));
            last_prev = page["links"]["prev"].as_str().unwrap_or(&last_prev).to_owned();
            match page["links"]["next"].as_str() {
                Some(next) => path = next.to_owned(),
                None => break,
            }
        }
        let mut all: Vec<i64> = there.concat();
        let (mut back, mut path) = (vec![there.last().unwrap().clone()], Some(last_prev));
        while let Some(prev) = path {
            let page = shop.send(Method::GET, &prev, &fresh, None).await.json();
            back.insert(0, ids(&page));
            path = page["links"]["prev"].as_str().map(str::to_owned);
        }
        assert_eq!(there, back, "{sort}");
        all.sort_unstable();
        all.dedup();
        assert_eq!((there.concat().len(), all.len()), (23, 23), "{sort}");
    }
    let other = shop
        .send(Method::GET, "/api/v1/products?limit=5&sort=price", &fresh, None)
        .await
        .json();
    let wrong = other["links"]["next"]
        .as_str()
        .unwrap()
        .replace("sort=price", "sort=name");
    assert_eq!(shop.get(&wrong).await.status, 400);
    let counted = shop
        .send(
            Method::GET,
            "/api/v1/products?total=true&max_price=1",
            &fresh,
            None,
        )
        .await
        .json();
    assert_eq!(counted["meta"]["total"], 6);
}

fn ids(page: &Value) -> Vec<i64> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| product["product_id"].as_i64().unwrap())
        .collect()
}

pub async fn pages_show_what_was_written(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Tea <b>pot</b>", "price": "12.00", "category": "Kitchen"}))
        .await;
    let own = format!("{PRODUCTS}/{}", made["product_id"]);
    let moved = shop
        .admin(
            Method::PATCH,
            &own,
            &[("if-match", "\"v1\"")],
            Some(&json!({"slug": "teapot"})),
        )
        .await;
    let cookie = format!("vitrine_seq={}", moved.header("x-change-seq"));
    let fresh = [("cookie", cookie.as_str()), ("accept", "text/html")];
    for path in [
        "/",
        "/products",
        "/categories/kitchen",
        "/products/teapot",
        "/search?q=pot",
        "/products?category=Kitchen&sort=price",
    ] {
        let page = shop.send(Method::GET, path, &fresh, None).await;
        assert_eq!(page.status, 200, "{path}");
        let text = html::unmarked(&page.text);
        assert!(
            text.contains("Tea &lt;b&gt;pot&lt;/b&gt;") && !text.contains("<b>pot"),
            "{path}"
        );
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(
            shop.send(Method::HEAD, path, &fresh, None).await.status,
            200,
            "{path}"
        );
    }
    let old = shop
        .send(
            Method::GET,
            &format!("/products/{}", made["slug"].as_str().unwrap()),
            &fresh,
            None,
        )
        .await;
    assert_eq!((old.status, old.header("location")), (301, "/products/teapot"));
    let lost = shop.send(Method::GET, "/products/none", &fresh, None).await;
    assert!(
        lost.status == 404
            && lost.header("content-type").starts_with("text/html")
            && lost.text.contains("href=\"/products\"")
    );
}
