//! Conditions of requests: which version is meant, what the reader has already, how new it must be, whether it is a repeat.

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::startup::endpoints;

use crate::helpers::{Answer, Shop, eventually, make_key};
use crate::on_both_databases;

on_both_databases!(
    a_put_of_what_get_returned_changes_nothing_and_leaves_no_trace,
    a_reader_who_has_the_page_already_gets_304,
    head_answers_like_get_without_a_body,
    every_write_says_where_it_stands_and_a_read_can_ask_for_it,
    a_repeated_post_repeats_its_answer_for_the_one_who_sent_it,
    a_category_is_one_whatever_its_case_and_accents,
);

const PRODUCTS: &str = "/api/admin/products";

async fn a_put_of_what_get_returned_changes_nothing_and_leaves_no_trace(shop: Shop) {
    let whole = json!({
        "name": "Vase  „Ölberg“ ☕", "price": "0.10", "description": "One\r\n\r\ntwo", "category": "Vases & more", "sku": "V/1",
        "brand": "Ömer", "stock_quantity": 3, "is_active": false, "slug": "oelberg",
        "image_url": format!("/media/{}/original.webp", "a".repeat(64)),
    });
    for body in [whole, json!({"name": "Plain", "price": "99999999.99"})] {
        let made = shop.create(&body).await;
        let own = format!("{PRODUCTS}/{}", made["product_id"]);
        let got = shop
            .admin(
                Method::GET,
                &own,
                &[("x-min-change-seq", &shop.head().await)],
                None,
            )
            .await;
        assert_eq!(got.json(), made);
        let before = shop.head().await;
        let tag = ("if-match", got.header("etag"));
        for (method, body) in [
            (Method::PUT, got.json()),
            (Method::PATCH, got.json()),
            (Method::PATCH, json!({})),
        ] {
            let put = shop.admin(method.clone(), &own, &[tag], Some(&body)).await;
            assert_eq!((put.status, put.json()), (200, made.clone()), "{method}");
            assert_eq!(
                (put.header("etag"), put.header("x-change-seq")),
                ("\"v1\"", before.as_str()),
                "{method}"
            );
        }
        assert_eq!(shop.head().await, before, "the change log grew");
        let mut dearer = got.json();
        dearer["price"] = "1.05".into();
        let put = shop.admin(Method::PUT, &own, &[tag], Some(&dearer)).await;
        assert_eq!((put.status, put.header("etag")), (200, "\"v2\""), "{}", put.text);
        assert_eq!(
            (put.json()["price"].as_str(), &put.json()["slug"]),
            (Some("1.05"), &made["slug"])
        );
        assert_eq!(put.json()["created_at"], made["created_at"]);
        assert_ne!(put.json()["updated_at"], made["updated_at"]);
    }
}

async fn a_reader_who_has_the_page_already_gets_304(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    let paths = [
        "/api/v1/products",
        "/api/v1/products/1",
        "/api/v1/categories",
        "/",
        "/products",
        "/products/lamp",
        "/categories/lamps",
        "/search?q=lamp",
    ];
    let mut tags = Vec::new();
    for path in paths {
        let first = shop.fresh(path).await;
        let tag = first.header("etag").to_owned();
        assert_eq!(
            (first.status, first.header("cache-control")),
            (200, "public, max-age=0, must-revalidate"),
            "{path}"
        );
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let head = shop.head().await;
            let answer = shop
                .send(
                    Method::GET,
                    path,
                    &[("if-none-match", &known), ("x-min-change-seq", &head)],
                    None,
                )
                .await;
            assert_eq!(
                (answer.status, answer.text.as_str(), answer.header("etag")),
                (304, "", tag.as_str()),
                "{path} {known}"
            );
            assert_eq!(answer.header("content-type"), "", "{path}");
        }
        tags.push(tag);
    }
    shop.amend(&made["product_id"], &json!({"price": "2.00"})).await;
    for (path, tag) in paths
        .into_iter()
        .zip(tags)
        .filter(|(path, _)| !path.ends_with("categories"))
    {
        let head = shop.head().await;
        let answer = shop
            .send(
                Method::GET,
                path,
                &[("if-none-match", &tag), ("x-min-change-seq", &head)],
                None,
            )
            .await;
        assert_eq!(answer.status, 200, "{path} changed");
        assert_ne!(answer.header("etag"), tag, "{path}");
    }
    let own = shop
        .admin(
            Method::GET,
            "/api/admin/products/1",
            &[("if-none-match", "\"v2\"")],
            None,
        )
        .await;
    assert_eq!(own.header("cache-control"), "private, no-store");
}

async fn head_answers_like_get_without_a_body(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    let head = shop.head().await;
    let key = format!("Bearer {}", shop.key);
    for endpoint in endpoints()
        .iter()
        .filter(|endpoint| endpoint.methods().any(|method| method == Method::GET))
    {
        let path = endpoint
            .pattern
            .replace("{fingerprint}/{path:.*}", "0/site.css")
            .replace("{hash}/{file}", "0/original.webp")
            .replace("/products/{slug}", "/products/lamp")
            .replace("/categories/{slug}", "/categories/lamps")
            .replace("/pages/{slug}", "/pages/about")
            .replace("{id}", "1");
        let headers = [
            ("authorization", key.as_str()),
            ("x-min-change-seq", &head),
            ("x-request-id", "the-same-one"),
        ];
        // Some answers show the moment, as how far each replica is behind.
        eventually(&format!("HEAD of {path} answers like GET"), async || {
            let get = shop.send(Method::GET, &path, &headers, None).await;
            let head = shop.send(Method::HEAD, &path, &headers, None).await;
            assert_eq!(head.text, "", "{path}");
            let is_alike = told(&get) == told(&head);
            if !is_alike {
                println!("{path}: {:#?}", (told(&get), told(&head)));
            }
            is_alike
        })
        .await;
    }
}

/// What a HEAD is asked for.
fn told(answer: &Answer) -> (u16, [(&str, &str); 7]) {
    let names = [
        "content-type",
        "etag",
        "cache-control",
        "link",
        "location",
        "content-length",
        "content-security-policy",
    ];
    (answer.status, names.map(|name| (name, answer.header(name))))
}

async fn every_write_says_where_it_stands_and_a_read_can_ask_for_it(shop: Shop) {
    let seq = |answer: &Answer| answer.header("x-change-seq").parse::<i64>().unwrap();
    let created = shop
        .admin(
            Method::POST,
            PRODUCTS,
            &[],
            Some(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"})),
        )
        .await;
    let own = format!("{PRODUCTS}/{}", created.json()["product_id"]);
    let first = seq(&created);
    assert_eq!(
        first.to_string(),
        shop.head().await,
        "the last position of the transaction, not the first"
    );
    let patch = |version: i32, price: &str| {
        let (shop, own, tag, body) = (&shop, &own, format!("\"v{version}\""), json!({"price": price}));
        async move {
            shop.admin(Method::PATCH, own, &[("if-match", &tag)], Some(&body))
                .await
        }
    };
    for version in 1..=5 {
        let written = patch(version, &format!("{version}.50")).await;
        assert_eq!(seq(&written), first + i64::from(version));
        let asked = written.header("x-change-seq").to_owned();
        for path in ["/api/v1/products/1", "/api/v1/products", "/products/lamp"] {
            let read = shop
                .send(Method::GET, path, &[("x-min-change-seq", &asked)], None)
                .await;
            assert!(
                read.text.contains(&format!("{version}.50")),
                "{path} is older than {asked}: {}",
                read.text
            );
        }
        // A browser asks by its cookie.
        let cookie = format!("vitrine_seq={asked}");
        let page = shop
            .send(Method::GET, "/products/lamp", &[("cookie", &cookie)], None)
            .await;
        assert!(
            page.text.contains(&format!("{version}.50")),
            "the page is older than {asked}"
        );
    }
    let deleted = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v6\"")], None)
        .await;
    let restored = shop
        .admin(
            Method::POST,
            &format!("{own}/restore"),
            &[("if-match", "\"v7\"")],
            None,
        )
        .await;
    assert_eq!((seq(&deleted), seq(&restored)), (first + 6, first + 7));
    let above = (first + 8).to_string();
    for path in [
        "/api/v1/products",
        "/api/v1/products/1",
        "/api/v1/categories",
        "/api/v1/search?q=lamp",
    ] {
        let refused = shop
            .send(Method::GET, path, &[("x-min-change-seq", &above)], None)
            .await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (400, &json!("unknown_change_seq")),
            "{path}"
        );
    }
    // A cookie may be of another database on this host, so it refuses nothing.
    let foreign = shop
        .send(
            Method::GET,
            "/products",
            &[("cookie", "vitrine_seq=999999")],
            None,
        )
        .await;
    assert_eq!(foreign.status, 200);
}

async fn a_repeated_post_repeats_its_answer_for_the_one_who_sent_it(shop: Shop) {
    let other = format!("Bearer {}", make_key(&shop.parts, "catalog:write").await);
    let body = json!({"name": "Lamp", "price": "1.00"});
    let key = ("idempotency-key", "order 1");
    let first = shop.admin(Method::POST, PRODUCTS, &[key], Some(&body)).await;
    shop.amend(&first.json()["product_id"], &json!({"price": "2.00"}))
        .await;
    let head = shop.head().await;
    let again = shop.admin(Method::POST, PRODUCTS, &[key], Some(&body)).await;
    assert_eq!(
        (again.status, &again.text),
        (201, &first.text),
        "the answer of then, not the product of now"
    );
    for name in ["location", "etag", "x-change-seq"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(
        (
            first.header("idempotent-replayed"),
            again.header("idempotent-replayed")
        ),
        ("", "true")
    );
    let elses = shop
        .send(
            Method::POST,
            PRODUCTS,
            &[("authorization", &other), key],
            Some(&body),
        )
        .await;
    assert_eq!((elses.status, elses.header("idempotent-replayed")), (201, ""));
    assert_ne!(
        elses.json()["product_id"],
        first.json()["product_id"],
        "keys of two programs never meet"
    );
    assert_eq!(
        shop.head().await.parse::<i64>().unwrap(),
        head.parse::<i64>().unwrap() + 1,
        "one of the two was new"
    );
    // A refused request leaves its key free.
    let free = ("idempotency-key", "order 2");
    let refused = shop
        .admin(Method::POST, PRODUCTS, &[free], Some(&json!({"name": "Vase"})))
        .await;
    let mended = shop
        .admin(
            Method::POST,
            PRODUCTS,
            &[free],
            Some(&json!({"name": "Vase", "price": "1.00"})),
        )
        .await;
    assert_eq!((refused.status, mended.status), (422, 201));
}

async fn a_category_is_one_whatever_its_case_and_accents(shop: Shop) {
    for (name, category) in [
        ("A", "Möbel"),
        ("B", "MÖBEL"),
        ("C", " mobel "),
        ("D", "ｍöbel"),
        ("E", "Mo\u{308}bel"),
    ] {
        let made = shop
            .create(&json!({"name": name, "price": "1.00", "category": category}))
            .await;
        assert_eq!(made["category"], "Möbel", "{category}");
    }
    let hidden = shop
        .create(&json!({"name": "F", "price": "1.00", "category": "Unseen", "is_active": false}))
        .await;
    let listed = shop.fresh("/api/v1/categories").await.json();
    let names: Vec<&Value> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|category| &category["name"])
        .collect();
    assert_eq!(names, ["Möbel"], "a category with nothing to show is not shown");
    for asked in ["M%C3%B6bel", "mobel", "MOBEL", "m%C3%96bel"] {
        let found = shop
            .fresh(&format!("/api/v1/products?category={asked}&sort=name"))
            .await
            .json();
        let names: Vec<&Value> = found["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|product| &product["name"])
            .collect();
        assert_eq!(names, ["A", "B", "C", "D", "E"], "{asked}");
    }
    let none = shop.fresh("/api/v1/products?category=nowhere").await;
    assert_eq!(
        (none.status, none.json()["data"].as_array().map(Vec::len)),
        (200, Some(0))
    );
    let log = shop
        .admin(
            Method::GET,
            "/api/admin/changes",
            &[("x-min-change-seq", &shop.head().await)],
            None,
        )
        .await
        .json();
    let made: Vec<&Value> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["entity"] == "category")
        .collect();
    assert_eq!(made.len(), 2, "{made:#?}");
    let with = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["entity"] == "product" && row["entity_id"] == hidden["product_id"])
        .unwrap();
    assert_eq!(
        made[1]["request_id"], with["request_id"],
        "made by the request that named it"
    );
}
