//! Set up, asked for, used up, switched off.

use awc::http::Method;
use vitrine::accounts::Role;

use super::super::id_of;
use super::{
    BEGIN, CONFIRM, all_of_class, code_of, first_step, let_a_step_pass, second_step, set_up, shown_codes,
    wrong_code,
};
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v6_3_3_a_second_factor_is_confirmed_asked_for_at_sign_in_and_switched_off,
    v6_3_3_recovery_codes_count_once_and_new_ones_replace_them,
);

async fn v6_3_3_a_second_factor_is_confirmed_asked_for_at_sign_in_and_switched_off(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let mut elsewhere = Browser::new(&shop);
    elsewhere.sign_in(EMAIL, PASSWORD).await;
    // What is not confirmed is not asked for.
    olive.submit("/account", BEGIN, &[]).await;
    assert_eq!(Browser::new(&shop).sign_in(EMAIL, PASSWORD).await.status, 303);
    let page = olive.open(BEGIN).await;
    let secret = all_of_class(&page.text, "secret").remove(0).replace(' ', "");
    let wrong = olive
        .submit(BEGIN, CONFIRM, &[("code", &wrong_code(&secret))])
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(
        wrong.text.contains("QR code"),
        "the secret is still there to be scanned"
    );
    let (newer, _) = set_up(&mut olive).await;
    assert_ne!(newer, secret, "beginning anew makes another one");
    assert_eq!(elsewhere.open("/account").await.status, 303, "signed out there");
    // It is shown nowhere any more.
    assert_eq!(olive.open(BEGIN).await.header("location"), "/account");
    for path in ["/account", "/account/export", "/admin/people/1", "/admin/history"] {
        olive.catch_up().await;
        let page = olive.open(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains(&newer), "{path}");
    }
    let logged = format!("SELECT COUNT(*) AS count FROM changes WHERE state_after LIKE '%{newer}%'");
    assert_eq!(shop.count(&logged).await, 0);

    let_a_step_pass(&shop).await;
    let mut guest = Browser::new(&shop);
    let form = first_step(&mut guest, EMAIL).await;
    assert_eq!(guest.cookie("vitrine_sid"), "", "nobody is signed in yet");
    let wrong = second_step(&mut guest, &form, &wrong_code(&newer)).await;
    assert_eq!(
        (wrong.status, guest.cookie("vitrine_sid")),
        (401, ""),
        "{}",
        wrong.text
    );
    let form = html::form(&wrong.text, "/login/code");
    let code = code_of(&newer);
    let done = second_step(&mut guest, &form, &code).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/admin/products"),
        "{}",
        done.text
    );
    assert_eq!(guest.open("/account").await.status, 200);
    // A code counts once, also for who knows the password.
    let mut thief = Browser::new(&shop);
    let form = first_step(&mut thief, EMAIL).await;
    assert_eq!(second_step(&mut thief, &form, &code).await.status, 401);

    let off = olive.submit("/account", "/account/second-factor/off", &[]).await;
    assert_eq!(
        off.header("location"),
        "/account?notice=second-factor-off",
        "{}",
        off.text
    );
    assert_eq!(guest.open("/account").await.status, 303, "signed out elsewhere");
    assert_eq!(olive.open("/account").await.status, 200);
    assert_eq!(Browser::new(&shop).sign_in(EMAIL, PASSWORD).await.status, 303);
    assert_eq!(second_step(&mut thief, &form, &code_of(&newer)).await.status, 401);
}

async fn v6_3_3_recovery_codes_count_once_and_new_ones_replace_them(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let (_, codes) = set_up(&mut olive).await;
    let hashes = "SELECT COUNT(*) AS count FROM recovery_codes WHERE LENGTH(code_hash) = 64";
    assert_eq!(shop.count(hashes).await, 10);
    let mut guest = Browser::new(&shop);
    let form = first_step(&mut guest, EMAIL).await;
    let typed = codes[0].to_lowercase().replace('-', " ");
    assert_eq!(second_step(&mut guest, &form, &typed).await.status, 303);
    let account = html::text(&guest.open("/account").await.text);
    assert!(account.contains("9 recovery codes left"), "{account}");
    let form = first_step(&mut guest, EMAIL).await;
    assert_eq!(
        second_step(&mut guest, &form, &codes[0]).await.status,
        401,
        "used"
    );
    let made = olive
        .submit("/account", "/account/second-factor/codes", &[])
        .await;
    let newer = shown_codes(&made);
    assert_eq!(
        second_step(&mut guest, &form, &codes[1]).await.status,
        401,
        "replaced"
    );
    assert_eq!(second_step(&mut guest, &form, &newer[0]).await.status, 303);
    // Somebody else's code is none.
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    set_up(&mut eddie).await;
    let form = first_step(&mut eddie, "editor@shop.example").await;
    assert_eq!(second_step(&mut eddie, &form, &newer[1]).await.status, 401);
}

#[actix_web::test]
async fn v6_3_3_a_shop_may_want_a_second_factor_of_those_who_work_in_it() {
    let shop = Shop::on_sqlite_with(|settings| settings.security.require_second_factor = true).await;
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    let sent = eddie.open("/admin/products").await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/account?notice=second-factor")
    );
    let token = eddie.csrf_token().await;
    let cookie = format!("vitrine_sid={}", eddie.cookie("vitrine_sid"));
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", &token)];
    let refused = shop
        .send(Method::GET, "/api/admin/products", &headers, None)
        .await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (403, Some("second_factor_missing"))
    );
    assert_eq!(
        shop.read("/api/admin/products").await.status,
        200,
        "a key has none"
    );
    let mut sue = Browser::of_role(&shop, Role::Submitter).await;
    assert_eq!(sue.open("/submit").await.status, 200);
    set_up(&mut eddie).await;
    assert_eq!(eddie.open("/admin/products").await.status, 200);
    assert_ne!(id_of(&shop, "editor@shop.example").await, "0");
}
