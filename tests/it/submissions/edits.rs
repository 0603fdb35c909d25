//! Proposed changes of products that there are: nothing that happened since is overwritten unasked.

use awc::http::Method;
use serde_json::json;
use vitrine::accounts::Role;

use super::{QUEUE, decide, id_of, read, signed_in};
use crate::helpers::{Shop, eventually};
use crate::on_both_databases;

on_both_databases!(
    an_edit_changes_only_what_its_author_changed,
    an_edit_of_what_moved_on_shows_three_sides_and_takes_what_is_chosen,
    an_edit_that_changes_nothing_or_a_product_nobody_sees_is_refused,
);

async fn an_edit_changes_only_what_its_author_changed(shop: Shop) {
    let lamp = shop
        .create(
            &json!({"name": "Desk lamp", "price": "20.00", "stock_quantity": 3, "tags": ["linen", "gift"]}),
        )
        .await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let page = format!("/submit?product={}", lamp["product_id"]);
    let fields = [("description", "Bends both ways."), ("action", "send")];
    let opened = sam.open(&page).await;
    // Somebody sells one and raises the price while Sam still types.
    shop.amend(
        &lamp["product_id"],
        &json!({"stock_quantity": 2, "price": "22.00"}),
    )
    .await;
    let form = crate::helpers::changed(crate::helpers::html::form(&opened.text, "/submit"), &fields);
    let id = id_of(&sam.post_fields("/submit", &form).await);
    let case = read(&mut rita, &format!("{QUEUE}/{id}")).await;
    assert!(
        case.contains("Bends both ways.") && !case.contains("Stock"),
        "{case}"
    );
    assert_eq!(decide(&mut rita, id, "approve", "").await.status, 303);
    let now = shop
        .fresh(&format!("/api/v1/products/{}", lamp["product_id"]))
        .await
        .json();
    assert_eq!(
        (
            &now["description"],
            &now["price"],
            &now["stock_quantity"],
            &now["tags"]
        ),
        (
            &json!("Bends both ways."),
            &json!("22.00"),
            &json!(2),
            &json!(["linen", "gift"])
        )
    );
}

async fn an_edit_of_what_moved_on_shows_three_sides_and_takes_what_is_chosen(shop: Shop) {
    let lamp = shop
        .create(&json!({"name": "Desk lamp", "price": "20.00", "brand": "Windward"}))
        .await;
    let product = format!("/api/v1/products/{}", lamp["product_id"]);
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let page = format!("/submit?product={}", lamp["product_id"]);
    let fields = [("price", "18"), ("brand", "Leeward"), ("action", "send")];
    let id = id_of(&sam.submit(&page, "/submit", &fields).await);
    shop.amend(
        &lamp["product_id"],
        &json!({"price": "25.00", "brand": "Seaward"}),
    )
    .await;

    let case = format!("{QUEUE}/{id}");
    let text = read(&mut rita, &case).await;
    assert!(text.contains("The product was changed since"), "{text}");
    for side in ["20.00", "18.00", "25.00"] {
        assert!(text.contains(side), "{side} in {text}");
    }
    let undecided = decide(&mut rita, id, "approve", "Fine").await;
    assert_eq!(undecided.status, 409, "{}", undecided.text);
    assert_eq!(
        shop.fresh(&product).await.json()["price"],
        "25.00",
        "nothing was overwritten"
    );

    let chosen = [
        ("decision", "approve"),
        ("take.price", "take"),
        ("take.brand", "keep"),
    ];
    // What was chosen about an older version of the product counts for nothing.
    let opened = rita.open(&case).await;
    let form = crate::helpers::changed(crate::helpers::html::form(&opened.text, &case), &chosen);
    shop.amend(&lamp["product_id"], &json!({"price": "26.00"})).await;
    assert_eq!(rita.post_fields(&case, &form).await.status, 409);
    rita.catch_up().await;
    let approved = rita.submit(&case, &case, &chosen).await;
    assert_eq!(approved.status, 303, "{}", approved.text);
    let now = shop.fresh(&product).await.json();
    assert_eq!(
        (&now["price"], &now["brand"]),
        (&json!("18.00"), &json!("Seaward"))
    );

    let seq = shop.read("/api/admin/changes?sort=-seq&limit=5").await.json();
    let rows = seq["data"].as_array().unwrap();
    let change = rows.iter().find(|row| row["entity"] == "product").unwrap();
    let undo = format!("/api/admin/changes/{}/undo", change["seq"]);
    assert_eq!(
        shop.admin(Method::POST, &undo, &[], Some(&json!({})))
            .await
            .status,
        200
    );
    eventually("guests see the price of before", async || {
        shop.get(&product).await.json()["price"] == "26.00"
    })
    .await;
}

async fn an_edit_that_changes_nothing_or_a_product_nobody_sees_is_refused(shop: Shop) {
    let lamp = shop.create(&json!({"name": "Desk lamp", "price": "20.00"})).await;
    let hidden = shop
        .create(&json!({"name": "Hidden", "price": "1.00", "is_active": false}))
        .await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let page = format!("/submit?product={}", lamp["product_id"]);
    let same = sam
        .submit(&page, "/submit", &[("price", "20"), ("action", "send")])
        .await;
    assert_eq!(same.status, 422);
    assert!(same.text.contains("changes nothing"), "{}", same.text);
    // Nobody reads a former state that customers never saw.
    let path = format!("/api/admin/products/{}", hidden["product_id"]);
    let shown = json!({"price": "30.00", "is_active": true});
    let opened = shop
        .admin(Method::PATCH, &path, &[("if-match", "\"v1\"")], Some(&shown))
        .await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let body = json!({"product_id": hidden["product_id"], "product_version": 1, "product": {"price": "2.00"}, "draft": true});
    let answer = shop
        .admin(Method::POST, "/api/v1/submissions", &[], Some(&body))
        .await;
    assert!(
        answer.status == 201 && answer.text.contains("30.00") && !answer.text.contains("1.00"),
        "{}",
        answer.text
    );
    let closed = shop
        .admin(
            Method::PATCH,
            &path,
            &[("if-match", "\"v2\"")],
            Some(&json!({"is_active": false})),
        )
        .await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    let missing = format!("/submit?product={}", hidden["product_id"]);
    sam.catch_up().await;
    assert_eq!(sam.open(&missing).await.status, 404);
    let body = json!({"product_id": hidden["product_id"], "product": {"price": "2.00"}});
    let answer = shop
        .admin(Method::POST, "/api/v1/submissions", &[], Some(&body))
        .await;
    assert_eq!(answer.status, 404, "{}", answer.text);
}
