//! More to do than can be done: who comes too much is told at once, and everything else goes on.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use awc::http::Method;
use parking_lot::Mutex;
use serde_json::json;

use crate::helpers::{Shop, eventually, html};

/// Keeps the only connection of each node for reads until this is dropped.
async fn hold_reads(shop: &Shop) -> Sender<()> {
    let (release, released) = channel::<()>();
    let (begun, begins) = channel();
    let released = Arc::new(Mutex::new(released));
    for _node in ["primary", "reader"] {
        let (released, begun) = (Arc::clone(&released), Mutex::new(begun.clone()));
        let db = shop.parts.db.clone();
        actix_web::rt::spawn(async move {
            let wait = move |_: &mut _| {
                let _ = begun.lock().send(());
                let _ = released.lock().recv();
                Ok(())
            };
            db.read("test", wait).await
        });
        eventually("a connection is held", async || begins.try_recv().is_ok()).await;
    }
    release
}

/// Waits until the one place is taken by a request that cannot be answered.
async fn await_full(shop: &Shop) {
    eventually("one is being made", async || {
        let metrics = shop.metrics().await;
        metrics.contains("http_server_active_requests 1\n")
    })
    .await;
}

#[actix_web::test]
async fn api4_one_too_many_is_told_at_once_and_the_rest_of_the_shop_goes_on() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.limits.at_once = 1;
        settings.database.pool_size = 1;
    })
    .await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    // Something that will be kept.
    assert_eq!(shop.get("/").await.status, 200);
    let release = hold_reads(&shop).await;
    let (base, slow) = (shop.base.clone(), "/products?sort=name");
    let first = actix_web::rt::spawn(async move {
        crate::helpers::send(Method::GET, &format!("{base}{slow}"), &[], None).await
    });
    await_full(&shop).await;

    let started = Instant::now();
    for (path, kind) in [
        ("/products?page=3", "text/html; charset=utf-8"),
        ("/search?q=lamp", "text/html; charset=utf-8"),
        ("/api/v1/products?limit=3", "application/problem+json"),
    ] {
        let refused = shop.get(path).await;
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (503, kind),
            "{path}"
        );
        let pause: u32 = refused.header("retry-after").parse().unwrap();
        assert!((1..=3).contains(&pause), "{path}");
        if kind.starts_with("text") {
            html::assert_is_ours(&refused.text, path);
        } else {
            assert_eq!(refused.json()["code"], "overloaded");
        }
    }
    // What needs no making, the owner's side and the operators' port know nothing of it.
    assert_eq!(shop.get("/").await.status, 200);
    assert_eq!(shop.get("/login").await.status, 200);
    assert_eq!(shop.get("/admin/products").await.status, 303);
    assert_eq!(shop.operator(Method::GET, "/livez").await.status, 200);
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "nobody waited for a connection"
    );
    let metrics = shop.metrics().await;
    for class in ["pages", "search", "api"] {
        let none = format!("shed_total{{class=\"{class}\"}} 0\n");
        assert!(!metrics.contains(&none), "{class}: {metrics}");
    }

    drop(release);
    assert_eq!(first.await.unwrap().status, 200);
    eventually("there is room again", async || {
        shop.get("/products?page=1").await.status == 200
    })
    .await;
}

#[actix_web::test]
async fn v16_5_2_who_cannot_be_served_is_shown_what_was_kept_before() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.limits.at_once = 1;
        settings.database.pool_size = 1;
    })
    .await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    assert!(shop.get("/products").await.text.contains("Lamp"));
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    let release = hold_reads(&shop).await;
    let base = shop.base.clone();
    let first = actix_web::rt::spawn(async move {
        crate::helpers::send(Method::GET, &format!("{base}/products?sort=name"), &[], None).await
    });
    await_full(&shop).await;
    let old = shop.get("/products").await;
    assert_eq!(
        (old.status, old.header("warning")),
        (200, "110 - \"Response is Stale\"")
    );
    assert!(old.text.contains("Lamp") && !old.text.contains("Vase"));
    drop(release);
    assert_eq!(first.await.unwrap().status, 200);
    eventually("the list is made anew", async || {
        shop.get("/products").await.text.contains("Vase")
    })
    .await;
}

#[actix_web::test]
async fn api4_an_answer_that_takes_too_long_is_given_up_and_its_place_is_free_again() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.limits.at_once = 1;
        settings.limits.page_s = 1;
        settings.database.pool_size = 1;
        settings.features.cache = false;
    })
    .await;
    let release = hold_reads(&shop).await;
    let started = Instant::now();
    let given_up = shop.get("/products").await;
    assert_eq!(given_up.status, 503);
    assert!(!given_up.header("retry-after").is_empty());
    assert!(started.elapsed() >= Duration::from_secs(1) && started.elapsed() < Duration::from_secs(8));
    drop(release);
    eventually("the next one is served", async || {
        shop.get("/products").await.status == 200
    })
    .await;
}
