//! What is suggested while somebody types.

use serde_json::{Value, json};

use crate::helpers::{Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    products_and_categories_are_suggested_by_how_they_begin,
    what_is_often_searched_for_is_suggested_first,
    hostile_texts_suggest_nothing_and_break_nothing,
);

fn names<'a>(found: &'a Value, kind: &str, field: &str) -> Vec<&'a str> {
    let rows = found[kind].as_array().unwrap().iter();
    rows.map(|row| row[field].as_str().unwrap()).collect()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

async fn products_and_categories_are_suggested_by_how_they_begin(shop: Shop) {
    for (name, category) in [
        ("Lamp, tall", "Lamps"),
        ("Lámpion", "Garden lamps"),
        ("Table", "Home"),
    ] {
        shop.create(&json!({"name": name, "price": "9.00", "category": category}))
            .await;
    }
    shop.create(&json!({"name": "Lamp, hidden", "price": "9.00", "is_active": false}))
        .await;
    let found = shop.fresh("/api/v1/suggest?q=LAMP").await;
    assert_eq!(found.status, 200, "{}", found.text);
    let found = found.json();
    // Their order is the affair of who finds them.
    assert_eq!(
        sorted(names(&found, "products", "name")),
        ["Lamp, tall", "Lámpion"]
    );
    assert_eq!(
        sorted(names(&found, "products", "url")),
        ["/products/lamp-tall", "/products/lampion"]
    );
    assert_eq!(found["products"][0]["price"], "9.00");
    assert_eq!(
        sorted(names(&found, "categories", "name")),
        ["Garden lamps", "Lamps"]
    );
    let one = shop.fresh("/api/v1/suggest?q=lamp&limit=1").await.json();
    assert_eq!(one["products"].as_array().unwrap().len(), 1);
    let in_bar = shop.fresh("/search/suggestions?q=lamp").await;
    assert_eq!(
        in_bar.header("content-type"),
        "application/x-suggestions+json; charset=utf-8"
    );
    let in_bar = in_bar.json();
    assert_eq!(in_bar[0], "lamp");
    for text in ["Garden lamps", "Lamps", "Lamp, tall", "Lámpion"] {
        assert!(
            in_bar[1].as_array().unwrap().contains(&json!(text)),
            "{text}: {in_bar}"
        );
    }
}

async fn what_is_often_searched_for_is_suggested_first(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "9.00"})).await;
    for _ in 0..5 {
        shop.fresh("/search?q=lamp").await;
        shop.fresh("/search?q=lampoon").await;
    }
    let insight = &shop.parts.insight;
    insight.store().await.unwrap();
    eventually("the search is popular", || async {
        insight.look().await.unwrap();
        insight.popular("la", 5) == ["lamp"]
    })
    .await;
    let found = shop.fresh("/api/v1/suggest?q=la").await.json();
    assert_eq!(
        names(&found, "queries", "text"),
        ["lamp"],
        "not what finds nothing"
    );
    assert_eq!(found["queries"][0]["url"], "/search?q=lamp");
}

async fn hostile_texts_suggest_nothing_and_break_nothing(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "9.00"})).await;
    let long = "x".repeat(5_000);
    for text in [
        "",
        "%20",
        "%00",
        "%F0%9F%92%A1",
        "%25",
        "_",
        "'%3B--",
        "%E2%80%AE",
        "%22*%22",
        &long,
    ] {
        let answer = shop.fresh(&format!("/api/v1/suggest?q={text}")).await;
        assert_eq!(answer.status, 200, "{text:.20}: {}", answer.text);
        assert_eq!(answer.json()["products"], json!([]), "{text:.20}");
    }
    for wrong in ["limit=0", "limit=11", "limit=x", "q=a&more=1"] {
        assert_eq!(
            shop.fresh(&format!("/api/v1/suggest?{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }
    let page = shop.fresh("/").await;
    html::assert_is_ours(&page.text, "/");
}
