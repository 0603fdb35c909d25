//! What was changed can be read and taken back: one change, an import, an undo. What somebody changed since is never
//! overwritten unasked.

mod api;
mod batch;
mod command;
mod pages;
mod reading;
mod terms;

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Answer, Shop};

/// Undoes a change over the API.
async fn undo(shop: &Shop, seq: i64, body: &Value) -> Answer {
    let address = format!("/api/admin/changes/{seq}/undo");
    shop.admin(Method::POST, &address, &[], Some(body)).await
}

/// Undoes changes in this order, none of which anything stands against.
pub async fn undo_each<const N: usize>(shop: &Shop, changes: [String; N]) {
    for seq in changes {
        let undone = undo(shop, seq.parse().unwrap(), &json!({})).await;
        assert_eq!(
            (undone.status, undone.json()["outcome"].clone()),
            (200, json!("undone")),
            "{}",
            undone.text
        );
    }
}

/// What happened to a thing of a kind, the oldest first.
pub async fn actions(shop: &Shop, kind: &str, id: &Value) -> Vec<String> {
    let log = shop.read(&format!("/api/admin/changes?{kind}={id}")).await.json();
    let action = |row: &Value| row["action"].as_str().unwrap().to_owned();
    log["data"].as_array().unwrap().iter().map(action).collect()
}

/// The position of the newest change.
async fn newest(shop: &Shop) -> i64 {
    shop.head().await.parse().unwrap()
}

/// A product as the owner reads it now.
async fn product(shop: &Shop, product_id: &Value) -> Value {
    let own = format!("/api/admin/products/{product_id}");
    let head = shop.head().await;
    let answer = shop
        .admin(Method::GET, &own, &[("x-min-change-seq", &head)], None)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// The same without what every write changes.
fn content(product: &Value) -> Value {
    let mut content = product.clone();
    for name in ["version", "updated_at"] {
        content.as_object_mut().unwrap().remove(name);
    }
    content
}

/// The log as programs read it, the newest change first.
async fn history(shop: &Shop, query: &str) -> Vec<Value> {
    let head = shop.head().await;
    let address = format!("/api/admin/changes?sort=-seq&{query}");
    let answer = shop
        .admin(Method::GET, &address, &[("x-min-change-seq", &head)], None)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["data"].as_array().unwrap().clone()
}

/// A product with something in every field that people own.
fn full(name: &str) -> Value {
    json!({
        "name": name, "sku": format!("SKU-{name}"), "brand": "Windward", "description": "One.\n\nTwo.", "price": "20.00",
        "sale": {"price": "15.00", "starts_at": null, "ends_at": "2037-01-01T00:00:00Z"}, "category": "Lamps",
        "tags": ["new", "Gift"], "stock_quantity": 7, "publish_at": "2020-01-01T00:00:00Z", "is_active": true,
        "images": [
            {"url": format!("/media/{}/original.webp", "a".repeat(64)), "alt": "A lamp"},
            {"url": format!("/media/{}/original.webp", "b".repeat(64)), "alt": null},
        ],
    })
}
