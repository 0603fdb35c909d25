//! Many who want the same answer at once: one of them makes it, whatever becomes of that one, of the answer, and of what
//! it shows meanwhile.

use std::io::Read;
use std::rc::Rc;

use actix_web::http::Method;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all};
use tokio::sync::Semaphore;
use vitrine::db::Seq;
use vitrine::error::Error;
use vitrine::metrics::{CacheLayer, CacheResult};

use super::bench::{LAMP, Node, Place, Served, Shown, page, read, write};
use crate::helpers::eventually;

const CROWD: usize = 30;

/// Holds up whoever makes an answer.
type Gate = Rc<Semaphore>;

fn gate() -> Gate {
    Rc::new(Semaphore::new(0))
}

async fn pass(gate: Gate) {
    gate.acquire().await.unwrap().forget();
}

/// A node whose answers show where they were read, each after it was let through the gate.
async fn gated(place: &Place, gate: &Gate) -> Node {
    let gate = Rc::clone(gate);
    let make = move |db, request, _| -> LocalBoxFuture<'static, _> {
        let gate = Rc::clone(&gate);
        Box::pin(async move {
            pass(gate).await;
            read(db, request).await
        })
    };
    place.node_with(|_| {}, make).await
}

/// All of them ask, and all but one wait.
async fn crowd(node: &Node, served: &Served) -> Vec<actix_web::rt::task::JoinHandle<Shown>> {
    let crowd: Vec<_> = (0..CROWD)
        .map(|_| actix_web::rt::spawn(served.get(&[])))
        .collect();
    eventually("they wait", || async {
        node.waiters() == i64::try_from(CROWD).unwrap() - 1
    })
    .await;
    crowd
}

async fn answers(crowd: Vec<actix_web::rt::task::JoinHandle<Shown>>) -> Vec<Shown> {
    join_all(crowd).await.into_iter().map(Result::unwrap).collect()
}

#[actix_web::test]
async fn whoever_goes_away_while_loading_leaves_it_to_one_of_those_who_wait() {
    let (place, gate) = (Place::new().await, gate());
    let node = gated(&place, &gate).await;
    let served = node.serve().await;
    let mut crowd = crowd(&node, &served).await;
    // The first one leads. Its client has gone.
    crowd.remove(0).abort();
    eventually("another one loads", || async { node.loads() == 2 }).await;
    gate.add_permits(CROWD);
    let shown = answers(crowd).await;
    assert!(shown.iter().all(|shown| shown.position() == Seq(0)));
    assert_eq!(node.loads(), 2);
}

#[actix_web::test]
async fn a_load_that_panics_leaves_it_to_one_of_those_who_wait() {
    let (place, gate) = (Place::new().await, gate());
    let of_node = Rc::clone(&gate);
    let make = move |db, request, number| -> LocalBoxFuture<'static, _> {
        let gate = Rc::clone(&of_node);
        Box::pin(async move {
            pass(gate).await;
            assert!(number > 0, "as the test wants it");
            read(db, request).await
        })
    };
    let node = place.node_with(|_| {}, make).await;
    let served = node.serve().await;
    let mut crowd = crowd(&node, &served).await;
    gate.add_permits(CROWD);
    assert!(crowd.remove(0).await.unwrap_err().is_panic());
    let shown = answers(crowd).await;
    assert!(shown.iter().all(|shown| shown.position() == Seq(0)));
    assert_eq!((node.loads(), node.waiters()), (2, 0));
}

#[actix_web::test]
async fn an_answer_that_is_too_large_to_be_kept_is_made_once_for_all_who_wait() {
    let (place, gate) = (Place::new().await, gate());
    let of_node = Rc::clone(&gate);
    let make = move |_, _, _| -> LocalBoxFuture<'static, _> {
        let gate = Rc::clone(&of_node);
        Box::pin(async move {
            pass(gate).await;
            Ok(page("x".repeat(700 * 1024)))
        })
    };
    let node = place
        .node_with(|settings| settings.cache.l1_bytes = 1024 * 1024, make)
        .await;
    let served = node.serve().await;
    let crowd = crowd(&node, &served).await;
    gate.add_permits(CROWD);
    let shown = answers(crowd).await;
    assert!(shown.iter().all(|shown| shown.body.len() == 700 * 1024));
    assert_eq!(node.loads(), 1);
    // Nobody waits for the cache to notice that it holds too much.
    node.parts.cache.memory().unwrap().report();
    assert!(node.parts.metrics.cache().bytes() <= 1024 * 1024);
}

#[actix_web::test]
async fn while_everything_changes_all_the_time_those_who_wait_still_share_a_load() {
    let place = Place::new().await;
    let told: Rc<std::cell::RefCell<Option<Node>>> = Rc::default();
    let of_node = Rc::clone(&told);
    let make = move |db: vitrine::db::Router, request, _| -> LocalBoxFuture<'static, _> {
        let told = Rc::clone(&of_node);
        Box::pin(async move {
            let answer = read(db.clone(), request).await;
            // Before it can be shown something else has changed.
            let seq = write(&db).await;
            told.borrow().as_ref().unwrap().follows(LAMP, seq);
            answer
        })
    };
    let node = place.node_with(|_| {}, make).await;
    let served = node.serve().await;
    *told.borrow_mut() = Some(node);
    let shown = join_all((0..CROWD).map(|_| served.get(&[]))).await;
    assert!(shown.iter().all(|shown| shown.status == 200));
    let node = told.take().unwrap();
    let bypassed = node.counted(CacheLayer::L1, CacheResult::Bypass);
    assert!(
        node.loads() <= 2 && bypassed == 0,
        "{} loads, {bypassed} beside",
        node.loads()
    );
}

#[actix_web::test]
async fn a_position_that_somebody_made_up_costs_nobody_else_the_shared_load() {
    let (place, gate) = (Place::new().await, gate());
    let node = gated(&place, &gate).await;
    let served = node.serve().await;
    let stranger = actix_web::rt::spawn(served.get(&[("x-min-change-seq", "999999999")]));
    eventually("the stranger leads", || async { node.loads() == 1 }).await;
    let crowd: Vec<_> = (0..CROWD)
        .map(|_| actix_web::rt::spawn(served.get(&[])))
        .collect();
    eventually("the others wait", || async {
        node.waiters() == i64::try_from(CROWD).unwrap()
    })
    .await;
    gate.add_permits(2 * CROWD);
    // No layer of this test makes an answer of the error.
    assert_eq!(stranger.await.unwrap().status, 400);
    let shown = answers(crowd).await;
    assert!(shown.iter().all(|shown| shown.position() == Seq(0)));
    assert_eq!(node.loads(), 2);
}

#[actix_web::test]
async fn an_answer_that_cannot_be_kept_shows_everybody_what_the_node_knows() {
    let (place, gate) = (Place::new().await, gate());
    let replica = place.copy();
    let of_node = Rc::clone(&gate);
    let make =
        move |db: vitrine::db::Router, request: actix_web::HttpRequest, _| -> LocalBoxFuture<'static, _> {
            let gate = Rc::clone(&of_node);
            Box::pin(async move {
                pass(gate).await;
                // Nobody says what it depends on, as with words that are searched for.
                let look = |connection: &mut _| Ok(vitrine::db::changes::head(connection)?.seq);
                drop(request);
                Ok(page(db.read("test", look).await?.value.to_string()))
            })
        };
    let node = place
        .node_with(|settings| settings.database.replicas = vec![replica.into()], make)
        .await;
    let seq = write(&node.parts.db).await;
    node.follows(LAMP, seq);
    let served = node.serve().await;
    let crowd = crowd(&node, &served).await;
    gate.add_permits(CROWD);
    for shown in answers(crowd).await {
        assert_eq!(
            shown.position(),
            seq,
            "the replica has not got it, but the node knows of it"
        );
    }
}

#[actix_web::test]
async fn each_form_that_many_want_at_once_is_made_of_one_load() {
    let (place, gate) = (Place::new().await, gate());
    let of_node = Rc::clone(&gate);
    let text = "A lamp, another lamp, and a third lamp. ".repeat(1000);
    let body = text.clone();
    let make = move |_, _, _| -> LocalBoxFuture<'static, _> {
        let (gate, body) = (Rc::clone(&of_node), body.clone());
        Box::pin(async move {
            pass(gate).await;
            Ok(page(body))
        })
    };
    let node = place.node_with(|_| {}, make).await;
    let served = node.serve().await;
    let wanted = ["br", "zstd", "gzip", "identity"].into_iter().cycle().take(40);
    let asked = wanted.map(|form| {
        served
            .get(&[("accept-encoding", form)])
            .map(move |shown| (form, shown))
    });
    let asked = join_all(asked);
    gate.add_permits(1);
    for (form, shown) in asked.await {
        let mut found = Vec::new();
        match form {
            "br" => drop(brotli::BrotliDecompress(&mut &shown.body[..], &mut found)),
            "zstd" => found = zstd::bulk::decompress(&shown.body, text.len()).unwrap(),
            "gzip" => drop(flate2::read::GzDecoder::new(&shown.body[..]).read_to_end(&mut found)),
            _ => found = shown.body.to_vec(),
        }
        assert_eq!(found, text.as_bytes(), "{form}");
    }
    assert_eq!(node.loads(), 1);
}

#[actix_web::test]
async fn whatever_the_first_one_asks_for_the_others_get_their_own() {
    let place = Place::new().await;
    let node = place.node(|_| {}).await;
    let served = node.serve().await;
    let etag = served.get(&[]).await.header("etag").to_owned();
    for (method, headers, status, body) in [
        (Method::HEAD, &[][..], 200, "0"),
        (Method::GET, &[("if-none-match", etag.as_str())][..], 304, ""),
        (Method::GET, &[("if-none-match", "*")][..], 304, ""),
        (
            Method::GET,
            &[("accept-encoding", "gzip"), ("x-min-change-seq", "0")][..],
            200,
            "0",
        ),
    ] {
        // It is made anew for each of these.
        node.parts.cache.begin("nothing", Seq(0), &[]);
        node.knows_everything().await;
        let first = served.send(method.clone(), headers).await;
        assert_eq!(
            (first.status, &*first.body),
            (status, body.as_bytes()),
            "{method} {headers:?}"
        );
        let next = served.get(&[]).await;
        assert_eq!(
            (next.status, &*next.body),
            (200, &b"0"[..]),
            "after {method} {headers:?}"
        );
        assert_eq!(next.header("etag"), etag, "after {method} {headers:?}");
        assert_eq!(next.header("x-change-seq"), "", "after {method} {headers:?}");
    }
    assert_eq!(node.loads(), 5);
}

/// A refusal that is the asker's own fault.
#[actix_web::test]
async fn an_error_is_not_kept() {
    let place = Place::new().await;
    let make = |db, request, number| -> LocalBoxFuture<'static, _> {
        Box::pin(async move {
            if number == 0 {
                return Err(Error::unavailable("database", "as the test wants it"));
            }
            read(db, request).await
        })
    };
    let node = place.node_with(|_| {}, make).await;
    let served = node.serve().await;
    assert_eq!(served.get(&[]).await.status, 503);
    assert_eq!(served.get(&[]).await.position(), Seq(0));
}
