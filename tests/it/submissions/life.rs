//! From the first draft to the decision, and back.

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::accounts::Role;

use super::{INBOX, QUEUE, decide, propose, read, signed_in};
use crate::helpers::{Browser, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    a_proposal_is_asked_about_answered_approved_and_undone,
    what_was_withdrawn_cannot_be_approved,
    a_trusted_author_publishes_at_once,
);

async fn a_proposal_is_asked_about_answered_approved_and_undone(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let before = shop.head().await;
    let typed = [("name", "Moon lamp"), ("price", "a lot"), ("stock_quantity", "3")];
    let id = propose(&mut sam, "save", &typed).await;
    assert_eq!(shop.head().await, before, "a draft stands in no log");
    let own = format!("/submit/{id}");
    let page = read(&mut sam, &own).await;
    assert!(
        page.contains("Draft") && page.contains("Only you see this"),
        "{page}"
    );

    let wrong = sam
        .submit(
            &own,
            &own,
            &[("action", "send"), ("message", "From our workshop")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("value=\"a lot\"") && wrong.text.contains("From our workshop"));
    assert!(wrong.text.contains("href=\"#field-price\""), "{}", wrong.text);
    let sent = [
        ("action", "send"),
        ("price", "39.9"),
        ("message", "From our workshop"),
    ];
    assert_eq!(sam.submit(&own, &own, &sent).await.status, 303);

    let queue = read(&mut rita, QUEUE).await;
    assert!(queue.contains("Moon lamp") && queue.contains("Sam"), "{queue}");
    let inbox = read(&mut rita, INBOX).await;
    assert!(
        inbox.contains("was handed in") && inbox.contains("1 unread"),
        "{inbox}"
    );
    assert!(
        read(&mut rita, QUEUE).await.contains("Notices 1 new notice"),
        "the head of each page tells"
    );
    let case = read(&mut rita, &format!("{QUEUE}/{id}")).await;
    assert!(
        case.contains("39.90") && case.contains("From our workshop"),
        "{case}"
    );
    let wordless = decide(&mut rita, id, "ask", " ").await;
    assert_eq!(wordless.status, 422, "whoever is asked is told what");
    assert_eq!(decide(&mut rita, id, "ask", "Which colour?").await.status, 303);

    assert!(
        read(&mut rita, INBOX).await.contains("0 unread"),
        "what is decided waits for nobody"
    );
    let inbox = read(&mut sam, INBOX).await;
    assert!(
        inbox.contains("needs a change") && inbox.contains("1 unread"),
        "{inbox}"
    );
    let page = read(&mut sam, &own).await;
    assert!(
        page.contains("Which colour?") && page.contains("The shop") && !page.contains("Rita"),
        "{page}"
    );
    let answer = [
        ("action", "send"),
        ("name", "Moon lamp, blue"),
        ("message", "Blue."),
    ];
    assert_eq!(sam.submit(&own, &own, &answer).await.status, 303);
    assert_eq!(sam.submit(INBOX, INBOX, &[]).await.status, 303);
    assert!(read(&mut sam, INBOX).await.contains("0 unread"));

    assert_eq!(decide(&mut rita, id, "approve", "").await.status, 303);
    eventually("guests see it", async || {
        shop.get("/products").await.text.contains("Moon lamp, blue")
    })
    .await;
    assert!(read(&mut sam, INBOX).await.contains("was approved"));
    let changes = shop.read("/api/admin/changes?sort=-seq&limit=10").await;
    let changes = changes.json();
    let of = |entity: &str| -> Value {
        let rows = changes["data"].as_array().unwrap();
        rows.iter().find(|row| row["entity"] == entity).unwrap().clone()
    };
    let batch = json!(format!("submission-{id}"));
    let product = of("product");
    assert_eq!((&product["batch"], &of("submission")["batch"]), (&batch, &batch));
    assert_eq!(
        product["actor"],
        of("submission")["actor"],
        "the reviewer made it"
    );
    let log = shop.count(
        "SELECT COUNT(*) AS count FROM changes WHERE entity = 'submission' AND (state_after LIKE '%Blue%' OR state_after LIKE '%Sam%')",
    );
    assert_eq!(
        log.await,
        0,
        "the log holds ids and states, no words and no names"
    );

    let undo = format!("/api/admin/changes/{}/undo", product["seq"]);
    let undone = shop.admin(Method::POST, &undo, &[], Some(&json!({}))).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    eventually("it is gone again", async || {
        !shop.get("/products").await.text.contains("Moon lamp, blue")
    })
    .await;
}

async fn what_was_withdrawn_cannot_be_approved(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let id = propose(&mut sam, "send", &[("name", "Moon lamp"), ("price", "39.90")]).await;
    let (own, case) = (format!("/submit/{id}"), format!("{QUEUE}/{id}"));
    rita.catch_up().await;
    let page = rita.open(&case).await;
    let mut form = html::form(&page.text, &case);
    form.push(("decision".to_owned(), "approve".to_owned()));
    let withdrawn = sam.submit(&own, &own, &[("action", "withdraw")]).await;
    assert_eq!(
        withdrawn.header("location"),
        "/account/proposals?done=withdrawn",
        "{}",
        withdrawn.text
    );
    assert_eq!(rita.post_fields(&case, &form).await.status, 412);
    // Also by who knows the version.
    for (name, value) in &mut form {
        if name == "version" {
            "3".clone_into(value);
        }
    }
    assert_eq!(rita.post_fields(&case, &form).await.status, 409);
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM products").await, 0);
    assert!(read(&mut sam, &own).await.contains("You took it back"));
}

async fn a_trusted_author_publishes_at_once(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let first = propose(&mut sam, "send", &[("name", "Moon lamp"), ("price", "39.90")]).await;
    let case = format!("{QUEUE}/{first}");
    let trust = format!("{case}/trust");
    rita.catch_up().await;
    let page = rita.open(&case).await;
    assert!(!page.text.contains(&trust), "that is for who looks after people");
    olive.catch_up().await;
    let trusted = olive.submit(&case, &trust, &[]).await;
    assert_eq!(trusted.status, 303, "{}", trusted.text);
    sam.catch_up().await;
    let second = propose(&mut sam, "send", &[("name", "Sun lamp"), ("price", "19.90")]).await;
    let page = read(&mut sam, &format!("/submit/{second}")).await;
    assert!(page.contains("Approved"), "{page}");
    eventually("guests see it", async || {
        shop.get("/products").await.text.contains("Sun lamp")
    })
    .await;
    let batch = shop.count(format!(
        "SELECT COUNT(*) AS count FROM changes WHERE batch = 'submission-{second}' AND entity IN ('product', 'submission')"
    ));
    assert_eq!(
        batch.await,
        2,
        "the product and the decision belong together, as by hand"
    );
    let logged = shop.count(
        "SELECT COUNT(*) AS count FROM changes WHERE entity = 'user' AND state_after LIKE '%publishes_at_once%true%'",
    );
    assert_eq!(logged.await, 1);
    olive.catch_up().await;
    assert_eq!(olive.submit(&case, &trust, &[]).await.status, 303);
    let third = propose(&mut sam, "send", &[("name", "Star lamp"), ("price", "9.90")]).await;
    assert!(
        read(&mut sam, &format!("/submit/{third}"))
            .await
            .contains("Waiting for review")
    );
}
