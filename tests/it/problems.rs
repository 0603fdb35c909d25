//! Every way to fail, as programs read it: one shape, told in a snapshot.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Answer, Shop, make_key};
use crate::on_both_databases;

on_both_databases!(
    every_failure_has_one_shape,
    v16_5_1_nothing_behind_an_error_is_shown
);

const PRODUCTS: &str = "/api/admin/products";

/// A failure as a line of its status and the headers that matter, and its body without what differs each time.
fn told(asked: &str, answer: &Answer) -> String {
    let mut problem = answer.json();
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{asked}"
    );
    assert_eq!(
        problem["request_id"].as_str(),
        Some(answer.header("x-request-id")),
        "{asked}"
    );
    assert_eq!(problem["status"].as_u64(), Some(answer.status.into()), "{asked}");
    problem["request_id"] = "[id]".into();
    let headers: String = ["allow", "etag", "www-authenticate", "retry-after"]
        .iter()
        .filter(|name| !answer.header(name).is_empty())
        .map(|name| format!("\n{name}: {}", answer.header(name)))
        .collect();
    format!("{asked}\n{}{headers}\n{problem:#}\n", answer.status)
}

async fn every_failure_has_one_shape(shop: Shop) {
    let admin = format!("Bearer {}", shop.key);
    let reader = format!("Bearer {}", make_key(&shop.parts, "catalog:read").await);
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "sku": "L-1"}))
        .await;
    let id = made["product_id"].as_i64().unwrap();
    let own = format!("{PRODUCTS}/{id}");
    let lamp = json!({"name": "Lamp", "price": "1.00"}).to_string();
    let wrong = json!({
        "name": "", "price": 12.5, "stock_quantity": -1, "slug": "Not A Slug", "description": "a\u{0}b", "is_active": "yes",
        "image_url": "javascript:alert(1)", "category": "c".repeat(101), "colour": "red", "version": 7,
    });
    let taken = json!({"name": "Other", "price": "1.00", "sku": "l-1", "slug": "lamp", "version": 7});
    let large = json!({"name": "x".repeat(600_000)}).to_string();
    let admins = ("authorization", admin.as_str());
    let tag = ("if-match", "\"v1\"");
    type Case<'a> = (&'a str, Method, &'a str, Vec<(&'a str, &'a str)>, Option<String>);
    let cases: Vec<Case<'_>> = vec![
        (
            "an unknown parameter",
            Method::GET,
            "/api/v1/products?colour=red",
            vec![],
            None,
        ),
        (
            "a parameter where none is known",
            Method::GET,
            "/api/v1/categories?x=1",
            vec![],
            None,
        ),
        (
            "a broken parameter",
            Method::GET,
            "/api/v1/products?q=%ff",
            vec![],
            None,
        ),
        (
            "a repeated parameter",
            Method::GET,
            "/api/v1/products?sort=name&sort=price",
            vec![],
            None,
        ),
        (
            "a page too large",
            Method::GET,
            "/api/v1/products?limit=101",
            vec![],
            None,
        ),
        (
            "an unknown order",
            Method::GET,
            "/api/v1/products?sort=id",
            vec![],
            None,
        ),
        (
            "a made-up cursor",
            Method::GET,
            "/api/v1/products?after=bm9uZQ",
            vec![],
            None,
        ),
        (
            "a price that is none",
            Method::GET,
            "/api/v1/products?min_price=cheap",
            vec![],
            None,
        ),
        (
            "a search for nothing",
            Method::GET,
            "/api/v1/search",
            vec![],
            None,
        ),
        (
            "a position nobody reached",
            Method::GET,
            "/api/v1/products",
            vec![("x-min-change-seq", "999999")],
            None,
        ),
        (
            "no such product",
            Method::GET,
            "/api/v1/products/999",
            vec![],
            None,
        ),
        (
            "an id that is none",
            Method::GET,
            "/api/v1/products/1%27--",
            vec![],
            None,
        ),
        ("no such address", Method::GET, "/api/v2/products", vec![], None),
        (
            "a method that is not for this address",
            Method::DELETE,
            "/api/v1/products",
            vec![],
            None,
        ),
        ("nobody", Method::POST, PRODUCTS, vec![], Some(lamp.clone())),
        (
            "an unknown key",
            Method::GET,
            PRODUCTS,
            vec![("authorization", "Bearer vk_x")],
            None,
        ),
        (
            "a key that may only read",
            Method::POST,
            PRODUCTS,
            vec![("authorization", &reader)],
            Some(lamp.clone()),
        ),
        (
            "no JSON",
            Method::POST,
            PRODUCTS,
            vec![admins],
            Some("{".to_owned()),
        ),
        (
            "not an object",
            Method::POST,
            PRODUCTS,
            vec![admins],
            Some("[]".to_owned()),
        ),
        (
            "another type",
            Method::POST,
            PRODUCTS,
            vec![admins, ("content-type", "text/plain")],
            Some(lamp.clone()),
        ),
        (
            "compressed",
            Method::POST,
            PRODUCTS,
            vec![admins, ("content-encoding", "gzip")],
            Some(lamp.clone()),
        ),
        ("too large", Method::POST, PRODUCTS, vec![admins], Some(large)),
        (
            "all faults of the fields",
            Method::POST,
            PRODUCTS,
            vec![admins],
            Some(wrong.to_string()),
        ),
        (
            "what only the database knows",
            Method::POST,
            PRODUCTS,
            vec![admins],
            Some(taken.to_string()),
        ),
        (
            "nothing at all",
            Method::POST,
            PRODUCTS,
            vec![admins],
            Some("{}".to_owned()),
        ),
        (
            "a bad Idempotency-Key",
            Method::POST,
            PRODUCTS,
            vec![admins, ("idempotency-key", "")],
            Some(lamp.clone()),
        ),
        ("no If-Match", Method::PUT, &own, vec![admins], Some(lamp.clone())),
        (
            "an old If-Match",
            Method::PUT,
            &own,
            vec![admins, ("if-match", "\"v9\"")],
            Some(lamp.clone()),
        ),
        (
            "any If-Match",
            Method::DELETE,
            &own,
            vec![admins, ("if-match", "*")],
            None,
        ),
        (
            "a change of what the shop sets",
            Method::PATCH,
            &own,
            vec![admins, tag],
            Some(json!({"version": 9, "product_id": 5}).to_string()),
        ),
        (
            "a patch without fields that exist",
            Method::PATCH,
            &own,
            vec![admins, tag],
            Some(json!({"a/b~c": 1}).to_string()),
        ),
        (
            "a restore of what is not deleted",
            Method::POST,
            "/api/admin/products/1/restore",
            vec![admins, tag],
            None,
        ),
        (
            "an unknown status",
            Method::GET,
            "/api/admin/products?status=lost",
            vec![admins],
            None,
        ),
        (
            "a place in the log that is none",
            Method::GET,
            "/api/admin/changes?since=x",
            vec![admins],
            None,
        ),
    ];
    assert_eq!(id, 1, "the addresses above name the first product");
    let mut all = String::new();
    for (asked, method, path, headers, body) in cases {
        let answer = shop.ask(method.clone(), path, &headers, body).await;
        assert!(
            (400..500).contains(&answer.status),
            "{asked}: {} {}",
            answer.status,
            answer.text
        );
        all.push_str(&told(
            &format!("# {asked}: {method} {}", path.replace(&own, "{own}")),
            &answer,
        ));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("every_failure", all);
    });
}

/// The database gone in the middle: a person reads a way on, a program a problem, nobody a table's name.
async fn v16_5_1_nothing_behind_an_error_is_shown(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    shop.sql("ALTER TABLE products RENAME TO elsewhere").await;
    // A change after it: whoever has seen that one has no table either.
    make_key(&shop.parts, "catalog:read").await;
    let head = shop.head().await;
    for path in [
        "/api/v1/products",
        "/api/v1/products/1",
        "/",
        "/products",
        "/products/lamp",
    ] {
        for accept in ["text/html", "application/json"] {
            let headers = [("accept", accept), ("x-min-change-seq", head.as_str())];
            let answer = shop.send(Method::GET, path, &headers, None).await;
            if answer.status < 500 {
                continue;
            }
            let page = accept == "text/html" && !path.starts_with("/api");
            let kind = if page {
                "text/html; charset=utf-8"
            } else {
                "application/problem+json"
            };
            assert_eq!(answer.header("content-type"), kind, "{path}");
            assert!(
                !page || answer.text.contains("href=\"/"),
                "{path} leaves nowhere to go"
            );
            let said = answer.text.to_lowercase();
            for secret in [
                "products.",
                "no such table",
                "doesn't exist",
                "select",
                "diesel",
                "src/",
                "mysql",
            ] {
                assert!(!said.contains(secret), "{path} speaks of {secret}: {said}");
            }
        }
    }
    let api = shop.fresh("/api/v1/products").await;
    let problem: Value = api.json();
    assert!(
        matches!(api.status, 500 | 503) && problem["errors"].is_null(),
        "{problem}"
    );
}
