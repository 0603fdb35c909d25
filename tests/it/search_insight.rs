//! What the owner learns of searches, and what nobody ever does.

use awc::http::Method;
use serde_json::json;

use crate::helpers::{Browser, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    searches_are_counted_also_when_a_kept_answer_is_sent,
    nothing_about_a_person_and_nothing_rare_is_kept,
    opened_results_count_when_the_shops_own_page_says_so,
    a_search_in_vain_is_one_click_away_from_its_remedy,
);

/// Sums of a query over all days, as they are stored.
async fn sums(shop: &Shop, query: &str) -> [i64; 3] {
    let mut found = [0; 3];
    for (sum, column) in found.iter_mut().zip(["searches", "in_vain", "clicks"]) {
        let statement = format!(
            "SELECT CAST(COALESCE(SUM({column}), 0) AS DECIMAL) AS count FROM search_queries WHERE query = '{query}'"
        );
        let statement = if shop.parts.is_on_sqlite() {
            statement.replace("AS DECIMAL", "AS INTEGER")
        } else {
            statement.replace("AS DECIMAL", "AS SIGNED")
        };
        *sum = shop.count(statement).await;
    }
    found
}

/// Waits until these sums are stored.
async fn stored(shop: &Shop, query: &str, expected: [i64; 3]) {
    shop.parts.insight.store().await.unwrap();
    eventually(&format!("{query} has {expected:?}"), || async {
        sums(shop, query).await == expected
    })
    .await;
}

async fn searches_are_counted_also_when_a_kept_answer_is_sent(shop: Shop) {
    shop.create(&json!({"name": "Oak lamp", "price": "9.00"})).await;
    for _ in 0..4 {
        assert_eq!(shop.fresh("/search?q=L%C3%A1mp").await.status, 200);
    }
    assert_eq!(shop.fresh("/search?q=sofa").await.status, 200);
    // Who narrows a list or turns its pages has searched already.
    shop.fresh("/search?q=lamp&in_stock=true").await;
    shop.fresh("/search?q=lamp&page=1").await;
    stored(&shop, "lamp", [4, 0, 0]).await;
    for _ in 0..2 {
        shop.fresh("/search?q=sofa").await;
    }
    stored(&shop, "sofa", [3, 3, 0]).await;
    // What is kept already goes on from the first.
    shop.fresh("/search?q=lamp").await;
    stored(&shop, "lamp", [5, 0, 0]).await;
}

async fn nothing_about_a_person_and_nothing_rare_is_kept(shop: Shop) {
    for query in ["olive%40shop.example", "0660+1234567", "rare+thing"] {
        let times = if query == "rare+thing" { 2 } else { 5 };
        for _ in 0..times {
            shop.fresh(&format!("/search?q={query}")).await;
        }
    }
    for _ in 0..3 {
        shop.fresh("/search?q=usual+thing").await;
    }
    stored(&shop, "usual thing", [3, 3, 0]).await;
    shop.parts.insight.store().await.unwrap();
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM search_queries").await,
        1
    );
}

async fn opened_results_count_when_the_shops_own_page_says_so(shop: Shop) {
    shop.create(&json!({"name": "Oak lamp", "price": "9.00"})).await;
    for _ in 0..3 {
        shop.fresh("/search?q=lamp").await;
    }
    let click = |site: &'static str| {
        let shop = &shop;
        async move {
            let headers = [
                ("content-type", "application/x-www-form-urlencoded"),
                ("sec-fetch-site", site),
            ];
            shop.ask(
                Method::POST,
                "/search/clicks",
                &headers,
                Some("q=Lamp".to_owned()),
            )
            .await
            .status
        }
    };
    assert_eq!(
        (click("same-origin").await, click("cross-site").await),
        (204, 403)
    );
    stored(&shop, "lamp", [3, 0, 1]).await;
}

async fn a_search_in_vain_is_one_click_away_from_its_remedy(shop: Shop) {
    for query in ["settee", "settee", "settee", "torch", "torch", "torch"] {
        shop.fresh(&format!("/search?q={query}")).await;
    }
    stored(&shop, "settee", [3, 3, 0]).await;
    stored(&shop, "torch", [3, 3, 0]).await;
    let body = json!({"query": "Torch", "words": ["lamp"]});
    let made = shop
        .admin(Method::POST, "/api/admin/search/synonyms", &[], Some(&body))
        .await;
    assert_eq!(made.status, 201);
    let mut olive = Browser::of_owner(&shop).await;
    let page = olive.open("/admin/search?days=7").await;
    html::assert_is_ours(&page.text, "/admin/search");
    let way = "/admin/search/synonyms/new?query=settee";
    assert!(page.text.contains(way) && page.text.contains("/admin/search/redirects/new?query=settee"));
    assert!(
        !page.text.contains("/admin/search/synonyms/new?query=torch"),
        "it has a synonym"
    );
    assert!(
        html::text(&page.text).contains("Found nothing100\u{a0}%"),
        "{}",
        html::text(&page.text)
    );
    assert_eq!(olive.open(way).await.status, 200);
    assert_eq!(olive.open("/admin/search?days=8").await.status, 400);
}
