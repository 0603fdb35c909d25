//! The same news as Server-Sent Events.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::helpers::Shop;
use crate::helpers::live::Client;
use crate::on_both_databases;

on_both_databases!(a_stream_goes_on_where_it_was_left);

/// An open stream, read event by event.
struct Stream {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = bytes::Bytes>>>,
    text: String,
}

impl Stream {
    async fn open(shop: &Shop, path: &str, last: Option<&str>) -> Stream {
        let client = awc::Client::builder().disable_timeout().finish();
        let mut request = client.get(format!("{}{path}", shop.base));
        if let Some(last) = last {
            request = request.insert_header(("last-event-id", last));
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers().get("content-type").unwrap();
        assert_eq!(kind, "text/event-stream; charset=utf-8");
        Stream {
            body: Box::pin(response.filter_map(|bytes| async move { bytes.ok() })),
            text: String::new(),
        }
    }

    /// The next event: its id and what it says.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let (Some(id), Some(data)) = self.block().await {
                return (id, serde_json::from_str(&data).unwrap());
            }
        }
    }

    /// What a browser would send back now as the last id that it has heard.
    async fn position(mut self) -> String {
        loop {
            if let (Some(id), _) = self.block().await {
                return id;
            }
        }
    }

    /// The id and the data of the next block of lines, where it has them.
    async fn block(&mut self) -> (Option<String>, Option<String>) {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::to_owned)
                };
                return (field("id: "), field("data: "));
            }
            let more = tokio::time::timeout(Duration::from_secs(20), self.body.next()).await;
            let more = more.expect("nothing came").expect("it ended");
            self.text.push_str(std::str::from_utf8(&more).unwrap());
        }
    }
}

async fn a_stream_goes_on_where_it_was_left(shop: Shop) {
    let lamp = shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    let topic = format!("/events?topics=product:{}", lamp["product_id"]);
    let epoch = Client::of(&shop).await.epoch;
    let made = format!("{topic}&since={epoch}.{}", shop.head().await);
    let mut stream = Stream::open(&shop, &made, None).await;
    shop.amend(&lamp["product_id"], &json!({"price": "2.00"})).await;
    let (id, price) = stream.next().await;
    assert_eq!(price["type"], "product.price");
    drop(stream);
    shop.amend(&lamp["product_id"], &json!({"price": "3.00"})).await;
    shop.create(&json!({"name": "Vase", "price": "1.00"})).await;
    shop.amend(&lamp["product_id"], &json!({"price": "4.00"})).await;
    let mut stream = Stream::open(&shop, &topic, Some(&id)).await;
    for price in ["3.00", "4.00"] {
        assert_eq!(stream.next().await.1["data"]["offer"]["price"], price);
    }
    let mut since = Stream::open(&shop, &format!("{topic}&since={id}"), None).await;
    assert_eq!(since.next().await.1["data"]["offer"]["price"], "3.00");
    // Who has heard of nothing yet goes on from where it came in.
    let quiet = Stream::open(&shop, &topic, None).await.position().await;
    shop.amend(&lamp["product_id"], &json!({"price": "5.00"})).await;
    let mut stream = Stream::open(&shop, &topic, Some(&quiet)).await;
    assert_eq!(stream.next().await.1["data"]["offer"]["price"], "5.00");
    let mut anew = Stream::open(&shop, &topic, Some("another.7")).await;
    assert_eq!(anew.next().await.1["op"], "resync");
    for (path, status) in [
        ("/events", 400),
        ("/events?topics=", 400),
        ("/events?topics=everything", 400),
        ("/events?topics=products&since=x", 400),
        ("/ws", 400),
    ] {
        assert_eq!(shop.get(path).await.status, status, "{path}");
    }
}
