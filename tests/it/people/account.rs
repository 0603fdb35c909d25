//! One's own account: sessions, password, a copy of one's data.

use vitrine::accounts::Role;

use super::NEW;
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v7_5_2_people_see_their_sessions_and_end_them_and_nobody_elses,
    v7_4_3_a_new_password_ends_the_other_sessions_and_renews_this_one,
    a_person_takes_a_copy_of_their_data,
);

async fn v7_5_2_people_see_their_sessions_and_end_them_and_nobody_elses(shop: Shop) {
    let mut here = Browser::of_owner(&shop).await;
    let mut there = Browser::new(&shop);
    there.sign_in(EMAIL, PASSWORD).await;
    let mut third = Browser::new(&shop);
    third.sign_in(EMAIL, PASSWORD).await;
    let mut robin = Browser::of_role(&shop, Role::Submitter).await;
    let page = here.open("/account").await;
    html::assert_is_ours(&page.text, "/account");
    assert_eq!(page.text.matches("Another browser").count(), 2);
    let form = html::form(&page.text, "/account/sessions/end");
    // Somebody else's session, by its name.
    let token = robin.csrf_token().await;
    let stolen = crate::helpers::changed(form.clone(), &[("csrf_token", &token)]);
    assert_eq!(
        robin.post_fields("/account/sessions/end", &stolen).await.status,
        404
    );
    let done = here.post_fields("/account/sessions/end", &form).await;
    assert_eq!(done.header("location"), "/account?notice=ended", "{}", done.text);
    let (one, two) = (
        there.open("/account").await.status,
        third.open("/account").await.status,
    );
    assert_eq!(one + two, 200 + 303, "one of the two is ended: {one} {two}");
    let others = here.submit("/account", "/account/sessions/end-others", &[]).await;
    assert_eq!(others.status, 303);
    assert_eq!(
        (
            there.open("/account").await.status,
            third.open("/account").await.status
        ),
        (303, 303)
    );
    assert_eq!(
        (
            here.open("/account").await.status,
            robin.open("/account").await.status
        ),
        (200, 200)
    );
}

async fn v7_4_3_a_new_password_ends_the_other_sessions_and_renews_this_one(shop: Shop) {
    let mut here = Browser::of_owner(&shop).await;
    let mut there = Browser::new(&shop);
    there.sign_in(EMAIL, PASSWORD).await;
    let old = here.cookie("vitrine_sid").to_owned();
    for (present, new) in [("wrong", NEW), (PASSWORD, "short")] {
        let fields = [("old_password", present), ("password", new)];
        let refused = here.submit("/account", "/account/password", &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(!refused.text.contains(new), "a password is never sent back");
    }
    assert_eq!(there.open("/account").await.status, 200);
    let fields = [("old_password", PASSWORD), ("password", NEW)];
    let done = here.submit("/account", "/account/password", &fields).await;
    assert_eq!(
        done.header("location"),
        "/account?notice=password",
        "{}",
        done.text
    );
    assert_ne!(here.cookie("vitrine_sid"), old);
    assert_eq!(
        (
            here.open("/account").await.status,
            there.open("/account").await.status
        ),
        (200, 303)
    );
    assert_eq!(there.sign_in(EMAIL, PASSWORD).await.status, 401);
    assert_eq!(there.sign_in(EMAIL, NEW).await.status, 303);
}

async fn a_person_takes_a_copy_of_their_data(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let copy = olive.open("/account/export").await;
    assert!(copy.header("content-disposition").starts_with("attachment"));
    let copy = copy.json();
    assert_eq!(
        (&copy["account"]["email"], &copy["account"]["role"]),
        (&EMAIL.into(), &"owner".into())
    );
    assert_eq!(copy["sessions"].as_array().unwrap().len(), 1);
    assert!(!copy.to_string().contains("argon2"));
}
