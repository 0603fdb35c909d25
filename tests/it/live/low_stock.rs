//! The last pieces of a product: whoever runs the shop is told at once and finds it later, on every node once.

use serde_json::{Value, json};

use crate::helpers::live::Client;
use crate::helpers::{Browser, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    the_owner_hears_of_the_last_pieces_once_each_time,
    of_three_nodes_one_notice_is_kept,
);

async fn lamp(shop: &Shop, stock: i32) -> Value {
    let made = json!({"name": "Lamp", "price": "20.00", "stock_quantity": stock});
    shop.create(&made).await["product_id"].clone()
}

async fn stock(shop: &Shop, id: &Value, left: i32) {
    shop.amend(id, &json!({"stock_quantity": left})).await;
}

/// What stands in the inbox, once there is so much of it.
async fn notices(olive: &mut Browser<'_>, count: usize) -> String {
    let mut page = String::new();
    for _ in 0..2_000 {
        page = olive.open("/account/notices").await.text;
        if page.matches("/admin/products/").count() >= count {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("there are less than {count} notices: {page}");
}

async fn the_owner_hears_of_the_last_pieces_once_each_time(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    drop(Client::of(&shop).await);
    let cookies = format!("vitrine_sid={}", olive.cookie("vitrine_sid"));
    let mut client = Client::at(&shop.base, &[("cookie", &cookies), ("origin", &shop.base)])
        .await
        .unwrap();
    client.watch_new(&shop, &["admin:stock"]).await;
    let id = lamp(&shop, 5).await;
    // Down to the threshold, further down, up, and down past it.
    for left in [4, 3, 2, 10, 0] {
        stock(&shop, &id, left).await;
    }
    for left in [3, 0] {
        let event = client.event().await;
        assert_eq!(
            (&event["type"], &event["topic"], &event["data"]),
            (
                &json!("stock.low"),
                &json!("admin:stock"),
                &json!({"id": id, "name": "Lamp", "stock_quantity": left})
            )
        );
    }
    let page = notices(&mut olive, 2).await;
    html::assert_is_ours(&page, "notices");
    let text = html::text(&page);
    assert!(
        text.contains("2 unread") && text.contains("has only 3 left") && text.contains("is sold out"),
        "{text}"
    );
    // One that came while the page was open stays unread.
    let read = olive.submit("/account/notices", "/account/notices", &[]).await;
    assert_eq!(read.status, 303, "{}", read.text);
    assert!(html::text(&olive.open("/account/notices").await.text).contains("0 unread"));
    stock(&shop, &id, 4).await;
    stock(&shop, &id, 1).await;
    assert!(html::text(&notices(&mut olive, 3).await).contains("1 unread"));

    let mut anybody = Client::of(&shop).await;
    assert_eq!(anybody.watch(&["admin:stock"]).await["code"], "forbidden");
}

async fn of_three_nodes_one_notice_is_kept(shop: Shop) {
    let (second, third) = (shop.beside(|_| {}).await, shop.beside(|_| {}).await);
    let mut olive = Browser::of_owner(&shop).await;
    let ids = [
        lamp(&shop, 9).await,
        lamp(&second, 9).await,
        lamp(&third, 9).await,
    ];
    for (id, node) in ids.iter().zip([&shop, &second, &third]) {
        stock(node, id, 2).await;
    }
    notices(&mut olive, 3).await;
    // Whoever is behind writes down what others have written already.
    let head = shop.head().await;
    eventually("the nodes have followed", async || {
        stock(&shop, &ids[0], 9).await;
        stock(&shop, &ids[0], 1).await;
        let past = format!(
            "SELECT COUNT(*) AS count FROM follower_positions WHERE follower = 'inbox' AND seq > {head}"
        );
        shop.count(past).await == 1
    })
    .await;
    let twice = "SELECT COUNT(*) AS count FROM (SELECT change_hash FROM inbox GROUP BY user_id, change_hash HAVING COUNT(*) > 1) AS twice";
    assert_eq!(shop.count(twice).await, 0);
    let page = olive.open("/account/notices").await.text;
    for id in &ids[1..] {
        let link = format!("href=\"/admin/products/{id}\"");
        assert_eq!(page.matches(&link).count(), 1, "{page}");
    }
}

#[actix_web::test]
async fn the_table_lists_what_is_about_to_run_out() {
    let shop = Shop::on_sqlite_with(|settings| settings.shop.low_stock = 2).await;
    let mut olive = Browser::of_owner(&shop).await;
    for (name, stock, is_active) in [
        ("Plenty", 3, true),
        ("Few", 2, true),
        ("Gone", 0, true),
        ("Hidden", 1, false),
    ] {
        let made = json!({"name": name, "price": "1.00", "stock_quantity": stock, "is_active": is_active});
        shop.create(&made).await;
    }
    olive.catch_up().await;
    let page = olive.open("/admin/products?status=low").await.text;
    html::assert_is_ours(&page, "low stock");
    let text = html::text(&page);
    assert!(
        text.contains("2 products") && text.contains("Few") && text.contains("Gone"),
        "{text}"
    );
    assert!(!text.contains("Plenty") && !text.contains("Hidden 1"), "{text}");
}

#[actix_web::test]
async fn a_shop_that_wants_no_notices_keeps_none() {
    let shop = Shop::on_sqlite_with(|settings| settings.shop.low_stock = 0).await;
    let mut olive = Browser::of_owner(&shop).await;
    let id = lamp(&shop, 9).await;
    stock(&shop, &id, 0).await;
    let page = olive.open("/account/notices").await.text;
    assert!(html::text(&page).contains("tells nobody of low stock"), "{page}");
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM inbox").await, 0);
}
