//! A client of live news, over a real socket and by a library that is not ours.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Shop;

/// Longer than any news take, shorter than a test.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open connection; its history and where the log stood when it was opened.
pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
    pub epoch: String,
    pub head: i64,
}

impl Client {
    /// Opens one and is welcomed. A node that has just started is not there yet.
    pub async fn of(shop: &Shop) -> Client {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Client::at(&shop.base, &[]).await {
                Err(503) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(5)).await,
                opened => return opened.unwrap_or_else(|status| panic!("it was refused: {status}")),
            }
        }
    }

    /// The same at an address, with headers; or the status with which it was refused.
    pub async fn at(base: &str, headers: &[(&'static str, &str)]) -> Result<Client, u16> {
        let address = base.strip_prefix("http://").unwrap();
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(*name, value);
        }
        let stream = TcpStream::connect(address).await.map_err(|_| 0_u16)?;
        stream.set_nodelay(true).unwrap();
        let opened = tokio::time::timeout(PATIENCE, client_async(request, stream)).await;
        let socket = match opened.expect("no answer to the handshake") {
            Ok((socket, _)) => socket,
            Err(Error::Http(response)) => return Err(response.status().as_u16()),
            Err(_) => return Err(0),
        };
        let mut client = Client {
            socket,
            epoch: String::new(),
            head: 0,
        };
        let welcome = client.next().await;
        assert_eq!(welcome["op"], "welcome");
        client.epoch = welcome["epoch"].as_str().unwrap().to_owned();
        client.head = welcome["seq"].as_i64().unwrap();
        Ok(client)
    }

    pub async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// Whatever it is; a connection that has ended already is no fault.
    pub async fn send(&mut self, message: Message) {
        let _ = self.socket.send(message).await;
    }

    /// Watches topics from what has been written on: a node may be a little behind that.
    pub async fn watch_new(&mut self, shop: &Shop, topics: &[&str]) -> Value {
        let (epoch, head) = (self.epoch.clone(), shop.head().await.parse().unwrap());
        self.resume(topics, &epoch, head).await
    }

    /// Watches topics from where the node stands.
    pub async fn watch(&mut self, topics: &[&str]) -> Value {
        self.say(&json!({"op": "subscribe", "topics": topics})).await;
        self.next().await
    }

    /// Watches topics behind a position.
    pub async fn resume(&mut self, topics: &[&str], epoch: &str, since: i64) -> Value {
        self.say(&json!({"op": "subscribe", "topics": topics, "epoch": epoch, "since": since}))
            .await;
        self.next().await
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        match self.next_or_end().await {
            Ok(message) => message,
            Err((code, words)) => panic!("it ended: {code} {words}"),
        }
    }

    /// The next message, or with what the connection ended; 0 without a word.
    pub async fn next_or_end(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match frame.expect("nothing came") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err((close.code.into(), close.reason.to_string()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err((0, String::new())),
                // Answered by the library.
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next event.
    pub async fn event(&mut self) -> Value {
        let message = self.next().await;
        assert_eq!(message["op"], "event", "{message}");
        message
    }

    /// Reads until the end of the connection: the code.
    pub async fn end(&mut self) -> u16 {
        loop {
            if let Err((code, _)) = self.next_or_end().await {
                return code;
            }
        }
    }
}

/// What a page would know of the products after some events; and whether those came as promised.
#[derive(Default)]
pub struct Page {
    pub seen: Vec<i64>,
    /// Stock by product.
    pub stock: BTreeMap<i64, i64>,
}

impl Page {
    pub fn take(&mut self, event: &Value) {
        let seq = event["seq"].as_i64().unwrap();
        let last = self.seen.last().copied().unwrap_or(0);
        assert!(seq > last, "{seq} came after {last}");
        self.seen.push(seq);
        let id = event["data"]["id"].as_i64().unwrap();
        match event["type"].as_str().unwrap() {
            "product.removed" => drop(self.stock.remove(&id)),
            _ => {
                if let Some(stock) = event["data"]["stock_quantity"].as_i64() {
                    self.stock.insert(id, stock);
                }
            }
        }
    }

    pub fn position(&self) -> i64 {
        self.seen.last().copied().unwrap_or(0)
    }
}
