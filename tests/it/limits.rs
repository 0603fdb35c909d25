//! How much is too much: of one address, of one key, at once, too slowly, under another name. Named after the requirements of
//! OWASP that they show: API4 (resource consumption), ASVS 4.1.3 (forwarded addresses), 6.3.1 (guessing).

mod bodies;
mod hosts;
mod overload;
mod sign_in;

use awc::http::Method;
use vitrine::config::Settings;

use crate::helpers::{Answer, Shop, html, make_key};

/// Behind a proxy on this machine that is believed, with nothing kept.
fn behind_a_proxy(settings: &mut Settings) {
    settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    settings.features.cache = false;
}

async fn from(shop: &Shop, address: &str, path: &str) -> Answer {
    shop.send(Method::GET, path, &[("x-forwarded-for", address)], None)
        .await
}

#[actix_web::test]
async fn api4_who_asks_too_often_is_told_when_to_come_back() {
    let shop = Shop::on_sqlite_with(|settings| {
        behind_a_proxy(settings);
        settings.limits.api = 40;
        settings.limits.pages = 20;
    })
    .await;
    let list = "/api/v1/products";
    for left in (0..10).rev() {
        let answer = from(&shop, "203.0.113.1", list).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), "\"api\";q=40;w=60");
        let standing = format!("\"api\";r={left};t=");
        assert!(
            answer.header("ratelimit").starts_with(&standing),
            "{}",
            answer.header("ratelimit")
        );
    }
    let refused = from(&shop, "203.0.113.1", list).await;
    assert_eq!(
        (
            refused.status,
            refused.header("content-type"),
            refused.header("cache-control")
        ),
        (429, "application/problem+json", "no-store")
    );
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert_eq!(refused.header("ratelimit"), format!("\"api\";r=0;t={seconds}"));
    assert_eq!(refused.json()["code"], "too_many_requests");
    assert_eq!(refused.json()["request_id"], refused.header("x-request-id"));
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "*",
        "a script learns it, too"
    );
    // Whoever is somebody else, and whatever is something else, goes on.
    assert_eq!(from(&shop, "203.0.113.2", list).await.status, 200);
    assert_eq!(from(&shop, "203.0.113.1", "/products").await.status, 200);
    // All of an IPv6 network are one.
    for host in 0..5 {
        let address = format!("2001:db8:0:1::{host:x}");
        assert_eq!(from(&shop, &address, "/products").await.status, 200, "{address}");
    }
    let page = from(&shop, "2001:db8:0:1:ffff::1", "/products").await;
    assert_eq!((page.status, page.header("retry-after")), (429, "3"));
    html::assert_is_ours(&page.text, "429");
    assert!(
        html::text(&page.text).contains("A little slower, please"),
        "{}",
        page.text
    );
    assert_eq!(from(&shop, "2001:db8:0:2::1", "/products").await.status, 200);
    let metrics = shop.metrics().await;
    assert!(
        metrics.contains("rate_limited_total{class=\"api\"} 1\n"),
        "{metrics}"
    );
}

#[actix_web::test]
async fn api4_a_key_is_counted_wherever_it_is_used_and_made_up_keys_are_no_way_around() {
    let shop = Shop::on_sqlite_with(|settings| {
        behind_a_proxy(settings);
        settings.limits.key = 20;
        settings.limits.owner = 12;
    })
    .await;
    let own = format!("Bearer {}", shop.key);
    let other = format!("bearer {}", make_key(&shop.parts, "admin").await);
    let ask = async |address: &str, key: &str| {
        let headers = [("x-forwarded-for", address), ("authorization", key)];
        shop.send(Method::GET, "/api/admin/products", &headers, None)
            .await
    };
    for address in 1..=5 {
        assert_eq!(ask(&format!("203.0.113.{address}"), &own).await.status, 200);
    }
    let refused = ask("203.0.113.6", &own).await;
    assert_eq!(refused.status, 429);
    assert!(
        refused.header("ratelimit").starts_with("\"key\";r=0;"),
        "{}",
        refused.header("ratelimit")
    );
    assert_eq!(ask("203.0.113.6", &other).await.status, 200);
    let mut statuses = Vec::new();
    for number in 0..60 {
        statuses.push(
            ask("198.51.100.1", &format!("Bearer vk_{number:043}"))
                .await
                .status,
        );
    }
    // Five at once, and one more in five seconds.
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert!((5..30).contains(&looked_at), "{statuses:?}");
    assert!(
        statuses.iter().all(|status| matches!(status, 401 | 429)),
        "{statuses:?}"
    );
}

#[actix_web::test]
async fn answers_from_memory_and_files_count_for_nothing() {
    let shop = Shop::on_sqlite_with(|settings| settings.limits.pages = 20).await;
    assert_eq!(shop.get("/products").await.status, 200);
    crate::helpers::eventually("the list is kept", async || {
        let metrics = shop.metrics().await;
        shop.get("/products").await.status == 200 && metrics.contains("result=\"hit\"}")
    })
    .await;
    let page = shop.get("/products").await;
    let style = html::tags(&page.text)
        .into_iter()
        .find(|tag| tag.attribute("rel") == Some("stylesheet"))
        .and_then(|tag| tag.attribute("href").map(str::to_owned))
        .unwrap();
    for _ in 0..50 {
        assert_eq!(shop.get("/products").await.status, 200);
        let headers = [("accept-encoding", "identity")];
        assert_eq!(shop.send(Method::HEAD, &style, &headers, None).await.status, 200);
    }
}

#[actix_web::test]
async fn customers_behind_a_proxy_that_nobody_named_are_not_limited_together() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.features.cache = false;
        settings.limits.pages = 20;
    })
    .await;
    for customer in 0..30 {
        let address = format!("203.0.113.{customer}");
        assert_eq!(from(&shop, &address, "/products").await.status, 200, "{address}");
    }
    // Without a sign of a proxy this machine is an address like any other.
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(shop.get("/products").await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}

#[actix_web::test]
async fn v4_1_3_whatever_is_said_of_addresses_is_at_most_not_believed() {
    let shop = Shop::on_sqlite_with(|settings| {
        behind_a_proxy(settings);
        settings.limits.pages = 60_000;
    })
    .await;
    let long = "203.0.113.1, ".repeat(300);
    for said in [
        "",
        ",",
        ",,,,",
        "nonsense",
        "203.0.113.1; DROP TABLE",
        "[2001:db8::1]:443",
        "2001:db8::1%eth0",
        "999.999.999.999",
        "0x7f000001",
        "::ffff:10.0.0.1",
        "127.0.0.1, 127.0.0.1",
        "203.0.113.1, \u{fffd}",
        &long,
    ] {
        let answer = from(&shop, said, "/products").await;
        assert_eq!(answer.status, 200, "{said}");
        let headers = [("forwarded", said), ("x-real-ip", said), ("authorization", said)];
        assert_eq!(
            shop.send(Method::GET, "/products", &headers, None).await.status,
            200,
            "{said}"
        );
    }
    assert!(shop.metrics().await.contains("panics_total 0\n"));
}
