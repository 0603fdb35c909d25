//! Kept answers as customers meet them: the same as those made anew, at once after each write, whatever a request says.

mod bench;
mod fresh;
mod hits;
mod knowledge;
mod loads;
#[cfg(feature = "mysql")]
mod nodes;
mod outage;
mod panel;
mod shared;
mod twins;

use awc::http::Method;

use crate::helpers::{Answer, Shop, eventually};

const HIT: &str = "cache_requests_total{layer=\"l1\",result=\"hit\"}";
const FILLS: &str = "cache_fills_total";

async fn counted(shop: &Shop, series: &str) -> u64 {
    let text = shop.metrics().await;
    let mut values = text
        .lines()
        .filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    values
        .next()
        .unwrap_or_else(|| panic!("{series} is missing"))
        .parse()
        .unwrap()
}

/// The shop knows the log, so that it keeps answers.
pub async fn keeping(shop: &Shop) {
    eventually("answers are kept", || async {
        let before = counted(shop, HIT).await;
        for _ in 0..2 {
            shop.get("/robots.txt").await;
        }
        counted(shop, HIT).await > before
    })
    .await;
}

async fn with(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> Answer {
    shop.send(Method::GET, path, headers, None).await
}

/// All headers but those that name the request or the time.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    headers
}
