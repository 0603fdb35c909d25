//! Followers of the change log: how far they came outlives them, what was tampered with is told, a forked history is
//! noticed.

use std::time::Duration;

use awc::http::Method;
use futures_util::future::join_all;
use serde_json::json;
use vitrine::db::changes::{self, AUDIT_FOLLOWER, Position};
use vitrine::db::{AnyConnection, Seq};
use vitrine::realtime::{Follower, News, Realtime};

use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    the_audit_goes_on_where_it_stopped_and_tells_what_was_altered,
    a_history_that_was_cut_back_is_noticed_and_gets_another_name,
    a_row_beyond_the_head_is_no_change,
);

async fn audited(shop: &Shop) -> i64 {
    let read = |connection: &mut AnyConnection| changes::position_of(connection, AUDIT_FOLLOWER);
    let position = shop.parts.db.unlogged("test", read).await.unwrap();
    position.map_or(0, |position| position.seq)
}

async fn the_audit_goes_on_where_it_stopped_and_tells_what_was_altered(shop: Shop) {
    for number in 0..3 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00"}))
            .await;
    }
    let head: i64 = shop.head().await.parse().unwrap();
    eventually("everything is checked", || async { audited(&shop).await == head }).await;
    assert!(shop.metrics().await.contains("\naudit_chain_broken 0\n"));
    // What was checked is not checked again by a start: that is for `vitrine audit verify`.
    shop.sql("UPDATE changes SET actor = 'user:9' WHERE seq = 2")
        .await;
    let other = shop.beside(|_| {}).await;
    other.create(&json!({"name": "Vase", "price": "1.00"})).await;
    let last: i64 = shop.head().await.parse().unwrap();
    assert!(last > head);
    eventually("the new ones are checked", || async {
        audited(&shop).await == last
    })
    .await;
    assert!(other.metrics().await.contains("\naudit_chain_broken 0\n"));
    let verified = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(1));
    // One that arrives altered is told.
    shop.sql(format!(
        "INSERT INTO changes (seq, at, actor, request_id, entity, entity_id, version, action, prev_hash, hash) \
         SELECT seq + 1, at, actor, request_id, entity, entity_id, version, action, hash, prev_hash FROM changes \
         WHERE seq = {last}"
    ))
    .await;
    shop.sql(format!(
        "UPDATE change_head SET seq = {}, hash = (SELECT hash FROM changes WHERE seq = {})",
        last + 1,
        last + 1
    ))
    .await;
    eventually("tampering is told", || async {
        shop.metrics().await.contains("\naudit_chain_broken 1\n")
    })
    .await;
    assert_eq!(audited(&shop).await, last, "it does not go on over it");
}

async fn a_history_that_was_cut_back_is_noticed_and_gets_another_name(shop: Shop) {
    for number in 0..4 {
        shop.create(&json!({"name": format!("Lamp {number}"), "price": "1.00"}))
            .await;
    }
    let before = shop.parts.db.primary_head().await.unwrap();
    let follow = |position| Realtime::Memory(shop.parts.db.clone()).follow(position).unwrap();
    let mut ahead: Vec<_> = (0..8).map(|_| follow(Position::end(&before))).collect();
    // A restore of an older copy, as the followers of a running shop would see it.
    let cut = before.seq - 2;
    shop.sql(format!(
        "UPDATE change_head SET seq = {cut}, hash = (SELECT hash FROM changes WHERE seq = {cut})"
    ))
    .await;
    shop.sql(format!("DELETE FROM changes WHERE seq > {cut}")).await;
    // All at once, beside those of the shop itself.
    for news in join_all(ahead.iter_mut().map(Follower::next)).await {
        assert!(matches!(news.unwrap(), News::Forked));
    }
    let after = shop.parts.db.primary_head().await.unwrap();
    assert!(after.seq == cut && after.epoch != before.epoch, "{after:?}");
    // From here on they follow the new history.
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    for news in join_all(ahead.iter_mut().map(Follower::next)).await {
        let News::Changes(found) = news.unwrap() else {
            panic!("it forked again")
        };
        assert_eq!(Seq(found[0].seq), Seq(cut + 1));
    }
    // Who follows under the old name starts anew, wherever it stood.
    let mut behind = follow(Position::start(&before));
    let told = async {
        // A replica that has not heard of it yet tells the old history.
        while let News::Changes(_) = behind.next().await.unwrap() {}
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
    assert_eq!(
        shop.parts.db.primary_head().await.unwrap().epoch,
        after.epoch,
        "one fork, one new name"
    );
}

/// As on a replica where somebody wrote past the log.
async fn a_row_beyond_the_head_is_no_change(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let before = shop.parts.db.primary_head().await.unwrap();
    shop.sql(format!(
        "INSERT INTO changes (seq, at, actor, request_id, entity, entity_id, version, action, prev_hash, hash) \
         SELECT seq + 20, at, actor, request_id, entity, entity_id, version, action, prev_hash, hash FROM changes \
         WHERE seq = {}",
        before.seq
    ))
    .await;
    let mut follower = Realtime::Memory(shop.parts.db.clone())
        .follow(Position::end(&before))
        .unwrap();
    let mut next = before.seq;
    for name in ["Vase", "Bowl"] {
        shop.create(&json!({"name": name, "price": "1.00"})).await;
        let News::Changes(found) = follower.next().await.unwrap() else {
            panic!("nothing has forked")
        };
        next += 1;
        let found: Vec<i64> = found.iter().map(|change| change.seq).collect();
        assert_eq!(found, [next]);
    }
    // What is kept is not taken for newer than it is, whenever a node has begun.
    let other = shop.beside(|_| {}).await;
    for node in [&shop, &other] {
        eventually("it knows of everything", || async {
            let answer = node.admin(Method::GET, "/api/admin/cache", &[], None).await;
            let known = answer.json()["known_seq"].as_i64();
            // Whoever asks has a key, which is a change too.
            let head = shop.parts.db.primary_head().await.unwrap().seq;
            assert!(known <= Some(head), "{known:?}");
            known == Some(head)
        })
        .await;
    }
    assert_eq!(shop.parts.db.primary_head().await.unwrap().epoch, before.epoch);
}
