//! Passkeys: made, used, taken away, by people and by those who come with somebody else's.

mod hostile;
mod questions;

use vitrine::accounts::Role;

use super::{follow, printed_link};
use crate::helpers::authenticator::{Authenticator, Fields, Says};
use crate::helpers::{Answer, Browser, EMAIL, PASSWORD, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    passkeys_v7_2_4_one_is_added_signs_in_and_opens_nothing_once_removed,
    passkeys_v6_3_3_one_stands_for_password_and_code,
    passkeys_sudo_mode_one_is_a_fresh_sign_in_and_loses_nothing,
    passkeys_are_in_the_copy_of_ones_data_and_go_with_the_account,
    passkeys_v6_4_1_a_password_that_was_set_for_somebody_leaves_no_older_way_in,
);

const ORIGIN: &str = "https://shop.example";
const NEW: &str = "/account/passkeys";
const SIGN_IN: &str = "/login/passkey";

/// The shop as a browser reaches it that has passkeys for it.
async fn named(shop: &Shop) -> Shop {
    shop.beside(|settings| settings.server.public_url = Some(ORIGIN.parse().unwrap()))
        .await
}

fn truth() -> Says {
    Says::truth(ORIGIN)
}

fn session_of<'a>(browser: &'a Browser<'_>) -> &'a str {
    browser.cookie("__Host-vitrine_sid")
}

/// What the page's script asks, and the token that goes back.
async fn question(browser: &mut Browser<'_>, path: &str) -> (serde_json::Value, String) {
    let token = match session_of(browser) {
        "" => String::new(),
        _ => browser.csrf_token().await,
    };
    let headers = [("sec-fetch-site", "same-origin"), ("x-csrf-token", &token)];
    let asked = browser.post_with(path, &[], &headers).await;
    assert_eq!(
        (asked.status, asked.header("cache-control")),
        (200, "private, no-store"),
        "{}",
        asked.text
    );
    let asked = asked.json();
    (
        asked["publicKey"].clone(),
        asked["token"].as_str().unwrap().to_owned(),
    )
}

/// The form that the script sends.
fn filled(mut form: Fields, token: &str, answer: Fields) -> Fields {
    form.retain(|(name, _)| name != "token" && answer.iter().all(|(part, _)| part != name));
    form.push(("token".to_owned(), token.to_owned()));
    form.extend(answer);
    form
}

async fn add(browser: &mut Browser<'_>, device: &mut Authenticator, name: &str) -> Answer {
    let page = browser.open(NEW).await;
    assert_eq!(page.status, 200, "{}", page.text);
    html::assert_is_ours(&page.text, "a new passkey");
    assert!(html::text(&page.text).contains("Passkeys need JavaScript"));
    let (asked, token) = question(browser, "/account/passkeys/question").await;
    let form = filled(html::form(&page.text, NEW), &token, device.make(&asked, &truth()));
    browser.post_fields(NEW, &changed(form, &[("name", name)])).await
}

/// The form as the script sends it from the sign-in page.
async fn answered(browser: &mut Browser<'_>, device: &mut Authenticator, says: &Says) -> Fields {
    let page = browser.open("/login").await;
    html::assert_is_ours(&page.text, "signing in");
    let (asked, token) = question(browser, "/login/passkey/question").await;
    filled(
        html::form(&page.text, SIGN_IN),
        &token,
        device.answer(&asked, says),
    )
}

async fn sign_in(browser: &mut Browser<'_>, device: &mut Authenticator) -> Answer {
    let form = answered(browser, device, &truth()).await;
    browser.post_fields(SIGN_IN, &form).await
}

async fn passkeys_v7_2_4_one_is_added_signs_in_and_opens_nothing_once_removed(shop: Shop) {
    let there = named(&shop).await;
    let mut olive = Browser::of_owner(&there).await;
    let mut device = Authenticator::default();
    let nameless = add(&mut olive, &mut device, " ").await;
    assert_eq!(nameless.status, 422, "{}", nameless.text);
    let added = add(&mut olive, &mut device, "Olive's <phone>").await;
    assert_eq!(
        (added.status, added.header("location")),
        (303, "/account?notice=passkey-added"),
        "{}",
        added.text
    );
    let account = html::text(&olive.open("/account").await.text);
    assert!(
        account.contains("Olive's <phone>") && account.contains("not used yet"),
        "{account}"
    );

    let mut guest = Browser::new(&there);
    let done = sign_in(&mut guest, &mut device).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/admin/products"),
        "{}",
        done.text
    );
    let first = session_of(&guest).to_owned();
    assert_eq!(first.len(), 43);
    assert!(html::text(&guest.open("/account").await.text).contains("last used"));
    // Once more in the same browser: a new id, and the old one counts for nothing.
    let (asked, token) = question(&mut guest, "/login/passkey/question").await;
    let form = filled(Vec::new(), &token, device.answer(&asked, &truth()));
    assert_eq!(guest.post_fields(SIGN_IN, &form).await.status, 303);
    assert_ne!(session_of(&guest), first);
    let mut old = Browser::new(&there);
    old.cookies.push(("__Host-vitrine_sid".to_owned(), first));
    assert_eq!(old.open("/account").await.status, 303);
    // Another's is not there.
    let mut eddie = Browser::of_role(&there, Role::Editor).await;
    let token = eddie.csrf_token().await;
    let foreign = [("csrf_token", token.as_str()), ("passkey", "1")];
    assert_eq!(eddie.post("/account/passkeys/remove", &foreign).await.status, 404);

    let removed = olive.submit("/account", "/account/passkeys/remove", &[]).await;
    assert_eq!(
        removed.header("location"),
        "/account?notice=passkey-removed",
        "{}",
        removed.text
    );
    assert_eq!(guest.open("/account").await.status, 303, "signed out elsewhere");
    assert_eq!(sign_in(&mut Browser::new(&there), &mut device).await.status, 401);
    assert_eq!(Browser::new(&there).sign_in(EMAIL, PASSWORD).await.status, 303);
    // The log knows that it happened, and neither name nor key.
    let noted = "SELECT COUNT(*) AS count FROM changes WHERE state_after LIKE '%\"passkey\":\"added\"%' OR state_after LIKE '%\"passkey\":\"removed\"%'";
    assert_eq!(shop.count(noted).await, 2);
    let leaks = "SELECT COUNT(*) AS count FROM changes WHERE state_after LIKE '%phone%' OR state_after LIKE '%credential%'";
    assert_eq!(shop.count(leaks).await, 0);
}

async fn passkeys_v6_3_3_one_stands_for_password_and_code(shop: Shop) {
    let there = named(&shop).await;
    let mut device = Authenticator::default();
    add(&mut Browser::of_owner(&there).await, &mut device, "Phone").await;
    let factor = "INSERT INTO second_factors (user_id, secret, last_step, created_at, confirmed_at) \
                  VALUES (1, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 0, '2026-01-01 00:00:00', '2026-01-01 00:00:00')";
    shop.sql(factor).await;
    let mut guest = Browser::new(&there);
    let asked = guest.sign_in(EMAIL, PASSWORD).await;
    assert!(asked.text.contains("Your second factor"), "{}", asked.text);
    let done = sign_in(&mut guest, &mut device).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/admin/products"),
        "{}",
        done.text
    );
}

async fn passkeys_sudo_mode_one_is_a_fresh_sign_in_and_loses_nothing(shop: Shop) {
    let there = named(&shop).await;
    let mut olive = Browser::of_owner(&there).await;
    let mut device = Authenticator::default();
    add(&mut olive, &mut device, "Phone").await;
    let age = "UPDATE sessions SET created_at = '2020-01-01 00:00:00'";
    shop.sql(age).await;
    assert_eq!(olive.open(NEW).await.status, 401, "making one asks for it, too");
    let typed = [("email", "rita@shop.example"), ("role", "reviewer")];
    let asked = olive.submit("/admin/people", "/admin/people", &typed).await;
    assert_eq!(asked.status, 401, "{}", asked.text);
    let form = html::form(&asked.text, SIGN_IN);
    let (question, token) = question(&mut olive, "/login/passkey/question").await;
    let old = session_of(&olive).to_owned();
    let form = filled(form, &token, device.answer(&question, &truth()));
    let shown = olive.post_fields(SIGN_IN, &form).await;
    assert!(
        html::text(&shown.text).contains("rita@shop.example"),
        "{}",
        shown.text
    );
    assert_ne!(session_of(&olive), old, "7.2.4: a new id");
    let form = html::form(&shown.text, "/admin/people");
    assert_eq!(olive.post_fields("/admin/people", &form).await.status, 200);
}

async fn passkeys_are_in_the_copy_of_ones_data_and_go_with_the_account(shop: Shop) {
    let there = named(&shop).await;
    Browser::of_owner(&there).await;
    let mut device = Authenticator::default();
    let command = |words: &[&str]| shop.vitrine(words).output().unwrap();
    let mut eddie = Browser::of_role(&there, Role::Editor).await;
    add(&mut eddie, &mut device, "Laptop").await;
    let copy = eddie.open("/account/export").await.json();
    assert_eq!(copy["passkeys"][0]["name"], "Laptop", "{copy}");
    assert!(!copy.to_string().contains("credential"), "{copy}");

    let off = command(&["user", "passkeys-off", "editor@shop.example"]);
    assert!(off.status.success(), "{off:?}");
    assert_eq!(eddie.open("/account").await.status, 303, "signed out");
    assert_eq!(sign_in(&mut Browser::new(&there), &mut device).await.status, 401);
    let again = command(&["user", "passkeys-off", "editor@shop.example"]);
    assert!(!again.status.success(), "there is none");

    eddie.sign_in("editor@shop.example", PASSWORD).await;
    add(&mut eddie, &mut device, "Laptop").await;
    assert!(
        command(&["user", "erase", "editor@shop.example"])
            .status
            .success()
    );
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM passkeys").await, 0);
    assert_eq!(sign_in(&mut Browser::new(&there), &mut device).await.status, 401);
}

/// Whoever made the passkey need not be whoever gets the password: anybody can register with another's address.
async fn passkeys_v6_4_1_a_password_that_was_set_for_somebody_leaves_no_older_way_in(shop: Shop) {
    let there = named(&shop).await;
    Browser::of_owner(&there).await;
    let mut mallory = Browser::of_role(&there, Role::Editor).await;
    let mut device = Authenticator::default();
    for by_link in [true, false] {
        assert_eq!(add(&mut mallory, &mut device, "Phone").await.status, 303);
        let reset = if by_link {
            let link = printed_link(&shop);
            assert_eq!(
                sign_in(&mut Browser::new(&there), &mut device).await.status,
                303,
                "a link alone changes nothing"
            );
            follow(&there, &link, "", PASSWORD).await.0.status == 303
        } else {
            shop.vitrine(&["user", "reset", "editor@shop.example"])
                .output()
                .unwrap()
                .status
                .success()
        };
        assert!(reset, "by link: {by_link}");
        assert_eq!(
            sign_in(&mut Browser::new(&there), &mut device).await.status,
            401,
            "by link: {by_link}"
        );
        mallory = Browser::new(&there);
        mallory.sign_in("editor@shop.example", PASSWORD).await;
    }
}

/// Nothing is offered that would not work.
#[actix_web::test]
async fn passkeys_are_not_offered_where_the_shop_has_no_name_for_them() {
    let shop = Shop::on_sqlite().await;
    let mut olive = Browser::of_owner(&shop).await;
    let account = html::text(&olive.open("/account").await.text);
    assert!(account.contains("server.public_url"), "{account}");
    assert_eq!(olive.open(NEW).await.status, 404);
    assert!(!shop.get("/login").await.text.contains("passkey"));
    for path in [SIGN_IN, "/login/passkey/question"] {
        assert_eq!(Browser::new(&shop).post(path, &[]).await.status, 404, "{path}");
    }
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    assert!(!html::text(&eddie.open("/account").await.text).contains("Passkeys"));
    let plain = shop
        .beside(|settings| settings.server.public_url = Some("http://shop.example".parse().unwrap()))
        .await;
    assert!(!Browser::new(&plain).open("/login").await.text.contains("passkey"));
}
