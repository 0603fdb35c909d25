//! How many look at a product: counted over all nodes where a shop wants that, told to nobody where it does not, kept nowhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vitrine::config::{RealtimeBackend, Settings};

use crate::helpers::Shop;
use crate::helpers::live::Client;
use crate::helpers::redis::shared_redis;

const TOPIC: &str = "viewers:1";

fn counting(settings: &mut Settings) {
    settings.realtime.viewers = true;
}

async fn asked(client: &mut Client) -> Value {
    client.say(&json!({"op": "viewers", "topic": TOPIC})).await;
    client.next().await
}

async fn viewer(shop: &Shop) -> Client {
    let mut client = Client::of(shop).await;
    client.watch(&["product:1", TOPIC]).await;
    client
}

#[actix_web::test]
async fn nobody_counts_unless_the_shop_wants_it() {
    let shop = Shop::on_sqlite().await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let page = shop.fresh("/products/lamp").await;
    assert!(!page.text.contains("viewers"), "{}", page.text);
    let mut client = viewer(&shop).await;
    assert_eq!(asked(&mut client).await["code"], "not_counted");
}

#[actix_web::test]
async fn a_page_of_a_product_is_counted_and_a_list_that_shows_it_is_not() {
    let shop = Shop::on_sqlite_with(counting).await;
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let page = shop.fresh("/products/lamp").await;
    assert!(page.text.contains("viewers:1"), "{}", page.text);
    assert_eq!(page.header("set-cookie"), "", "nobody is told apart");
    assert!(!shop.fresh("/products").await.text.contains("viewers"));
    let mut one = viewer(&shop).await;
    let counted = asked(&mut one).await;
    assert_eq!(counted, json!({"op": "viewers", "topic": TOPIC, "count": 1}));
    let document = shop.get("/asyncapi.json").await.json();
    super::document::check_as(&document, "counted", &counted);
    let other = viewer(&shop).await;
    let mut list = Client::of(&shop).await;
    list.watch(&["products", "product:1"]).await;
    assert_eq!(asked(&mut one).await["count"], 2);
    drop(other);
    until_counted(&mut one, 1).await;
}

/// Asks as often as a client may.
async fn until_counted(client: &mut Client, count: i64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let counted = asked(client).await;
        if counted["count"] == count {
            return;
        }
        assert!(Instant::now() < deadline, "{count} are there, not {counted}");
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
}

#[actix_web::test]
async fn nodes_count_together_and_a_node_that_is_gone_counts_for_nothing() {
    let Some(redis) = shared_redis() else { return };
    let shop = Shop::on_sqlite_with(|settings| {
        counting(settings);
        settings.realtime.backend = RealtimeBackend::Redis;
        settings.realtime.redis_url = redis.into();
    })
    .await;
    let second = shop.beside(|_| {}).await;
    let (mut here, mut there) = (viewer(&shop).await, viewer(&second).await);
    let _third = viewer(&second).await;
    until_counted(&mut here, 3).await;
    until_counted(&mut there, 3).await;
    // What it told there ends by itself, as if it had lost its power.
    second.stop.stop().await;
    until_counted(&mut here, 1).await;
}
