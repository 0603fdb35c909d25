//! Webhooks for programs: made, changed, renewed, replayed and removed through the API, and what they were told.

use awc::http::Method;
use serde_json::{Value, json};

use super::{lamp, to_loopback};
use crate::helpers::receiver::{Reaction, Receiver};
use crate::helpers::{Answer, Shop, eventually};
use crate::on_both_databases_with_webhooks;

on_both_databases_with_webhooks!(
    a_program_sets_one_up_changes_it_and_takes_it_away,
    a_program_sees_what_was_told_page_by_page,
);

const ADDRESS: &str = "/api/admin/webhooks";

async fn ask(shop: &Shop, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    shop.admin(method, path, headers, Some(&body)).await
}

async fn a_program_sets_one_up_changes_it_and_takes_it_away(shop: Shop) {
    let receiver = Receiver::open();
    let once = [("idempotency-key", "hook-1")];
    let body = json!({"url": receiver.url, "types": ["product.created"]});
    let made = ask(&shop, Method::POST, ADDRESS, &once, body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let first = made.json()["secret"].as_str().unwrap().to_owned();
    // Whoever got no answer asks again and has lost nothing.
    let again = ask(&shop, Method::POST, ADDRESS, &once, body).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.json()["secret"], *first);
    lamp(&shop, "Lamp").await;
    assert!(receiver.await_messages(1).await[0].is_signed_with(&first));

    let own = made.header("location").to_owned();
    let read = shop.read(&own).await;
    assert!(!read.text.contains("whsec_"), "{}", read.text);
    let mut changed = read.json();
    changed["types"] = json!([]);
    let blind = ask(&shop, Method::PUT, &own, &[], changed.clone()).await;
    assert_eq!(blind.status, 428);
    let at = [("if-match", read.header("etag"))];
    let saved = ask(&shop, Method::PUT, &own, &at, changed).await;
    assert_eq!(
        (saved.status, saved.header("etag")),
        (200, "\"v2\""),
        "{}",
        saved.text
    );

    let renew = format!("{own}/secret");
    let once = [("if-match", "\"v2\""), ("idempotency-key", "secret-1")];
    let renewed = ask(&shop, Method::POST, &renew, &once, json!({"former_hours": 1})).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    let second = renewed.json()["secret"].as_str().unwrap().to_owned();
    let repeated = ask(&shop, Method::POST, &renew, &once, json!({"former_hours": 1})).await;
    assert_eq!(repeated.json()["secret"], *second, "{}", repeated.text);
    lamp(&shop, "Second").await;
    let told = receiver.await_messages(2).await.remove(1);
    assert!(told.is_signed_with(&first) && told.is_signed_with(&second));

    let list = shop.read(ADDRESS).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert!(list["data"][0]["former_secret_until"].is_string());
    let stale = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v2\"")], None)
        .await;
    assert_eq!(stale.status, 412);
    let gone = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v3\"")], None)
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(shop.read(&own).await.status, 404);
}

async fn a_program_sees_what_was_told_page_by_page(shop: Shop) {
    let receiver = Receiver::open();
    let made = ask(&shop, Method::POST, ADDRESS, &[], json!({"url": receiver.url})).await;
    let own = made.header("location").to_owned();
    receiver.next([Reaction::Status(500)]);
    for name in ["One", "Two", "Three"] {
        lamp(&shop, name).await;
    }
    let delivered = format!("{own}/deliveries?state=delivered&limit=2");
    eventually("all three have arrived", async || {
        let page = shop
            .read(&format!("{own}/deliveries?state=delivered"))
            .await
            .json();
        page["data"].as_array().unwrap().len() == 3
    })
    .await;
    let first = shop.read(&delivered).await.json();
    let rest = shop.read(first["links"]["next"].as_str().unwrap()).await.json();
    assert_eq!(
        (&first["meta"]["has_more"], &rest["meta"]["has_more"]),
        (&json!(true), &json!(false))
    );
    let mut rows = first["data"].as_array().unwrap().clone();
    rows.extend(rest["data"].as_array().unwrap().clone());
    let attempts: i64 = rows.iter().map(|row| row["attempts"].as_i64().unwrap()).sum();
    assert_eq!((rows.len(), attempts), (3, 4));
    assert!(
        rows.iter()
            .all(|row| row["answer"] == "it answered 204 No Content")
    );
    let dead = shop.read(&format!("{own}/deliveries?state=dead")).await.json();
    assert_eq!(dead["data"], json!([]));

    let replay = format!("{own}/replay");
    let replayed = ask(&shop, Method::POST, &replay, &[], json!({"since": 0})).await;
    assert_eq!((replayed.status, replayed.json()), (200, json!({"messages": 3})));
    receiver.await_messages(4 + 3).await;
    let beyond = ask(&shop, Method::POST, &replay, &[], json!({"since": 99_999})).await;
    assert_eq!(beyond.status, 400);
    for wrong in [json!({}), json!({"since": "0"}), json!({"from": 0})] {
        let refused = ask(&shop, Method::POST, &replay, &[], wrong.clone()).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.text);
    }
    for wrong in ["?state=lost", "?limit=0", "?after=x", "?page=2"] {
        let refused = shop.read(&format!("{own}/deliveries{wrong}")).await;
        assert_eq!(refused.status, 400, "{wrong}");
    }
    assert_eq!(shop.read(&format!("{ADDRESS}/7/deliveries")).await.status, 404);
}

#[actix_web::test]
async fn what_is_wrong_with_a_webhook_is_said_by_field() {
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let wrong = json!({"url": "https://10.0.0.1/", "types": ["x"], "secret": "mine", "is_active": 1});
    let refused = ask(&shop, Method::POST, ADDRESS, &[], wrong).await;
    assert_eq!(refused.status, 422);
    let pointers = |answer: &Answer| -> Vec<String> {
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let of = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
        errors.iter().map(of).collect()
    };
    assert_eq!(pointers(&refused), ["/secret", "/is_active"]);
    let wrong = json!({"url": "https://10.0.0.1/", "types": ["x"]});
    let refused = ask(&shop, Method::POST, ADDRESS, &[], wrong).await;
    assert_eq!(pointers(&refused), ["/url", "/types"]);
    assert_eq!(shop.read(ADDRESS).await.json()["data"], json!([]));
}
