//! The second factor (security.md 1c, 6.3.3): set up, asked for at each sign-in, lost, switched off.

mod guesses;
mod life;
mod other_ways;

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret};

use crate::helpers::{Answer, Browser, PASSWORD, Shop, changed, html};

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
