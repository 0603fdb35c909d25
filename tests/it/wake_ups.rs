//! Wake-ups between nodes through Redis: a follower learns of another node's write without waiting for the poll, and with it
//! where Redis is away or tells nonsense.

use std::time::{Duration, Instant};

use serde_json::json;
use vitrine::config::RealtimeBackend;
use vitrine::db::Seq;
use vitrine::db::changes::Position;
use vitrine::realtime::{Follower, News};

use crate::helpers::redis::RedisServer;
use crate::helpers::{Shop, eventually};

const STREAM: &str = "vitrine:changes";

/// Two nodes of one shop and their Redis.
struct Nodes {
    server: RedisServer,
    one: Shop,
    two: Shop,
}

impl Nodes {
    async fn on_sqlite() -> Option<Nodes> {
        let server = RedisServer::start().await?;
        let url = server.url.clone();
        let one = Shop::on_sqlite_with(|settings| through(settings, &url)).await;
        Nodes::of(server, one).await
    }

    #[cfg(feature = "mysql")]
    async fn on_mariadb() -> Option<Nodes> {
        let server = RedisServer::start().await?;
        let url = server.url.clone();
        let one = Shop::on_mariadb_with(|settings| through(settings, &url)).await?;
        Nodes::of(server, one).await
    }

    async fn of(server: RedisServer, one: Shop) -> Option<Nodes> {
        let two = one.beside(|_| {}).await;
        let nodes = Nodes { server, one, two };
        for node in [&nodes.one, &nodes.two] {
            eventually("it listens", || async { listens(node).await }).await;
        }
        Some(nodes)
    }

    async fn write(&self) -> Seq {
        let made = json!({"name": "Lamp", "price": "1.00"});
        self.one.create(&made).await;
        *self.one.parts.db.newest().borrow()
    }
}

fn through(settings: &mut vitrine::config::Settings, url: &str) {
    settings.realtime.backend = RealtimeBackend::Redis;
    settings.realtime.redis_url = url.into();
}

async fn listens(node: &Shop) -> bool {
    let text = node.metrics().await;
    text.contains("breaker_state{dependency=\"redis wake-ups\"} 0\n")
}

/// Only a wake-up tells the router of another process's write: the poll reads the log and leaves it at that.
async fn is_woken_for(node: &Shop, seq: Seq) {
    let mut newest = node.parts.db.newest();
    let woken = newest.wait_for(|newest| *newest >= seq);
    let woken = tokio::time::timeout(Duration::from_secs(20), woken).await;
    assert_eq!(*woken.expect("nobody wakes it").unwrap(), seq);
}

async fn follower(node: &Shop) -> Follower {
    let head = node.parts.db.primary_head().await.unwrap();
    node.parts.realtime.follow(Position::end(&head)).unwrap()
}

async fn next(follower: &mut Follower) -> Seq {
    match follower.next().await.unwrap() {
        News::Changes(changes) => Seq(changes.last().unwrap().seq),
        News::Forked => panic!("history forked"),
    }
}

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[actix_web::test]
            async fn $name() {
                if let Some(nodes) = super::Nodes::on_sqlite().await {
                    super::$name(nodes).await;
                }
            })+
        }
        #[cfg(feature = "mysql")]
        mod mariadb {
            $(#[actix_web::test]
            async fn $name() {
                if let Some(nodes) = super::Nodes::on_mariadb().await {
                    super::$name(nodes).await;
                }
            })+
        }
    };
}

on_both_databases!(
    a_write_of_one_node_wakes_the_followers_of_another,
    without_redis_the_poll_finds_what_others_wrote,
    what_does_not_exist_sends_nobody_to_look_for_it,
);

async fn a_write_of_one_node_wakes_the_followers_of_another(nodes: Nodes) {
    let mut follower = follower(&nodes.two).await;
    let begun = Instant::now();
    let mut last = Seq(0);
    for _ in 0..10 {
        let seq = nodes.write().await;
        is_woken_for(&nodes.two, seq).await;
        while last < seq {
            last = next(&mut follower).await;
        }
    }
    // By the poll alone each would take about a second, which begins anew with each look.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // One entry for each write, and for what each node found at its start; nobody repeats what it heard.
    let told: u64 = nodes.server.say(&["XLEN", STREAM]);
    assert!((10..=16).contains(&told), "{told} entries");
}

async fn without_redis_the_poll_finds_what_others_wrote(mut nodes: Nodes) {
    let mut follower = follower(&nodes.two).await;
    nodes.server.freeze();
    let before = *nodes.two.parts.db.newest().borrow();
    let seq = nodes.write().await;
    assert_eq!(next(&mut follower).await, seq);
    nodes.server.kill();
    let seq = nodes.write().await;
    assert_eq!(next(&mut follower).await, seq);
    assert_eq!(*nodes.two.parts.db.newest().borrow(), before, "nobody woke it");
    eventually("operators see it", || async {
        !listens(&nodes.one).await && !listens(&nodes.two).await
    })
    .await;
    nodes.server.restart().await;
    eventually("they listen again", || async {
        listens(&nodes.one).await && listens(&nodes.two).await
    })
    .await;
    // Whoever failed to tell something keeps silent for a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seq = nodes.write().await;
    is_woken_for(&nodes.two, seq).await;
}

async fn what_does_not_exist_sends_nobody_to_look_for_it(nodes: Nodes) {
    let seq = nodes.write().await;
    is_woken_for(&nodes.two, seq).await;
    let head = nodes.one.parts.db.primary_head().await.unwrap();
    let huge = i64::MAX.to_string();
    for garbage in [
        // After a restore, of another shop, of another program.
        &["epoch", &head.epoch, "seq", &huge][..],
        &["epoch", "another", "seq", &huge],
        &["epoch", &head.epoch, "seq", "-1"],
        &["epoch", &head.epoch, "seq", "99999999999999999999999"],
        &["epoch", &head.epoch, "seq", "many"],
        &["seq", &huge],
        &["\u{0}", "\u{fffd}"],
    ] {
        let id: String = nodes.server.say(&[&["XADD", STREAM, "*"], garbage].concat());
        assert!(!id.is_empty());
    }
    // Their own history is doubted for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let seq = nodes.write().await;
    is_woken_for(&nodes.two, seq).await;
    for node in [&nodes.one, &nodes.two] {
        assert_eq!(
            *node.parts.db.newest().borrow(),
            seq,
            "it believed what was made up"
        );
        assert!(listens(node).await);
    }
    // A stream that is none, and one that was taken away.
    nodes.server.say::<()>(&["SET", STREAM, "text"]);
    let mut follower = follower(&nodes.two).await;
    let seq = nodes.write().await;
    assert_eq!(next(&mut follower).await, seq);
    nodes.server.say::<()>(&["DEL", STREAM]);
    eventually("they listen again", || async {
        listens(&nodes.one).await && listens(&nodes.two).await
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let seq = nodes.write().await;
    is_woken_for(&nodes.two, seq).await;
}
