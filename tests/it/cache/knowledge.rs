//! Whoever asks a node is shown all that it knows, whatever its replica has, and is told no more than he was shown.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use vitrine::db::reader::Dependence;
use vitrine::db::{AnyConnection, Router, Seq, Tag, changes};

use super::bench::{LAMP, Node, Place, page, read, replicate, write};

/// A node whose one replica has nothing of what is written from now on.
async fn behind(place: &Place) -> Node {
    let replica = place.copy();
    place
        .node(|settings| settings.database.replicas = vec![replica.into()])
        .await
}

#[actix_web::test]
async fn what_was_never_asked_before_shows_a_write_of_this_node_at_once() {
    let place = Place::new().await;
    let node = behind(&place).await;
    let served = node.serve().await;
    let seq = write(&node.parts.db).await;
    // Before its own follower has read that far.
    node.is_told(LAMP, seq);
    assert_eq!(served.get(&[]).await.position(), seq);
}

#[actix_web::test]
async fn what_was_kept_shows_a_write_of_this_node_at_once_and_is_kept_again() {
    let place = Place::new().await;
    let node = behind(&place).await;
    let served = node.serve().await;
    assert_eq!(served.get(&[]).await.position(), Seq(0));
    for _ in 0..3 {
        let seq = write(&node.parts.db).await;
        node.is_told(LAMP, seq);
        for _ in 0..3 {
            assert_eq!(served.get(&[]).await.position(), seq);
        }
    }
    assert_eq!(node.loads(), 4);
}

/// A product has moved to a category that was renamed a moment later: a replica that has the move only shows the old name.
#[actix_web::test]
async fn an_answer_that_has_come_to_depend_on_something_else_shows_what_is_known_of_that() {
    let place = Place::new().await;
    let replica = place.copy();
    let make = |db: Router, _, _| -> LocalBoxFuture<'static, _> {
        Box::pin(async move {
            let look = |connection: &mut AnyConnection| {
                let seq = changes::head(connection)?.seq;
                let category = if seq == 0 { "lamps" } else { "lights" };
                let tags = vec![Tag::named(LAMP), Tag::named(category)];
                Ok((seq, Dependence { tags, until: None }))
            };
            let seq = db.read_kept("test", Seq(0), look).await?.value;
            Ok(page(seq.to_string()))
        })
    };
    let of_node = replica.clone();
    let node = place
        .node_with(|settings| settings.database.replicas = vec![of_node.into()], make)
        .await;
    let served = node.serve().await;
    assert_eq!(served.get(&[]).await.position(), Seq(0));
    let moved = write(&node.parts.db).await;
    replicate(&replica);
    node.follows(LAMP, moved);
    let renamed = write(&node.parts.db).await;
    node.follows("lights", renamed);
    assert_eq!(served.get(&[]).await.position(), renamed);
}

#[actix_web::test]
async fn a_reader_is_not_told_of_more_than_it_was_shown() {
    let place = Place::new().await;
    let told: Rc<std::cell::RefCell<Option<Node>>> = Rc::default();
    let of_node = Rc::clone(&told);
    let make = move |db: Router, request, _| -> LocalBoxFuture<'static, _> {
        let told = Rc::clone(&of_node);
        Box::pin(async move {
            let answer = read(db.clone(), request).await;
            let seq = write(&db).await;
            told.borrow().as_ref().unwrap().follows(LAMP, seq);
            answer
        })
    };
    let node = place.node_with(|_| {}, make).await;
    let seq = write(&node.parts.db).await;
    node.follows(LAMP, seq);
    let served = node.serve().await;
    *told.borrow_mut() = Some(node);
    let asked = [("x-min-change-seq", "0")];
    let shown = futures_util::future::join_all((0..10).map(|_| served.get(&asked))).await;
    for shown in shown {
        let told: i64 = shown.header("x-change-seq").parse().unwrap();
        assert_eq!(Seq(told), shown.position());
    }
}
