//! Who sees a picture, before and after the decision.

use awc::http::Method;
use image::ImageFormat;
use serde_json::json;
use vitrine::accounts::Role;

use super::super::{QUEUE, decide, read, signed_in};
use super::{LAMP, content_kept, draft, look};
use crate::helpers::{Browser, Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    a_picture_is_seen_by_whom_it_concerns_and_by_everybody_once_it_is_approved,
    nobody_gets_a_picture_published_by_its_address_alone,
    what_came_to_nothing_leaves_no_picture_behind,
);

async fn a_picture_is_seen_by_whom_it_concerns_and_by_everybody_once_it_is_approved(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let eve = signed_in(&shop, Role::Submitter, "Eve").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let guest = Browser::new(&shop);
    let (id, address, seen) = draft(&mut sam, 200).await;
    let (status, drawn) = look(&sam, &seen).await;
    assert_eq!(
        (status, image::guess_format(&drawn).unwrap()),
        (200, ImageFormat::Jpeg)
    );
    let camera = b"52.5200 N";
    assert!(!drawn.windows(camera.len()).any(|part| part == camera));
    for other in [&eve, &rita] {
        assert_eq!(look(other, &seen).await.0, 404, "a draft is its author's");
    }
    assert_eq!(
        look(&guest, &seen).await.0,
        303,
        "who is nobody is asked to sign in"
    );

    let own = format!("/submit/{id}");
    let sent = [("action", "send"), ("alt.0", "A lamp like the moon")];
    assert_eq!(sam.submit(&own, &own, &sent).await.status, 303);
    assert_eq!(
        (look(&rita, &seen).await.0, look(&eve, &seen).await.0),
        (200, 404)
    );
    rita.catch_up().await;
    let case = rita.open(&format!("{QUEUE}/{id}")).await;
    assert!(
        case.text.contains(&seen) && case.text.contains("A lamp like the moon"),
        "{}",
        case.text
    );
    assert_eq!(
        look(&guest, &address).await.0,
        404,
        "nothing is public before somebody has decided"
    );

    assert_eq!(decide(&mut rita, id, "approve", "").await.status, 303);
    assert_eq!(look(&guest, &address).await, (200, drawn));
    assert_eq!((look(&sam, &seen).await.0, content_kept(&shop).await), (404, 0));
    eventually("guests see it on the list", async || {
        shop.get("/products").await.text.contains(&address)
    })
    .await;
    assert!(read(&mut sam, &own).await.contains("A lamp like the moon"));
    let changes = shop.read("/api/admin/changes?sort=-seq&limit=10").await.json();
    let rows = changes["data"].as_array().unwrap();
    let made = rows.iter().find(|row| row["entity"] == "product").unwrap();
    assert_eq!(made["batch"], json!(format!("submission-{id}")));
    let undo = format!("/api/admin/changes/{}/undo", made["seq"]);
    assert_eq!(
        shop.admin(Method::POST, &undo, &[], Some(&json!({})))
            .await
            .status,
        200
    );
    eventually("it is gone again", async || {
        !shop.get("/products").await.text.contains(&address)
    })
    .await;
}

async fn nobody_gets_a_picture_published_by_its_address_alone(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut eve = signed_in(&shop, Role::Submitter, "Eve").await;
    let (_, address, _) = draft(&mut sam, 30).await;
    let stolen = [&LAMP[..], &[("images", address.as_str()), ("action", "send")]].concat();
    let answer = eve.submit("/submit", "/submit", &stolen).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("upload it again"), "{}", answer.text);
}

async fn what_came_to_nothing_leaves_no_picture_behind(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    for (place, end) in ["discarded", "withdrawn", "refused"].into_iter().enumerate() {
        let (id, address, seen) = draft(&mut sam, 60 + u8::try_from(place).unwrap()).await;
        let own = format!("/submit/{id}");
        if end != "discarded" {
            assert_eq!(sam.submit(&own, &own, &[("action", "send")]).await.status, 303);
        }
        rita.catch_up().await;
        let ended = match end {
            "refused" => decide(&mut rita, id, "refuse", "We have one").await,
            _ => sam.submit(&own, &own, &[("action", "withdraw")]).await,
        };
        assert_eq!(ended.status, 303, "{end}: {}", ended.text);
        for browser in [&sam, &rita] {
            assert_eq!(look(browser, &seen).await.0, 404, "{end}");
        }
        assert_eq!(
            (look(&sam, &address).await.0, content_kept(&shop).await),
            (404, 0),
            "{end}"
        );
        if end == "refused" {
            let page = read(&mut rita, &format!("{QUEUE}/{id}")).await;
            assert!(page.contains("not kept any more"), "{page}");
        }
    }
}
