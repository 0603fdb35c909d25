//! Clients that are torn away over and over: each ends with exactly the state of the shop, nothing lost, nothing twice,
//! nothing out of order.

use std::time::Duration;

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::config::RealtimeBackend;

use super::origin;
use crate::helpers::live::{Client, Page};
use crate::helpers::redis::RedisServer;
use crate::helpers::{Serving, Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    torn_away_at_random_nobody_loses_anything,
    who_was_away_for_longer_than_the_ring_reaches_reads_the_log,
    who_was_away_for_too_long_is_told_to_look_anew,
    a_node_that_ends_says_so_and_the_next_one_goes_on,
    a_node_that_is_killed_costs_nobody_an_event,
);

/// Products that change.
const PRODUCTS: usize = 5;

pub(super) async fn products(shop: &Shop) -> Vec<i64> {
    let mut ids = Vec::new();
    for number in 0..PRODUCTS {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00", "stock_quantity": 100});
        let made = shop.create(&body).await;
        ids.push(made["product_id"].as_i64().unwrap());
    }
    ids
}

/// One change of a product that always changes it; its position.
pub(super) async fn write(shop: &Shop, ids: &[i64]) -> i64 {
    let id = i32::try_from(ids[fastrand::usize(..ids.len())]).unwrap();
    let changed = shop.parts.catalog.adjust_stock(origin(), id, 1, None).await;
    changed.unwrap().seq.0
}

/// Follows until a position, and is torn away after a few events each time. How often it was.
async fn follow(bases: Vec<String>, epoch: String, since: i64, until: i64) -> (Page, usize) {
    let mut page = Page::default();
    let mut torn = 0;
    while page.position() < until {
        let base = &bases[fastrand::usize(..bases.len())];
        let Ok(mut client) = Client::at(base, &[]).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let position = page.position().max(since);
        client
            .say(&json!({"op": "subscribe", "topics": ["products"], "epoch": epoch, "since": position}))
            .await;
        for _ in 0..fastrand::usize(1..12) {
            let Ok(message) = client.next_or_end().await else {
                break;
            };
            match message["op"].as_str().unwrap() {
                "event" => page.take(&message),
                "subscribed" => assert_eq!(message["seq"], position),
                other => panic!("{other}: {message}"),
            }
            if page.position() >= until {
                break;
            }
        }
        torn += 1;
    }
    (page, torn)
}

async fn stock_of(shop: &Shop, ids: &[i64]) -> Vec<(i64, i64)> {
    let mut stock = Vec::new();
    for id in ids {
        let shown = shop.fresh(&format!("/api/v1/products/{id}")).await.json();
        stock.push((*id, shown["stock_quantity"].as_i64().unwrap()));
    }
    stock
}

async fn torn_away_at_random_nobody_loses_anything(shop: Shop) {
    run(shop, (8, 300), 80).await;
}

/// The long form, which `make chaos` runs.
#[actix_web::test]
#[ignore = "takes minutes: `make chaos`"]
async fn ten_thousand_events_and_a_thousand_disconnects() {
    run(
        Shop::on_sqlite_with(|settings| settings.realtime.max_per_ip = 1_000).await,
        (4, 10_000),
        1_000,
    )
    .await;
}

async fn run(shop: Shop, (clients, writes): (usize, i64), disconnects: usize) {
    let ids = products(&shop).await;
    let other = shop.beside(|_| {}).await;
    let first = Client::of(&shop).await;
    drop(Client::of(&other).await);
    let (since, epoch) = (shop.head().await.parse::<i64>().unwrap(), first.epoch.clone());
    let until = since + writes;
    let bases = vec![shop.base.clone(), other.base.clone()];
    let followers: Vec<_> = (0..clients)
        .map(|_| actix_web::rt::spawn(follow(bases.clone(), epoch.clone(), since, until)))
        .collect();
    for _ in 0..writes {
        write(&shop, &ids).await;
    }
    let expected = stock_of(&shop, &ids).await;
    let mut all_torn = 0;
    for follower in followers {
        let (page, torn) = follower.await.unwrap();
        assert_eq!(page.seen, (since + 1..=until).collect::<Vec<_>>());
        for (id, stock) in &expected {
            if let Some(seen) = page.stock.get(id) {
                assert_eq!(seen, stock, "product {id}");
            }
        }
        all_torn += torn;
    }
    assert!(all_torn >= disconnects, "{all_torn} disconnects");
}

async fn who_was_away_for_longer_than_the_ring_reaches_reads_the_log(shop: Shop) {
    let ids = products(&shop).await;
    let small = shop
        .beside(|settings| settings.realtime.replay_events = 300)
        .await;
    let client = Client::of(&small).await;
    let epoch = client.epoch.clone();
    let since: i64 = shop.head().await.parse().unwrap();
    drop(client);
    let mut until = since;
    // Each change is two events of the ring, so half of them have left it.
    while until < since + 250 {
        until = write(&shop, &ids).await;
    }
    let mut client = Client::of(&small).await;
    client.resume(&["products"], &epoch, since).await;
    let mut page = Page::default();
    while page.position() < until {
        page.take(&client.event().await);
    }
    assert_eq!(page.seen, (since + 1..=until).collect::<Vec<_>>());
}

async fn who_was_away_for_too_long_is_told_to_look_anew(shop: Shop) {
    let ids = products(&shop).await;
    let small = shop
        .beside(|settings| settings.realtime.replay_events = 100)
        .await;
    let client = Client::of(&small).await;
    let (epoch, since) = (client.epoch.clone(), client.head);
    let mut until = since;
    while until < since + 250 {
        until = write(&shop, &ids).await;
    }
    let known = until;
    eventually("the node has heard of it", || async {
        Client::at(&small.base, &[])
            .await
            .is_ok_and(|client| client.head >= known)
    })
    .await;
    let mut client = Client::of(&small).await;
    client.resume(&["products"], &epoch, since).await;
    let resync = client.next().await;
    assert_eq!((&resync["op"], &resync["seq"]), (&json!("resync"), &json!(until)));
    let next = write(&shop, &ids).await;
    assert_eq!(client.event().await["seq"], next, "and then it goes on");
    let mut client = Client::of(&small).await;
    client.resume(&["products"], "another", until).await;
    assert_eq!(
        client.next().await["op"],
        "resync",
        "a history that there is no more"
    );
}

async fn a_node_that_ends_says_so_and_the_next_one_goes_on(shop: Shop) {
    let ids = products(&shop).await;
    let ending = shop.beside(|settings| settings.server.drain_s = 0).await;
    let mut client = Client::of(&ending).await;
    client.watch_new(&shop, &["products"]).await;
    let seen = write(&shop, &ids).await;
    assert_eq!(client.event().await["seq"], seen);
    let epoch = client.epoch.clone();
    ending.stop.stop().await;
    let (code, words) = client.next_or_end().await.unwrap_err();
    let retry: u64 = words.strip_prefix("retry ").unwrap().parse().unwrap();
    assert!(code == 1012 && (200..5_000).contains(&retry), "{code} {words}");
    let missed = [write(&shop, &ids).await, write(&shop, &ids).await];
    let mut client = Client::of(&shop).await;
    client.resume(&["products"], &epoch, seen).await;
    for seq in missed {
        assert_eq!(client.event().await["seq"], seq);
    }
}

/// As if its machine lost its power, between two events.
async fn a_node_that_is_killed_costs_nobody_an_event(shop: Shop) {
    let ids = products(&shop).await;
    let serving = Serving::start(shop.vitrine(&["serve"]));
    let base = serving.said("listening on ").unwrap().to_owned();
    let since: i64 = shop.head().await.parse().unwrap();
    let epoch = Client::of(&shop).await.epoch;
    let bases = vec![base, shop.base.clone()];
    let until = since + 60;
    let follower = actix_web::rt::spawn(follow(bases, epoch, since, until));
    for number in 0..60 {
        write(&shop, &ids).await;
        if number == 30 {
            serving.signal("-KILL");
        }
    }
    let (page, _) = follower.await.unwrap();
    assert_eq!(page.seen, (since + 1..=until).collect::<Vec<_>>());
    drop(serving);
}

/// Two nodes whose Redis is killed, frozen and emptied while one writes and clients of the other listen.
#[actix_web::test]
async fn whatever_happens_to_redis_nobody_loses_anything() {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    let url = server.url.clone();
    let shop = Shop::on_sqlite_with(|settings| {
        settings.realtime.backend = RealtimeBackend::Redis;
        settings.realtime.redis_url = url.as_str().into();
    })
    .await;
    let ids = products(&shop).await;
    let other = shop.beside(|_| {}).await;
    let since: i64 = shop.head().await.parse().unwrap();
    let mut client = Client::of(&other).await;
    client.watch_new(&shop, &["products"]).await;
    let mut page = Page::default();
    let mut until = since;
    for fault in ["none", "frozen", "thawed", "emptied", "killed", "back"] {
        match fault {
            "frozen" => server.freeze(),
            "thawed" => server.thaw(),
            "emptied" => server.say::<()>(&["FLUSHALL"]),
            "killed" => server.kill(),
            "back" => server.restart().await,
            _ => {}
        }
        for _ in 0..20 {
            until = write(&shop, &ids).await;
        }
        while page.position() < until {
            page.take(&client.event().await);
        }
    }
    let first = page.seen.first().copied().unwrap();
    assert_eq!(page.seen, (first..=until).collect::<Vec<_>>());
    assert_eq!(
        page.stock.into_iter().collect::<Vec<_>>(),
        stock_of(&shop, &ids).await
    );
}

/// The log of another database is another history: what its pages say is worth nothing here.
#[actix_web::test]
async fn after_a_fork_everybody_is_told_to_look_anew() {
    let shop = Shop::on_sqlite().await;
    let ids = products(&shop).await;
    let mut client = Client::of(&shop).await;
    client.watch_new(&shop, &["products"]).await;
    shop.sql("UPDATE change_head SET epoch = 'restored'").await;
    let resync = client.next().await;
    assert_eq!(
        (&resync["op"], &resync["epoch"]),
        (&json!("resync"), &json!("restored"))
    );
    let seq = write(&shop, &ids).await;
    let event: Value = client.event().await;
    assert_eq!(event["seq"], seq);
    let stream = shop
        .send(Method::HEAD, "/events?topics=products", &[], None)
        .await;
    assert_eq!(stream.status, 200);
}
