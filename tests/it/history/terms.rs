//! What products are sorted and described by: renamed, deleted, merged, and back.

use awc::http::Method;
use serde_json::{Value, json};

use super::{history, newest, product, undo};
use crate::helpers::{Browser, Shop};
use crate::on_both_databases;

on_both_databases!(
    a_category_that_is_gone_comes_back_and_a_merged_one_leads_on,
    a_term_that_nothing_uses_goes_and_comes_back_as_it_was,
    terms_and_attributes_get_their_former_values_with_their_products,
);

async fn a_category_that_is_gone_comes_back_and_a_merged_one_leads_on(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps", "brand": "Windward"}))
        .await;
    let id = &made["product_id"];
    shop.amend(id, &json!({"category": "Lighting", "brand": "Saltmeadow"}))
        .await;
    let change = newest(&shop).await;
    let mut owner = Browser::of_owner(&shop).await;
    let written = history(&shop, "actor=key:1&limit=100").await;
    let term = |entity: &str, name: &str| {
        let named = format!("\"name\":\"{name}\"");
        let fits = |row: &&Value| {
            row["entity"] == entity && row["state_after"].as_str().unwrap_or_default().contains(&named)
        };
        written.iter().find(fits).unwrap()["entity_id"].clone()
    };
    let gone = format!("/admin/categories/{}/delete", term("category", "Lamps"));
    let deleted = owner.submit(&gone, &gone, &[]).await;
    assert_eq!(deleted.status, 303, "{}", deleted.text);
    let merge = format!("/admin/brands/{}/merge", term("brand", "Windward"));
    let into = term("brand", "Saltmeadow").to_string();
    let merged = owner.submit(&merge, &merge, &[("into", &into)]).await;
    assert_eq!(merged.status, 303, "{}", merged.text);
    let undone = undo(&shop, change, &json!({})).await;
    assert_eq!(undone.json()["outcome"], "undone", "{}", undone.text);
    let now = product(&shop, id).await;
    assert_eq!(
        (&now["category"], &now["brand"]),
        (&json!("Lamps"), &json!("Saltmeadow"))
    );
    // An address that a product had stays its own, so it can be put back whatever comes between.
    shop.amend(id, &json!({"slug": "moon"})).await;
    let change = newest(&shop).await;
    let other = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    assert_ne!(other["slug"], "lamp");
    assert_eq!(undo(&shop, change, &json!({})).await.json()["outcome"], "undone");
    assert_eq!(product(&shop, id).await["slug"], "lamp");
    let redirect = shop
        .send(
            Method::GET,
            "/products/moon",
            &[("x-min-change-seq", &shop.head().await)],
            None,
        )
        .await;
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (301, "/products/lamp")
    );
}

async fn a_term_that_nothing_uses_goes_and_comes_back_as_it_was(shop: Shop) {
    let mut owner = Browser::of_owner(&shop).await;
    owner
        .submit("/admin/categories/new", "/admin/categories", &[("name", "Home")])
        .await;
    let below = [
        ("name", "Lamps"),
        ("parent", "1"),
        ("position", "3"),
        ("description", "Light."),
    ];
    owner
        .submit("/admin/categories/new", "/admin/categories", &below)
        .await;
    let creation = history(&shop, "category=2").await[0].clone();
    let seq = creation["seq"].as_i64().unwrap();
    assert_eq!(undo(&shop, seq, &json!({})).await.json()["outcome"], "undone");
    owner.catch_up().await;
    assert_eq!(owner.open("/admin/categories/2").await.status, 404);
    assert_eq!(undo(&shop, seq, &json!({})).await.json()["outcome"], "already");
    let deletion = history(&shop, "category=2").await[0]["seq"].as_i64().unwrap();
    assert_eq!(
        undo(&shop, deletion, &json!({})).await.json()["outcome"],
        "undone"
    );
    let back = history(&shop, "category=2").await[0].clone();
    assert_eq!(
        (&back["action"], &back["fields"]),
        (&json!("restored"), &creation["fields"])
    );
    owner.catch_up().await;
    assert_eq!(owner.open("/admin/categories/2").await.status, 200);
    // Somebody took the name meanwhile.
    let restoration = back["seq"].as_i64().unwrap();
    assert_eq!(
        undo(&shop, restoration, &json!({})).await.json()["outcome"],
        "undone"
    );
    let deletion = newest(&shop).await;
    owner
        .submit("/admin/categories/new", "/admin/categories", &[("name", "LAMPS")])
        .await;
    let refused = undo(&shop, deletion, &json!({})).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["pointer"]),
        (422, &json!("/name"))
    );
}

async fn terms_and_attributes_get_their_former_values_with_their_products(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "category": "Lamps", "brand": "Windward", "tags": ["new"]}))
        .await;
    let mut owner = Browser::of_owner(&shop).await;
    let renamed = owner
        .submit(
            "/admin/categories/1",
            "/admin/categories/1",
            &[("name", "Lights"), ("slug", "lights"), ("position", "5")],
        )
        .await;
    assert_eq!(renamed.status, 303, "{}", renamed.text);
    assert_eq!(product(&shop, &made["product_id"]).await["category"], "Lights");
    let change = history(&shop, "category=1").await[0]["seq"].as_i64().unwrap();
    assert_eq!(undo(&shop, change, &json!({})).await.json()["outcome"], "undone");
    assert_eq!(product(&shop, &made["product_id"]).await["category"], "Lamps");
    let head = [("x-min-change-seq", &*shop.head().await)];
    let categories = shop
        .send(Method::GET, "/api/v1/categories", &head, None)
        .await
        .json();
    assert_eq!(
        (&categories["data"][0]["name"], &categories["data"][0]["slug"]),
        (&json!("Lamps"), &json!("lamps"))
    );
    // The product that came along is there already.
    let moved = history(&shop, &format!("product={}", made["product_id"])).await;
    let first_relabel = moved
        .iter()
        .find(|row| row["fields"][0]["became"] == "Lights")
        .unwrap();
    let outcome = undo(&shop, first_relabel["seq"].as_i64().unwrap(), &json!({})).await;
    assert_eq!(outcome.json()["outcome"], "already");

    let choices = [
        ("name", "Wood"),
        ("kind", "choice"),
        ("choices", "Oak\nAsh"),
        ("key", "wood"),
    ];
    owner
        .submit("/admin/attributes/new", "/admin/attributes", &choices)
        .await;
    let page = "/admin/attributes/1";
    owner
        .submit(page, page, &[("choices", "Ash"), ("name", "Timber")])
        .await;
    let change = newest(&shop).await;
    assert_eq!(undo(&shop, change, &json!({})).await.json()["outcome"], "undone");
    let row = &history(&shop, "attribute=1").await[0];
    assert_eq!(row["fields"][0]["became"], json!(["Oak", "Ash"]));
    assert_eq!(row["fields"][1]["became"], "Wood");
}
