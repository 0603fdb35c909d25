//! Where a product is sold: a link to buy, or whom to ask. The shop itself has no checkout.

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Browser, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    a_products_page_says_where_it_is_sold_or_whom_to_ask,
    only_a_complete_https_address_is_a_link_to_buy,
    the_owner_sets_a_link_to_buy_and_takes_it_back,
);

const AT: &str = "https://www.market.example/lamps/moon?ref=shop";

/// The button of a page: where it leads, and what it says.
async fn button(shop: &Shop, path: &str) -> Option<(String, String)> {
    let page = shop.fresh(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let (_, behind) = page.text.split_once("class=\"way-to-buy\"")?;
    let link = html::tags(behind)
        .into_iter()
        .find(|tag| tag.name == "a")
        .unwrap();
    let address = html::unescape(link.attribute("href").unwrap());
    Some((address, html::unescape(&link.text)))
}

async fn a_products_page_says_where_it_is_sold_or_whom_to_ask(shop: Shop) {
    let asking = shop
        .beside(|settings| settings.shop.enquiry_email = Some("hello@shop.example".to_owned()))
        .await;
    let moon = shop
        .create(&json!({"name": "Moon lamp", "price": "1.00", "buy_url": AT}))
        .await;
    assert_eq!(moon["buy_url"], AT);
    shop.create(&json!({"name": "Jug & \"bowl\"", "slug": "jug", "sku": "J-1?", "price": "1.00"}))
        .await;
    for node in [&shop, &asking] {
        let (address, words) = button(node, "/products/moon-lamp").await.unwrap();
        assert_eq!((address.as_str(), words.as_str()), (AT, "Buy at market.example"));
        let page = node.fresh("/products/moon-lamp").await.text;
        let facts = html::facts_of(&page, "Product").unwrap();
        assert_eq!(facts["offers"]["url"], AT);
    }
    assert_eq!(button(&shop, "/products/jug").await, None);
    let (address, words) = button(&asking, "/products/jug").await.unwrap();
    assert_eq!(words, "Ask about this product");
    assert_eq!(
        address,
        "mailto:hello@shop.example?subject=Jug%20%26%20%22bowl%22%20%28J%2D1%3F%29"
    );
    // Programs read it, and a search does not find by it.
    let listed = shop.fresh("/api/v1/products").await.json();
    let links: Vec<&Value> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| &product["buy_url"])
        .collect();
    assert_eq!(links, [&Value::Null, &json!(AT)]);
    let found = shop.fresh("/api/v1/products?q=market.example").await.json();
    assert_eq!(found["data"], json!([]));
}

async fn only_a_complete_https_address_is_a_link_to_buy(shop: Shop) {
    for refused in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "http://market.example/",
        "//market.example/",
        "/products/lamp",
        "https:market.example",
        "https:\\\\market.example\\",
        "https://user@market.example/",
        "https://user:secret@market.example/",
        "https://market.example:8443/",
        "HTTPS://MARKET.example/",
        "https://",
        "market.example",
        "https://market.example",
    ] {
        let body = json!({"name": "Lamp", "price": "1.00", "buy_url": refused});
        let answer = shop
            .admin(Method::POST, "/api/admin/products", &[], Some(&body))
            .await;
        assert_eq!(answer.status, 422, "{refused}: {}", answer.text);
        let fault = answer.json()["errors"][0].clone();
        assert_eq!(fault["pointer"], "/buy_url", "{refused}");
        if refused == "https://market.example" {
            assert!(
                fault["detail"]
                    .as_str()
                    .unwrap()
                    .ends_with("https://market.example/"),
                "{fault}"
            );
        }
    }
    let long = format!("https://market.example/{}", "x".repeat(478));
    let body = json!({"name": "Lamp", "price": "1.00", "buy_url": long});
    let answer = shop
        .admin(Method::POST, "/api/admin/products", &[], Some(&body))
        .await;
    assert_eq!(answer.json()["errors"][0]["code"], "too_long", "{}", answer.text);
}

async fn the_owner_sets_a_link_to_buy_and_takes_it_back(shop: Shop) {
    let made = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let mut olive = Browser::of_owner(&shop).await;
    olive.catch_up().await;
    let own = format!("/admin/products/{}", made["product_id"]);
    let fields = html::form(&olive.open(&own).await.text, &own);
    let slip = olive
        .post_fields(&own, &changed(fields.clone(), &[("buy_url", "market.example")]))
        .await;
    assert_eq!(slip.status, 422);
    let kept = html::form(&slip.text, &own);
    assert!(
        kept.contains(&("buy_url".to_owned(), "market.example".to_owned())),
        "{kept:?}"
    );
    let saved = olive
        .post_fields(&own, &changed(fields, &[("buy_url", AT)]))
        .await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let set_at = shop.head().await;
    assert!(button(&shop, "/products/lamp").await.is_some());
    // What does not name it leaves it; a replacement without it takes it away.
    shop.amend(&made["product_id"], &json!({"price": "2.00"})).await;
    assert!(button(&shop, "/products/lamp").await.is_some());
    let undo = format!("/api/admin/changes/{set_at}/undo");
    let undone = shop.admin(Method::POST, &undo, &[], Some(&json!({}))).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(button(&shop, "/products/lamp").await, None);
    let page = olive
        .open(&format!("/admin/history?product={}", made["product_id"]))
        .await;
    assert!(html::text(&page.text).contains("Link to buy"), "{}", page.text);
}
