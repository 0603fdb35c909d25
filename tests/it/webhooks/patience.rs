//! A receiver that asks to be left alone is, for as long as it asks but not for ever.

use std::time::Duration;

use serde_json::json;
use vitrine::webhooks::{State, WebhookInput};

use super::{deliveries, hook, lamp, origin};
use crate::helpers::receiver::{Reaction, Receiver};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases_with_webhooks;

on_both_databases_with_webhooks!(
    a_receiver_that_names_a_time_is_left_alone_until_then,
    a_receiver_that_asks_for_a_year_is_asked_again_within_the_hour,
    another_address_does_not_wait_as_long_as_the_first_one_asked_for,
);

async fn a_receiver_that_names_a_time_is_left_alone_until_then(shop: Shop) {
    let receiver = Receiver::open();
    let (one, two) = (lamp(&shop, "One").await, lamp(&shop, "Two").await);
    hook(&shop, &receiver.url, &["product.price"]).await;
    receiver.next([Reaction::Later("2")]);
    shop.amend(&one, &json!({"price": "10.00"})).await;
    receiver.await_messages(1).await;
    // Its own pause would be some 20 ms, and this one has failed at nothing yet.
    shop.amend(&two, &json!({"price": "11.00"})).await;
    let told = receiver.await_messages(3).await;
    for message in &told[1..] {
        let rest = message.came.duration_since(told[0].came);
        assert!(rest >= Duration::from_secs(2), "asked again after {rest:?}");
    }
    let mut prices: Vec<_> = told[1..]
        .iter()
        .map(|message| message.body["data"]["offer"]["price"].as_str().unwrap())
        .collect();
    prices.sort_unstable();
    assert_eq!(prices, ["10.00", "11.00"]);
}

async fn a_receiver_that_asks_for_a_year_is_asked_again_within_the_hour(shop: Shop) {
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    receiver.next([Reaction::Later("31536000")]);
    lamp(&shop, "Lamp").await;
    receiver.await_messages(1).await;
    eventually("the answer is written down", async || {
        let kept = deliveries(&shop, made.webhook.webhook_id).await;
        kept[0].attempts == 1
    })
    .await;
    let kept = deliveries(&shop, made.webhook.webhook_id).await;
    assert_eq!(kept[0].state, State::Due);
    let wait = kept[0].due_at.since(kept[0].tried_at.unwrap());
    let hour = Duration::from_secs(60 * 60);
    assert!(wait > hour - Duration::from_secs(1) && wait <= hour, "{wait:?}");
}

async fn another_address_does_not_wait_as_long_as_the_first_one_asked_for(shop: Shop) {
    let (wrong, right) = (Receiver::open(), Receiver::open());
    let made = hook(&shop, &wrong.url, &[]).await.webhook;
    wrong.next([Reaction::Later("3600")]);
    lamp(&shop, "One").await;
    wrong.await_messages(1).await;
    eventually("the answer is written down", async || {
        deliveries(&shop, made.webhook_id).await[0].attempts == 1
    })
    .await;
    let mended = WebhookInput {
        url: right.url.clone(),
        ..WebhookInput::of(&made)
    };
    let at = (made.webhook_id, made.version);
    let webhooks = &shop.parts.webhooks;
    webhooks.save(origin(), at, &mended).await.unwrap();
    lamp(&shop, "Two").await;
    assert_eq!(right.await_messages(1).await[0].kind(), "product.created");
}
