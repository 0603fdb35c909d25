//! How many may come and how much they may send; what is switched off is not there.

use vitrine::accounts::Role;
use vitrine::config::Registration;

use super::{QUEUE, propose, read, signed_in};
use crate::helpers::{Browser, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    api6_strangers_register_where_the_shop_lets_them_and_may_do_nothing_but_propose,
    api6_the_quota_of_a_day_holds_and_loses_no_word,
    what_the_form_does_not_offer_cannot_be_set,
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
