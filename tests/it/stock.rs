//! Stock is changed by what is added or taken: many at once add up, nothing is taken that is not there.

use awc::http::Method;
use futures_util::future::join_all;
use serde_json::json;

use crate::helpers::{Browser, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    fifty_parallel_deltas_add_up_exactly,
    a_repeated_delta_counts_once,
    nothing_is_taken_that_is_not_there,
    plus_and_minus_stand_in_the_owners_table,
);

pub async fn fifty_parallel_deltas_add_up_exactly(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "stock_quantity": 100}))
        .await;
    let own = format!("/api/admin/products/{}/stock", made["product_id"]);
    let shop = &shop;
    let deltas: Vec<i64> = (0..50)
        .map(|number| if number % 3 == 0 { 2 } else { -1 })
        .collect();
    let answers = join_all(deltas.iter().map(|delta| {
        let (own, body) = (own.clone(), json!({ "delta": delta }));
        async move { shop.admin(Method::POST, &own, &[], Some(&body)).await }
    }))
    .await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let seen = shop
        .fresh(&format!("/api/v1/products/{}", made["product_id"]))
        .await
        .json();
    assert_eq!(seen["stock_quantity"], 100 + deltas.iter().sum::<i64>());
    assert_eq!(seen["version"], 51, "each is a change of its own");
}

async fn a_repeated_delta_counts_once(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "stock_quantity": 5}))
        .await;
    let other = shop
        .create(&json!({"name": "Vase", "price": "1.00", "stock_quantity": 5}))
        .await;
    let own = format!("/api/admin/products/{}/stock", made["product_id"]);
    let key = ("idempotency-key", "order-1");
    let keys = [key];
    let shop = &shop;
    let body = json!({"delta": -1});
    let answers = join_all((0..10).map(|_| shop.admin(Method::POST, &own, &keys, Some(&body)))).await;
    let replayed = |answer: &&crate::helpers::Answer| answer.header("idempotent-replayed") == "true";
    assert_eq!(answers.iter().filter(replayed).count(), 9);
    for answer in &answers {
        assert_eq!(
            (answer.status, answer.json()["stock_quantity"].as_i64()),
            (200, Some(4))
        );
    }
    let elsewhere = format!("/api/admin/products/{}/stock", other["product_id"]);
    let reused = shop.admin(Method::POST, &elsewhere, &[key], Some(&body)).await;
    assert_eq!(reused.status, 422, "the same key for another product");
}

async fn nothing_is_taken_that_is_not_there(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "stock_quantity": 1}))
        .await;
    let own = format!("/api/admin/products/{}/stock", made["product_id"]);
    for (body, status, code) in [
        (json!({"delta": -2}), 409, "insufficient_stock"),
        (json!({"delta": i32::MAX}), 409, "insufficient_stock"),
        (json!({"delta": "1"}), 422, "invalid_fields"),
        (json!({"delta": 1.5}), 422, "invalid_fields"),
        (json!({"delta": 9_999_999_999_i64}), 422, "invalid_fields"),
        (json!({}), 422, "invalid_fields"),
        (json!({"delta": 1, "reason": "x"}), 422, "invalid_fields"),
    ] {
        let refused = shop.admin(Method::POST, &own, &[], Some(&body)).await;
        let told = refused.json();
        assert_eq!(
            (refused.status, told["code"].as_str()),
            (status, Some(code)),
            "{body}: {told}"
        );
    }
    let missing = shop
        .admin(
            Method::POST,
            "/api/admin/products/999/stock",
            &[],
            Some(&json!({"delta": 1})),
        )
        .await;
    assert_eq!(missing.status, 404);
    let seen = shop
        .fresh(&format!("/api/v1/products/{}", made["product_id"]))
        .await
        .json();
    assert_eq!(
        (&seen["stock_quantity"], &seen["version"]),
        (&json!(1), &json!(1))
    );
}

async fn plus_and_minus_stand_in_the_owners_table(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "stock_quantity": 1}))
        .await;
    let action = format!("/admin/products/{}/stock", made["product_id"]);
    let mut olive = Browser::of_owner(&shop).await;
    let page = "/admin/products?sort=name&q=lamp";
    let back = olive.submit(page, &action, &[("delta", "1")]).await;
    assert_eq!(
        (back.status, back.header("location")),
        (303, page),
        "back to the same page"
    );
    let opened = olive.open(page).await;
    assert!(
        html::text(&opened.text).contains("2 in stock"),
        "{}",
        html::text(&opened.text)
    );
    let elsewhere = [("delta", "-1"), ("back", "https://evil.example/")];
    let back = olive.submit(page, &action, &elsewhere).await;
    assert_eq!((back.status, back.header("location")), (303, "/admin/products"));
}
