//! Keys of programs: made on the page, shown once, expiring, revoked.

use awc::http::Method;

use super::copied;
use crate::helpers::{Browser, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    api_keys_are_shown_once_and_count_until_they_expire_or_are_revoked,
    the_command_makes_keys_that_expire,
);

async fn status(shop: &Shop, key: &str) -> u16 {
    let bearer = format!("Bearer {key}");
    shop.send(
        Method::GET,
        "/api/admin/products",
        &[("authorization", &bearer)],
        None,
    )
    .await
    .status
}

async fn api_keys_are_shown_once_and_count_until_they_expire_or_are_revoked(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let wrong = [("name", ""), ("scope", "catalog:read"), ("expires_days", "soon")];
    let refused = olive.submit("/admin/keys", "/admin/keys", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"soon\""), "what was typed is kept");
    let fields = [
        ("name", "stock sync"),
        ("scope", "catalog:read"),
        ("expires_days", "30"),
    ];
    let made = olive.submit("/admin/keys", "/admin/keys", &fields).await;
    assert_eq!(
        (made.status, made.header("cache-control")),
        (200, "private, no-store")
    );
    html::assert_is_ours(&made.text, "a key");
    let key = copied(&made, "key");
    assert_eq!(status(&shop, &key).await, 200);
    let list = olive.open("/admin/keys").await.text;
    assert!(!list.contains(&key) && html::text(&list).contains("stock sync"));
    assert!(html::text(&list).contains("last used"), "{list}");
    shop.sql("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00' WHERE name = 'stock sync'")
        .await;
    assert_eq!(status(&shop, &key).await, 401);
    assert!(html::text(&olive.open("/admin/keys").await.text).contains("expired"));
    shop.sql("UPDATE api_keys SET expires_at = NULL WHERE name = 'stock sync'")
        .await;
    assert_eq!(status(&shop, &key).await, 200);
    let revoked = olive.submit("/admin/keys", "/admin/keys/2/revoke", &[]).await;
    assert_eq!(revoked.status, 303, "{}", revoked.text);
    assert_eq!(status(&shop, &key).await, 401);
}

async fn the_command_makes_keys_that_expire(shop: Shop) {
    let create = [
        "key",
        "create",
        "--name",
        "sync",
        "--scope",
        "admin",
        "--expires-days",
        "7",
        "--quiet",
    ];
    let made = shop.vitrine(&create).output().unwrap();
    let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    assert_eq!(status(&shop, &key).await, 200);
    let listed = shop.vitrine(&["key", "list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let day = vitrine::db::Moment::now().plus_seconds(7 * 86_400).to_date();
    assert!(listed.contains(&day), "{listed}");
}
