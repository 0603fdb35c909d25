//! People and programs: set-up, signing in and out, sessions, keys, and requests that somebody else made a browser send.

mod sessions;

use awc::http::Method;
use serde_json::json;
use vitrine::db::{Actor, Origin};

use crate::helpers::{Answer, Browser, EMAIL, PASSWORD, Shop, html, make_key};
use crate::on_both_databases;

on_both_databases!(
    v6_3_2_nobody_has_an_account_before_the_set_up_link_makes_one_owner_once,
    v6_4_1_a_set_up_link_ends_when_its_time_is_over_or_a_newer_one_is_made,
    user_enumeration_a_refused_sign_in_tells_nothing_about_who_exists,
    api_keys_do_what_their_scopes_say_until_they_are_revoked,
    v7_4_2_a_disabled_account_is_shut_out_at_once,
);

const SETUP: &str = "/admin/setup";

fn origin() -> Origin {
    Origin {
        actor: Actor::Cli,
        request_id: "cli".to_owned(),
        batch: None,
    }
}

async fn link(shop: &Shop) -> String {
    shop.parts
        .accounts
        .setup_link()
        .await
        .unwrap()
        .unwrap()
        .expose()
        .to_owned()
}

async fn set_up<'a>(shop: &'a Shop, token: &str, password: &str) -> (Answer, Browser<'a>) {
    let mut browser = Browser::new(shop);
    let fields = [
        ("token", token),
        ("name", "Olive"),
        ("email", EMAIL),
        ("password", password),
    ];
    (browser.post(SETUP, &fields).await, browser)
}

async fn v6_3_2_nobody_has_an_account_before_the_set_up_link_makes_one_owner_once(shop: Shop) {
    let token = link(&shop).await;
    let path = format!("{SETUP}?token={token}");
    let page = Browser::new(&shop).open(&path).await;
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "private, no-store")
    );
    html::assert_is_ours(&page.text, SETUP);
    assert!(html::form(&page.text, SETUP).contains(&("token".to_owned(), token.clone())));
    for wrong in ["", "x", &"A".repeat(43)] {
        assert_eq!(
            shop.get(&format!("{SETUP}?token={wrong}")).await.status,
            403,
            "{wrong}"
        );
        assert_eq!(set_up(&shop, wrong, PASSWORD).await.0.status, 403, "{wrong}");
    }
    let (weak, _) = set_up(&shop, &token, "short").await;
    assert_eq!(weak.status, 422);
    let kept = html::form(&weak.text, SETUP);
    assert!(
        kept.contains(&("email".to_owned(), EMAIL.to_owned()))
            && kept.contains(&("name".to_owned(), "Olive".to_owned()))
    );
    assert!(!weak.text.contains("short"), "a password is never sent back");

    let (done, mut olive) = set_up(&shop, &token, PASSWORD).await;
    assert_eq!((done.status, done.header("location")), (303, "/admin/products"));
    let flags = done.header("set-cookie");
    for flag in ["vitrine_sid=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(flags.contains(flag), "{flags}");
    }
    assert!(
        !flags.contains("Secure"),
        "over plain http a browser would drop it: {flags}"
    );
    let desk = olive.open("/admin/products").await;
    assert_eq!(
        (desk.status, desk.header("cache-control")),
        (200, "private, no-store")
    );
    assert!(html::text(&desk.text).contains("Olive"));

    assert_eq!(shop.get(&path).await.status, 409);
    assert_eq!(
        set_up(&shop, &token, PASSWORD).await.0.status,
        409,
        "a second owner"
    );
    assert!(shop.parts.accounts.setup_link().await.unwrap().is_none());
}

async fn v6_4_1_a_set_up_link_ends_when_its_time_is_over_or_a_newer_one_is_made(shop: Shop) {
    let old = link(&shop).await;
    let newer = link(&shop).await;
    assert_eq!(set_up(&shop, &old, PASSWORD).await.0.status, 403);
    shop.sql("UPDATE one_time_tokens SET expires_at = '2020-01-01 00:00:00'")
        .await;
    assert_eq!(shop.get(&format!("{SETUP}?token={newer}")).await.status, 403);
    assert_eq!(set_up(&shop, &newer, PASSWORD).await.0.status, 403);
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM users").await, 0);
}

async fn user_enumeration_a_refused_sign_in_tells_nothing_about_who_exists(shop: Shop) {
    Browser::of_owner(&shop).await;
    let mut pages = Vec::new();
    for (email, password) in [
        (EMAIL, "wrong"),
        ("nobody@shop.example", "wrong"),
        (EMAIL, ""),
        ("no address", PASSWORD),
        (EMAIL, "GREEN LAMP OVER THE SEA"),
    ] {
        let mut stranger = Browser::new(&shop);
        let answer = stranger.sign_in(email, password).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (401, "private, no-store"),
            "{email}"
        );
        assert!(stranger.cookies.is_empty(), "{:?}", stranger.cookies);
        html::assert_is_ours(&answer.text, "sign-in");
        pages.push(answer.text.replace(email, "[typed]"));
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    let mut olive = Browser::new(&shop);
    let typed_in_capitals = EMAIL.to_uppercase();
    assert_eq!(olive.sign_in(&typed_in_capitals, PASSWORD).await.status, 303);
    // A new id at each sign-in, and the old one counts for nothing.
    let old = olive.cookie("vitrine_sid").to_owned();
    assert_eq!(olive.sign_in(EMAIL, PASSWORD).await.status, 303);
    assert_ne!(olive.cookie("vitrine_sid"), old);
    let with_old = shop
        .send(
            Method::GET,
            "/admin/products",
            &[("cookie", &format!("vitrine_sid={old}"))],
            None,
        )
        .await;
    assert_eq!(
        (with_old.status, with_old.header("location")),
        (303, "/login?next=%2Fadmin%2Fproducts")
    );
}

async fn api_keys_do_what_their_scopes_say_until_they_are_revoked(shop: Shop) {
    let lamp = json!({"name": "Lamp", "price": "1.00"});
    let key = format!("Bearer {}", make_key(&shop.parts, "catalog:read").await);
    let read = |header: String| {
        let shop = &shop;
        async move {
            shop.send(
                Method::GET,
                "/api/admin/products",
                &[("authorization", &header)],
                None,
            )
            .await
        }
    };
    assert_eq!(read(key.clone()).await.status, 200);
    let write = shop
        .send(
            Method::POST,
            "/api/admin/products",
            &[("authorization", &key)],
            Some(&lamp),
        )
        .await;
    assert_eq!(
        (write.status, &write.json()["code"]),
        (403, &json!("scope_missing"))
    );
    let log = shop
        .send(
            Method::GET,
            "/api/admin/changes",
            &[("authorization", &key)],
            None,
        )
        .await;
    assert_eq!(log.status, 403);
    // A key opens no page, and counts in its header only.
    let page = shop
        .send(Method::GET, "/admin/products", &[("authorization", &key)], None)
        .await;
    assert_eq!(page.status, 303);
    let bare = key.strip_prefix("Bearer ").unwrap();
    assert_eq!(
        shop.get(&format!("/api/admin/products?access_token={bare}"))
            .await
            .status,
        401
    );

    let owner = Browser::of_owner(&shop).await;
    let cookie = format!("vitrine_sid={}", owner.cookie("vitrine_sid"));
    let both = shop
        .send(
            Method::GET,
            "/api/admin/products",
            &[("authorization", &key), ("cookie", &cookie)],
            None,
        )
        .await;
    assert_eq!(
        (both.status, &both.json()["code"]),
        (400, &json!("two_credentials"))
    );

    // The first key is the one of the test itself.
    let ended = shop.parts.accounts.revoke_key(origin(), 2).await.unwrap();
    assert_eq!(ended.scopes.to_string(), "catalog:read");
    let revoked = read(key.clone()).await;
    assert_eq!(
        (revoked.status, revoked.header("www-authenticate")),
        (401, "Bearer")
    );
}

async fn v7_4_2_a_disabled_account_is_shut_out_at_once(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    assert_eq!(olive.open("/admin/products").await.status, 200);
    Browser::of_role(&shop, vitrine::accounts::Role::Owner).await;
    let disabled = shop.vitrine(&["user", "disable", EMAIL]).output().unwrap();
    assert!(
        disabled.status.success(),
        "{}",
        String::from_utf8_lossy(&disabled.stderr)
    );
    assert_eq!(olive.open("/admin/products").await.status, 303);
    assert_eq!(olive.sign_in(EMAIL, PASSWORD).await.status, 401);
}
