//! How categories, brands, tags and attributes go, and what becomes of the products that had them.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Browser, Shop, changed, html};
use crate::on_both_databases;
use crate::terms::{ATTRIBUTES, CATEGORIES, TAGS, after, found, id_of, log_of, make, product, visit};

on_both_databases!(
    what_no_product_has_can_be_deleted_and_leads_nowhere,
    what_products_have_says_how_many_and_offers_to_merge,
    a_product_that_comes_back_brings_what_was_deleted_meanwhile,
    nothing_is_deleted_that_changed_while_the_question_stood,
    an_attribute_takes_its_values_along,
);

const BRANDS: &str = "/admin/brands";

fn question(own: &str) -> String {
    format!("{own}/delete")
}

/// Answers the question whether to delete; where that leads.
async fn delete(olive: &mut Browser<'_>, own: &str) -> String {
    let question = question(own);
    let deleted = olive.submit(&question, &question, &[]).await;
    assert_eq!(deleted.status, 303, "{}", html::text(&deleted.text));
    deleted.header("location").to_owned()
}

async fn change_state(shop: &Shop, made: &Value, method: Method, end: &str) {
    let own = format!("/api/admin/products/{}", made["product_id"]);
    let head = shop.head().await;
    let now = shop
        .admin(Method::GET, &own, &[("x-min-change-seq", &head)], None)
        .await;
    let version = [("if-match", now.header("etag"))];
    let answer = shop.admin(method, &format!("{own}{end}"), &version, None).await;
    assert!((200..300).contains(&answer.status), "{}", answer.text);
}

pub async fn what_no_product_has_can_be_deleted_and_leads_nowhere(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    for (list, entity) in [(CATEGORIES, "category"), (BRANDS, "brand"), (TAGS, "tag")] {
        let own = make(&mut olive, list, &[("name", "Lamps")]).await;
        let renamed = [("name", "Lights"), ("slug", "lights")];
        assert_eq!(olive.submit(&own, &own, &renamed).await.status, 303);
        let asked = olive.open(&question(&own)).await;
        html::assert_is_ours(&asked.text, &own);
        assert!(html::text(&asked.text).contains("No product has it."));

        let list_again = delete(&mut olive, &own).await;
        assert_eq!(list_again, format!("{list}?notice=removed"));
        let page = olive.open(&list_again).await.text;
        assert!(html::text(&page).contains("Deleted.") && !page.contains("Lights"));
        assert_eq!(olive.open(&own).await.status, 404);
        assert_eq!(olive.open(&question(&own)).await.status, 404);
        let log = log_of(&shop, entity).await;
        let last = log.last().unwrap();
        assert_eq!((last.action.as_str(), last.version), ("deleted", 2));
        let before: Value = serde_json::from_str(last.state_before.as_deref().unwrap()).unwrap();
        assert_eq!((&before["name"], &last.state_after), (&json!("Lights"), &None));
    }
    for gone in ["/categories/lights", "/categories/lamps"] {
        assert_eq!(visit(&shop, gone).await.status, 404, "{gone}");
    }
    // The name is free again, and is a new one.
    let made = make(&mut olive, CATEGORIES, &[("name", "Lamps"), ("slug", "lights")]).await;
    assert!(
        html::form(&olive.open(&made).await.text, &made).contains(&("slug".to_owned(), "lights".to_owned()))
    );
}

async fn what_products_have_says_how_many_and_offers_to_merge(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let home = make(&mut olive, CATEGORIES, &[("name", "Home")]).await;
    let below = [("name", "Lamps"), ("parent", id_of(&home))];
    let lamps = make(&mut olive, CATEGORIES, &below).await;
    make(&mut olive, CATEGORIES, &[("name", "Garden")]).await;
    let (brand, tag) = (
        make(&mut olive, BRANDS, &[("name", "Windward")]).await,
        make(&mut olive, TAGS, &[("name", "new")]).await,
    );
    let mut last = Value::Null;
    for (name, is_active) in [("Arc", true), ("Bow", false), ("Cone", true)] {
        let body = json!({"name": name, "price": "1.00", "category": "Lamps", "brand": "Windward", "tags": ["new"], "is_active": is_active});
        last = shop.create(&body).await;
    }
    change_state(&shop, &last, Method::DELETE, "").await;
    for (own, said, can_merge) in [
        (&home, "1 category stands below it.", true),
        (&lamps, "2 products stand in it.", true),
        (&brand, "2 products are of this brand.", false),
        (&tag, "2 products carry it.", false),
    ] {
        olive.catch_up().await;
        let asked = olive.open(&question(own)).await;
        assert_eq!(asked.status, 200);
        html::assert_is_ours(&asked.text, own);
        let text = html::text(&asked.text);
        assert!(
            text.contains(said) && text.contains("cannot be deleted"),
            "{text}"
        );
        assert_eq!(asked.text.contains(&format!("{own}/merge")), can_merge, "{own}");
        let form = html::form(&olive.open(own).await.text, own);
        let refused = olive.post_fields(&question(own), &form).await;
        assert_eq!(refused.status, 409, "{own}");
        assert!(html::text(&refused.text).contains(said));
        assert_eq!(olive.open(own).await.status, 200, "{own} is still there");
    }
    assert_eq!(
        found(&shop, "category=home&tag=new&brand=windward").await,
        ["Arc"]
    );
}

async fn a_product_that_comes_back_brings_what_was_deleted_meanwhile(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let height = make(&mut olive, ATTRIBUTES, &[("name", "Height"), ("kind", "number")]).await;
    make(&mut olive, ATTRIBUTES, &[("name", "Wood"), ("kind", "text")]).await;
    let body = json!({
        "name": "Arc", "price": "1.00", "category": "Lamps", "brand": "Windward", "tags": ["new", "oak"],
        "attributes": {"height": 30, "wood": "Oak"},
    });
    let made = shop.create(&body).await;
    change_state(&shop, &made, Method::DELETE, "").await;
    olive.catch_up().await;
    // The ids of terms count through all kinds: category, brand, two tags.
    for own in [
        format!("{CATEGORIES}/1"),
        format!("{BRANDS}/2"),
        format!("{TAGS}/3"),
        height,
    ] {
        delete(&mut olive, &own).await;
    }
    change_state(&shop, &made, Method::POST, "/restore").await;

    let back = product(&shop, &made["product_id"]).await;
    for field in ["name", "category", "brand", "tags", "slug"] {
        assert_eq!(back[field], made[field], "{field}");
    }
    assert_eq!(back["attributes"], json!({"wood": "Oak"}));
    for query in [
        "category=lamps",
        "brand=windward",
        "tag=new",
        "tag=oak",
        "attr.wood=oak",
    ] {
        assert_eq!(found(&shop, query).await, ["Arc"], "{query}");
    }
    let actions: Vec<_> = log_of(&shop, "category")
        .await
        .into_iter()
        .map(|row| row.action)
        .collect();
    assert_eq!(actions, ["created", "deleted", "created"]);
}

async fn nothing_is_deleted_that_changed_while_the_question_stood(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let category = make(&mut olive, CATEGORIES, &[("name", "Lamps")]).await;
    let attribute = make(&mut olive, ATTRIBUTES, &[("name", "Height"), ("kind", "number")]).await;
    for own in [category, attribute] {
        let question = question(&own);
        let asked = html::form(&olive.open(&question).await.text, &question);
        assert_eq!(olive.submit(&own, &own, &[("name", "Other")]).await.status, 303);
        let late = olive.post_fields(&question, &asked).await;
        assert_eq!(late.status, 409);
        html::assert_is_ours(&late.text, &question);
        let text = html::text(&late.text);
        assert!(
            text.contains("changed while you were here") && text.contains("“Other”"),
            "{text}"
        );
        let unversioned = changed(asked, &[("version", "")]);
        assert_eq!(olive.post_fields(&question, &unversioned).await.status, 400);
        let again = html::form(&late.text, &question);
        assert_eq!(olive.post_fields(&question, &again).await.status, 303);
    }
}

pub async fn an_attribute_takes_its_values_along(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let height = make(&mut olive, ATTRIBUTES, &[("name", "Height"), ("kind", "number")]).await;
    make(&mut olive, ATTRIBUTES, &[("name", "Wood"), ("kind", "text")]).await;
    let body =
        |name: &str| json!({"name": name, "price": "1.00", "attributes": {"height": 30, "wood": "Oak"}});
    let first = shop.create(&body("Arc")).await;
    shop.create(&json!({"name": "Plain", "price": "1.00"})).await;
    olive.catch_up().await;
    let question = question(&height);
    let asked = olive.open(&question).await;
    html::assert_is_ours(&asked.text, &question);
    assert!(html::text(&asked.text).contains("1 product has a value of it"));

    // More than the owner was told of: the question is asked again.
    let second = shop.create(&body("Bow")).await;
    let asked = html::form(&asked.text, &question);
    let more = olive.post_fields(&question, &asked).await;
    assert_eq!(more.status, 409);
    assert!(html::text(&more.text).contains("2 products have a value of it"));
    let agreed = html::form(&more.text, &question);
    let deleted = olive.post_fields(&question, &agreed).await;
    assert_eq!(deleted.header("location"), format!("{ATTRIBUTES}?notice=removed"));

    for made in [&first, &second] {
        let now = product(&shop, &made["product_id"]).await;
        assert_eq!(
            (&now["attributes"], &now["version"]),
            (&json!({"wood": "Oak"}), &json!(2))
        );
    }
    let changes: Vec<_> = log_of(&shop, "product")
        .await
        .into_iter()
        .filter(|row| row.action == "updated")
        .collect();
    assert_eq!(changes.len(), 2, "one for each product that had a value");
    assert_eq!(after(&changes[0])["attributes"], json!({"wood": "Oak"}));
    assert_eq!(log_of(&shop, "attribute").await.last().unwrap().action, "deleted");
    let refused = shop.fresh("/api/v1/products?attr.height=30").await;
    assert_eq!(refused.status, 400, "there is no such filter any more");
    assert_eq!(olive.open(&height).await.status, 404);
}
