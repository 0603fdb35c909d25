//! Live news: whoever watches hears of each change that is for the public, once and in order, whatever happens to the
//! connection, the node or Redis in between.

mod cut;
mod document;
mod idle;
mod low_stock;
mod people;
mod resume;
mod stream;
mod unruly;
mod viewers;

use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::json;
use vitrine::catalog::{Taxonomy, TermInput};
use vitrine::db::{Actor, Origin};

use crate::helpers::live::Client;
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    a_change_is_heard_as_what_it_is,
    v8_2_2_api1_nothing_of_a_hidden_product_is_heard,
    a_category_hears_of_what_stands_below_it,
    a_change_of_another_node_is_heard,
    a_node_that_starts_later_tells_what_is_gone,
);

async fn a_change_is_heard_as_what_it_is(shop: Shop) {
    let mut client = Client::of(&shop).await;
    let subscribed = client.watch_new(&shop, &["products"]).await;
    assert_eq!(subscribed["op"], "subscribed");
    let lamp = shop
        .create(&json!({"name": "Lamp", "price": "20.00", "stock_quantity": 3}))
        .await;
    let id = &lamp["product_id"];
    let created = client.event().await;
    assert_eq!(created["type"], "product.created");
    assert_eq!(created["topic"], format!("product:{id}"));
    assert_eq!(created["data"]["offer"]["price_text"], "€20.00");
    shop.amend(id, &json!({"price": "10.00"})).await;
    let price = client.event().await;
    assert_eq!(
        (&price["type"], &price["data"]["offer"]["price"]),
        (&json!("product.price"), &json!("10.00"))
    );
    shop.amend(id, &json!({"stock_quantity": 0})).await;
    let stock = client.event().await;
    assert_eq!(
        (&stock["type"], &stock["data"]),
        (
            &json!("product.stock"),
            &json!({"id": id, "version": 3, "stock_quantity": 0})
        )
    );
    shop.amend(id, &json!({"name": "Desk lamp"})).await;
    let updated = client.event().await;
    assert_eq!(
        (&updated["type"], &updated["data"]["name"]),
        (&json!("product.updated"), &json!("Desk lamp"))
    );
    let own = format!("/api/admin/products/{id}");
    let gone = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v4\"")], None)
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    let removed = client.event().await;
    assert_eq!(removed["type"], "product.removed");
    let seqs = [&created, &price, &stock, &updated, &removed].map(|event| event["seq"].as_i64().unwrap());
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
    let text = shop.metrics().await;
    assert!(
        text.contains("ws_sessions 1\n") && text.contains("ws_messages_total 5\n"),
        "{text}"
    );
    drop(client);
    eventually("the session is gone", || async {
        shop.metrics().await.contains("ws_sessions 0\n")
    })
    .await;
}

async fn v8_2_2_api1_nothing_of_a_hidden_product_is_heard(shop: Shop) {
    let mut client = Client::of(&shop).await;
    client
        .watch(&["products", "product:1", "product:2", "category:secret"])
        .await;
    let hidden = json!({"name": "Canary", "price": "1.00", "is_active": false, "category": "Secret"});
    let hidden = shop.create(&hidden).await;
    shop.amend(
        &hidden["product_id"],
        &json!({"price": "2.00", "name": "Canary two"}),
    )
    .await;
    let planned = json!({"name": "Canary three", "price": "1.00", "publish_at": "2999-01-01T00:00:00Z"});
    shop.create(&planned).await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let first = client.event().await;
    assert_eq!(first["data"]["name"], "Lamp", "what came before was hidden");
    shop.amend(&hidden["product_id"], &json!({"is_active": true}))
        .await;
    let shown = client.event().await;
    assert_eq!(
        (&shown["type"], &shown["data"]["name"]),
        (&json!("product.created"), &json!("Canary two"))
    );
    let back = json!({"is_active": false, "name": "Canary four", "slug": "canary-four"});
    shop.amend(&hidden["product_id"], &back).await;
    let removed = client.event().await;
    assert_eq!(
        removed["data"],
        json!({"id": hidden["product_id"], "slug": "canary"})
    );
}

/// Makes a category below another one; its id.
async fn category(shop: &Shop, name: &str, parent: &str) -> String {
    let input = TermInput {
        name: name.to_owned(),
        slug: String::new(),
        parent: parent.to_owned(),
        position: String::new(),
        description: String::new(),
        image_url: String::new(),
    };
    let made = shop
        .parts
        .catalog
        .create_term(origin(), Taxonomy::Category, input);
    made.await.unwrap().value.term_id.to_string()
}

fn origin() -> Origin {
    Origin {
        actor: Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    }
}

async fn a_category_hears_of_what_stands_below_it(shop: Shop) {
    let light = category(&shop, "Light", "").await;
    category(&shop, "Desk lamps", &light).await;
    let lamp = json!({"name": "Lamp", "price": "1.00", "category": "Desk lamps"});
    let lamp = shop.create(&lamp).await;
    let mut above = Client::of(&shop).await;
    above.watch_new(&shop, &["category:light"]).await;
    let mut beside = Client::of(&shop).await;
    beside.watch_new(&shop, &["category:vases"]).await;
    shop.amend(&lamp["product_id"], &json!({"price": "2.00"})).await;
    assert_eq!(above.event().await["type"], "product.price");
    shop.amend(&lamp["product_id"], &json!({"category": "Vases"}))
        .await;
    assert_eq!(above.event().await["type"], "product.updated", "it has left");
    assert_eq!(
        beside.event().await["type"],
        "category.created",
        "now it has something to show"
    );
    assert_eq!(beside.event().await["type"], "product.updated", "it has come");
    shop.amend(&lamp["product_id"], &json!({"price": "3.00"})).await;
    assert_eq!(beside.event().await["type"], "product.price");
    above.say(&json!({"op": "ping"})).await;
    assert_eq!(above.next().await["op"], "pong", "nothing more of what has left");
}

async fn a_change_of_another_node_is_heard(shop: Shop) {
    let other = shop.beside(|_| {}).await;
    let mut client = Client::of(&other).await;
    client.watch(&["products"]).await;
    let begun = Instant::now();
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    assert_eq!(client.event().await["data"]["name"], "Lamp");
    // By the poll at the latest.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

async fn a_node_that_starts_later_tells_what_is_gone(shop: Shop) {
    let lamp = json!({"name": "Lamp", "price": "1.00", "category": "Lamps"});
    let lamp = shop.create(&lamp).await;
    let since: i64 = shop.head().await.parse().unwrap();
    shop.amend(&lamp["product_id"], &json!({"category": null})).await;
    let lamps = shop
        .count("SELECT term_id AS count FROM terms WHERE name = 'Lamps'")
        .await;
    let lamps = i32::try_from(lamps).unwrap();
    shop.parts.catalog.delete_term(origin(), lamps, 1).await.unwrap();
    let other = shop.beside(|_| {}).await;
    let mut client = Client::of(&other).await;
    let epoch = client.epoch.clone();
    client.resume(&["category:lamps"], &epoch, since).await;
    let gone = client.event().await;
    assert_eq!(
        (&gone["type"], &gone["data"]),
        (&json!("category.removed"), &json!({"id": lamps, "slug": "lamps"}))
    );
}
