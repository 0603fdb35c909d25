//! Who is told of a proposal, at once and later: those who decide when it comes, its author when it is decided, nobody else.

use serde_json::json;
use vitrine::accounts::Role;

use super::{INBOX, decide, propose, read, signed_in};
use crate::helpers::live::Client;
use crate::helpers::{Browser, Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    those_who_decide_hear_of_what_comes_and_authors_of_what_is_decided,
    what_a_node_hears_another_one_keeps_once,
    v7_4_1_who_may_decide_no_longer_hears_nothing_more,
    what_a_program_of_before_told_is_in_the_inbox,
);

const QUEUE_TOPIC: &str = "admin:submissions";
const OWN_TOPIC: &str = "submissions:mine";
const LAMP: [(&str, &str); 2] = [("name", "Moon lamp"), ("price", "39.90")];

/// The live news of somebody who is signed in.
async fn listen(shop: &Shop, browser: &Browser<'_>) -> Client {
    drop(Client::of(shop).await);
    let cookies = format!("vitrine_sid={}", browser.cookie("vitrine_sid"));
    let client = Client::at(&shop.base, &[("cookie", &cookies), ("origin", &shop.base)]).await;
    client.expect("somebody who is signed in was refused")
}

async fn those_who_decide_hear_of_what_comes_and_authors_of_what_is_decided(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let eve = signed_in(&shop, Role::Submitter, "Eve").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let (mut sams, mut eves) = (listen(&shop, &sam).await, listen(&shop, &eve).await);
    let mut ritas = listen(&shop, &rita).await;
    for client in [&mut sams, &mut eves] {
        assert_eq!(client.watch(&[QUEUE_TOPIC]).await["code"], "forbidden");
        let own = client.watch_new(&shop, &[OWN_TOPIC, "products"]).await;
        assert_eq!(own["op"], "subscribed");
    }
    ritas.watch_new(&shop, &[QUEUE_TOPIC]).await;
    let mut anybody = Client::of(&shop).await;
    assert_eq!(anybody.watch(&[OWN_TOPIC]).await["code"], "forbidden");

    propose(&mut sam, "save", &LAMP).await;
    let id = propose(&mut sam, "send", &LAMP).await;
    let received = ritas.event().await;
    assert_eq!(
        (&received["type"], &received["topic"], &received["data"]),
        (
            &json!("submission.received"),
            &json!(QUEUE_TOPIC),
            &json!({"id": id, "state": "submitted", "product_id": null})
        ),
        "and nothing of the draft"
    );
    for (decision, state) in [("ask", "changes_requested"), ("refuse", "refused")] {
        assert_eq!(decide(&mut rita, id, decision, "Why?").await.status, 303);
        let decided = sams.event().await;
        assert_eq!(
            (&decided["type"], &decided["topic"], &decided["data"]["state"]),
            (&json!("submission.decided"), &json!(OWN_TOPIC), &json!(state))
        );
        assert_eq!(
            ritas.event().await["data"],
            decided["data"],
            "her queue is another one"
        );
    }
    // What Eve hears first is for everybody.
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    assert_eq!(eves.event().await["type"], "product.created");
}

async fn what_a_node_hears_another_one_keeps_once(shop: Shop) {
    let other = shop.beside(|_| {}).await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&other, Role::Reviewer, "Rita").await;
    let mut there = listen(&other, &rita).await;
    there.watch_new(&other, &[QUEUE_TOPIC]).await;
    let ids = [
        propose(&mut sam, "send", &LAMP).await,
        propose(&mut sam, "send", &LAMP).await,
    ];
    for id in ids {
        assert_eq!(there.event().await["data"]["id"], id);
    }
    // A page that was told asks for what it was told of.
    let seq = shop.head().await;
    rita.cookies.retain(|(name, _)| name != "vitrine_seq");
    rita.cookies.push(("vitrine_seq".to_owned(), seq));
    let inbox = rita.open(INBOX).await;
    assert!(inbox.text.contains("2 unread"), "{}", inbox.text);
    eventually("both have followed", async || {
        let rows = "SELECT COUNT(*) AS count FROM inbox WHERE kind = 'submission.received'";
        shop.count(rows).await == 2
    })
    .await;
    assert_eq!(decide(&mut rita, ids[0], "approve", "").await.status, 303);
    assert!(read(&mut rita, INBOX).await.contains("1 unread"));
    assert!(read(&mut sam, INBOX).await.contains("1 unread"));
    let twice = "SELECT COUNT(*) AS count FROM (SELECT change_hash FROM inbox GROUP BY user_id, change_hash HAVING COUNT(*) > 1) AS twice";
    assert_eq!(shop.count(twice).await, 0);
}

async fn v7_4_1_who_may_decide_no_longer_hears_nothing_more(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let mut ritas = listen(&shop, &rita).await;
    assert_eq!(ritas.watch(&[QUEUE_TOPIC]).await["op"], "subscribed");
    let email = "SELECT CAST(user_id AS SIGNED) AS count FROM users WHERE email = 'rita@shop.example'";
    let person = format!("/admin/people/{}", shop.count(email).await);
    olive.catch_up().await;
    let role = format!("{person}/role");
    let demoted = olive.submit(&person, &role, &[("role", "submitter")]).await;
    assert_eq!(demoted.status, 303, "{}", demoted.text);
    assert_eq!(ritas.end().await, 1008);
}

/// What stands in the tables of the release before, under changes that are in the log, is brought along by the migration.
async fn what_a_program_of_before_told_is_in_the_inbox(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let id = propose(&mut sam, "send", &LAMP).await;
    assert!(read(&mut rita, INBOX).await.contains("1 unread"));
    assert_eq!(decide(&mut rita, id, "refuse", "No").await.status, 303);
    assert!(read(&mut sam, INBOX).await.contains("1 unread"));
    // As that program had it.
    for state in ["submitted", "refused"] {
        shop.sql(format!(
            "INSERT INTO submission_notices (user_id, submission_id, step, created_at) \
             SELECT user_id, subject_id, '{state}', created_at FROM inbox WHERE data LIKE '%\"state\":\"{state}\"%'"
        ))
        .await;
    }
    shop.sql(
        "INSERT INTO notices (user_id, change_hash, product_id, name, stock_quantity, created_at) \
         SELECT user_id, 'x', 7, 'Sun \"lamp\"', 2, created_at FROM inbox WHERE kind = 'submission.received'",
    )
    .await;
    shop.sql("DELETE FROM inbox").await;
    let kind = if shop.parts.is_on_sqlite() {
        "sqlite"
    } else {
        "mysql"
    };
    let migration = format!("migrations/{kind}/20261128001110_inbox_of_before/up.sql");
    shop.sql(std::fs::read_to_string(migration).unwrap()).await;
    let inbox = read(&mut sam, INBOX).await;
    assert!(
        inbox.contains("was refused") && inbox.contains("1 unread"),
        "{inbox}"
    );
    let inbox = read(&mut rita, INBOX).await;
    assert!(
        inbox.contains("was handed in")
            && inbox.contains("Sun \"lamp\" has only 2 left")
            && inbox.contains("2 unread"),
        "{inbox}"
    );
}
