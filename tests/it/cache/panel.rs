//! The owner sees how the cache does, and has kept answers dropped: here, in Redis and in every other process.

mod page;

use awc::http::Method;
use serde_json::{Value, json};

use super::{FILLS, counted, keeping};
use crate::helpers::{Answer, Browser, Shop, eventually, html, make_key};
use crate::on_both_databases;

on_both_databases!(
    a_purge_shows_what_was_changed_past_the_shop_on_every_node,
    a_purge_drops_what_bears_its_tag_and_nothing_else,
    a_purge_of_everything_leaves_nothing,
    what_is_no_tag_is_refused_and_drops_nothing,
    only_admins_look_and_drop,
    a_purge_stands_in_the_history_and_cannot_be_undone,
    a_purge_that_is_sent_again_is_the_same_purge,
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
    let log = shop.read(&format!("/api/admin/changes?since={head}")).await;
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
