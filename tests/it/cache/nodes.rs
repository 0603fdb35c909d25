//! What one node has made serves the others, as long as it is right.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::{FILLS, counted, keeping};
use crate::helpers::{Shop, eventually};

/// Over Redis: the node that writes leaves the new answers there.
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
async fn views_that_two_nodes_store_at_once_all_count() {
    const ROUNDS: i64 = 40;
    let Some(shop) = Shop::on_mariadb().await else {
        return;
    };
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let id = i32::try_from(made["product_id"].as_i64().unwrap()).unwrap();
    let other = shop.beside(|_| {}).await;
    let looks = [&shop, &other].map(|node| node.parts.catalog.view_counters()(id));
    for _ in 0..ROUNDS {
        for look in &looks {
            look.fetch_add(1, Ordering::Relaxed);
        }
        let (here, there) = tokio::join!(
            shop.parts.catalog.store_views(),
            other.parts.catalog.store_views()
        );
        here.and(there).unwrap();
    }
    // Those that a node's own round took may still be on their way.
    eventually("each view counts", || async {
        let least = 2 * ROUNDS - 1;
        let path = format!("/api/v1/products?min_popularity={least}");
        shop.fresh(&path).await.json()["data"][0]["product_id"] == id
    })
    .await;
}
