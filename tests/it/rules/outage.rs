//! When it cannot be found out who asks.

use awc::http::Method;
use serde_json::json;

use crate::helpers::live::Client;
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(v16_5_3_without_its_sessions_the_owners_side_is_shut_and_customers_notice_nothing);

async fn v16_5_3_without_its_sessions_the_owners_side_is_shut_and_customers_notice_nothing(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let mut olive = Browser::of_owner(&shop).await;
    let cookie = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    drop(Client::of(&shop).await);
    shop.sql("ALTER TABLE sessions RENAME TO sessions_away").await;
    shop.sql("ALTER TABLE api_keys RENAME TO keys_away").await;
    let bearer = format!("Bearer {}", shop.key);
    for (path, proof) in [
        ("/admin/products", ("cookie", &cookie)),
        ("/account", ("cookie", &cookie)),
        ("/api/admin/products", ("cookie", &cookie)),
        ("/api/admin/products", ("authorization", &bearer)),
    ] {
        for accept in ["text/html", "application/json"] {
            let headers = [(proof.0, proof.1.as_str()), ("accept", accept)];
            let answer = shop.send(Method::GET, path, &headers, None).await;
            assert_eq!(answer.status, 503, "{path}: {}", answer.text);
            assert_eq!(answer.header("retry-after"), "5", "{path}");
            let said = answer.text.to_lowercase();
            for secret in [
                "_away",
                "no such table",
                "doesn't exist",
                "select",
                "diesel",
                "sqlite",
                "mysql",
            ] {
                assert!(!said.contains(secret), "{path} speaks of {secret}: {said}");
            }
        }
    }
    let refused = olive.sign_in(EMAIL, PASSWORD).await;
    assert!(
        refused.status >= 500,
        "nobody comes in without a session: {}",
        refused.status
    );
    html::assert_is_ours(&refused.text, "a sign-in that cannot be");
    assert_eq!(refused.header("set-cookie"), "");
    let origin = [("cookie", cookie.as_str()), ("origin", shop.base.as_str())];
    let mut client = Client::at(&shop.base, &origin).await.unwrap();
    assert_eq!(client.watch(&["products"]).await["op"], "subscribed");
    client
        .say(&json!({"op": "subscribe", "topics": ["admin:changes"]}))
        .await;
    let (code, words) = client.next_or_end().await.unwrap_err();
    assert!(code == 1013 && words.starts_with("retry "), "{code} {words}");
    // With that cookie or without it.
    let head = shop.head().await;
    for path in [
        "/",
        "/products",
        "/products/lamp",
        "/search?q=lamp",
        "/api/v1/products",
        "/api/v1/products/1",
    ] {
        for cookie in [None, Some(("cookie", cookie.as_str()))] {
            let headers: Vec<_> = [("x-min-change-seq", head.as_str())]
                .into_iter()
                .chain(cookie)
                .collect();
            let answer = shop.send(Method::GET, path, &headers, None).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
    }
    shop.sql("ALTER TABLE sessions_away RENAME TO sessions").await;
    shop.sql("ALTER TABLE keys_away RENAME TO api_keys").await;
    // A replica that has what was written since has its tables again.
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    olive.catch_up().await;
    assert_eq!(olive.open("/admin/products").await.status, 200, "still signed in");
}
