//! The history as the owner sees it, without scripts: found, undone, decided.

use serde_json::json;

use super::{history, newest, product};
use crate::helpers::{Browser, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    the_owner_sees_who_changed_what_and_takes_it_back,
    where_somebody_changed_it_since_the_owner_decides_field_by_field,
    what_cannot_be_put_back_is_told_beside_what_was_chosen,
    an_import_is_undone_with_a_look_at_what_stays,
    what_people_typed_is_text_in_the_history,
);

/// The fields of the form that undoes a change; radio buttons as they are set.
fn undo_form(page: &str, action: &str) -> Vec<(String, String)> {
    html::form(page, action)
}

async fn the_owner_sees_who_changed_what_and_takes_it_back(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let id = &made["product_id"];
    let mut owner = Browser::of_owner(&shop).await;
    let own = format!("/admin/products/{id}");
    owner.submit(&own, &own, &[("price", "2.00")]).await;
    let seq = newest(&shop).await;

    let form = owner.open(&own).await.text;
    let link = format!("/admin/history?product={id}");
    assert!(form.contains(&format!("href=\"{link}\"")));
    let page = owner.open(&link).await.text;
    html::assert_is_ours(&page, &link);
    for words in [
        "History of “Lamp”",
        "Olive",
        "key “test”",
        "Price",
        "1.00",
        "2.00",
        "product added",
        "product changed",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let address = format!("/admin/history/{seq}/undo");
    assert!(page.contains(&format!("href=\"{address}\"")));
    let question = owner.open(&address).await.text;
    html::assert_is_ours(&question, &address);
    assert!(question.contains("Undo what was done to “Lamp”") && !question.contains("type=\"radio\""));
    let undone = owner.submit(&address, &address, &[]).await;
    assert_eq!(
        (undone.status, undone.header("location")),
        (303, &*format!("/admin/history?product={id}&notice=undone"))
    );
    let page = owner.open(undone.header("location")).await.text;
    assert!(
        page.contains("Undone.")
            && page.contains(&format!("undoes <a href=\"#change-{seq}\">change {seq}</a>"))
    );
    assert!(
        !page.contains(&format!("href=\"{address}\"")),
        "what is undone offers no undo"
    );
    assert_eq!(product(&shop, id).await["price"], "1.00");
    assert!(
        owner
            .open(&address)
            .await
            .text
            .contains("There is nothing to undo")
    );

    // What was made goes, and comes back by the same way.
    let creation = history(&shop, &format!("product={id}")).await.last().unwrap()["seq"].clone();
    let address = format!("/admin/history/{creation}/undo");
    owner.submit(&address, &address, &[]).await;
    assert!(product(&shop, id).await["deleted_at"].is_string());
    let address = format!("/admin/history/{}/undo", newest(&shop).await);
    assert!(owner.open(&address).await.text.contains("Restore it"));
    owner.submit(&address, &address, &[]).await;
    assert_eq!(product(&shop, id).await.get("deleted_at"), None);
    for nowhere in [
        "/admin/history/999/undo",
        "/admin/history/x/undo",
        "/admin/batches/none/undo",
    ] {
        assert_eq!(owner.open(nowhere).await.status, 404, "{nowhere}");
    }
    assert!(
        owner
            .open("/admin/history?actor=clock")
            .await
            .text
            .contains("No change fits")
    );
    assert_eq!(owner.open("/admin/history?actor=Olive").await.status, 400);
}

async fn where_somebody_changed_it_since_the_owner_decides_field_by_field(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "brand": "Windward"}))
        .await;
    let id = &made["product_id"];
    shop.amend(id, &json!({"price": "2.00", "brand": "Saltmeadow"}))
        .await;
    let seq = newest(&shop).await;
    shop.amend(id, &json!({"price": "3.00"})).await;
    let mut owner = Browser::of_owner(&shop).await;
    let address = format!("/admin/history/{seq}/undo");
    let page = owner.open(&address).await.text;
    html::assert_is_ours(&page, &address);
    for value in ["1.00", "2.00", "3.00"] {
        assert!(page.contains(value), "{value}");
    }
    // Nothing is chosen where somebody has to choose.
    let form = undo_form(&page, &address);
    let chosen = |name: &str| {
        form.iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        (chosen("side.brand"), chosen("side.price")),
        (Some("put_back"), None)
    );
    let undecided = owner.post_fields(&address, &form).await;
    assert!(
        undecided.status == 409 && undecided.text.contains("Nothing is undone yet"),
        "{}",
        undecided.text
    );
    assert_eq!(product(&shop, id).await["version"], 3);

    // Changed once more while the owner thought about it.
    shop.amend(id, &json!({"price": "4.00"})).await;
    let mut decided = form.clone();
    decided.push(("side.price".to_owned(), "put_back".to_owned()));
    let late = owner.post_fields(&address, &decided).await;
    assert!(late.status == 409 && late.text.contains("4.00"), "{}", late.text);
    assert_eq!(product(&shop, id).await["price"], "4.00");
    let mut decided = undo_form(&late.text, &address);
    decided.retain(|(name, _)| name != "side.price");
    decided.push(("side.price".to_owned(), "keep".to_owned()));
    assert_eq!(owner.post_fields(&address, &decided).await.status, 303);
    let now = product(&shop, id).await;
    assert_eq!(
        (&now["price"], &now["brand"]),
        (&json!("4.00"), &json!("Windward"))
    );
}

async fn what_cannot_be_put_back_is_told_beside_what_was_chosen(shop: Shop) {
    let made = shop
        .create(&json!({"name": "Lamp", "price": "1.00", "sku": "L-1"}))
        .await;
    let id = &made["product_id"];
    shop.amend(id, &json!({"sku": "L-2", "price": "2.00"})).await;
    let address = format!("/admin/history/{}/undo", newest(&shop).await);
    shop.create(&json!({"name": "Vase", "price": "1.00", "sku": "L-1"}))
        .await;
    let mut owner = Browser::of_owner(&shop).await;
    let refused = owner.submit(&address, &address, &[]).await;
    html::assert_is_ours(&refused.text, &address);
    assert!(
        refused.status == 422 && refused.text.contains("href=\"#field-sku\""),
        "{}",
        refused.text
    );
    assert!(
        refused
            .text
            .contains("is the article number of another product (Vase"),
        "{}",
        refused.text
    );
    let mut decided = undo_form(&refused.text, &address);
    decided.retain(|(name, _)| name != "side.sku");
    decided.push(("side.sku".to_owned(), "keep".to_owned()));
    assert_eq!(owner.post_fields(&address, &decided).await.status, 303);
    let now = product(&shop, id).await;
    assert_eq!((&now["sku"], &now["price"]), (&json!("L-2"), &json!("1.00")));
}

async fn an_import_is_undone_with_a_look_at_what_stays(shop: Shop) {
    let mut ids = Vec::new();
    for number in 0..3 {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00"});
        ids.push(shop.create(&body).await["product_id"].clone());
    }
    let file = shop.folder.path().join("import.jsonl");
    let lines: String = (0..3)
        .map(|number| format!("{{\"name\": \"Lamp {number}\", \"price\": \"2.00\"}}\n"))
        .collect();
    std::fs::write(&file, lines).unwrap();
    assert!(
        shop.vitrine(&["import", file.to_str().unwrap()])
            .status()
            .unwrap()
            .success()
    );
    shop.amend(&ids[0], &json!({"price": "3.00"})).await;
    let mut owner = Browser::of_owner(&shop).await;
    let batch = history(&shop, "actor=cli").await[0]["batch"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = owner.open(&format!("/admin/history?batch={batch}")).await.text;
    assert!(
        page.contains("3 changes, 3 products among") && page.contains("the command line"),
        "{page}"
    );
    let address = format!("/admin/batches/{batch}/undo");
    assert!(page.contains(&format!("href=\"{address}\"")));
    let question = owner.open(&address).await.text;
    html::assert_is_ours(&question, &address);
    assert!(question.contains("3 changes, 3 products among"), "{question}");
    let told = owner.submit(&address, &address, &[]).await;
    html::assert_is_ours(&told.text, &address);
    assert!(
        told.status == 200 && told.text.contains("2 changes are undone"),
        "{}",
        told.text
    );
    assert!(
        told.text.contains(">Lamp 0</a>: It was changed since: price"),
        "{}",
        told.text
    );
    assert_eq!(product(&shop, &ids[0]).await["price"], "3.00");
    assert_eq!(product(&shop, &ids[1]).await["price"], "1.00");
    // The undo is undone: nothing is left to tell, so its history is shown.
    let undoing = history(&shop, "actor=user:1").await[0]["batch"]
        .as_str()
        .unwrap()
        .to_owned();
    let address = format!("/admin/batches/{undoing}/undo");
    let back = owner.submit(&address, &address, &[]).await;
    assert!(
        back.status == 303 && back.header("location").starts_with("/admin/history?batch=undo-"),
        "{}",
        back.text
    );
    assert_eq!(product(&shop, &ids[1]).await["price"], "2.00");
}

async fn what_people_typed_is_text_in_the_history(shop: Shop) {
    let nasty = "\"><script>alert(1)</script><b>";
    let made = shop
        .create(
            &json!({"name": nasty, "price": "1.00", "brand": nasty, "category": nasty, "description": nasty}),
        )
        .await;
    shop.amend(
        &made["product_id"],
        &json!({"description": format!("{nasty}2"), "tags": [nasty], "brand": null}),
    )
    .await;
    let seq = newest(&shop).await;
    let mut owner = Browser::of_owner(&shop).await;
    for page in [
        "/admin/history",
        &format!("/admin/history?product={}", made["product_id"]),
        &format!("/admin/history/{seq}/undo"),
    ] {
        let shown = owner.open(page).await.text;
        html::assert_is_ours(&shown, page);
        assert!(shown.contains("&lt;script&gt;"), "{page}");
    }
}
