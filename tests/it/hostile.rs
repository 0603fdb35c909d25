//! What strangers may try: stored and shown as text, or refused; never a 5xx, never markup.

use awc::http::Method;
use futures_util::StreamExt;
use serde_json::json;

use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(naughty_strings_are_text_or_refused);

const NAUGHTY: &str = "../shared/data/hostile/blns.json";

async fn naughty_strings_are_text_or_refused(shop: Shop) {
    let Ok(text) = std::fs::read_to_string(NAUGHTY) else {
        eprintln!("SKIPPED: {NAUGHTY} is not here");
        return;
    };
    let strings: Vec<String> = serde_json::from_str(&text).unwrap();
    assert!(strings.len() > 500);
    futures_util::stream::iter(&strings)
        .for_each_concurrent(8, |string| try_one(&shop, string))
        .await;
}

async fn try_one(shop: &Shop, string: &str) {
    let bodies = [
        json!({"name": string, "price": "1.00"}),
        json!({"name": "Lamp", "price": "1.00", "description": string, "category": string}),
    ];
    for body in bodies {
        let answer = shop
            .admin(Method::POST, "/api/admin/products", &[], Some(&body))
            .await;
        assert!(
            matches!(answer.status, 201 | 422),
            "{string:?}: {} {}",
            answer.status,
            answer.text
        );
        if answer.status == 201 {
            let cookie = format!("vitrine_seq={}", answer.header("x-change-seq"));
            let path = format!("/products/{}", answer.json()["slug"].as_str().unwrap());
            let page = shop
                .send(
                    Method::GET,
                    &path,
                    &[("cookie", &cookie), ("accept", "text/html")],
                    None,
                )
                .await;
            assert_eq!(page.status, 200, "{string:?}");
            assert!(
                !string.contains('<') || !page.text.contains(string.trim()),
                "{string:?} is markup"
            );
        }
    }
    let query: String = serde_urlencoded::to_string([("q", string), ("category", string)]).unwrap();
    for path in ["/products", "/search", "/api/v1/products"] {
        let answer = shop.get(&format!("{path}?{query}")).await;
        assert!(
            matches!(answer.status, 200 | 400),
            "{path} {string:?}: {}",
            answer.status
        );
        let is_json = answer.header("content-type").contains("json");
        assert!(
            is_json || !string.contains('<') || !answer.text.contains(string.trim()),
            "{path} {string:?} is markup"
        );
    }
}
