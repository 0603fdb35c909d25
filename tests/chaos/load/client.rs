//! One person's requests, and what their answers must be. Must not know who else is at work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::{Value, json};

use super::http::{self, Answer};
use super::{Shared, price_in};
use crate::ledger::Said;

pub struct Client {
    pub is_browser: bool,
    shared: Arc<Shared>,
    http: awc::Client,
    /// The position of the last write that was acknowledged.
    seq: i64,
    own: Own,
}

/// The product that only this session changes.
#[derive(Default)]
struct Own {
    product_id: i64,
    slug: String,
    version: String,
    cents: i64,
    /// What a read may show: one price, or two while it is not known whether the newer one was written.
    prices: Vec<String>,
}

impl Client {
    pub fn new(shared: Arc<Shared>) -> Client {
        Client {
            is_browser: false,
            shared,
            http: http::client(),
            seq: 0,
            own: Own::default(),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let url = format!("{}{path}", self.shared.base());
        http::ask(&self.http, method, &url, headers, body).await
    }

    /// Asks until the outcome is one of these; reads the own product in between. `None` when all is over.
    async fn settle(
        &mut self,
        method: Method,
        path: &str,
        condition: (&str, &str),
        body: &Value,
        outcomes: &[u16],
    ) -> Option<Answer> {
        let bearer = format!("Bearer {}", self.shared.key);
        while !self.shared.is_stopped() {
            let begun = Instant::now();
            let headers = [("authorization", bearer.as_str()), condition];
            let answer = self.ask(method.clone(), path, &headers, Some(body)).await;
            let is_settled = outcomes.contains(&answer.status);
            self.note(&method, path, &answer, begun, is_settled);
            if is_settled {
                return Some(answer);
            }
            self.read_own().await;
            tokio::time::sleep(Duration::from_millis(fastrand::u64(50..150))).await;
        }
        None
    }

    fn note(&self, method: &Method, path: &str, answer: &Answer, begun: Instant, is_settled: bool) {
        let mut ledger = self.shared.ledger.lock();
        ledger.window.writes.note(begun, is_settled);
        if !is_settled {
            ledger.window.refusal = format!("{method} {path}: {} {}", answer.status, answer.text);
        }
        if !is_settled && !matches!(answer.status, 0 | 503) {
            ledger
                .odd
                .push(format!("{method} {path}: {} {}", answer.status, answer.text));
        }
    }

    /// The same request under one key until it is answered.
    pub async fn repeat(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
        outcomes: &[u16],
    ) -> Option<Answer> {
        let key = format!("{:032x}", fastrand::u128(..));
        let answer = self
            .settle(method, path, ("idempotency-key", &key), body, outcomes)
            .await?;
        if answer.status < 300 {
            self.seq = self.seq.max(answer.seq());
        }
        Some(answer)
    }

    /// Makes a product; its number, 0 when all is over.
    pub async fn make(&mut self, name: &str, stock: i64) -> i64 {
        let body = json!({"name": name, "price": "1.00", "stock_quantity": stock});
        let Some(answer) = self
            .repeat(Method::POST, "/api/admin/products", &body, &[201])
            .await
        else {
            return 0;
        };
        let product_id = answer.json()["product_id"].as_i64().unwrap();
        let said = Said::Made(name.to_owned());
        self.shared
            .ledger
            .lock()
            .acknowledge(answer.seq(), product_id, said);
        product_id
    }

    /// Makes the product that only this session changes.
    pub async fn own_product(&mut self, name: &str) {
        let product_id = self.make(name, 1).await;
        self.shared.ledger.lock().set_price(product_id, "1.00");
        self.own = Own {
            product_id,
            slug: name.to_lowercase().replace(' ', "-"),
            version: "\"v1\"".to_owned(),
            cents: 100,
            prices: vec!["1.00".to_owned()],
        };
    }

    /// The addresses of the own product: its page, and what programs read.
    pub fn own_addresses(&self) -> [String; 2] {
        let Own { slug, product_id, .. } = &self.own;
        [
            format!("/products/{slug}"),
            format!("/api/v1/products/{product_id}"),
        ]
    }

    /// Sets a price that was never there before. 412 after an answer that never came: the price was written, since
    /// nobody else changes this product.
    pub async fn change_price(&mut self) {
        self.own.cents += 1;
        let price = format!("{}.{:02}", self.own.cents / 100, self.own.cents % 100);
        self.own.prices.push(price.clone());
        let (product_id, version) = (self.own.product_id, self.own.version.clone());
        let path = format!("/api/admin/products/{product_id}");
        let condition = ("if-match", version.as_str());
        let body = json!({ "price": price });
        let Some(answer) = self
            .settle(Method::PATCH, &path, condition, &body, &[200, 412])
            .await
        else {
            return;
        };
        let next: i32 = version.trim_matches(['"', 'v']).parse::<i32>().unwrap() + 1;
        answer.header("etag").clone_into(&mut self.own.version);
        let mut ledger = self.shared.ledger.lock();
        if self.own.version != format!("\"v{next}\"") {
            let found = &self.own.version;
            ledger
                .odd
                .push(format!("{path}: a single change made {found} of {version}"));
        }
        ledger.set_price(product_id, &price);
        if answer.status == 200 {
            self.seq = answer.seq();
            self.own.prices = vec![price.clone()];
            ledger.acknowledge(self.seq, product_id, Said::Price(price));
        }
    }

    /// Reads the own product as this session would: as new as its last write.
    pub async fn read_own(&self) {
        if self.own.product_id == 0 {
            return;
        }
        let (seq, cookie) = (self.seq.to_string(), format!("vitrine_seq={}", self.seq));
        let [page, resource] = self.own_addresses();
        let (path, header) = if self.is_browser {
            (page, ("cookie", cookie.as_str()))
        } else {
            (resource, ("x-min-change-seq", seq.as_str()))
        };
        let begun = Instant::now();
        let answer = self.ask(Method::GET, &path, &[header], None).await;
        let shown = price_in(&answer.text);
        let mut ledger = self.shared.ledger.lock();
        ledger.window.own_reads.note(begun, answer.status == 200);
        match answer.status {
            200 if self.own.prices.iter().any(|price| shown == Some(price.as_str())) => {}
            // "No such position yet", "no such product": the session's own write was not there.
            200 | 400 | 404 => ledger.stale.push(format!(
                "{path} at {}: {} {shown:?} instead of {:?}",
                self.seq, answer.status, self.own.prices
            )),
            0 | 503 => {}
            status => ledger.odd.push(format!("{path}: {status} {}", answer.text)),
        }
    }

    /// Reads any session's product like somebody who wrote nothing.
    pub async fn look_at(&self, product_id: i64) {
        let begun = Instant::now();
        let text = self
            .look_begun(&format!("/api/v1/products/{product_id}"), begun)
            .await;
        if let Some(price) = price_in(&text) {
            self.shared.ledger.lock().note_age(product_id, price, begun);
        }
    }

    pub async fn look(&self, path: &str) {
        self.look_begun(path, Instant::now()).await;
    }

    async fn look_begun(&self, path: &str, begun: Instant) -> String {
        let answer = self.ask(Method::GET, path, &[], None).await;
        // A product may be too new for the node that was asked.
        let is_new = answer.status == 404 && path.starts_with("/api/v1/products/");
        let mut ledger = self.shared.ledger.lock();
        ledger.window.reads.note(begun, answer.status == 200 || is_new);
        if !is_new && !matches!(answer.status, 0 | 200 | 503) {
            ledger
                .odd
                .push(format!("{path}: {} {}", answer.status, answer.text));
        }
        answer.text
    }
}
