//! How many may come and how much they may send; what is switched off is not there.

use vitrine::accounts::Role;
use vitrine::config::Registration;

use super::{INBOX, QUEUE, decide, propose, read, signed_in};
use crate::helpers::{Browser, PASSWORD, Shop, eventually, html};
use crate::on_both_databases;

const LAMP: [(&str, &str); 2] = [("name", "Moon lamp"), ("price", "1")];

on_both_databases!(
    api6_strangers_register_where_the_shop_lets_them_and_may_do_nothing_but_propose,
    api6_the_quota_of_a_day_holds_and_loses_no_word,
    what_the_form_does_not_offer_cannot_be_set,
    what_was_changed_too_often_can_still_be_ended,
    who_hands_in_again_and_again_is_one_notice,
    a_draft_that_is_given_up_leaves_no_word,
);

async fn api6_strangers_register_where_the_shop_lets_them_and_may_do_nothing_but_propose(closed: Shop) {
    let mut stranger = Browser::new(&closed);
    assert_eq!(stranger.open("/register").await.status, 404);
    let invited = closed
        .beside(|settings| settings.submissions.registration = Registration::Invitation)
        .await;
    let mut stranger = Browser::new(&invited);
    let page = stranger.open("/register").await;
    assert!(html::text(&page.text).contains("By invitation"));
    assert!(
        page.text.contains("href=\"/admin/people#invite\""),
        "and says how"
    );
    let fields = [
        ("name", "Sam"),
        ("email", "sam@maker.example"),
        ("password", PASSWORD),
    ];
    assert_eq!(stranger.post("/register", &fields).await.status, 404);

    let open = closed
        .beside(|settings| {
            settings.submissions.registration = Registration::Open;
            settings.submissions.registrations_per_day = 1;
        })
        .await;
    let mut sam = Browser::new(&open);
    let early = sam.submit("/register", "/register", &fields).await;
    assert_eq!(
        early.status, 409,
        "the first account is the owner's: {}",
        early.text
    );
    Browser::of_owner(&open).await;
    let wrong = sam
        .submit(
            "/register",
            "/register",
            &[("name", "Sam"), ("email", "sam"), ("password", "short")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("#field-email") && wrong.text.contains("#field-password"));
    let foreign = sam
        .post_with("/register", &fields, &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(foreign.status, 403);
    let made = sam.submit("/register", "/register", &fields).await;
    assert_eq!(
        (made.status, made.header("location")),
        (303, "/submit"),
        "{}",
        made.text
    );
    assert!(read(&mut sam, "/submit").await.contains("Propose a product"));
    for path in ["/admin/products", QUEUE, "/admin/history", "/admin/system"] {
        assert_eq!(sam.open(path).await.status, 403, "{path}");
    }
    let mut next = Browser::new(&open);
    let late = [
        ("name", "Eve"),
        ("email", "eve@maker.example"),
        ("password", PASSWORD),
    ];
    let late = next.submit("/register", "/register", &late).await;
    assert_eq!(late.status, 429, "{}", late.text);
    assert!(late.text.contains("value=\"Eve\""));
    let names = open
        .count("SELECT COUNT(*) AS count FROM changes WHERE state_after LIKE '%maker.example%'")
        .await;
    assert_eq!(names, 0, "the log holds no addresses");
}

async fn what_was_changed_too_often_can_still_be_ended(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let ids = [
        propose(&mut sam, "send", &LAMP).await,
        propose(&mut sam, "send", &LAMP).await,
    ];
    shop.sql("UPDATE submissions SET version = 200").await;
    let own = format!("/submit/{}", ids[0]);
    let again = sam
        .submit(&own, &own, &[("price", "2"), ("action", "send")])
        .await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert!(html::text(&again.text).contains("Not saved"), "{}", again.text);
    assert_eq!(
        sam.submit(&own, &own, &[("action", "withdraw")]).await.status,
        303
    );
    assert_eq!(decide(&mut rita, ids[1], "refuse", "No").await.status, 303);
    let open = "SELECT COUNT(*) AS count FROM submissions WHERE state NOT IN ('withdrawn', 'refused')";
    assert_eq!(shop.count(open).await, 0);
}

async fn who_hands_in_again_and_again_is_one_notice(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let other = propose(&mut sam, "send", &LAMP).await;
    let own = format!("/submit/{}", propose(&mut sam, "send", &LAMP).await);
    for price in ["2", "3", "4"] {
        let again = sam
            .submit(&own, &own, &[("price", price), ("action", "send")])
            .await;
        assert_eq!(again.status, 303, "{}", again.text);
    }
    let told = "SELECT COUNT(*) AS count FROM inbox WHERE read_at IS NULL";
    let newest = "SELECT COUNT(*) AS count FROM inbox WHERE change_hash = (SELECT hash FROM changes ORDER BY seq DESC LIMIT 1)";
    eventually("the last one is told", async || shop.count(newest).await > 0).await;
    assert_eq!(shop.count(told).await, 2, "one of each proposal");
    assert!(read(&mut rita, INBOX).await.contains("2 unread"));
    assert_eq!(decide(&mut rita, other, "refuse", "No").await.status, 303);
    eventually("it waits for nobody", async || {
        shop.count(
            "SELECT COUNT(*) AS count FROM inbox WHERE kind = 'submission.received' AND read_at IS NULL",
        )
        .await
            == 1
    })
    .await;
}

async fn a_draft_that_is_given_up_leaves_no_word(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let own = format!("/submit/{}", propose(&mut sam, "save", &LAMP).await);
    let said = [("message", "My diary"), ("action", "save")];
    assert_eq!(sam.submit(&own, &own, &said).await.status, 303);
    let words = "SELECT COUNT(*) AS count FROM submission_messages";
    assert_eq!(shop.count(words).await, 1);
    assert_eq!(
        sam.submit(&own, &own, &[("action", "withdraw")]).await.status,
        303
    );
    assert_eq!(shop.count(words).await, 0);
}

async fn api6_the_quota_of_a_day_holds_and_loses_no_word(shop: Shop) {
    let shop = shop.beside(|settings| settings.submissions.per_day = 2).await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let one = propose(&mut sam, "send", &[("name", "One"), ("price", "1")]).await;
    propose(&mut sam, "send", &[("name", "Two"), ("price", "1")]).await;
    let fields = [("name", "Three"), ("price", "1"), ("action", "send")];
    let third = sam.submit("/submit", "/submit", &fields).await;
    assert_eq!(third.status, 429, "{}", third.text);
    assert!(third.text.contains("value=\"Three\"") && html::text(&third.text).contains("in 24 hours"));
    let kept = propose(&mut sam, "save", &[("name", "Three"), ("price", "1")]).await;
    assert!(read(&mut sam, &format!("/submit/{kept}")).await.contains("Draft"));
    let one = format!("/submit/{one}");
    assert_eq!(
        sam.submit(&one, &one, &[("action", "withdraw")]).await.status,
        303
    );
    let still = sam.submit("/submit", "/submit", &fields).await;
    assert_eq!(still.status, 429, "taking one back makes no room");
    let mut eve = signed_in(&shop, Role::Submitter, "Eve").await;
    propose(&mut eve, "send", &[("name", "Hers"), ("price", "1")]).await;
}

async fn what_the_form_does_not_offer_cannot_be_set(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    for (name, value) in [
        ("is_active", "true"),
        ("slug", "home"),
        ("sale_price", "1"),
        ("publish_at", "2027-01-01"),
        ("product_id", "7"),
        ("author", "user:1"),
        ("state", "approved"),
        ("proposed", "{}"),
    ] {
        let fields = [
            ("name", "Lamp"),
            ("price", "1"),
            ("action", "send"),
            (name, value),
        ];
        let answer = sam.submit("/submit", "/submit", &fields).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
    }
    let long = "x".repeat(300_000);
    let answer = sam
        .submit(
            "/submit",
            "/submit",
            &[("description", &*long), ("action", "save")],
        )
        .await;
    assert_eq!(answer.status, 422);
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM submissions").await, 0);
}
