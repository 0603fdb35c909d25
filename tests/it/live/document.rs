//! The description of live news says what is really sent, and nothing is sent that it does not describe.

use std::collections::BTreeSet;

use awc::http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::helpers::live::Client;
use crate::helpers::{Browser, Shop};

/// A message of the document as a schema of its own.
fn schema(document: &Value, message: &str) -> Validator {
    let payload = &document["components"]["messages"][message]["payload"];
    assert!(payload.is_object(), "{message} is not described");
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [payload],
        "components": document["components"],
    });
    jsonschema::validator_for(&whole).unwrap()
}

fn check(document: &Value, message: &Value) {
    check_as(document, message["op"].as_str().unwrap(), message);
}

/// A message under the name that it has in the document.
pub(super) fn check_as(document: &Value, name: &str, message: &Value) {
    let faults: Vec<String> = schema(document, name)
        .iter_errors(message)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{message}: {faults:?}");
}

#[actix_web::test]
async fn every_message_is_as_the_document_says() {
    let shop = Shop::on_sqlite().await;
    let answer = shop.get("/asyncapi.json").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json; charset=utf-8")
    );
    let document = answer.json();
    let olive = Browser::of_owner(&shop).await;
    drop(Client::of(&shop).await);
    let cookies = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    let mut client = Client::at(&shop.base, &[("cookie", &cookies), ("origin", &shop.base)])
        .await
        .unwrap();
    let mut heard = Vec::new();
    let welcome = json!({"op": "welcome", "epoch": client.epoch, "seq": client.head, "heartbeat_s": 25});
    check(&document, &welcome);
    let subscribe = json!({"op": "subscribe", "topics": ["products", "admin:changes", "admin:stock", "admin:submissions"], "epoch": "none", "since": 0});
    check(&document, &subscribe);
    client.say(&subscribe).await;
    for _ in 0..2 {
        heard.push(client.next().await);
    }
    let lamp = shop
        .create(&json!({"name": "Lamp", "price": "20.00", "category": "Lamps"}))
        .await;
    let id = &lamp["product_id"];
    let reduced = json!({"price": "10.00", "sale": {"price": "5.00"}});
    for change in [
        json!({"stock_quantity": 9}),
        json!({"stock_quantity": 1}),
        reduced,
        json!({"name": "Desk lamp"}),
        json!({"is_active": false}),
    ] {
        shop.amend(id, &change).await;
    }
    let proposal = json!({"product": {"name": "Sun lamp", "price": "9.90"}});
    let handed_in = shop
        .admin(Method::POST, "/api/v1/submissions", &[], Some(&proposal))
        .await;
    let place = format!("/api/admin/submissions/{}", handed_in.json()["submission_id"]);
    let why = json!({"message": "We have one"});
    let version = [("if-match", handed_in.header("etag"))];
    let refused = shop
        .admin(Method::POST, &format!("{place}/refuse"), &version, Some(&why))
        .await;
    assert_eq!(refused.status, 200, "{}", refused.text);
    // The category that came with the product has nothing to show any more, so nobody hears of it but the owner.
    while heard
        .last()
        .is_none_or(|last| last["type"] != "submission.decided")
    {
        heard.push(client.next().await);
    }
    for wish in [
        json!({"op": "ping"}),
        json!({"op": "unsubscribe", "topics": ["products"]}),
        json!({"op": "subscribe", "topics": ["everything"]}),
    ] {
        client.say(&wish).await;
        heard.push(client.next().await);
    }
    for message in &heard {
        check(&document, message);
    }
    let of = |field: &str| -> BTreeSet<&str> {
        heard
            .iter()
            .filter_map(|message| message[field].as_str())
            .collect()
    };
    let ops = ["error", "event", "pong", "resync", "subscribed", "unsubscribed"];
    assert_eq!(of("op"), BTreeSet::from(ops));
    let types = [
        "category.created",
        "change.recorded",
        "product.created",
        "product.price",
        "product.removed",
        "product.stock",
        "product.updated",
        "stock.low",
        "submission.decided",
        "submission.received",
    ];
    assert_eq!(of("type"), BTreeSet::from(types));
    // A document that allows everything would have passed, too.
    assert!(!schema(&document, "event").is_valid(
        &json!({"op": "event", "seq": 1, "topic": "product:1", "type": "product.gone", "data": {}})
    ));
}

#[test]
fn the_example_in_the_manual_is_thirty_lines_at_most() {
    let manual = std::fs::read_to_string("docs/live.md").unwrap();
    let example = manual.split("```").find(|part| part.starts_with("js\n")).unwrap();
    assert!(example.trim().lines().count() <= 31, "{example}");
}
