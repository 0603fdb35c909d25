//! Forms with pictures, and what is wrong with them.

use awc::http::Method;
use awc::http::header::CONTENT_TYPE;
use vitrine::accounts::Role;

use super::super::{read, signed_in};
use super::{LAMP, content_kept, draft, look, photograph, pictures_of, request, send_files};
use crate::helpers::{Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    what_is_no_picture_is_refused_by_its_name_and_nothing_typed_is_lost,
    pictures_outlive_what_is_wrong_with_the_rest_of_the_form,
    as_many_pictures_as_a_day_and_a_proposal_have_room_for,
);

async fn what_is_no_picture_is_refused_by_its_name_and_nothing_typed_is_lost(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let typed = [
        &LAMP[..],
        &[
            ("description", "Of paper"),
            ("message", "We make it"),
            ("action", "send"),
        ],
    ]
    .concat();
    let files: [(&str, &[u8]); 2] = [
        ("good.jpg", &photograph(1)),
        ("evil.png", b"<svg onload=alert(1)>"),
    ];
    let answer = send_files(&mut sam, ("/submit", "/submit"), &typed, &files).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(
        answer.text.contains("href=\"#field-pictures\"") && answer.text.contains("evil.png"),
        "{}",
        answer.text
    );
    for words in ["Moon lamp", "39.90", "Of paper", "We make it"] {
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
    }
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM submission_pictures")
            .await,
        0
    );
    assert!(
        read(&mut sam, "/account/proposals").await.contains("Draft"),
        "what was typed is kept as a draft"
    );
    // A stranger's form is refused before anything is looked at.
    let mut foreign = request(&sam, Method::POST, "/submit")
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=edge"))
        .insert_header(("sec-fetch-site", "cross-site"))
        .send_body("--edge--\r\n")
        .await
        .unwrap();
    assert_eq!(foreign.status().as_u16(), 403, "{:?}", foreign.body().await);
    let tokenless = request(&sam, Method::POST, "/submit")
        .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=edge"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .send_body("--edge\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nLamp\r\n--edge--\r\n")
        .await
        .unwrap();
    assert_eq!(tokenless.status().as_u16(), 403);
}

async fn pictures_outlive_what_is_wrong_with_the_rest_of_the_form(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let typed = [("name", "Moon lamp"), ("price", "a lot"), ("action", "send")];
    let wrong = send_files(
        &mut sam,
        ("/submit", "/submit"),
        &typed,
        &[("a.jpg", &photograph(7))],
    )
    .await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let list = sam.open("/account/proposals").await;
    let own = html::tags(&list.text)
        .into_iter()
        .filter_map(|tag| tag.attribute("href").map(str::to_owned))
        .find(|address| address.starts_with("/submit/"))
        .unwrap();
    let (addresses, seen) = pictures_of(&wrong.text, &own);
    assert_eq!(
        (addresses.len(), look(&sam, &seen[0]).await.0),
        (1, 200),
        "{}",
        wrong.text
    );
    let form = changed(
        html::form(&wrong.text, &own),
        &[("price", "39.90"), ("action", "send")],
    );
    assert_eq!(sam.post_fields(&own, &form).await.status, 303);
    assert!(read(&mut sam, &own).await.contains("Waiting for review"));
    // Left out, and so let go.
    let page = sam.open(&own).await;
    let form = changed(
        html::form(&page.text, &own),
        &[("drop.0", "yes"), ("action", "send")],
    );
    assert_eq!(sam.post_fields(&own, &form).await.status, 303);
    assert_eq!(
        (content_kept(&shop).await, look(&sam, &seen[0]).await.0),
        (0, 404)
    );
}

async fn as_many_pictures_as_a_day_and_a_proposal_have_room_for(shop: Shop) {
    let shop = shop
        .beside(|settings| settings.submissions.pictures_per_day = 2)
        .await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let (id, _, _) = draft(&mut sam, 1).await;
    let own = format!("/submit/{id}");
    let save = [("action", "save")];
    let (two, three) = (photograph(2), photograph(3));
    let both: [(&str, &[u8]); 2] = [("b.jpg", &two), ("c.jpg", &three)];
    let answer = send_files(&mut sam, (&own, &own), &save, &both).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("in a day"), "{}", answer.text);
    assert_eq!(
        send_files(&mut sam, (&own, &own), &save, &both[..1]).await.status,
        303
    );
    // Discarding a draft gives no room: the day's pictures were looked at all the same.
    assert_eq!(
        sam.submit(&own, &own, &[("action", "withdraw")]).await.status,
        303
    );
    let typed = [&LAMP[..], &save].concat();
    let answer = send_files(&mut sam, ("/submit", "/submit"), &typed, &both[1..]).await;
    assert_eq!(answer.status, 422, "{}", answer.text);

    let many: Vec<(String, Vec<u8>)> = (0..21)
        .map(|shade| (format!("{shade}.jpg"), photograph(shade)))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let answer = send_files(&mut sam, ("/submit", "/submit"), &typed, &many).await;
    assert!(answer.text.contains("at most 20"), "{}", answer.text);
}
