//! Links by which somebody gets a password: an invitation, or a new one.

use vitrine::accounts::Role;

use super::{NEW, copied, follow, id_of, invite, path_of, printed_link};
use crate::helpers::{Browser, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v6_4_1_an_invitation_makes_one_account_once_and_its_link_ends,
    v6_4_1_a_link_for_a_new_password_works_once_and_ends_every_session,
);

async fn v6_4_1_an_invitation_makes_one_account_once_and_its_link_ends(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let link = invite(&mut olive, "rita@shop.example", "reviewer").await;
    let twice = olive
        .submit(
            "/admin/people",
            "/admin/people",
            &[("email", "rita@shop.example"), ("role", "editor")],
        )
        .await;
    assert_eq!(twice.status, 422);
    assert!(twice.text.contains("rita@shop.example"), "what was typed is kept");
    // Nobody has a password yet, so no password is right.
    assert_eq!(
        Browser::new(&shop).sign_in("rita@shop.example", "").await.status,
        401
    );
    let page = Browser::new(&shop).open(&link).await;
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "private, no-store")
    );
    html::assert_is_ours(&page.text, "the invitation");
    let (weak, _) = follow(&shop, &link, "Rita", "short").await;
    assert_eq!(weak.status, 422);
    assert!(weak.text.contains("value=\"Rita\""));
    let (done, mut rita) = follow(&shop, &link, "Rita", PASSWORD).await;
    assert_eq!((done.status, done.header("location")), (303, "/admin/products"));
    rita.catch_up().await;
    let account = html::text(&rita.open("/account").await.text);
    assert!(
        account.contains("Rita") && account.contains("reviewer"),
        "{account}"
    );
    // It worked once.
    assert_eq!(shop.get(&link).await.status, 403);
    assert_eq!(follow(&shop, &link, "Mallory", PASSWORD).await.0.status, 403);
    // A newer link takes the place of an older one, and each has its time.
    let older = invite(&mut olive, "sam@shop.example", "submitter").await;
    let sam = format!("/admin/people/{}", id_of(&shop, "sam@shop.example").await);
    let newer = olive.submit(&sam, &format!("{sam}/link"), &[]).await;
    let newer = path_of(&copied(&newer, "link"));
    assert_eq!(
        (shop.get(&older).await.status, shop.get(&newer).await.status),
        (403, 200)
    );
    olive
        .submit(&sam, &format!("{sam}/role"), &[("role", "reviewer")])
        .await;
    let page = shop.get(&newer).await;
    assert!(
        page.status == 200 && page.text.contains("reviewer"),
        "who has not come yet still may"
    );
    let days = "SELECT COUNT(*) AS count FROM one_time_tokens WHERE created_at < '2020-01-01 00:00:00'";
    assert_eq!(shop.count(days).await, 0);
    shop.sql("UPDATE one_time_tokens SET expires_at = '2020-01-01 00:00:00'")
        .await;
    assert_eq!(follow(&shop, &newer, "Sam", PASSWORD).await.0.status, 403);
}

async fn v6_4_1_a_link_for_a_new_password_works_once_and_ends_every_session(shop: Shop) {
    Browser::of_owner(&shop).await;
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    let link = printed_link(&shop);
    assert_eq!(
        eddie.open("/account").await.status,
        200,
        "nothing has changed yet"
    );
    let (done, mut other) = follow(&shop, &link, "", NEW).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/admin/products"),
        "{}",
        done.text
    );
    assert_eq!(eddie.open("/account").await.status, 303);
    assert_eq!(other.open("/account").await.status, 200);
    assert_eq!(
        Browser::new(&shop)
            .sign_in("editor@shop.example", PASSWORD)
            .await
            .status,
        401
    );
    assert_eq!(
        Browser::new(&shop)
            .sign_in("editor@shop.example", NEW)
            .await
            .status,
        303
    );
    assert_eq!(follow(&shop, &link, "", PASSWORD).await.0.status, 403);
}
