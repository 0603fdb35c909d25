//! Webhooks: whoever was told that it will be told is told, signed and in order, whatever happens to the receiver, the node or the
//! network in between; and nobody is reached whom the shop must not reach.

mod api;
mod pages;
mod patience;
mod secrets;
mod takeover;
mod tls;

use std::collections::BTreeSet;

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::config::Settings;
use vitrine::db::{Actor, Origin, Seq};
use vitrine::webhooks::{Delivery, NewWebhook, State, WebhookInput};

use crate::helpers::receiver::{Reaction, Receiver};
use crate::helpers::{Shop, eventually};

/// Contracts on a shop that may tell a receiver on this machine and does not wait long.
#[macro_export]
macro_rules! on_both_databases_with_webhooks {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[actix_web::test]
            async fn $name() {
                super::$name($crate::helpers::Shop::on_sqlite_with($crate::webhooks::to_loopback).await).await;
            })+
        }
        #[cfg(feature = "mysql")]
        mod mariadb {
            $(#[actix_web::test]
            async fn $name() {
                if let Some(shop) = $crate::helpers::Shop::on_mariadb_with($crate::webhooks::to_loopback).await {
                    super::$name(shop).await;
                }
            })+
        }
    };
}

on_both_databases_with_webhooks!(
    what_the_public_hears_is_told_signed_and_in_order,
    a_failed_delivery_is_tried_again_and_nothing_overtakes_it,
    what_nobody_takes_is_given_up_and_can_be_sent_again,
    what_happened_since_a_position_is_told_again_under_the_same_names,
    only_wanted_events_are_told_and_none_while_it_is_off,
    a_receiver_that_is_no_longer_allowed_is_not_reached,
    what_nobody_took_for_a_month_is_forgotten_and_holds_nothing_up,
);

pub fn to_loopback(settings: &mut Settings) {
    settings.webhooks.allow_http = true;
    settings.webhooks.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    settings.webhooks.timeout_ms = 400;
    settings.webhooks.retry_first_ms = 20;
}

fn origin() -> Origin {
    Origin {
        actor: Actor::Cli,
        request_id: "test".to_owned(),
        batch: None,
    }
}

pub async fn hook(shop: &Shop, url: &str, types: &[&str]) -> NewWebhook {
    let input = WebhookInput {
        url: url.to_owned(),
        types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        is_active: true,
    };
    let webhooks = &shop.parts.webhooks;
    webhooks.create(origin(), &input).await.unwrap().value
}

async fn lamp(shop: &Shop, name: &str) -> Value {
    let made = json!({"name": name, "price": "20.00", "stock_quantity": 3});
    shop.create(&made).await["product_id"].clone()
}

async fn deliveries(shop: &Shop, webhook_id: i32) -> Vec<Delivery> {
    let webhooks = &shop.parts.webhooks;
    webhooks.deliveries(webhook_id, None, 500).await.unwrap().0
}

async fn what_the_public_hears_is_told_signed_and_in_order(shop: Shop) {
    let receiver = Receiver::open();
    lamp(&shop, "Before").await;
    let made = hook(&shop, &receiver.url, &[]).await;
    let hidden = json!({"name": "Canary", "price": "1.00", "is_active": false});
    shop.create(&hidden).await;
    let id = lamp(&shop, "Lamp").await;
    shop.amend(&id, &json!({"price": "10.00"})).await;
    shop.amend(&id, &json!({"stock_quantity": 0})).await;
    let own = format!("/api/admin/products/{id}");
    let gone = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v3\"")], None)
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    let told = receiver.await_messages(4).await;
    let kinds: Vec<_> = told.iter().map(|message| message.kind()).collect();
    assert_eq!(
        kinds,
        [
            "product.created",
            "product.price",
            "product.stock",
            "product.removed"
        ]
    );
    let seqs: Vec<_> = told
        .iter()
        .map(|message| message.body["seq"].as_i64().unwrap())
        .collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
    assert_eq!(told[1].body["data"]["offer"]["price_text"], "€10.00");
    for message in &told {
        assert!(message.is_signed_with(made.secret.expose()));
        assert_eq!(message.headers["content-type"], "application/json");
        assert!(!message.text.contains("Canary"));
    }
    let foreign = hook(&shop, &receiver.url, &[]).await;
    assert!(!told[0].is_signed_with(foreign.secret.expose()));
    let head = shop.head().await;
    let log: Value = shop
        .admin(
            Method::GET,
            "/api/admin/changes?sort=-seq&limit=1",
            &[("x-min-change-seq", &head)],
            None,
        )
        .await
        .json();
    assert_eq!(log["data"][0]["entity"], "webhook");
    let text = log.to_string();
    assert!(!text.contains("whsec_") && !text.contains("secret"), "{text}");
}

async fn a_failed_delivery_is_tried_again_and_nothing_overtakes_it(shop: Shop) {
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &["product.price"]).await;
    let (one, two) = (lamp(&shop, "One").await, lamp(&shop, "Two").await);
    let hostile = [
        Reaction::Status(500),
        Reaction::Redirect,
        Reaction::Silence,
        Reaction::Status(410),
    ];
    receiver.next(hostile);
    for price in ["11.00", "12.00", "13.00", "14.00"] {
        for id in [&one, &two] {
            shop.amend(id, &json!({"price": price})).await;
        }
    }
    let told = receiver.await_messages(8 + hostile.len()).await;
    for id in [&one, &two] {
        let own = told.iter().filter(|message| message.body["data"]["id"] == *id);
        let mut prices: Vec<_> = own
            .map(|message| message.body["data"]["offer"]["price"].as_str().unwrap())
            .collect();
        assert!(prices.is_sorted(), "{prices:?}");
        prices.dedup();
        assert_eq!(prices, ["11.00", "12.00", "13.00", "14.00"]);
    }
    let distinct: BTreeSet<_> = told.iter().map(|message| message.id()).collect();
    assert_eq!(distinct.len(), 8, "an attempt keeps the name of its message");
    eventually("all are settled", async || {
        let kept = deliveries(&shop, made.webhook.webhook_id).await;
        kept.len() == 8 && kept.iter().all(|delivery| delivery.state == State::Delivered)
    })
    .await;
    let text = shop.metrics().await;
    assert!(
        text.contains("webhook_attempts_total{result=\"delivered\"} 8\n"),
        "{text}"
    );
    assert!(
        text.contains("webhook_attempts_total{result=\"retried\"} 4\n"),
        "{text}"
    );
}

async fn what_nobody_takes_is_given_up_and_can_be_sent_again(shop: Shop) {
    // Another process, since this one would try for a day.
    let hasty = shop.beside(|settings| settings.webhooks.retry_for_s = 1).await;
    shop.stop.stop().await;
    let receiver = Receiver::open();
    receiver.always(Some(Reaction::Status(503)));
    let made = hook(&hasty, &receiver.url, &["product.created", "product.price"]).await;
    let webhook_id = made.webhook.webhook_id;
    let id = lamp(&hasty, "Lamp").await;
    hasty.amend(&id, &json!({"price": "10.00"})).await;
    eventually("both are given up", async || {
        let kept = deliveries(&hasty, webhook_id).await;
        kept.len() == 2 && kept.iter().all(|delivery| delivery.state == State::Dead)
    })
    .await;
    let dead = deliveries(&hasty, webhook_id).await;
    assert!(dead[1].attempts > 1, "{dead:?}");
    assert_eq!(
        dead[0].answer.as_deref(),
        Some("it answered 503 Service Unavailable")
    );
    let before = receiver.received().len();
    receiver.always(None);
    let webhooks = &hasty.parts.webhooks;
    for delivery in dead.iter().rev() {
        webhooks
            .send_again(webhook_id, delivery.delivery_id)
            .await
            .unwrap();
    }
    let told = receiver.await_messages(before + 2).await;
    let kinds: Vec<_> = told[before..].iter().map(|message| message.kind()).collect();
    assert_eq!(kinds, ["product.created", "product.price"]);
    let again = webhooks.send_again(webhook_id, dead[0].delivery_id).await;
    assert_eq!(again.unwrap_err().status(), 404, "it is not dead any more");
}

async fn what_happened_since_a_position_is_told_again_under_the_same_names(shop: Shop) {
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    let webhook_id = made.webhook.webhook_id;
    let id = lamp(&shop, "Lamp").await;
    let since = Seq(shop.head().await.parse().unwrap());
    shop.amend(&id, &json!({"price": "10.00"})).await;
    shop.amend(&id, &json!({"price": "11.00"})).await;
    let first = receiver.await_messages(3).await;
    let webhooks = &shop.parts.webhooks;
    assert_eq!(webhooks.replay(webhook_id, since).await.unwrap(), 2);
    let told = receiver.await_messages(5).await;
    let ids = |messages: &[crate::helpers::receiver::Message]| -> Vec<String> {
        messages.iter().map(|message| message.id().to_owned()).collect()
    };
    assert_eq!(ids(&told[3..]), ids(&first[1..]));
    assert_eq!(told[4].text, first[2].text);
    let beyond = webhooks.replay(webhook_id, Seq(i64::MAX)).await;
    assert_eq!(beyond.unwrap_err().status(), 400);
    let unknown = webhooks.replay(webhook_id + 1, since).await;
    assert_eq!(unknown.unwrap_err().status(), 404);
}

async fn what_nobody_took_for_a_month_is_forgotten_and_holds_nothing_up(shop: Shop) {
    let (old, new) = ("'2020-01-01 00:00:00'", "CURRENT_TIMESTAMP");
    for (id, state, at) in [("a", "due", old), ("b", "waiting", old), ("c", "waiting", new)] {
        shop.sql(&format!(
            "INSERT INTO webhook_deliveries (webhook_id, message_id, subject, kind, body, state, attempts, due_at, created_at) \
             VALUES (1, '{id}', 'product:1', 'product.price', '{{\"type\":\"product.price\"}}', '{state}', 0, {at}, {at})"
        ))
        .await;
    }
    let receiver = Receiver::open();
    assert_eq!(hook(&shop, &receiver.url, &[]).await.webhook.webhook_id, 1);
    assert_eq!(receiver.await_messages(1).await[0].id(), "c");
    let kept: Vec<String> = deliveries(&shop, 1)
        .await
        .into_iter()
        .map(|delivery| delivery.message_id)
        .collect();
    assert_eq!(kept, ["c"]);
}

async fn only_wanted_events_are_told_and_none_while_it_is_off(shop: Shop) {
    let (prices, all) = (Receiver::open(), Receiver::open());
    let wanting = hook(&shop, &prices.url, &["product.price"]).await.webhook;
    hook(&shop, &all.url, &[]).await;
    let id = lamp(&shop, "Lamp").await;
    shop.amend(&id, &json!({"price": "10.00"})).await;
    all.await_messages(2).await;
    assert_eq!(prices.await_messages(1).await[0].kind(), "product.price");
    let off = WebhookInput {
        is_active: false,
        ..WebhookInput::of(&wanting)
    };
    let at = (wanting.webhook_id, wanting.version);
    let webhooks = &shop.parts.webhooks;
    webhooks.save(origin(), at, &off).await.unwrap();
    let again = webhooks.save(origin(), at, &off).await;
    assert_eq!(again.unwrap_err().status(), 412);
    shop.amend(&id, &json!({"price": "11.00"})).await;
    all.await_messages(3).await;
    let at = (wanting.webhook_id, wanting.version + 1);
    webhooks
        .save(origin(), at, &WebhookInput::of(&wanting))
        .await
        .unwrap();
    shop.amend(&id, &json!({"price": "12.00"})).await;
    all.await_messages(4).await;
    let told = prices.await_messages(2).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[1].body["data"]["offer"]["price"], "12.00");
}

async fn a_receiver_that_is_no_longer_allowed_is_not_reached(shop: Shop) {
    let receiver = Receiver::open();
    let port = receiver.url.rsplit(':').next().unwrap().to_owned();
    // A name is judged by where it leads when it is called.
    let made = hook(&shop, &format!("http://localhost:{port}"), &[]).await;
    let strict = shop
        .beside(|settings| settings.webhooks.allowed_networks.clear())
        .await;
    shop.stop.stop().await;
    lamp(&strict, "Lamp").await;
    let webhook_id = made.webhook.webhook_id;
    eventually("it was tried", async || {
        let kept = deliveries(&strict, webhook_id).await;
        kept.first().is_some_and(|delivery| delivery.attempts > 0)
    })
    .await;
    let kept = deliveries(&strict, webhook_id).await;
    let answer = kept[0].answer.as_deref().unwrap();
    assert!(answer.contains("not a public address"), "{answer}");
    assert!(receiver.received().is_empty());
    let typed = WebhookInput {
        url: receiver.url.clone(),
        ..WebhookInput::default()
    };
    let refused = strict.parts.webhooks.create(origin(), &typed).await;
    assert_eq!(refused.unwrap_err().status(), 422);
}
