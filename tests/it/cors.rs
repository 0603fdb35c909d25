//! Scripts of other sites: they may read the public API, nothing else, and never as somebody.

use awc::http::Method;
use serde_json::json;
use vitrine::config::CorsOrigin;

use crate::helpers::{Answer, Browser, Shop};
use crate::on_both_databases;

on_both_databases!(
    scripts_of_other_sites_read_the_public_api_and_nothing_else,
    a_browser_that_asks_first_is_told_what_a_script_may_do,
);

const EVIL: (&str, &str) = ("origin", "https://evil.example");

/// The headers that open an answer to other sites.
fn opened(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.keys().map(|name| name.as_str());
    names.filter(|name| name.starts_with("access-control-")).collect()
}

async fn scripts_of_other_sites_read_the_public_api_and_nothing_else(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    let seq = shop.head().await;
    for (path, status) in [
        ("/api/v1/products", 200),
        ("/api/v1/products/1", 200),
        ("/api/v1/categories", 200),
        ("/openapi.json", 200),
        // A script learns why something failed.
        ("/api/v1/products?colour=red", 400),
        ("/api/v1/none", 404),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let asked = [EVIL, ("x-min-change-seq", seq.as_str())];
            let answer = shop.send(method.clone(), path, &asked, None).await;
            let row = format!("{method} {path}");
            assert_eq!(answer.status, status, "{row}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{row}");
            assert_eq!(
                answer.header("cross-origin-resource-policy"),
                "cross-origin",
                "{row}"
            );
            let exposed = answer.header("access-control-expose-headers");
            for name in ["ETag", "Link", "X-Change-Seq", "Retry-After", "X-Request-Id"] {
                assert!(exposed.contains(name), "{row}: {exposed}");
            }
            assert!(
                !answer.headers.contains_key("access-control-allow-credentials"),
                "{row}"
            );
        }
    }
    let owner = Browser::of_owner(&shop).await;
    let cookie = format!("vitrine_sid={}", owner.cookie("vitrine_sid"));
    for path in [
        "/",
        "/docs",
        "/login",
        "/admin/products",
        "/api/admin/products",
        "/api/admin/none",
    ] {
        for method in [Method::GET, Method::OPTIONS, Method::POST] {
            let asked = [
                EVIL,
                ("access-control-request-method", "GET"),
                ("cookie", cookie.as_str()),
            ];
            let answer = shop.send(method.clone(), path, &asked, None).await;
            assert_eq!(opened(&answer), [""; 0], "{method} {path}");
            assert_eq!(
                answer.header("cross-origin-resource-policy"),
                "same-origin",
                "{method} {path}"
            );
        }
    }
}

async fn a_browser_that_asks_first_is_told_what_a_script_may_do(shop: Shop) {
    let asked = [
        EVIL,
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "x-min-change-seq"),
    ];
    let answer = shop.send(Method::OPTIONS, "/api/v1/products", &asked, None).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD");
    let headers = answer.header("access-control-allow-headers");
    assert!(
        headers.contains("X-Min-Change-Seq") && !headers.contains("Authorization"),
        "{headers}"
    );
    assert!(answer.header("access-control-max-age").parse::<u32>().unwrap() > 0);
    // OPTIONS that no browser sent is answered as anywhere.
    let plain = shop
        .send(Method::OPTIONS, "/api/v1/products", &[EVIL], None)
        .await;
    assert_eq!((plain.status, plain.header("allow")), (204, "GET, HEAD, OPTIONS"));
    assert_eq!(opened(&plain), [""; 0]);
}

#[actix_web::test]
async fn a_list_of_origins_narrows_it_and_an_empty_one_switches_it_off() {
    let partner = "https://partner.example";
    let shop = Shop::on_sqlite_with(|settings| {
        settings.security.cors_origins = vec![CorsOrigin::Site(partner.to_owned())];
    })
    .await;
    for (origin, allowed) in [(partner, partner), (EVIL.1, ""), ("null", "")] {
        let answer = shop
            .send(Method::GET, "/api/v1/products", &[("origin", origin)], None)
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
        let varies: Vec<_> = answer
            .headers
            .get_all("vary")
            .map(|value| value.to_str().unwrap())
            .collect();
        assert!(varies.contains(&"Origin"), "{origin}: {varies:?}");
    }
    let closed = shop
        .beside(|settings| settings.security.cors_origins.clear())
        .await;
    let answer = closed.send(Method::GET, "/api/v1/products", &[EVIL], None).await;
    assert_eq!(opened(&answer), [""; 0]);
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
}
