//! What could do much harm in a browser that was left open: it asks for the password again.

use std::collections::BTreeSet;

use awc::http::Method;
use vitrine::startup::endpoints;

use crate::features::fill;
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(sudo_mode_what_touches_many_products_and_the_copy_of_ones_data_ask_for_the_password_again);

/// All that asks. What takes back a whole import deletes what it made, however much that was; restoring a shop from a backup is a
/// command, on the machine.
const ASKING: [&str; 28] = [
    "GET /account/export",
    "GET /account/passkeys",
    "GET /account/second-factor",
    "POST /account/passkeys",
    "POST /account/passkeys/question",
    "POST /account/passkeys/remove",
    "POST /account/second-factor",
    "POST /account/second-factor/codes",
    "POST /account/second-factor/confirm",
    "POST /account/second-factor/off",
    "POST /admin/attributes/{id}/delete",
    "POST /admin/batches/{id}/undo",
    "POST /admin/brands/{id}/merge",
    "POST /admin/categories/{id}/merge",
    "POST /admin/keys",
    "POST /admin/keys/{id}/revoke",
    "POST /admin/people",
    "POST /admin/people/{id}/disable",
    "POST /admin/people/{id}/enable",
    "POST /admin/people/{id}/erase",
    "POST /admin/people/{id}/link",
    "POST /admin/people/{id}/role",
    "POST /admin/tags/{id}/merge",
    "POST /admin/webhooks",
    "POST /admin/webhooks/{id}/secret",
    "POST /api/admin/batches/{id}/undo",
    "POST /api/admin/webhooks",
    "POST /api/admin/webhooks/{id}/secret",
];

#[test]
fn sudo_mode_is_asked_for_by_these_addresses() {
    let mut asking = BTreeSet::new();
    for endpoint in endpoints() {
        for method in endpoint.methods().filter(|method| **method != Method::HEAD) {
            if endpoint.asks(method).is_some_and(|asked| asked.is_fresh) {
                asking.insert(format!("{method} {}", endpoint.pattern));
            }
        }
    }
    let written: BTreeSet<String> = ASKING.iter().map(|asking| (*asking).to_owned()).collect();
    assert_eq!(asking, written);
}

async fn sudo_mode_what_touches_many_products_and_the_copy_of_ones_data_ask_for_the_password_again(
    shop: Shop,
) {
    fill(&shop).await;
    let mut olive = Browser::of_owner(&shop).await;
    let token = olive.csrf_token().await;
    shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
        .await;
    let head = shop.head().await;
    for path in [
        "/admin/attributes/1/delete",
        "/admin/batches/demo/undo",
        "/admin/categories/1/merge",
        "/admin/brands/2/merge",
        "/admin/tags/3/merge",
    ] {
        let fields = [("csrf_token", &*token), ("version", "1"), ("into", "Typed")];
        let asked = olive.post(path, &fields).await;
        assert_eq!(asked.status, 401, "{path}: {}", asked.text);
        html::assert_is_ours(&asked.text, path);
        let form = html::form(&asked.text, "/login");
        let (_, carried) = form.iter().find(|(name, _)| name == "carry").unwrap();
        assert_eq!(carried, "version=1&into=Typed", "nothing is lost");
    }
    let undo = "/api/admin/batches/demo/undo";
    let cookie = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    let headers = [
        ("cookie", cookie.as_str()),
        ("x-csrf-token", token.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let refused = shop.send(Method::POST, undo, &headers, None).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (403, &"sign_in_again".into())
    );
    let by_key = shop.admin(Method::POST, undo, &[], None).await;
    assert_ne!(by_key.status, 403, "a program types no password: {}", by_key.text);
    assert_eq!(olive.open("/account/export").await.status, 401);
    assert_eq!(shop.head().await, head, "nothing was done");
    // Other work goes on, and after the password so does this.
    assert_eq!(olive.open("/admin/products").await.status, 200);
    let back = olive
        .post(
            "/login",
            &[
                ("email", EMAIL),
                ("password", PASSWORD),
                ("next", "/account/export"),
            ],
        )
        .await;
    assert_eq!((back.status, back.header("location")), (303, "/account/export"));
    let copy = olive.open("/account/export").await;
    assert_eq!(
        (copy.status, copy.json()["account"]["email"].as_str()),
        (200, Some(EMAIL))
    );
}
