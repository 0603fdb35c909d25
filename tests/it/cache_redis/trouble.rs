//! A Redis that is frozen, dead, full or closed: asked no more than it is worth, and found again.

use std::time::{Duration, Instant};

use vitrine::cache::redis::Lease;
use vitrine::metrics::CacheResult;

use super::{MINUTE, Node, UNHURRIED, page};
use crate::helpers::eventually;
use crate::helpers::redis::{RedisServer, namespace, shared_redis};

#[actix_web::test]
async fn a_frozen_redis_costs_five_deadlines_and_is_asked_again_when_it_wakes() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let op = Duration::from_millis(100);
    let node = Node::up(&server.url, "shop", op).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    assert!(!node.breaker());
    server.freeze();
    for number in 1..=5 {
        let begun = Instant::now();
        assert_eq!(node.redis.get("/").await, None);
        // The connection is looked after too, so it may have been found out earlier.
        if node.count(CacheResult::Bypass) == 0 {
            assert_eq!(node.count(CacheResult::Timeout), number);
            assert!(begun.elapsed() >= op, "{:?}", begun.elapsed());
        }
    }
    assert!(!node.redis.is_up());
    eventually("operators see it", || async { node.breaker() }).await;
    let (begun, before) = (Instant::now(), node.count(CacheResult::Bypass));
    for _ in 0..1000 {
        assert_eq!(node.redis.get("/").await, None);
    }
    assert_eq!(node.redis.lease("/").await, Lease::Unavailable);
    node.redis.set("/", &page("newer"), MINUTE).await;
    assert!(
        begun.elapsed() < op,
        "nobody waits any more: {:?}",
        begun.elapsed()
    );
    assert_eq!(node.count(CacheResult::Bypass), before + 1001);
    let report = node.redis.report();
    assert_eq!(
        (report.is_up, report.fault.as_deref()),
        (false, Some("it does not answer in time"))
    );
    server.thaw();
    node.is_up().await;
    assert_eq!(node.redis.get("/").await, Some(page("hello")));
    assert!(!node.breaker() && node.redis.report().fault.is_none());
}

#[actix_web::test]
async fn however_many_ask_a_frozen_redis_at_once_only_five_wait_long() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let op = Duration::from_millis(400);
    let node = Node::up(&server.url, "shop", op).await;
    server.freeze();
    let asked = (0..500).map(|number| {
        let redis = node.redis.clone();
        async move {
            let begun = Instant::now();
            assert_eq!(redis.get(&number.to_string()).await, None);
            begun.elapsed()
        }
    });
    let waits = futures_util::future::join_all(asked).await;
    let long = waits.iter().filter(|wait| **wait > op * 3 / 4).count();
    assert!(long <= 5, "{long} waited for the whole deadline");
    assert!(node.count(CacheResult::Timeout) <= 5);
    assert_eq!(
        node.count(CacheResult::Timeout) + node.count(CacheResult::Bypass),
        500
    );
}

#[actix_web::test]
async fn while_redis_answers_dozens_may_ask_at_once() {
    let Some(url) = shared_redis() else { return };
    let node = Node::up(&url, &namespace(), UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    // As many as are admitted together; those beyond go on without at once.
    let asked = (0..60).map(|_| node.redis.get("/"));
    let found = futures_util::future::join_all(asked).await;
    assert_eq!(found.iter().flatten().count(), 60);
    assert_eq!(node.count(CacheResult::Bypass), 0);
}

#[actix_web::test]
async fn a_redis_that_was_killed_is_found_again_when_it_is_back() {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    let node = Node::up(&server.url, "shop", UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    server.kill();
    eventually("its end is noticed", || async {
        assert_eq!(node.redis.get("/").await, None);
        !node.redis.is_up()
    })
    .await;
    eventually("operators see it", || async { node.breaker() }).await;
    server.restart().await;
    node.is_up().await;
    assert_eq!(node.redis.get("/").await, None, "it came back empty");
    node.redis.set("/", &page("hello"), MINUTE).await;
    assert_eq!(node.redis.get("/").await, Some(page("hello")));
}

#[actix_web::test]
async fn a_node_may_start_before_its_redis() {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    server.kill();
    let node = Node::new(&server.url, "shop", UNHURRIED);
    assert_eq!(node.redis.get("/").await, None);
    assert_eq!(node.count(CacheResult::Bypass), 1);
    assert!(node.breaker());
    server.restart().await;
    node.is_up().await;
}

#[actix_web::test]
async fn what_redis_refuses_is_counted_and_harms_nobody() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let node = Node::up(&server.url, "shop", UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    let mut refused = 0;
    let mut refuses = async |what: &str| {
        for _ in 0..6 {
            node.redis.set("/new", &page("new"), MINUTE).await;
            refused += 1;
            assert_eq!(node.count(CacheResult::Error), refused, "{what}");
        }
        assert_eq!(node.redis.lease("/").await, Lease::Unavailable, "{what}");
        assert_eq!(
            node.redis.get("/").await,
            Some(page("hello")),
            "{what}: reading goes on"
        );
        assert!(node.redis.is_up(), "{what}");
    };
    // Its memory is full and it may forget nothing.
    server.say::<()>(&[
        "CONFIG",
        "SET",
        "maxmemory",
        "1",
        "maxmemory-policy",
        "noeviction",
    ]);
    refuses("OOM").await;
    server.say::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    // It has too few replicas, as one that lost an election.
    server.say::<()>(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    refuses("NOREPLICAS").await;
    server.say::<()>(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    // It is a replica now, of a server that does not exist.
    server.say::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    refuses("READONLY").await;
    // And it must not even be read.
    server.say::<()>(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
    assert_eq!(node.redis.get("/").await, None);
    assert_eq!(node.count(CacheResult::Error), refused + 1, "MASTERDOWN");
    server.say::<()>(&["REPLICAOF", "NO", "ONE"]);
    node.redis.set("/new", &page("new"), MINUTE).await;
    assert_eq!(node.redis.get("/new").await, Some(page("new")));
}

#[actix_web::test]
async fn a_redis_that_cannot_write_to_its_disk_is_still_read() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let node = Node::up(&server.url, "shop", UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    server.say::<()>(&["CONFIG", "SET", "save", "3600 1"]);
    server.fail_to_save().await;
    node.redis.set("/new", &page("new"), MINUTE).await;
    assert_eq!(node.count(CacheResult::Error), 1, "MISCONF");
    assert_eq!(node.redis.get("/new").await, None);
    // It refuses to say how it is, too.
    eventually("it was asked how it is", || async {
        let told: String = server.say(&["INFO", "errorstats"]);
        let refused = |line: &str| line.strip_prefix("errorstat_MISCONF:count=")?.parse::<u32>().ok();
        told.lines().filter_map(refused).any(|count| count > 1)
    })
    .await;
    for _ in 0..20 {
        assert_eq!(node.redis.get("/").await, Some(page("hello")));
    }
    let next = Node::up(&server.url, "shop", UNHURRIED).await;
    assert_eq!(next.redis.get("/").await, Some(page("hello")));
}

#[actix_web::test]
async fn a_redis_that_asks_for_a_password_is_out_of_service_until_it_is_right() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    server.say::<()>(&["CONFIG", "SET", "requirepass", "canary"]);
    let stranger = Node::new(&server.url, "shop", UNHURRIED);
    eventually("it is refused", || async {
        stranger.redis.report().fault.is_some()
    })
    .await;
    assert!(!stranger.redis.is_up());
    assert_eq!(stranger.redis.get("/").await, None);
    let url = server.url.replace("redis://", "redis://:canary@");
    let node = Node::up(&url, "shop", UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    assert_eq!(node.redis.get("/").await, Some(page("hello")));
    let wrong = Node::new(&url.replace("canary@", "canary2@"), "shop", UNHURRIED);
    eventually("it is refused", || async { wrong.redis.report().fault.is_some() }).await;
    for node in [&stranger, &node, &wrong] {
        assert!(!format!("{:?}", node.redis.report()).contains("canary"));
    }
}
