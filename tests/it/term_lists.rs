//! The owner's lists of categories, brands and tags.

use awc::http::Method;
use serde_json::json;

use crate::helpers::{Browser, Shop, html};
use crate::on_both_databases;
use crate::terms::{CATEGORIES, TAGS};

on_both_databases!(a_long_list_has_pages_a_search_and_the_number_of_products,);

/// The cells of a list's rows: name and number of products.
fn counts(page: &str) -> Vec<(String, String)> {
    let rows = page.split("<tr>").skip(2);
    rows.map(|row| {
        let cells: Vec<String> = row
            .split("<td")
            .skip(1)
            .map(|cell| html::text(&format!("<td{cell}")))
            .collect();
        (cells[0].trim().to_owned(), cells[2].trim().to_owned())
    })
    .collect()
}

async fn a_long_list_has_pages_a_search_and_the_number_of_products(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    assert!(
        !olive.open(TAGS).await.text.contains("name=\"q\""),
        "nothing to search in"
    );
    let tags: Vec<String> = (0..125).map(|number| format!("Tag {number:03}")).collect();
    for (number, tags) in tags.chunks(25).enumerate() {
        let body = json!({"name": format!("Lamp {number}"), "price": "1.00", "tags": tags, "category": "Lamps", "brand": "<Wind>"});
        shop.create(&body).await;
    }
    let gone = json!({"name": "Gone", "price": "1.00", "tags": ["Tag 000", "Tag 001"], "category": "Lamps", "brand": "<Wind>"});
    let gone = shop.create(&gone).await["product_id"].clone();
    shop.create(&json!({"name": "Hidden", "price": "1.00", "tags": ["Tag 001"], "is_active": false}))
        .await;
    let own = format!("/api/admin/products/{gone}");
    let deleted = shop
        .admin(Method::DELETE, &own, &[("if-match", "\"v1\"")], None)
        .await;
    assert!((200..300).contains(&deleted.status), "{}", deleted.text);

    olive.catch_up().await;
    let first = olive.open(TAGS).await;
    html::assert_is_ours(&first.text, TAGS);
    let rows = counts(&first.text);
    let row = |name: &str, count: &str| (name.to_owned(), count.to_owned());
    assert_eq!(rows.len(), 100);
    assert_eq!(
        rows[..3],
        [row("Tag 000", "1"), row("Tag 001", "2"), row("Tag 002", "1")]
    );
    assert!(
        first.text.contains("href=\"/admin/tags?page=2\"") && html::text(&first.text).contains("125 tags")
    );
    let second = olive.open("/admin/tags?page=2").await;
    assert_eq!(counts(&second.text).len(), 25);
    assert!(second.text.contains("href=\"/admin/tags\"") && !second.text.contains("page=3"));
    let narrowed = olive.open("/admin/tags?q=T%C3%84G+12&page=1").await;
    assert_eq!(counts(&narrowed.text).len(), 5);
    let none = olive.open("/admin/tags?q=%3Cb%3E").await;
    html::assert_is_ours(&none.text, TAGS);
    assert!(html::text(&none.text).contains("Nothing fits “<b>”"));
    for refused in ["page=0", "page=x", "page=1&page=2", "sort=name"] {
        assert_eq!(
            olive.open(&format!("{TAGS}?{refused}")).await.status,
            400,
            "{refused}"
        );
    }
    assert_eq!(counts(&olive.open(CATEGORIES).await.text), [row("Lamps", "5")]);
    assert_eq!(
        counts(&olive.open("/admin/brands").await.text),
        [row("<Wind>", "5")]
    );
}
