//! The history as programs read it.

use awc::http::Method;
use serde_json::{Value, json};

use super::history;
use crate::helpers::{Browser, Shop};
use crate::on_both_databases;

on_both_databases!(
    the_history_is_found_by_thing_by_person_and_by_batch,
    the_history_is_read_page_by_page_both_ways,
);

async fn the_history_is_found_by_thing_by_person_and_by_batch(shop: Shop) {
    let lamp = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps"}))
        .await;
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    let mut owner = Browser::of_owner(&shop).await;
    let page = format!("/admin/products/{}", lamp["product_id"]);
    owner.submit(&page, &page, &[("price", "2.00")]).await;
    let file = shop.folder.path().join("price.jsonl");
    std::fs::write(&file, "{\"name\": \"Vase\", \"price\": \"3.00\"}\n").unwrap();
    let imported = shop
        .vitrine(&["import", file.to_str().unwrap()])
        .output()
        .unwrap();
    let batch = String::from_utf8(imported.stdout).unwrap();
    let batch = batch
        .lines()
        .find_map(|line| line.strip_prefix("batch "))
        .unwrap()
        .to_owned();

    let told = |rows: Vec<Value>| {
        rows.iter()
            .map(|row| {
                format!(
                    "{} {} {}",
                    row["actor"].as_str().unwrap(),
                    row["entity"].as_str().unwrap(),
                    row["action"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    let of_lamp = format!("product={}", lamp["product_id"]);
    assert_eq!(
        told(history(&shop, &of_lamp).await),
        ["user:1 product updated", "key:1 product created"]
    );
    assert_eq!(
        told(history(&shop, "category=1").await),
        ["key:1 category created"]
    );
    assert_eq!(
        told(history(&shop, "actor=user:1").await)[0],
        "user:1 product updated"
    );
    let of_batch = history(&shop, &format!("batch={batch}")).await;
    assert_eq!(
        of_batch[0]["fields"],
        json!([{"field": "price", "was": "1.00", "became": "3.00"}])
    );
    assert_eq!(told(of_batch), ["cli product updated"]);
    assert_eq!(history(&shop, "batch=none").await, Vec::<Value>::new());
    for query in [
        "product=x",
        "product=0",
        "product=1&category=1",
        "actor=Olive",
        "actor=user:",
        "actor=user:-1",
        "sort=at",
        "who=1",
        "limit=101",
    ] {
        let answer = shop
            .admin(Method::GET, &format!("/api/admin/changes?{query}"), &[], None)
            .await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
}

async fn the_history_is_read_page_by_page_both_ways(shop: Shop) {
    for number in 1..=7 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00"}))
            .await;
    }
    let head = shop.head().await;
    for (sort, mut expected) in [
        ("seq", (1..=8).collect::<Vec<i64>>()),
        ("-seq", (1..=8).rev().collect()),
    ] {
        let mut address = Some(format!("/api/admin/changes?sort={sort}&limit=3"));
        let (mut seen, mut back) = (Vec::new(), None);
        while let Some(next) = address {
            let answer = shop
                .admin(Method::GET, &next, &[("x-min-change-seq", &head)], None)
                .await;
            let page = answer.json();
            let seqs: Vec<i64> = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["seq"].as_i64().unwrap())
                .collect();
            assert_eq!(page["meta"]["has_more"], page["links"]["next"].is_string());
            assert_eq!(page["links"]["prev"].is_string(), !seen.is_empty(), "{next}");
            seen.extend(seqs);
            address = page["links"]["next"].as_str().map(str::to_owned);
            back = page["links"]["prev"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, expected, "{sort}");
        let page = shop.read(&back.unwrap()).await.json();
        let seqs: Vec<i64> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["seq"].as_i64().unwrap())
            .collect();
        assert_eq!(seqs, expected.drain(3..6).collect::<Vec<_>>(), "{sort}");
        let cursor = page["links"]["next"]
            .as_str()
            .unwrap()
            .split("after=")
            .nth(1)
            .unwrap();
        let foreign = format!("/api/admin/changes?sort={sort}&actor=cli&after={cursor}");
        assert_eq!(shop.admin(Method::GET, &foreign, &[], None).await.status, 400);
    }
}
