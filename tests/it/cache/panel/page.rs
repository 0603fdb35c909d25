//! What the owner reads about the cache, and the page on which answers are dropped.

use serde_json::{Value, json};
use vitrine::config::{CacheBackend, Features};

use super::{FORM, SYSTEM, caught_up, fill, look, made, purge};
use crate::cache::{HIT, counted, keeping};
use crate::helpers::redis::RedisServer;
use crate::helpers::{Browser, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(the_numbers_add_up, the_owner_drops_answers_on_a_page,);

async fn the_numbers_add_up(shop: Shop) {
    fill(&shop).await;
    shop.create(&json!({"name": "Chair", "price": "1.00"})).await;
    caught_up(&shop).await;
    let paths = ["/products", "/products/lamp", "/api/v1/products/1"];
    made(&shop, &paths).await;
    let before = look(&shop).await;
    for _ in 0..3 {
        assert_eq!(made(&shop, &paths).await, [""; 0]);
    }
    shop.get("/products?sort=price").await;
    for _ in 0..3 {
        assert_eq!(shop.get("/products/none").await.status, 404);
    }
    let after = look(&shop).await;
    let rise = |pointer: &str| {
        let at = |report: &Value| report.pointer(pointer).unwrap().as_u64().unwrap();
        at(&after) - at(&before)
    };
    assert_eq!(rise("/layers/0/requests/hit"), 9);
    assert_eq!(rise("/layers/0/requests/negative"), 2);
    assert_eq!(rise("/layers/0/requests/miss"), 2);
    assert_eq!((rise("/fills"), rise("/layers/0/entries")), (2, 2));
    assert_eq!(after["layers"][0]["requests"]["hit"], counted(&shop, HIT).await);
    assert_eq!(
        after["layers"][0]["bytes"],
        counted(&shop, "cache_bytes{layer=\"l1\"}").await
    );
    assert_eq!(after["layers"][0]["capacity_bytes"], 64 * 1024 * 1024);
    assert_eq!(after["singleflight_waiters"], 0);
    assert!(after["remembered_tags"].as_u64() >= Some(2), "{after}");
    assert!(after["floor"].as_i64() < after["known_seq"].as_i64(), "{after}");
    let head = shop.parts.db.primary_head().await.unwrap();
    assert_eq!(
        (&after["epoch"], &after["known_seq"]),
        (&json!(head.epoch), &json!(head.seq))
    );
    if after["backend"] == "memory" {
        assert_eq!(after["layers"].as_array().unwrap().len(), 1);
        return;
    }
    assert_eq!(after["backend"], "redis");
    eventually("Redis is up", || async {
        look(&shop).await["layers"][1]["is_up"] == true
    })
    .await;
    let redis = &look(&shop).await["layers"][1];
    assert!(
        redis["address"].as_str().unwrap().starts_with("127.0.0.1:"),
        "{redis}"
    );
    assert_eq!((&redis["layer"], &redis["fault"]), (&json!("l2"), &Value::Null));
}

async fn the_owner_drops_answers_on_a_page(shop: Shop) {
    fill(&shop).await;
    let mut olive = Browser::of_owner(&shop).await;
    caught_up(&shop).await;
    made(&shop, &["/products/lamp", "/products"]).await;
    shop.get("/products").await;
    let page = olive.open(SYSTEM).await.text;
    html::assert_is_ours(&page, SYSTEM);
    let text = html::text(&page);
    for words in [
        "Kept answers",
        "of 64 MiB",
        "Found and sent",
        "requests were answered from what is kept",
    ] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    for (what, tag, anew) in [
        ("tag", "1", vec!["/products/lamp"]),
        ("tag", " slug:lamp ", vec!["/products/lamp"]),
        ("list", "", vec!["/products"]),
        ("all", "", vec!["/products/lamp", "/products"]),
    ] {
        caught_up(&shop).await;
        made(&shop, &["/products/lamp", "/products"]).await;
        let answer = olive.submit(SYSTEM, FORM, &[("what", what), ("tag", tag)]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/admin/system?notice=purged")
        );
        let page = olive.open(answer.header("location")).await.text;
        assert!(
            page.contains("Dropped. What is asked for next is made anew."),
            "{page}"
        );
        assert_eq!(
            made(&shop, &["/products/lamp", "/products"]).await,
            anew,
            "{what} {tag}"
        );
    }
    let head = shop.head().await;
    for (what, tag, words) in [
        ("tag", "", "Product or tag must be all, list,"),
        ("tag", "\"><script>", "Product or tag must be all, list,"),
        (
            "all",
            "7",
            "Product or tag must be empty unless you choose “One product or tag” above.",
        ),
        ("some", "7", "What to drop must be one of these."),
    ] {
        let answer = olive.submit(SYSTEM, FORM, &[("what", what), ("tag", tag)]).await;
        assert_eq!(answer.status, 422, "{what} {tag}");
        html::assert_is_ours(&answer.text, FORM);
        let text = html::text(&answer.text);
        assert_eq!(
            text.matches(words).count(),
            2,
            "at the head and beside the field: {text}"
        );
        let kept = html::form(&answer.text, FORM);
        assert!(kept.contains(&("tag".to_owned(), tag.to_owned())), "{kept:?}");
        let chosen = if what == "some" { "tag" } else { what };
        assert!(kept.contains(&("what".to_owned(), chosen.to_owned())), "{kept:?}");
    }
    let strange = olive.post(FORM, &[("what", "all")]).await;
    assert_eq!(
        (strange.status, shop.head().await),
        (403, head),
        "not from our form"
    );
}

/// A node for the owner alone may keep nothing while the others do.
#[actix_web::test]
async fn without_a_cache_the_owner_learns_how_to_switch_it_on_and_others_still_drop() {
    let shop = Shop::on_sqlite_with(|settings| settings.cache.backend = CacheBackend::Off).await;
    let other = shop
        .beside(|settings| settings.cache.backend = CacheBackend::Memory)
        .await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    keeping(&other).await;
    let report = look(&shop).await;
    assert_eq!(
        (&report["backend"], &report["layers"]),
        (&json!("off"), &json!([]))
    );
    assert_eq!(
        (&report["known_seq"], &report["epoch"]),
        (&Value::Null, &Value::Null)
    );
    let mut olive = Browser::of_owner(&shop).await;
    let text = html::text(&olive.open(SYSTEM).await.text);
    assert!(
        text.contains("This process keeps none") && text.contains("cache.backend"),
        "{text}"
    );
    caught_up(&other).await;
    made(&other, &["/products/lamp"]).await;
    let answer = olive.submit(SYSTEM, FORM, &[("what", "all")]).await;
    assert_eq!(answer.status, 303);
    eventually("the other node drops it", || async {
        made(&other, &["/products/lamp"]).await == ["/products/lamp"]
    })
    .await;

    let features = |features: Features| Features {
        cache: false,
        ..features
    };
    let without = Shop::on_sqlite_with(|settings| settings.features = features(settings.features)).await;
    let mut olive = Browser::of_owner(&without).await;
    let text = html::text(&olive.open(SYSTEM).await.text);
    assert!(text.contains("features.cache"), "{text}");
}

#[actix_web::test]
async fn the_owner_sees_that_redis_is_away_and_what_to_do() {
    let Some(mut redis) = RedisServer::start().await else {
        return;
    };
    let shop = Shop::on_sqlite_with(|settings| {
        settings.cache.backend = CacheBackend::Redis;
        settings.cache.redis_url = redis.url.clone().into();
    })
    .await;
    let mut olive = Browser::of_owner(&shop).await;
    let is_up = |wanted: bool| {
        let shop = &shop;
        move || async move { look(shop).await["layers"][1]["is_up"] == wanted }
    };
    eventually("Redis is up", is_up(true)).await;
    let page = olive.open(SYSTEM).await.text;
    assert!(!html::text(&page).contains("goes on without Redis"), "{page}");
    redis.kill();
    eventually("Redis is down", || async {
        shop.get("/products").await;
        is_up(false)().await
    })
    .await;
    eventually("it is said why", || async {
        look(&shop).await["layers"][1]["fault"].is_string()
    })
    .await;
    let page = olive.open(SYSTEM).await.text;
    html::assert_is_ours(&page, SYSTEM);
    let text = html::text(&page);
    for words in ["Out of service", "goes on without Redis", "cache.redis_url"] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    purge(&shop, "all").await;
    redis.restart().await;
    eventually("Redis is back", is_up(true)).await;
}
