//! No database answers: whatever is kept is shown, marked and counted if something has changed since, and to nobody who
//! has seen more.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use tokio::sync::Semaphore;
use vitrine::db::Seq;
use vitrine::error::Error;
use vitrine::metrics::{CacheLayer, CacheResult};

use super::bench::{LAMP, Node, Place, read, write};
use crate::helpers::eventually;

/// A node that has a database while the switch says so.
async fn node(place: &Place, ttl_s: u64) -> (Node, Rc<Cell<bool>>) {
    let is_up = Rc::new(Cell::new(true));
    let switch = Rc::clone(&is_up);
    let make = move |db, request, _| -> LocalBoxFuture<'static, _> {
        let is_up = switch.get();
        Box::pin(async move {
            if is_up {
                read(db, request).await
            } else {
                Err(Error::unavailable("database", "as the test wants it"))
            }
        })
    };
    let node = place
        .node_with(|settings| settings.cache.ttl_s = ttl_s, make)
        .await;
    (node, is_up)
}

fn stale(node: &Node) -> u64 {
    node.counted(CacheLayer::L1, CacheResult::StaleError)
}

#[actix_web::test]
async fn what_has_changed_is_shown_as_it_was_and_marked_and_what_has_not_as_ever() {
    let place = Place::new().await;
    let (node, is_up) = node(&place, 300).await;
    let served = node.serve().await;
    let etag = served.get(&[]).await.header("etag").to_owned();
    is_up.set(false);
    let same = served.get(&[]).await;
    assert_eq!(
        (same.position(), same.header("warning"), stale(&node)),
        (Seq(0), "", 0)
    );
    let seq = write(&node.parts.db).await;
    node.follows(LAMP, seq);
    for number in 1..=5 {
        let old = served.get(&[]).await;
        assert_eq!((old.position(), stale(&node)), (Seq(0), number));
        assert_eq!(old.header("warning"), "110 - \"Response is Stale\"");
    }
    let known = served.get(&[("if-none-match", &etag)]).await;
    assert_eq!(
        (known.status, known.header("warning")),
        (304, "110 - \"Response is Stale\"")
    );
    assert_eq!(node.loads(), 2, "nobody tries again at once");
    // Whoever has seen the change is not shown less.
    let seen = seq.0.to_string();
    assert_eq!(served.get(&[("x-min-change-seq", &seen)]).await.status, 503);
    is_up.set(true);
    eventually("all is well", || async {
        let now = served.get(&[]).await;
        now.position() == seq && now.header("warning").is_empty()
    })
    .await;
}

/// Those who have seen more come first, and wait for a database that does not answer; a guest waits for all of them.
#[actix_web::test]
async fn whoever_waits_for_readers_who_have_seen_more_is_shown_the_old_answer_as_well() {
    for ahead in [1, 2, 6] {
        let place = Place::new().await;
        let gate = Rc::new(Semaphore::new(1));
        let of_node = Rc::clone(&gate);
        let make = move |db, request, number| -> LocalBoxFuture<'static, _> {
            let gate = Rc::clone(&of_node);
            Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                if number == 0 {
                    return read(db, request).await;
                }
                Err(Error::unavailable("database", "as the test wants it"))
            })
        };
        let node = place.node_with(|_| {}, make).await;
        let served = node.serve().await;
        assert_eq!(served.get(&[]).await.position(), Seq(0));
        let seq = write(&node.parts.db).await;
        node.follows(LAMP, seq);
        let seen = seq.0.to_string();
        let ask = |headers: &[(&'static str, &str)]| actix_web::rt::spawn(served.get(headers));
        let readers: Vec<_> = (0..ahead)
            .map(|_| ask(&[("x-min-change-seq", seen.as_str())]))
            .collect();
        let guest = ask(&[]);
        eventually("all but one wait", || async { node.waiters() == ahead }).await;
        gate.add_permits(100);
        let shown = guest.await.unwrap();
        assert_eq!(shown.position(), Seq(0), "behind {ahead}");
        assert_eq!(shown.header("warning"), "110 - \"Response is Stale\"");
        assert_eq!(stale(&node), 1);
        for reader in readers {
            assert_eq!(reader.await.unwrap().status, 503);
        }
    }
}

/// Nothing has changed, it is only time to look.
#[actix_web::test]
async fn what_is_due_for_renewal_is_shown_to_a_reader_of_a_later_position_who_keeps_it() {
    let place = Place::new().await;
    let (node, is_up) = node(&place, 1).await;
    let first = write(&node.parts.db).await;
    node.follows(LAMP, first);
    let served = node.serve().await;
    assert_eq!(served.get(&[]).await.position(), first);
    let seq = write(&node.parts.db).await;
    // Of something else.
    node.follows("vase", seq);
    is_up.set(false);
    let loads = node.loads();
    let seen = seq.0.to_string();
    let cookie = format!("vitrine_seq={seen}");
    let mut shown = Vec::new();
    eventually("it is due", || async {
        served.get(&[]).await.status == 200 && node.loads() > loads
    })
    .await;
    for header in [("x-min-change-seq", seen.as_str()), ("cookie", cookie.as_str())] {
        shown.push(served.get(&[header]).await);
    }
    for shown in shown {
        assert_eq!(shown.position(), first);
        // Else it would go on as a reader of less.
        assert!(
            ["", seen.as_str()].contains(&shown.header("x-change-seq")),
            "{shown:?}"
        );
        assert_eq!(shown.header("set-cookie"), "", "{shown:?}");
    }
}

#[actix_web::test]
async fn a_reader_of_a_later_position_may_be_the_first_who_finds_no_database() {
    let place = Place::new().await;
    let (node, is_up) = node(&place, 1).await;
    let served = node.serve().await;
    served.get(&[]).await;
    let seq = write(&node.parts.db).await;
    node.follows("vase", seq);
    is_up.set(false);
    let (loads, seen) = (node.loads(), seq.0.to_string());
    eventually("it is due", || async {
        let shown = served.get(&[("x-min-change-seq", seen.as_str())]).await;
        assert_eq!(shown.position(), Seq(0));
        node.loads() > loads
    })
    .await;
}
