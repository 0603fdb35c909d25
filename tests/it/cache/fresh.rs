//! No kept answer outlives what it shows: writes, planned changes, another history.

use std::time::Duration;

use serde_json::json;

use super::{keeping, with};
use crate::helpers::{Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    a_write_is_seen_by_everybody_at_once_and_by_other_nodes_soon,
    a_reader_of_a_newer_position_is_not_shown_an_older_answer,
    a_sale_starts_on_kept_pages_at_its_moment,
    a_history_that_was_restored_shows_nothing_of_the_former_one,
);

async fn a_write_is_seen_by_everybody_at_once_and_by_other_nodes_soon(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps", "stock_quantity": 5}))
        .await;
    let other = shop.beside(|_| {}).await;
    keeping(&shop).await;
    keeping(&other).await;
    let id = &made["product_id"];
    let paths = [
        "/".to_owned(),
        "/products".to_owned(),
        "/products/lamp".to_owned(),
        "/categories/lamps".to_owned(),
        "/api/v1/products".to_owned(),
        format!("/api/v1/products/{id}"),
    ];
    for price in ["2.00", "3.00", "4.00"] {
        for path in &paths {
            shop.get(path).await;
            other.get(path).await;
        }
        shop.amend(id, &json!({ "price": price })).await;
        for path in &paths {
            let page = shop.get(path).await;
            assert!(
                page.text.contains(price),
                "{path} still says something else than {price}"
            );
        }
        eventually("the other node shows it", || async {
            let mut shown = true;
            for path in &paths {
                shown &= other.get(path).await.text.contains(price);
            }
            shown
        })
        .await;
    }
}

async fn a_reader_of_a_newer_position_is_not_shown_an_older_answer(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let other = shop.beside(|_| {}).await;
    keeping(&other).await;
    let path = format!("/api/v1/products/{}", made["product_id"]);
    for cents in 10..30 {
        other.get(&path).await;
        let price = format!("2.{cents}");
        let written = shop.amend(&made["product_id"], &json!({ "price": price })).await;
        let seq = written.header("x-change-seq").to_owned();
        let fresh = with(&other, &path, &[("x-min-change-seq", &seq)]).await;
        assert_eq!(fresh.json()["price"], *price);
        let seen: i64 = fresh.header("x-change-seq").parse().unwrap();
        assert!(seen >= seq.parse().unwrap());
        let cookie = format!("vitrine_seq={seq}");
        let page = with(&other, "/products/lamp", &[("cookie", &cookie)]).await;
        assert!(page.text.contains(&price));
    }
    let far = with(&shop, &path, &[("x-min-change-seq", "999999999")]).await;
    assert_eq!(far.status, 400);
    assert_eq!(shop.get(&path).await.status, 200);
}

async fn a_sale_starts_on_kept_pages_at_its_moment(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "9.00", "category": "Lamps"}))
        .await;
    keeping(&shop).await;
    // Moments of a sale are whole seconds.
    let starts = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    let starts = starts.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let sale = json!({"sale": {"price": "5.00", "starts_at": starts}});
    shop.amend(&made["product_id"], &sale).await;
    let product = format!("/api/v1/products/{}", made["product_id"]);
    let paths = [
        "/products/lamp",
        "/products",
        "/categories/lamps",
        &product,
        "/api/v1/products",
    ];
    loop {
        for path in paths {
            let asked = chrono::Utc::now();
            let page = shop.get(path).await;
            let answered = chrono::Utc::now();
            let is_on = if path.starts_with("/api/") {
                let found = page.json();
                let product = found["data"].get(0).unwrap_or(&found);
                product["current_price"] == "5.00"
            } else {
                page.text.contains("class=\"was\"")
            };
            let starts: chrono::DateTime<chrono::Utc> = starts.parse().unwrap();
            assert!(is_on || asked < starts, "{path} is late: {}", page.text);
            assert!(!is_on || answered >= starts, "{path} is early");
            if asked > starts + chrono::TimeDelta::milliseconds(300) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn a_history_that_was_restored_shows_nothing_of_the_former_one(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    keeping(&shop).await;
    assert!(shop.get("/products").await.text.contains("Vase"));
    let head = shop.parts.db.primary_head().await.unwrap();
    // An older copy: the product as it was, and without the change that followed.
    let cut = head.seq - 1;
    shop.sql("UPDATE products SET name = 'Bowl' WHERE name = 'Vase'")
        .await;
    shop.sql(format!(
        "UPDATE change_head SET seq = {cut}, hash = (SELECT hash FROM changes WHERE seq = {cut})"
    ))
    .await;
    shop.sql(format!("DELETE FROM changes WHERE seq > {cut}")).await;
    eventually("the page is of the present history", || async {
        !shop.get("/products").await.text.contains("Vase")
    })
    .await;
}

#[actix_web::test]
async fn shared_caches_may_show_an_answer_as_long_as_the_owner_says_and_no_planned_change_comes() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.cache.shared_max_age_s = 600;
        settings.cache.stale_while_revalidate_s = 60;
    })
    .await;
    let made = shop.create(&json!({"name": "Lamp", "price": "9.00"})).await;
    keeping(&shop).await;
    let policy = || async {
        shop.get("/products/lamp")
            .await
            .header("cache-control")
            .to_owned()
    };
    assert_eq!(
        policy().await,
        "public, max-age=0, s-maxage=600, stale-while-revalidate=60"
    );
    let starts = chrono::Utc::now() + chrono::TimeDelta::seconds(300);
    let starts = starts.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let sale = json!({"sale": {"price": "5.00", "starts_at": starts}});
    shop.amend(&made["product_id"], &sale).await;
    let clipped = policy().await;
    let age = clipped.strip_prefix("public, max-age=0, s-maxage=").unwrap();
    let (age, stale) = age.split_once(", stale-while-revalidate=").unwrap();
    let age: u32 = age.parse().unwrap();
    assert!((250..=300).contains(&age) && stale == "0", "{clipped}");
    let own = with(&shop, "/products/lamp", &[("cookie", "vitrine_seq=1")]).await;
    assert!(
        own.header("cache-control").starts_with("private"),
        "{:?}",
        own.headers
    );
    let file = html::tags(&shop.get("/").await.text).into_iter().find_map(|tag| {
        tag.attribute("href")
            .filter(|href| href.starts_with("/static/"))
            .map(str::to_owned)
    });
    let file = shop.get(&file.unwrap()).await;
    assert_eq!(
        file.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
}
