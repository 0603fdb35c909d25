//! What two nodes take from each other through Redis: whatever is right, and nothing else.

use diesel::RunQueryDsl;
use futures_util::future::LocalBoxFuture;
use vitrine::config::{CacheBackend, Settings};
use vitrine::db::{Router, Seq};
use vitrine::error::Error;
use vitrine::metrics::{CacheLayer, CacheResult};

use super::bench::{LAMP, Node, Place, write};
use crate::helpers::eventually;
use crate::helpers::redis::shared_redis;

fn through(redis: &str) -> impl Fn(&mut Settings) + Clone + use<> {
    let redis = redis.to_owned();
    move |settings| {
        settings.cache.backend = CacheBackend::Redis;
        settings.cache.redis_url = redis.as_str().into();
        // A busy machine is not taken for a frozen Redis.
        settings.cache.op_ms = 1000;
    }
}

/// Connects a node until the test ends.
async fn connect(node: &Node) {
    let redis = node.parts.cache.shared().unwrap().redis().clone();
    actix_web::rt::spawn(redis.clone().keep_connected());
    eventually("Redis is in service", || async { redis.is_up() }).await;
}

async fn connected(place: &Place, change: impl Fn(&mut Settings)) -> Node {
    let node = place.node(change).await;
    connect(&node).await;
    node
}

fn shared_hits(node: &Node) -> u64 {
    node.counted(CacheLayer::L2, CacheResult::Hit)
}

/// Nobody waits for an answer to be shared, so it may take a moment.
async fn is_shared(place: &Place, change: impl Fn(&mut Settings) + Clone) {
    eventually("the answer is shared", || async {
        let other = connected(place, change.clone()).await;
        other.serve().await.get(&[]).await;
        shared_hits(&other) == 1
    })
    .await;
}

#[actix_web::test]
async fn what_one_node_made_another_one_shows_although_something_else_has_changed() {
    let Some(redis) = shared_redis() else { return };
    let place = Place::new().await;
    let change = through(&redis);
    let one = connected(&place, change.clone()).await;
    one.serve().await.get(&[]).await;
    is_shared(&place, change.clone()).await;
    let two = connected(&place, change).await;
    let seq = write(&two.parts.db).await;
    two.follows("vase", seq);
    let served = two.serve().await;
    assert_eq!(served.get(&[]).await.position(), Seq(0));
    assert_eq!((two.loads(), shared_hits(&two)), (0, 1));
    // Whoever has seen the change may see this as well.
    let shown = served.get(&[("x-min-change-seq", &seq.0.to_string())]).await;
    assert_eq!((shown.position(), two.loads()), (Seq(0), 0));
    two.follows(LAMP, seq);
    assert_eq!(served.get(&[]).await.position(), seq);
}

#[actix_web::test]
async fn a_shared_answer_is_renewed_when_its_time_is_up() {
    let Some(redis) = shared_redis() else { return };
    let place = Place::new().await;
    let through = through(&redis);
    let change = move |settings: &mut Settings| {
        through(settings);
        settings.cache.ttl_s = 1;
    };
    let nodes = [connected(&place, &change).await, connected(&place, &change).await];
    let served = [nodes[0].serve().await, nodes[1].serve().await];
    let loads = || nodes[0].loads() + nodes[1].loads();
    for _ in 0..3 {
        let before = loads();
        eventually("it is made anew", || async {
            for served in &served {
                assert_eq!(served.get(&[]).await.position(), Seq(0));
            }
            loads() > before
        })
        .await;
    }
}

#[actix_web::test]
async fn an_answer_of_a_former_history_is_not_shared_under_the_name_of_the_present_one() {
    let Some(redis) = shared_redis() else { return };
    let place = Place::new().await;
    let change = through(&redis);
    let one = connected(&place, change.clone()).await;
    let seq = write(&one.parts.db).await;
    one.knows_everything().await;
    let shown = one.serve().await.get(&[]).await;
    // A copy from before the write is put in place, and its history has a name of its own. The node learns of it before
    // anybody came to share the answer: nothing is awaited in between.
    let present = format!("{:032x}", fastrand::u128(..));
    one.parts.cache.begin(&present, Seq(0), &[]);
    assert_eq!(shown.position(), seq);
    let restore = format!("UPDATE change_head SET seq = seq - 1, epoch = '{present}'");
    let restore = move |connection: &mut _| Ok(diesel::sql_query(&restore).execute(connection)?);
    one.parts.db.unlogged("test", restore).await.unwrap();
    // Over the same connection: whatever was to be shared is there.
    let redis = one.parts.cache.shared().unwrap().redis();
    assert_eq!(redis.get("nothing").await, None);
    let two = connected(&place, change).await;
    assert_eq!(two.serve().await.get(&[]).await.position(), Seq(0));
    assert_eq!(two.loads(), 1);
}

#[actix_web::test]
async fn an_old_answer_that_only_others_keep_is_shown_where_no_database_answers() {
    let Some(redis) = shared_redis() else { return };
    let place = Place::new().await;
    let change = through(&redis);
    let one = connected(&place, change.clone()).await;
    one.serve().await.get(&[]).await;
    is_shared(&place, change.clone()).await;
    let make = |_: Router, _, _| -> LocalBoxFuture<'static, _> {
        Box::pin(async { Err(Error::unavailable("database", "as the test wants it")) })
    };
    let two = place.node_with(change, make).await;
    connect(&two).await;
    let seq = write(&two.parts.db).await;
    two.follows(LAMP, seq);
    let served = two.serve().await;
    for number in 1..=3 {
        let shown = served.get(&[]).await;
        assert_eq!(shown.position(), Seq(0));
        assert_eq!(shown.header("warning"), "110 - \"Response is Stale\"");
        assert_eq!(two.counted(CacheLayer::L1, CacheResult::StaleError), number);
    }
    assert_eq!(two.loads(), 1);
}
