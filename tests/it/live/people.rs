//! What is for the owner only, and for as long as the owner is signed in.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::helpers::live::Client;
use crate::helpers::{Browser, Shop};
use crate::on_both_databases;

on_both_databases!(
    the_owner_hears_who_did_what_and_nobody_else_does,
    v7_4_1_signing_out_ends_live_news_on_every_node_within_two_seconds,
);

const ALL: &str = "admin:changes";

async fn owners(base: &str, browser: &Browser<'_>) -> Client {
    let cookies = format!("vitrine_sid={}", browser.cookie("vitrine_sid"));
    let client = Client::at(base, &[("cookie", &cookies), ("origin", base)]).await;
    client.expect("the owner was refused")
}

async fn the_owner_hears_who_did_what_and_nobody_else_does(shop: Shop) {
    let olive = Browser::of_owner(&shop).await;
    drop(Client::of(&shop).await);
    let mut client = owners(&shop.base, &olive).await;
    assert_eq!(client.watch_new(&shop, &[ALL]).await["op"], "subscribed");
    let hidden = json!({"name": "Hidden", "price": "1.00", "is_active": false});
    let hidden = shop.create(&hidden).await;
    let event = client.event().await;
    assert_eq!(
        (&event["type"], &event["topic"]),
        (&json!("change.recorded"), &json!(ALL))
    );
    assert_eq!(
        (
            &event["data"]["entity"],
            &event["data"]["action"],
            &event["data"]["id"]
        ),
        (&json!("product"), &json!("created"), &hidden["product_id"])
    );
    shop.amend(
        &hidden["product_id"],
        &json!({"price": "2.00", "stock_quantity": 4}),
    )
    .await;
    let amended = client.event().await;
    assert_eq!(amended["data"]["fields"], json!(["price", "stock_quantity"]));
    let cookies = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    let strangers: [&[(&'static str, &str)]; 4] = [
        &[],
        &[("origin", &shop.base)],
        // A cookie that counts for nothing, and one that a program brings along.
        &[("origin", &shop.base), ("cookie", "vitrine_sid=abc")],
        &[("cookie", &cookies)],
    ];
    for headers in strangers {
        let mut client = Client::at(&shop.base, headers).await.unwrap();
        assert_eq!(client.watch(&[ALL]).await["code"], "forbidden", "{headers:?}");
        assert_eq!(
            client.watch(&["products"]).await["op"],
            "subscribed",
            "{headers:?}"
        );
    }
    let stream = shop.get("/events?topics=admin:changes").await;
    assert_eq!(stream.status, 403);
}

async fn v7_4_1_signing_out_ends_live_news_on_every_node_within_two_seconds(shop: Shop) {
    let other = shop.beside(|_| {}).await;
    drop(Client::of(&other).await);
    let mut olive = Browser::of_owner(&shop).await;
    drop(Client::of(&shop).await);
    let mut here = owners(&shop.base, &olive).await;
    let mut there = owners(&other.base, &olive).await;
    for client in [&mut here, &mut there] {
        assert_eq!(client.watch(&[ALL]).await["op"], "subscribed");
    }
    olive.sign_out().await;
    let begun = Instant::now();
    for client in [&mut here, &mut there] {
        assert_eq!(client.end().await, 1008);
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let text = other.metrics().await;
    assert!(
        text.contains("ws_dropped_total{reason=\"signed_out\"} 1\n"),
        "{text}"
    );
}
