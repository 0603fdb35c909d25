//! Finished answers in Redis: found again by every node, and never a reason for a request to fail or to wait.

use std::time::{Duration, Instant};

use vitrine::cache::redis::{Lease, Redis, Stored};
use vitrine::metrics::{CacheLayer, CacheMetrics, CacheResult, LeaseResult, Metrics};

use crate::helpers::eventually;
use crate::helpers::redis::{RedisServer, namespace, say, shared_redis};

const MINUTE: Duration = Duration::from_secs(60);

/// Much longer than a healthy Redis takes, so that a busy machine is not taken for a frozen one.
const UNHURRIED: Duration = Duration::from_secs(10);

/// A node of the shop, as far as Redis is concerned.
struct Node {
    redis: Redis,
    metrics: Metrics,
    counted: CacheMetrics,
    keeper: tokio::task::JoinHandle<()>,
}

impl Node {
    /// One that has not connected yet.
    fn new(url: &str, namespace: &str, op: Duration) -> Node {
        let metrics = Metrics::new();
        let redis = Redis::new(&url.into(), namespace.to_owned(), op, metrics.cache()).unwrap();
        let keeper = tokio::spawn(redis.clone().keep_connected());
        let counted = metrics.cache();
        Node {
            redis,
            metrics,
            counted,
            keeper,
        }
    }

    async fn up(url: &str, namespace: &str, op: Duration) -> Node {
        let node = Node::new(url, namespace, op);
        node.is_up().await;
        node
    }

    async fn is_up(&self) {
        eventually("Redis is in service", || async { self.redis.is_up() }).await;
    }

    fn count(&self, result: CacheResult) -> u64 {
        self.counted.requests(CacheLayer::L2, result)
    }

    fn breaker(&self) -> bool {
        let text = self.metrics.render().unwrap();
        text.contains("breaker_state{dependency=\"redis\"} 1\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

fn page(body: &str) -> Stored {
    Stored {
        epoch: "e1".to_owned(),
        as_of: 7,
        tags: vec![1, 2, u64::MAX],
        until_ms: Some(9),
        made_at_ms: 8,
        status: 200,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: body.to_owned().into(),
    }
}

#[actix_web::test]
async fn what_one_node_keeps_another_one_finds() {
    let Some(url) = shared_redis() else { return };
    let shop = namespace();
    let (one, two) = (
        Node::up(&url, &shop, UNHURRIED).await,
        Node::up(&url, &shop, UNHURRIED).await,
    );
    assert_eq!(two.redis.get("/").await, None);
    one.redis.set("/", &page("hello"), MINUTE).await;
    assert_eq!(two.redis.get("/").await, Some(page("hello")));
    // A key that would not do as it is, and a shop beside it.
    let odd = "a b\r\n".repeat(100);
    one.redis.set(&odd, &page("odd"), MINUTE).await;
    assert_eq!(two.redis.get(&odd).await, Some(page("odd")));
    let other_shop = Node::up(&url, &namespace(), UNHURRIED).await;
    assert_eq!(other_shop.redis.get("/").await, None);
    assert_eq!(
        (two.count(CacheResult::Miss), other_shop.count(CacheResult::Miss)),
        (1, 1)
    );
    assert_eq!(two.count(CacheResult::Error) + two.count(CacheResult::Corrupt), 0);
}

#[actix_web::test]
async fn answers_stay_for_about_as_long_as_they_should() {
    let Some(url) = shared_redis() else { return };
    let shop = namespace();
    let node = Node::up(&url, &shop, UNHURRIED).await;
    let mut lifetimes = Vec::new();
    for number in 0..20 {
        node.redis.set(&number.to_string(), &page("x"), MINUTE).await;
        let left: u64 = say(&url, &["PTTL", &format!("vitrine:{shop}:answer:{number}")]);
        assert!((50_000..=66_000).contains(&left), "{left}");
        lifetimes.push(left / 100);
    }
    lifetimes.dedup();
    assert!(lifetimes.len() > 2, "what is stored together is not due together");
    node.redis
        .set("short", &page("x"), Duration::from_millis(20))
        .await;
    eventually("it is gone", || async { node.redis.get("short").await.is_none() }).await;
}

#[actix_web::test]
async fn what_is_too_large_is_not_kept() {
    let Some(url) = shared_redis() else { return };
    let node = Node::up(&url, &namespace(), UNHURRIED).await;
    node.redis.set("/", &page(&"x".repeat(1024 * 1024)), MINUTE).await;
    assert_eq!(node.count(CacheResult::Rejected), 1);
    assert_eq!(node.redis.get("/").await, None);
    assert_eq!(node.count(CacheResult::Miss), 1);
    let large = page(&"x".repeat(1000 * 1024));
    node.redis.set("/", &large, MINUTE).await;
    assert_eq!(node.redis.get("/").await, Some(large));
}

#[actix_web::test]
async fn whatever_others_wrote_under_a_key_is_a_miss() {
    let Some(url) = shared_redis() else { return };
    let shop = namespace();
    let node = Node::up(&url, &shop, UNHURRIED).await;
    let key = |name: &str| format!("vitrine:{shop}:answer:{name}");
    say::<()>(&url, &["SET", &key("text"), "hello"]);
    say::<()>(&url, &["RPUSH", &key("list"), "hello"]);
    say::<()>(&url, &["SETRANGE", &key("huge"), "3000000", "x"]);
    node.redis.set("moved", &page("moved"), MINUTE).await;
    say::<()>(&url, &["RENAME", &key("moved"), &key("elsewhere")]);
    node.redis.set("cut", &page("cut off"), MINUTE).await;
    say::<()>(&url, &["SETRANGE", &key("cut"), "30", "?"]);
    for (number, name) in (1..).zip(["text", "list", "huge", "elsewhere", "cut"]) {
        assert_eq!(node.redis.get(name).await, None, "{name}");
        assert_eq!(node.count(CacheResult::Corrupt), number, "{name}");
    }
    assert!(node.redis.is_up());
    say::<()>(&url, &["SET", &key("empty"), ""]);
    assert_eq!(node.redis.get("empty").await, None);
    assert_eq!(node.count(CacheResult::Miss), 1);
}

#[actix_web::test]
async fn of_two_nodes_one_gets_the_lease_until_it_gives_it_back_or_its_time_is_up() {
    let Some(url) = shared_redis() else { return };
    let shop = namespace();
    let (one, two) = (
        Node::up(&url, &shop, UNHURRIED).await,
        Node::up(&url, &shop, UNHURRIED).await,
    );
    let Lease::Won(token) = one.redis.lease("/").await else {
        panic!("nobody else wanted it")
    };
    assert_eq!(two.redis.lease("/").await, Lease::Lost);
    assert!(matches!(two.redis.lease("/other").await, Lease::Won(_)));
    two.redis.release("/", "made up").await;
    assert_eq!(
        two.redis.lease("/").await,
        Lease::Lost,
        "only its owner gives it back"
    );
    one.redis.release("/", &token).await;
    assert!(matches!(two.redis.lease("/").await, Lease::Won(_)));
    // The one before has lost it by now, and takes it from nobody.
    one.redis.release("/", &token).await;
    assert_eq!(one.redis.lease("/").await, Lease::Lost);
    let lease = format!("vitrine:{shop}:lease:/");
    let left: u64 = say(&url, &["PTTL", &lease]);
    assert!((1..=3000).contains(&left), "{left}");
    say::<()>(&url, &["PEXPIRE", &lease, "1"]);
    eventually("its time is up", || async {
        matches!(one.redis.lease("/").await, Lease::Won(_))
    })
    .await;
    assert_eq!(two.counted.leases(LeaseResult::Won), 2);
    assert_eq!(two.counted.leases(LeaseResult::Lost), 2);
}

#[actix_web::test]
async fn a_lease_that_nobody_took_ends_as_well() {
    let Some(url) = shared_redis() else { return };
    let shop = namespace();
    let node = Node::up(&url, &shop, UNHURRIED).await;
    let lease = format!("vitrine:{shop}:lease:/");
    say::<()>(&url, &["RPUSH", &lease, "rubbish"]);
    let begun = Instant::now();
    let left = || say::<i64>(&url, &["PTTL", &lease]);
    assert_eq!((node.redis.lease("/").await, left() > 0), (Lease::Lost, true));
    eventually("it ends", || async {
        matches!(node.redis.lease("/").await, Lease::Won(_))
    })
    .await;
    // Whoever asks meanwhile does not make it longer.
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[actix_web::test]
async fn a_redis_that_was_emptied_is_a_miss_and_filled_again() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let node = Node::up(&server.url, "shop", UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    server.say::<()>(&["FLUSHALL"]);
    assert_eq!(node.redis.get("/").await, None);
    node.redis.set("/", &page("hello"), MINUTE).await;
    assert_eq!(node.redis.get("/").await, Some(page("hello")));
}

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

#[actix_web::test]
async fn threads_with_runtimes_of_their_own_share_the_connection() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let node = Node::up(&server.url, "shop", UNHURRIED).await;
    node.redis.set("/", &page("hello"), MINUTE).await;
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let redis = node.redis.clone();
            std::thread::spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    for _ in 0..50 {
                        assert_eq!(redis.get("/").await, Some(page("hello")));
                    }
                });
            })
        })
        .collect();
    eventually("they end", || async {
        workers.iter().all(std::thread::JoinHandle::is_finished)
    })
    .await;
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    let clients: String = server.say(&["CLIENT", "LIST"]);
    assert_eq!(
        clients.lines().count(),
        2,
        "the node's one and this one: {clients}"
    );
}
