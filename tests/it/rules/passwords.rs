//! Passwords: what they cost to check, which ones there can be, how often one may try.

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use awc::http::Method;
use futures_util::future::join_all;
use serde_json::json;
use vitrine::accounts::NewUser;
use vitrine::db::{Actor, Origin};

use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v11_4_2_a_hash_of_lower_cost_is_made_anew_at_the_next_sign_in,
    v6_2_what_is_guessed_first_is_refused_wherever_a_password_is_set,
);

const WRONG: &str = "not the green lamp at all";
const NEW: &str = "another lamp over the sea";

async fn v11_4_2_a_hash_of_lower_cost_is_made_anew_at_the_next_sign_in(shop: Shop) {
    Browser::of_owner(&shop).await;
    let cheap = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(8_192, 1, 1, None).unwrap(),
    );
    let cheap = cheap.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    shop.sql(format!("UPDATE users SET password_hash = '{cheap}'"))
        .await;
    let head = shop.head().await;
    let of_today =
        "SELECT COUNT(*) AS count FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(Browser::new(&shop).sign_in(EMAIL, WRONG).await.status, 401);
    assert_eq!(shop.count(of_today).await, 0, "who guesses changes nothing");
    for _ in 0..2 {
        assert_eq!(Browser::new(&shop).sign_in(EMAIL, PASSWORD).await.status, 303);
        assert_eq!(shop.count(of_today).await, 1);
    }
    assert_eq!(shop.head().await, head, "nothing about the person has changed");
}

#[actix_web::test]
async fn v11_4_2_a_flood_of_passwords_is_turned_away_and_the_shop_goes_on() {
    let shop = Shop::on_sqlite_with(|settings| settings.features.cache = false).await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    Browser::of_owner(&shop).await;
    let flood = join_all((0..60).map(|_| async {
        let answer = Browser::new(&shop).sign_in(EMAIL, WRONG).await;
        (answer.status, answer.header("retry-after").to_owned())
    }));
    let customer = async {
        let mut statuses = Vec::new();
        for _ in 0..10 {
            statuses.push(shop.get("/products").await.status);
        }
        statuses
    };
    let (answers, seen) = futures_util::future::join(flood, customer).await;
    assert_eq!(seen, [200; 10]);
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status == 503).collect();
    assert!(
        !refused.is_empty() && refused.iter().all(|(_, wait)| wait == "2"),
        "{answers:?}"
    );
    let checked = answers.iter().filter(|(status, _)| *status == 401).count();
    assert_eq!(checked + refused.len(), answers.len(), "{answers:?}");
    assert!(checked >= 10, "two are being checked and eight wait: {answers:?}");
    assert_eq!(Browser::new(&shop).sign_in(EMAIL, PASSWORD).await.status, 303);
}

async fn v6_2_what_is_guessed_first_is_refused_wherever_a_password_is_set(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let name = &shop.parts.settings.shop.name;
    let guessable = [
        "short",
        "Password123456",
        "P-a-s-s-w-o-r-d!",
        "123456789012",
        "aaaaaaaaaaaaaa",
        EMAIL,
        &format!("{name} 2026 !!!!!!"),
    ];
    let printed = shop
        .vitrine(&["user", "reset", EMAIL, "--link"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let token = printed
        .split_once("token=")
        .unwrap()
        .1
        .split_whitespace()
        .next()
        .unwrap();
    for password in guessable {
        let fields = [("old_password", PASSWORD), ("password", password)];
        let refused = olive.submit("/account", "/account/password", &fields).await;
        assert_eq!(refused.status, 422, "{password}: {}", refused.text);
        let fields = [("token", token), ("name", ""), ("password", password)];
        let refused = Browser::new(&shop).post("/account/link", &fields).await;
        assert_eq!(refused.status, 422, "{password}: {}", refused.text);
    }
    assert_eq!(olive.open("/account").await.status, 200, "nothing has changed");
}

#[actix_web::test]
async fn v6_2_every_character_counts_and_password_managers_can_fill_the_field() {
    let shop = Shop::on_sqlite().await;
    let long = format!("{} 🦊", "ab cd ".repeat(20));
    let person = NewUser::owner("Olive", EMAIL, &long, "Shop").unwrap();
    let origin = Origin {
        actor: Actor::Cli,
        request_id: "test".to_owned(),
        batch: None,
    };
    shop.parts.accounts.create_user(origin, person).await.unwrap();
    let mut olive = Browser::new(&shop);
    let mut cut = long.clone();
    cut.pop();
    for (typed, status) in [(&*cut, 401), (&*long.to_uppercase(), 401), (&*long, 303)] {
        assert_eq!(olive.sign_in(EMAIL, typed).await.status, status, "{typed}");
    }
    let mut guest = Browser::new(&shop);
    for (page, name, purpose) in [
        ("/login", "password", "current-password"),
        ("/account", "old_password", "current-password"),
        ("/account", "password", "new-password"),
    ] {
        let browser = if page == "/login" { &mut guest } else { &mut olive };
        let tags = html::tags(&browser.open(page).await.text);
        let field = tags.iter().find(|tag| tag.attribute("name") == Some(name));
        let field = field.unwrap_or_else(|| panic!("{page} has no {name}"));
        assert_eq!(field.attribute("type"), Some("password"), "{field:?}");
        assert_eq!(field.attribute("autocomplete"), Some(purpose), "{field:?}");
        let most: Option<usize> = field.attribute("maxlength").map(|most| most.parse().unwrap());
        assert!(most.is_none_or(|most| most >= 256), "{field:?}");
    }
}

#[actix_web::test]
async fn v6_3_1_wrong_old_passwords_are_counted_in_their_session_and_in_no_other() {
    let shop = Shop::on_sqlite_with(|settings| settings.limits.sign_in = 60_000).await;
    let mut found = Browser::of_owner(&shop).await;
    let mut own = Browser::new(&shop);
    assert_eq!(own.sign_in(EMAIL, PASSWORD).await.status, 303);
    for _ in 0..5 {
        let fields = [("old_password", WRONG), ("password", NEW)];
        let wrong = found.submit("/account", "/account/password", &fields).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
    }
    for old in [WRONG, PASSWORD] {
        let fields = [("old_password", old), ("password", NEW)];
        let refused = found.submit("/account", "/account/password", &fields).await;
        assert_eq!(refused.status, 429, "{}", refused.text);
        let wait: u32 = refused.header("retry-after").parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        html::assert_is_ours(&refused.text, "too many tries");
    }
    let fields = [("old_password", PASSWORD), ("password", NEW)];
    let changed = own.submit("/account", "/account/password", &fields).await;
    assert_eq!(changed.status, 303, "{}", changed.text);
    assert_eq!(found.open("/account").await.status, 303, "signed out by that");
    // The class of requests that have a password hashed bounds them as well, before anybody is looked up.
    let shop = Shop::on_sqlite_with(|settings| settings.limits.sign_in = 4).await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let headers = [("sec-fetch-site", "same-origin")];
        let answer = Browser::new(&shop)
            .post_with("/account/password", &[], &headers)
            .await;
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    assert_eq!(shop.send(Method::GET, "/login", &[], None).await.status, 200);
}
