//! The owner sees how the cache does, and has kept answers dropped: here, in Redis and in every other process.

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::config::{CacheBackend, Features};

use super::{FILLS, HIT, counted, keeping};
use crate::helpers::redis::RedisServer;
use crate::helpers::{Answer, Browser, Shop, eventually, html, make_key};
use crate::on_both_databases;

on_both_databases!(
    the_numbers_add_up,
    a_purge_shows_what_was_changed_past_the_shop_on_every_node,
    a_purge_drops_what_bears_its_tag_and_nothing_else,
    a_purge_of_everything_leaves_nothing,
    what_is_no_tag_is_refused_and_drops_nothing,
    only_admins_look_and_drop,
    a_purge_stands_in_the_history_and_cannot_be_undone,
    a_purge_that_is_sent_again_is_the_same_purge,
    the_owner_drops_answers_on_a_page,
);

const CACHE: &str = "/api/admin/cache";
const PURGE: &str = "/api/admin/cache/purge";
const SYSTEM: &str = "/admin/system";
const FORM: &str = "/admin/system/cache";

async fn look(shop: &Shop) -> Value {
    let answer = shop.admin(Method::GET, CACHE, &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    answer.json()
}

async fn ask(shop: &Shop, body: &Value) -> Answer {
    shop.admin(Method::POST, PURGE, &[], Some(body)).await
}

/// Drops what bears a tag; gives the position of the purge.
async fn purge(shop: &Shop, tag: &str) -> i64 {
    let answer = ask(shop, &json!({ "tag": tag })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let said = answer.json();
    assert_eq!(
        (&said["tag"], said["seq"].to_string().as_str()),
        (&json!(tag), answer.header("x-change-seq"))
    );
    // Until the log was followed up to it, an answer made since counts as news for others that bear the same tags.
    caught_up(shop).await;
    said["seq"].as_i64().unwrap()
}

/// A lamp and a vase that have nothing in common.
async fn fill(shop: &Shop) {
    for (name, category) in [("Lamp", "Lamps"), ("Vase", "Vases")] {
        shop.create(&json!({"name": name, "price": "1.00", "category": category}))
            .await;
    }
    keeping(shop).await;
}

/// Which of these had to be made anew.
async fn made<'a>(shop: &Shop, paths: &[&'a str]) -> Vec<&'a str> {
    let mut made = Vec::new();
    for path in paths {
        let before = counted(shop, FILLS).await;
        assert_eq!(shop.get(path).await.status, 200, "{path}");
        if counted(shop, FILLS).await > before {
            made.push(*path);
        }
    }
    made
}

/// The log was followed to its end, so that whatever is made now stays.
async fn caught_up(shop: &Shop) {
    eventually("the cache knows of every change", || async {
        let head = shop.parts.db.primary_head().await.unwrap();
        look(shop).await["known_seq"] == head.seq
    })
    .await;
}

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

async fn a_purge_shows_what_was_changed_past_the_shop_on_every_node(shop: Shop) {
    fill(&shop).await;
    let other = shop.beside(|_| {}).await;
    keeping(&other).await;
    let paths = ["/products/lamp", "/api/v1/products/1", "/products"];
    for node in [&shop, &other] {
        caught_up(node).await;
        made(node, &paths).await;
    }
    shop.sql("UPDATE products SET name = 'Torch', name_key = 'torch' WHERE product_id = 1")
        .await;
    for node in [&shop, &other] {
        for path in paths {
            assert!(
                node.get(path).await.text.contains("Lamp"),
                "nobody can know of it"
            );
        }
    }
    purge(&shop, "product:1").await;
    for path in ["/products/lamp", "/api/v1/products/1"] {
        assert!(shop.get(path).await.text.contains("Torch"), "{path}");
    }
    assert!(
        !shop.get("/products").await.text.contains("Torch"),
        "lists are another tag"
    );
    eventually("the other node shows it", || async {
        other.get("/products/lamp").await.text.contains("Torch")
    })
    .await;
    purge(&other, "list").await;
    assert!(other.get("/products").await.text.contains("Torch"));
    eventually("the list is new here too", || async {
        shop.get("/products").await.text.contains("Torch")
    })
    .await;
}

async fn a_purge_drops_what_bears_its_tag_and_nothing_else(shop: Shop) {
    const LAMP: &str = "/products/lamp";
    const VASE: &str = "/products/vase";
    const LIST: &str = "/products";
    fill(&shop).await;
    for (tag, anew) in [
        ("product:1", vec![LAMP]),
        ("slug:lamp", vec![LAMP]),
        ("category:Lamps", vec![LAMP]),
        ("category:Vases", vec![VASE]),
        ("list", vec![LIST]),
        ("navigation", vec![LAMP, VASE, LIST]),
        ("vocabulary", vec![LAMP, VASE, LIST]),
        ("product:999", vec![]),
        ("slug:none", vec![]),
        ("category:Chairs", vec![]),
    ] {
        caught_up(&shop).await;
        made(&shop, &[LAMP, VASE, LIST]).await;
        assert_eq!(made(&shop, &[LAMP, VASE, LIST]).await, [""; 0]);
        purge(&shop, tag).await;
        assert_eq!(made(&shop, &[LAMP, VASE, LIST]).await, anew, "{tag}");
    }
}

async fn a_purge_of_everything_leaves_nothing(shop: Shop) {
    fill(&shop).await;
    let other = shop.beside(|_| {}).await;
    keeping(&other).await;
    let paths = [
        "/",
        "/products",
        "/products/lamp",
        "/api/v1/categories",
        "/robots.txt",
        "/docs",
    ];
    for node in [&shop, &other] {
        caught_up(node).await;
        made(node, &paths).await;
        assert_eq!(made(node, &paths).await, [""; 0]);
    }
    let seq = purge(&shop, "all").await;
    assert_eq!(made(&shop, &paths).await, paths);
    eventually("the other node knows", || async {
        look(&other).await["known_seq"] == seq
    })
    .await;
    // What this node has made since, the other one may find in Redis.
    let before = look(&other).await;
    for path in paths {
        assert_eq!(other.get(path).await.status, 200, "{path}");
    }
    let after = look(&other).await;
    let rise = |pointer: &str| {
        let at = |report: &Value| report.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        at(&after) - at(&before)
    };
    assert_eq!(rise("/layers/0/requests/hit"), 0);
    assert_eq!(
        rise("/fills") + rise("/layers/1/requests/hit"),
        paths.len() as u64
    );
}

async fn what_is_no_tag_is_refused_and_drops_nothing(shop: Shop) {
    fill(&shop).await;
    let head = shop.head().await;
    let forms = "must be all, list, navigation, vocabulary, product:ID, slug:SLUG or category:NAME";
    for (tag, detail) in [
        (json!(""), forms),
        (json!("everything"), forms),
        (json!("ALL"), forms),
        (json!("product:"), forms),
        (json!("product:-1"), forms),
        (json!("product:1; DROP TABLE products"), forms),
        (json!("product:99999999999999999999"), forms),
        (json!("price:1"), forms),
        (json!("\"><script>alert(1)</script>"), forms),
        (json!("slug:a\u{0}b"), forms),
        (json!("category:Lamps\r\nFLUSHALL"), forms),
        (json!("category:\u{85}"), forms),
        (json!(7), forms),
        (json!(null), forms),
        (json!(["product:1"]), forms),
        (json!({"product": 1}), forms),
        (
            json!(format!("category:{}", "x".repeat(192))),
            "must not be longer than 200 characters",
        ),
    ] {
        let answer = ask(&shop, &json!({ "tag": tag })).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, &problem["errors"][0]["pointer"]),
            (422, &json!("/tag")),
            "{tag}"
        );
        assert_eq!(problem["errors"][0]["detail"], detail, "{tag}");
    }
    for body in [
        json!({}),
        json!({"tag": "list", "tags": []}),
        json!({"Tag": "list"}),
    ] {
        assert_eq!(ask(&shop, &body).await.status, 422, "{body}");
    }
    let listed = shop
        .admin(Method::GET, "/api/admin/cache?layer=l1", &[], None)
        .await;
    assert_eq!(listed.status, 400);
    assert_eq!(shop.head().await, head, "none of it was written");
    purge(&shop, &format!("category:{}", "ü".repeat(191))).await;
}

async fn only_admins_look_and_drop(shop: Shop) {
    let head = shop.head().await;
    for scope in ["catalog:read", "catalog:write"] {
        let key = format!("Bearer {}", make_key(&shop.parts, scope).await);
        let authorization = [("authorization", key.as_str())];
        let seen = shop.send(Method::GET, CACHE, &authorization, None).await;
        let body = json!({"tag": "all"});
        let dropped = shop.send(Method::POST, PURGE, &authorization, Some(&body)).await;
        assert_eq!((seen.status, dropped.status), (403, 403), "{scope}");
    }
    assert_eq!(shop.get(CACHE).await.status, 401);
    let log = shop
        .admin(
            Method::GET,
            &format!("/api/admin/changes?since={head}"),
            &[],
            None,
        )
        .await;
    let changes = log.json()["data"].as_array().unwrap().clone();
    assert!(
        changes.iter().all(|change| change["entity"] == "key"),
        "{changes:?}"
    );
}

async fn a_purge_stands_in_the_history_and_cannot_be_undone(shop: Shop) {
    let seq = purge(&shop, "category:<b>Lamps</b>").await;
    let log = shop
        .admin(
            Method::GET,
            "/api/admin/changes?sort=-seq&limit=1",
            &[("x-min-change-seq", &seq.to_string())],
            None,
        )
        .await;
    let change = &log.json()["data"][0];
    assert_eq!(
        (&change["seq"], &change["entity"], &change["action"]),
        (&json!(seq), &json!("cache"), &json!("purged"))
    );
    assert_eq!(
        (&change["entity_id"], &change["state_before"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(change["state_after"], r#"{"tag":"category:<b>Lamps</b>"}"#);
    assert!(change["actor"].as_str().unwrap().starts_with("key:"));

    let undo = format!("/api/admin/changes/{seq}/undo");
    let refused = shop.admin(Method::POST, &undo, &[], Some(&json!({}))).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("not_undoable"))
    );
    assert!(refused.text.contains("A purge cannot be undone, and need not be"));

    let mut olive = Browser::of_owner(&shop).await;
    let page = olive.open("/admin/history").await.text;
    html::assert_is_ours(&page, "/admin/history");
    let text = html::text(&page);
    for words in ["Kept answers", "cache dropped", "category:<b>Lamps</b>"] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    let undo = format!("/admin/history/{seq}/undo");
    assert!(!page.contains(&undo), "there is nothing to press");
    let question = olive.open(&undo).await.text;
    assert!(question.contains("A purge cannot be undone"), "{question}");
}

async fn a_purge_that_is_sent_again_is_the_same_purge(shop: Shop) {
    let key = [("idempotency-key", "purge-1")];
    let body = json!({"tag": "list"});
    let first = shop.admin(Method::POST, PURGE, &key, Some(&body)).await;
    let head = shop.head().await;
    let again = shop.admin(Method::POST, PURGE, &key, Some(&body)).await;
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(
        (again.json(), again.header("x-change-seq")),
        (first.json(), head.as_str())
    );
    assert_eq!(again.header("idempotent-replayed"), "true");
    let other = json!({"tag": "all"});
    let misused = shop.admin(Method::POST, PURGE, &key, Some(&other)).await;
    assert_eq!((misused.status, shop.head().await), (422, head));
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
