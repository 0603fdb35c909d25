//! One of a crowd that looks at what everybody looks at, each at one process of the shop: an answer must come, and must
//! never be older than one before. Must not know what is being broken meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use awc::http::Method;
use serde_json::Value;

use super::client::Client;
use super::http::{self, Answer};
use super::{Shared, price_in, think};

/// Lists in which every change of a product may show, with the dearest first: those are the sessions' own ones.
pub const LISTS: [&str; 2] = ["/products?sort=-price", "/api/v1/products?limit=24&sort=-price"];

/// What nobody changes.
pub const STILL: &str = "Still";

/// Whose prices only ever rise.
const RISING: &str = "own-";

pub struct Guest {
    shared: Arc<Shared>,
    http: awc::Client,
    number: usize,
    /// The highest price of each product that a process of the shop showed.
    seen: HashMap<(String, String), i64>,
    /// The same for each of its addresses: where no database answers, one may be older than another.
    seen_there: HashMap<(String, String), i64>,
}

/// Something to look at.
#[derive(Clone)]
pub struct Sight {
    pub path: String,
    /// Nobody changes it.
    pub is_still: bool,
}

/// What the crowd looks at: a product that nobody changes, one that its session changes, and lists.
pub fn sights(still: i64, session: &Client) -> Vec<Sight> {
    let sight = |is_still| move |path| Sight { path, is_still };
    let name = STILL.to_lowercase();
    let still = [format!("/products/{name}"), format!("/api/v1/products/{still}")];
    let moving = session
        .own_addresses()
        .into_iter()
        .chain(LISTS.map(str::to_owned));
    still
        .into_iter()
        .map(sight(true))
        .chain(moving.map(sight(false)))
        .collect()
}

impl Guest {
    pub fn new(shared: Arc<Shared>, number: usize) -> Guest {
        Guest {
            http: http::client(),
            shared,
            number,
            seen: HashMap::new(),
            seen_there: HashMap::new(),
        }
    }

    /// Until everything is there: a product may be too new for the process that is asked.
    pub async fn find_the_way(&self) {
        let base = self.shared.base_of(self.number);
        let sights = self.shared.sights.read().clone();
        for sight in sights {
            let url = format!("{base}{}", sight.path);
            while !self.shared.is_stopped() && self.ask(&url).await.status != 200 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    pub async fn look_around(mut self) {
        while self.shared.goes_on().await {
            self.look().await;
            think().await;
        }
    }

    async fn ask(&self, url: &str) -> Answer {
        http::ask(&self.http, Method::GET, url, &[], None).await
    }

    async fn look(&mut self) {
        let sight = self.shared.sight();
        let base = self.shared.base_of(self.number);
        let begun = Instant::now();
        let url = format!("{base}{}", sight.path);
        let answer = self.ask(&url).await;
        let is_well = answer.status == 200;
        let faults = if is_well {
            self.went_back(&base, &sight, &answer)
        } else {
            Vec::new()
        };
        let mut ledger = self.shared.ledger.lock();
        let calls = if sight.is_still {
            &mut ledger.window.hits
        } else {
            &mut ledger.window.moving
        };
        calls.note(begun, is_well);
        ledger.window.marked += usize::from(is_marked(&answer));
        ledger.stale.extend(faults);
        if !is_well && !matches!(answer.status, 0 | 503) {
            ledger
                .odd
                .push(format!("{url}: {} {}", answer.status, answer.text));
        }
    }

    /// What is shown at a lower price than this guest was shown before.
    fn went_back(&mut self, base: &str, sight: &Sight, answer: &Answer) -> Vec<String> {
        let shown = shown(&sight.path, &answer.text);
        let mut faults = Vec::new();
        if shown.is_empty() && !sight.is_still {
            faults.push(format!("{base}{}: nothing of what must be there", sight.path));
        }
        for (product, cents) in shown {
            let anywhere = self.seen.entry((base.to_owned(), product.clone())).or_default();
            let place = (format!("{base}{}", sight.path), product.clone());
            let there = self.seen_there.entry(place).or_default();
            let least = if is_marked(answer) { *there } else { *anywhere };
            if cents < least {
                faults.push(format!(
                    "{base}{}: {product} for {cents} after {least}",
                    sight.path
                ));
            }
            *anywhere = cents.max(*anywhere);
            *there = cents.max(*there);
        }
        faults
    }
}

fn is_marked(answer: &Answer) -> bool {
    answer.header("warning").starts_with("110 ")
}

/// The products whose prices rise, each with its price in cents.
fn shown(path: &str, text: &str) -> Vec<(String, i64)> {
    let all = if path.starts_with("/api/") {
        in_json(text)
    } else {
        in_page(text)
    };
    all.into_iter()
        .filter(|(slug, _)| slug.starts_with(RISING))
        .collect()
}

fn in_json(text: &str) -> Vec<(String, i64)> {
    let answer: Value = serde_json::from_str(text).unwrap();
    let product = |product: &Value| {
        let text = |name: &str| product[name].as_str().unwrap().to_owned();
        (text("slug"), cents(&text("price")))
    };
    match &answer["data"] {
        Value::Array(products) => products.iter().map(product).collect(),
        _ => vec![product(&answer)],
    }
}

/// Of a product's page what it tells search engines, of a list its cards.
fn in_page(page: &str) -> Vec<(String, i64)> {
    let mut parts = page.split("href=\"/products/");
    parts.next();
    let card = |part: &str| {
        let (slug, rest) = part.split_once('"')?;
        let price = match rest.split_once("class=\"now\">€") {
            Some((_, after)) => after.split_once('<')?.0,
            None => price_in(rest)?,
        };
        Some((slug.to_owned(), cents(price)))
    };
    parts.filter_map(card).collect()
}

fn cents(price: &str) -> i64 {
    price.replace('.', "").parse().unwrap()
}
