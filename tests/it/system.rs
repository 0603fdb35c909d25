//! The owner sees how the databases are and gives them more or fewer connections while the shop runs.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Browser, Shop, html};
use crate::{on_both_databases, search};

on_both_databases!(
    the_owner_sees_the_databases_and_resizes_their_pools,
    programs_see_the_databases_with_a_key_that_may,
);

const SYSTEM: &str = "/admin/system";
const POOLS: &str = "/admin/system/pools";

async fn database(shop: &Shop) -> Value {
    let answer = shop
        .admin(Method::GET, "/api/admin/system/database", &[], None)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn the_owner_sees_the_databases_and_resizes_their_pools(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let page = olive.open(SYSTEM).await;
    let text = html::text(&page.text);
    for words in ["primary", "replica-1", "replica-2", "In service", "at most 8"] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    assert!(!text.contains("can be read but not changed"), "{text}");
    search::indexed(&shop).await;
    let text = html::text(&olive.open(SYSTEM).await.text);
    let reached = format!("up to change number {}.", shop.head().await);
    assert!(
        text.contains("Search index Answers") && text.contains(&reached),
        "{text}"
    );
    for refused in ["0", "101", "many", "-1", ""] {
        let answer = olive.submit(SYSTEM, POOLS, &[("size", refused)]).await;
        assert_eq!(answer.status, 422, "{refused}");
        assert!(
            html::text(&answer.text).contains("Type a whole number from 1 to 100."),
            "{refused}: {}",
            answer.text
        );
        let kept = html::form(&answer.text, POOLS);
        assert!(
            kept.contains(&("size".to_owned(), refused.to_owned())),
            "{kept:?}"
        );
    }
    for size in [3, 12, 1] {
        let answer = olive.submit(SYSTEM, POOLS, &[("size", &size.to_string())]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let found = database(&shop).await;
        for node in found["nodes"].as_array().unwrap() {
            let only_writer = node["name"] == "primary" && shop.parts.is_on_sqlite();
            let expected = if only_writer { 1 } else { size };
            assert_eq!(node["connections"]["size"], expected, "{node}");
        }
        let all = futures_util::future::join_all((0..20).map(|_| shop.get("/products")));
        assert!(all.await.iter().all(|answer| answer.status == 200));
    }
    let metrics = shop.metrics().await;
    assert!(
        metrics.contains("db_client_connection_max{db_node=\"replica-1\"} 1\n"),
        "{metrics}"
    );
}

async fn programs_see_the_databases_with_a_key_that_may(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let found = database(&shop).await;
    assert_eq!(found["writable"], true);
    let names: Vec<_> = found["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["primary", "replica-1", "replica-2"]);
    let reader = crate::helpers::make_key(&shop.parts, "catalog:read").await;
    let answer = shop
        .send(
            Method::GET,
            "/api/admin/system/database",
            &[("authorization", &format!("Bearer {reader}"))],
            None,
        )
        .await;
    assert_eq!(answer.status, 403, "{}", answer.text);
}
