//! Guessing passwords.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use awc::http::Method;
use vitrine::config::{CacheBackend, RealtimeBackend, Settings};

use super::behind_a_proxy;
use crate::helpers::{Answer, Browser, EMAIL, PASSWORD, Shop, html};

const WRONG: &str = "not the green lamp at all";

async fn try_from(shop: &Shop, address: &str, email: &str, password: &str) -> Answer {
    let fields = [("email", email), ("password", password)];
    let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", address)];
    Browser::new(shop).post_with("/login", &fields, &headers).await
}

/// Tries are counted by account and address; of requests there may be any number.
fn counted(settings: &mut Settings) {
    behind_a_proxy(settings);
    settings.limits.sign_in = 60_000;
}

async fn with_owner(shop: Shop) -> Shop {
    Browser::of_owner(&shop).await;
    shop
}

async fn on_sqlite() -> Shop {
    with_owner(Shop::on_sqlite_with(counted).await).await
}

#[cfg(feature = "mysql")]
async fn on_mariadb() -> Option<Shop> {
    Some(with_owner(Shop::on_mariadb_with(counted).await?).await)
}

/// Nobody listens there.
fn without_redis(settings: &mut Settings) {
    counted(settings);
    settings.features.cache = true;
    settings.cache.backend = CacheBackend::Redis;
    settings.cache.redis_url = "redis://127.0.0.1:1".into();
    settings.realtime.backend = RealtimeBackend::Redis;
    settings.realtime.redis_url = "redis://127.0.0.1:1".into();
}

async fn a_hundred_guesses_leave_the_owner_in(shop: &Shop) {
    let started = Instant::now();
    assert_eq!(try_from(shop, "198.51.100.1", EMAIL, PASSWORD).await.status, 303);
    let alone = started.elapsed();
    // Ten that somebody has looked at or refused to: where no thread was free, nothing was tried.
    let guess = async |address: usize| {
        let (mut tried, mut refused) = (0, 0);
        while tried < 10 {
            let answer = try_from(shop, &format!("203.0.113.{address}"), EMAIL, WRONG).await;
            assert!(matches!(answer.status, 401 | 429 | 503), "{}", answer.text);
            tried += usize::from(answer.status != 503);
            refused += usize::from(answer.status == 429);
        }
        refused
    };
    let guesses = futures_util::future::join_all((0..10).map(guess));
    let owner = async {
        let started = Instant::now();
        loop {
            let answer = try_from(shop, "198.51.100.7", EMAIL, PASSWORD).await;
            if answer.status == 303 {
                return started.elapsed();
            }
            // No thread was free; that counts for nothing, so whoever is in a hurry may ask again at once.
            assert_eq!(answer.status, 503, "{}", answer.text);
        }
    };
    let (refused, taken) = futures_util::future::join(guesses, owner).await;
    // A sign-in alone takes a tenth of a second; on a machine that has no time even for that, nothing takes 3 s.
    let most = Duration::from_secs(3).max(alone * 20);
    assert!(taken < most, "{taken:?}, alone {alone:?}");
    assert!(
        refused.iter().all(|refused| *refused > 0),
        "each of them was slowed down: {refused:?}"
    );
}

#[actix_web::test]
async fn v6_3_1_a_hundred_guesses_from_ten_addresses_leave_the_owner_in_on_sqlite() {
    a_hundred_guesses_leave_the_owner_in(&on_sqlite().await).await;
}

#[actix_web::test]
async fn v6_3_1_a_hundred_guesses_from_ten_addresses_leave_the_owner_in_without_redis() {
    let shop = with_owner(Shop::on_sqlite_with(without_redis).await).await;
    a_hundred_guesses_leave_the_owner_in(&shop).await;
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn v6_3_1_a_hundred_guesses_from_ten_addresses_leave_the_owner_in_on_mariadb() {
    if let Some(shop) = on_mariadb().await {
        a_hundred_guesses_leave_the_owner_in(&shop).await;
    }
}

/// The statuses of so many tries in a row.
async fn tries(shop: &Shop, address: &str, email: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(try_from(shop, address, email, WRONG).await.status);
    }
    statuses
}

async fn nodes_count_together(shop: &Shop) {
    let other = shop.beside(|_| {}).await;
    assert_eq!(tries(shop, "203.0.113.1", EMAIL, 3).await, [401; 3]);
    assert_eq!(tries(&other, "203.0.113.1", EMAIL, 3).await, [401, 401, 429]);
    assert_eq!(
        tries(&other, "203.0.113.2", EMAIL, 1).await,
        [401],
        "somebody else"
    );
    // The right one is no exception, or whoever guesses would see when it is right.
    assert_eq!(try_from(&other, "203.0.113.1", EMAIL, PASSWORD).await.status, 429);
    // Nobody's account is counted like anybody's, in the same words.
    assert_eq!(
        tries(shop, "203.0.113.3", "nobody@shop.example", 5).await,
        [401; 5]
    );
    let of = async |email: &str, address: &str| {
        let page = try_from(shop, address, email, WRONG).await;
        assert_eq!(page.status, 429);
        let wait: u32 = page.header("retry-after").parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        html::assert_is_ours(&page.text, "too many tries");
        let told = page.text.replace(&format!("{wait} seconds"), "[wait]");
        told.replace(email, "[email]")
    };
    assert_eq!(
        of(EMAIL, "203.0.113.1").await,
        of("nobody@shop.example", "203.0.113.3").await
    );
}

#[actix_web::test]
async fn v6_3_1_nodes_count_together_on_sqlite() {
    nodes_count_together(&on_sqlite().await).await;
}

#[cfg(feature = "mysql")]
#[actix_web::test]
async fn v6_3_1_nodes_count_together_on_mariadb() {
    if let Some(shop) = on_mariadb().await {
        nodes_count_together(&shop).await;
    }
}

#[actix_web::test]
async fn v6_3_1_a_node_counts_for_itself_when_the_database_cannot() {
    let shop = on_sqlite().await;
    shop.sql("ALTER TABLE sign_in_marks RENAME TO away").await;
    assert_eq!(
        tries(&shop, "203.0.113.1", EMAIL, 6).await,
        [401, 401, 401, 401, 401, 429]
    );
    assert_eq!(try_from(&shop, "203.0.113.2", EMAIL, PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn v6_3_1_hostile_names_are_counted_and_break_nothing() {
    let shop = on_sqlite().await;
    for (position, email) in ["", "' OR 1=1--", "a\u{0}b", "\u{202e}x", "%", &"x".repeat(10_000)]
        .into_iter()
        .enumerate()
    {
        let address = format!("203.0.113.{position}");
        assert_eq!(
            tries(&shop, &address, email, 6).await,
            [401, 401, 401, 401, 401, 429],
            "{email:.20}"
        );
    }
    let names = shop
        .count("SELECT COUNT(*) AS count FROM sign_in_marks WHERE LENGTH(mark) <> 64")
        .await;
    assert_eq!(names, 0, "hashes and nothing else");
    assert!(shop.metrics().await.contains("panics_total 0\n"));
}

/// How often each piece of database work was done.
async fn work(shop: &Shop) -> BTreeMap<String, u64> {
    let own = [
        "spend_sign_in",
        "credentials",
        "note_sign_in",
        "begin_session",
        "session",
    ];
    let metrics = shop.metrics().await;
    let counts = metrics.lines().filter_map(|line| {
        let (series, count) = line
            .strip_prefix("db_client_operation_duration_seconds_count{")?
            .split_once("} ")?;
        own.iter()
            .any(|name| series.contains(&format!("db_operation_name=\"{name}\"")))
            .then(|| (series.to_owned(), count.parse().unwrap()))
    });
    counts.collect()
}

#[actix_web::test]
async fn user_enumeration_a_wrong_password_costs_the_same_work_whether_the_account_is_there_or_not() {
    let shop = on_sqlite().await;
    let mut costs = Vec::new();
    // The first ones open connections.
    for email in [
        EMAIL,
        "nobody@shop.example",
        EMAIL,
        "nobody@shop.example",
        "no address at all@",
    ] {
        let before = work(&shop).await;
        assert_eq!(try_from(&shop, "203.0.113.9", email, WRONG).await.status, 401);
        let after = work(&shop).await;
        let cost: BTreeMap<String, u64> = after
            .into_iter()
            .map(|(name, count)| {
                let earlier = before.get(&name).copied().unwrap_or(0);
                (name, count - earlier)
            })
            .collect();
        costs.push((email, cost));
    }
    assert!(costs[2].1.values().sum::<u64>() >= 2, "{costs:?}");
    assert_eq!(costs[2].1, costs[3].1);
}

#[actix_web::test]
async fn the_form_that_is_refused_keeps_what_it_carries() {
    let shop = on_sqlite().await;
    tries(&shop, "203.0.113.1", EMAIL, 5).await;
    let fields = [
        ("email", EMAIL),
        ("password", WRONG),
        ("carry", "name=Lamp"),
        ("next", "/admin/products/1"),
    ];
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("x-forwarded-for", "203.0.113.1"),
    ];
    let refused = Browser::new(&shop).post_with("/login", &fields, &headers).await;
    assert_eq!(refused.status, 429);
    let form = html::form(&refused.text, "/login");
    assert!(
        form.contains(&("carry".to_owned(), "name=Lamp".to_owned())),
        "{form:?}"
    );
    assert!(!refused.text.contains(WRONG));
    assert_eq!(shop.send(Method::GET, "/login", &[], None).await.status, 200);
}

/// The limit of requests, before anything is looked up. Another way to write the address is no way around it.
#[actix_web::test]
async fn api4_tries_to_sign_in_are_a_class_of_their_own() {
    let shop = Shop::on_sqlite_with(|settings| {
        behind_a_proxy(settings);
        settings.limits.sign_in = 4;
    })
    .await;
    let ask = async |path: &str| {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-for", "203.0.113.1"),
        ];
        let fields = [("email", EMAIL), ("password", WRONG)];
        Browser::new(&shop).post_with(path, &fields, &headers).await
    };
    for path in ["/login", "/%6cogin", "/login", "/l%6fgin", "/login"] {
        assert_eq!(ask(path).await.status, 401, "{path}");
    }
    for path in ["/login", "/%6cogin", "/admin/setup"] {
        let refused = ask(path).await;
        assert_eq!(refused.status, 429, "{path}");
        assert!(
            refused.header("ratelimit-policy").starts_with("\"sign_in\";q=4;"),
            "{path}"
        );
    }
    assert_eq!(shop.get("/login").await.status, 200, "the form is still shown");
}
