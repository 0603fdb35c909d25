//! The second factor (security.md 1c, 6.3.3): set up, asked for at each sign-in, lost, switched off.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use awc::http::Method;
use totp_rs::{Builder, Secret};
use vitrine::accounts::Role;

use super::{NEW, follow, id_of, path_of};
use crate::helpers::{Answer, Browser, EMAIL, PASSWORD, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    v6_3_3_a_second_factor_is_confirmed_asked_for_at_sign_in_and_switched_off,
    v6_3_3_recovery_codes_count_once_and_new_ones_replace_them,
    v6_3_3_of_two_nodes_one_takes_a_code,
    v6_3_3_three_wrong_codes_wait_for_the_next_step_on_every_node,
    v6_3_3_the_first_step_counts_for_a_while_once_and_for_nothing_else,
    v6_3_3_a_new_password_by_link_still_asks_for_the_code,
    sudo_a_fresh_sign_in_asks_for_the_code_too_and_loses_nothing,
    who_has_lost_both_gets_in_again_by_the_command,
);

const BEGIN: &str = "/account/second-factor";
const CONFIRM: &str = "/account/second-factor/confirm";

/// Seconds of now.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What an app shows.
fn code_of(secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(now()).to_string()
}

/// Six digits that are none of the codes which count around now.
fn wrong_code(secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_skew(5).build().unwrap();
    let mut codes = (0..).map(|code| format!("{code:06}"));
    codes.find(|code| totp.check(code, now()).is_none()).unwrap()
}

fn all_of_class(page: &str, name: &str) -> Vec<String> {
    let tags = html::tags(page).into_iter();
    let found = tags.filter(|tag| tag.attribute("class") == Some(name));
    found.map(|tag| tag.text).collect()
}

/// The secret that the page shows once, and the recovery codes after the first code.
async fn set_up(browser: &mut Browser<'_>) -> (String, Vec<String>) {
    let begun = browser.submit("/account", BEGIN, &[]).await;
    assert_eq!(
        (begun.status, begun.header("location")),
        (303, BEGIN),
        "{}",
        begun.text
    );
    let page = browser.open(BEGIN).await;
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "private, no-store")
    );
    html::assert_is_ours(&page.text, "the secret");
    let secret = all_of_class(&page.text, "secret").remove(0).replace(' ', "");
    let form = changed(html::form(&page.text, CONFIRM), &[("code", &code_of(&secret))]);
    let confirmed = browser.post_fields(CONFIRM, &form).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    html::assert_is_ours(&confirmed.text, "recovery codes");
    (secret, shown_codes(&confirmed))
}

fn shown_codes(page: &Answer) -> Vec<String> {
    let tags = html::tags(&page.text).into_iter();
    let codes: Vec<String> = tags
        .filter(|tag| tag.name == "code")
        .map(|tag| tag.text)
        .collect();
    assert_eq!(codes.len(), 10, "{}", page.text);
    codes
}

/// The code of now counts again, as the one of half a minute later would.
async fn let_a_step_pass(shop: &Shop) {
    shop.sql("UPDATE second_factors SET last_step = 0").await;
}

/// The form of the second step, after the right password.
async fn first_step(browser: &mut Browser<'_>, email: &str) -> Vec<(String, String)> {
    let asked = browser.sign_in(email, PASSWORD).await;
    assert_eq!(
        (asked.status, asked.header("cache-control")),
        (200, "private, no-store")
    );
    html::assert_is_ours(&asked.text, "the second step");
    html::form(&asked.text, "/login/code")
}

async fn second_step(browser: &mut Browser<'_>, form: &[(String, String)], code: &str) -> Answer {
    let fields = changed(form.to_vec(), &[("code", code)]);
    browser.post_fields("/login/code", &fields).await
}

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

async fn v6_3_3_of_two_nodes_one_takes_a_code(shop: Shop) {
    let there = shop.beside(|_| {}).await;
    let (secret, codes) = set_up(&mut Browser::of_owner(&shop).await).await;
    let code = code_of(&secret);
    for proof in [&code, &codes[0]] {
        let_a_step_pass(&shop).await;
        let (mut here, mut other) = (Browser::new(&shop), Browser::new(&there));
        let (form, other_form) = (
            first_step(&mut here, EMAIL).await,
            first_step(&mut other, EMAIL).await,
        );
        let (one, two) = futures_util::future::join(
            second_step(&mut here, &form, proof),
            second_step(&mut other, &other_form, proof),
        )
        .await;
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 401], "{}\n{}", one.text, two.text);
    }
}

async fn v6_3_3_three_wrong_codes_wait_for_the_next_step_on_every_node(shop: Shop) {
    let there = shop.beside(|_| {}).await;
    let (secret, _) = set_up(&mut Browser::of_owner(&shop).await).await;
    let_a_step_pass(&shop).await;
    let mut guest = Browser::new(&shop);
    let form = first_step(&mut guest, EMAIL).await;
    let mut other = Browser::new(&there);
    let other_form = first_step(&mut other, EMAIL).await;
    // Within one step of time; if that ends meanwhile, in the next one.
    for _ in 0..10 {
        let step = now() / 30;
        let mut statuses = Vec::new();
        for _ in 0..2 {
            statuses.push(second_step(&mut guest, &form, &wrong_code(&secret)).await.status);
        }
        statuses.push(
            second_step(&mut other, &other_form, &wrong_code(&secret))
                .await
                .status,
        );
        let locked = second_step(&mut other, &other_form, &code_of(&secret)).await;
        let again = second_step(&mut guest, &form, &code_of(&secret)).await;
        if now() / 30 != step {
            let_a_step_pass(&shop).await;
            continue;
        }
        assert_eq!(statuses, [401, 401, 401]);
        assert_eq!((locked.status, again.status), (429, 429), "{}", locked.text);
        let wait: u64 = locked.header("retry-after").parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        html::assert_is_ours(&locked.text, "too many codes");
        // Then the token of the first step still counts: nobody has to begin anew.
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while now() / 30 == step {
            assert!(std::time::Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(
            second_step(&mut guest, &form, &code_of(&secret)).await.status,
            303
        );
        return;
    }
    panic!("no step was long enough for five requests");
}

async fn v6_3_3_the_first_step_counts_for_a_while_once_and_for_nothing_else(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let (secret, codes) = set_up(&mut olive).await;
    let mut guest = Browser::new(&shop);
    let form = first_step(&mut guest, EMAIL).await;
    let token = form.iter().find(|(name, _)| name == "token").unwrap().1.clone();
    let stored = format!("SELECT COUNT(*) AS count FROM one_time_tokens WHERE token_hash = '{token}'");
    assert_eq!(shop.count(&stored).await, 0, "a hash is stored");
    // It opens no other door.
    let link = format!("/account/link?token={token}");
    assert_eq!(follow(&shop, &link, "", NEW).await.0.status, 403);
    assert_eq!(second_step(&mut guest, &form, &codes[0]).await.status, 303);
    let again = second_step(&mut Browser::new(&shop), &form, &codes[1]).await;
    assert_eq!(again.status, 401, "once");
    assert!(!html::form(&again.text, "/login").is_empty(), "from the start");
    // And no other token opens this one.
    let printed = shop
        .vitrine(&["user", "reset", EMAIL, "--link"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let reset = printed.split_once("token=").unwrap().1.trim().to_owned();
    let forged = changed(form.clone(), &[("token", &reset)]);
    assert_eq!(second_step(&mut guest, &forged, &codes[1]).await.status, 401);
    // Its time ends, and so it does with whatever takes something from the person.
    let late = first_step(&mut guest, EMAIL).await;
    shop.sql("UPDATE one_time_tokens SET expires_at = '2020-01-01 00:00:00'")
        .await;
    assert_eq!(second_step(&mut guest, &late, &codes[1]).await.status, 401);
    let form = first_step(&mut guest, EMAIL).await;
    let fields = [("old_password", PASSWORD), ("password", NEW)];
    let done = olive.submit("/account", "/account/password", &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(second_step(&mut guest, &form, &codes[1]).await.status, 401);
    assert_eq!(
        second_step(&mut guest, &form, &code_of(&secret)).await.status,
        401
    );
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM recovery_codes").await,
        9
    );
    // From another site's page nothing is proved.
    let foreign = guest
        .post_with(
            "/login/code",
            &[("code", "123456")],
            &[("sec-fetch-site", "cross-site")],
        )
        .await;
    assert_eq!(foreign.status, 403);
}

async fn v6_3_3_a_new_password_by_link_still_asks_for_the_code(shop: Shop) {
    let (secret, _) = set_up(&mut Browser::of_owner(&shop).await).await;
    let_a_step_pass(&shop).await;
    let printed = shop
        .vitrine(&["user", "reset", EMAIL, "--link"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let link = path_of(printed.split_once("24 hours: ").unwrap().1.trim());
    let (asked, mut guest) = follow(&shop, &link, "", NEW).await;
    assert_eq!(
        (asked.status, guest.cookie("vitrine_sid")),
        (200, ""),
        "{}",
        asked.text
    );
    let form = html::form(&asked.text, "/login/code");
    let done = second_step(&mut guest, &form, &code_of(&secret)).await;
    assert_eq!((done.status, done.header("location")), (303, "/admin/products"));
}

async fn sudo_a_fresh_sign_in_asks_for_the_code_too_and_loses_nothing(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let (secret, _) = set_up(&mut olive).await;
    let_a_step_pass(&shop).await;
    shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
        .await;
    let typed = [("email", "rita@shop.example"), ("role", "reviewer")];
    let asked = olive.submit("/admin/people", "/admin/people", &typed).await;
    assert_eq!(asked.status, 401, "{}", asked.text);
    let filled = changed(
        html::form(&asked.text, "/login"),
        &[("email", EMAIL), ("password", PASSWORD)],
    );
    let old = olive.cookie("vitrine_sid").to_owned();
    let step = olive.post_fields("/login", &filled).await;
    assert_eq!(step.status, 200, "{}", step.text);
    assert_eq!(olive.cookie("vitrine_sid"), old);
    let form = html::form(&step.text, "/login/code");
    let wrong = second_step(&mut olive, &form, &wrong_code(&secret)).await;
    assert_eq!(wrong.status, 401);
    let form = html::form(&wrong.text, "/login/code");
    let shown = second_step(&mut olive, &form, &code_of(&secret)).await;
    assert!(
        html::text(&shown.text).contains("rita@shop.example"),
        "{}",
        shown.text
    );
    assert_ne!(olive.cookie("vitrine_sid"), old, "7.2.4: a new id");
    let form = html::form(&shown.text, "/admin/people");
    assert_eq!(olive.post_fields("/admin/people", &form).await.status, 200);
    // A form without a field of its own is on its way, too.
    shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
        .await;
    let_a_step_pass(&shop).await;
    let asked = olive.submit("/account", "/account/second-factor/off", &[]).await;
    assert_eq!(asked.status, 401);
    let filled = changed(
        html::form(&asked.text, "/login"),
        &[("email", EMAIL), ("password", PASSWORD)],
    );
    let step = olive.post_fields("/login", &filled).await;
    let form = html::form(&step.text, "/login/code");
    let shown = second_step(&mut olive, &form, &code_of(&secret)).await;
    assert!(shown.text.contains("Switch it off"), "{}", shown.text);
    let form = html::form(&shown.text, "/account/second-factor/off");
    let off = olive.post_fields("/account/second-factor/off", &form).await;
    assert_eq!(off.status, 303, "{}", off.text);
}

async fn who_has_lost_both_gets_in_again_by_the_command(shop: Shop) {
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    let command = ["user", "second-factor-off", "editor@shop.example"];
    assert!(
        !shop.vitrine(&command).output().unwrap().status.success(),
        "there is none"
    );
    set_up(&mut eddie).await;
    assert_eq!(eddie.open("/account").await.status, 200);
    let done = shop.vitrine(&command).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(eddie.open("/account").await.status, 303, "signed out");
    assert_eq!(eddie.sign_in("editor@shop.example", PASSWORD).await.status, 303);
    // Whoever is erased leaves none behind.
    set_up(&mut eddie).await;
    Browser::of_role(&shop, Role::Owner).await;
    let erased = shop
        .vitrine(&["user", "erase", "editor@shop.example"])
        .output()
        .unwrap();
    assert!(erased.status.success());
    for table in ["second_factors", "recovery_codes"] {
        let left = shop.count(format!("SELECT COUNT(*) AS count FROM {table}")).await;
        assert_eq!(left, 0, "{table}");
    }
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
