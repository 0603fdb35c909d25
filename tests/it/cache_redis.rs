//! Finished answers in Redis: found again by every node, and never a reason for a request to fail or to wait.

mod trouble;

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
