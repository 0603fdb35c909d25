//! Requests, and answers read to their end.

use std::time::Duration;

use awc::http::Method;
use awc::http::header::HeaderMap;
use serde_json::Value;
use vitrine::config::{Features, Settings};

use super::{PATIENCE, contract};

/// An answer, read to its end. The text of a compressed one is left out.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Connections stay open between requests, but not as long as the server would keep them.
pub fn client() -> awc::Client {
    let connector = awc::Connector::new().conn_keep_alive(Duration::from_secs(5));
    awc::Client::builder()
        .connector(connector)
        .disable_redirects()
        .timeout(PATIENCE)
        .finish()
}

/// Sends a request to a shop with these features; its answer is what the API's document says.
pub async fn exchange(
    features: &Features,
    mut request: awc::ClientRequest,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Answer {
    let (method, url) = (request.get_method().clone(), request.get_uri().clone());
    let sent_body = body.clone();
    for header in headers {
        request = request.append_header(*header);
    }
    let sent = match body {
        Some(body) => {
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                request = request.insert_header(("content-type", "application/json"));
            }
            request.send_body(body).await
        }
        None => request.send().await,
    };
    let mut response = sent.unwrap_or_else(|error| panic!("{url}: {error}"));
    let body = response.body().limit(16 * 1024 * 1024).await.unwrap();
    let is_text = !response.headers().contains_key("content-encoding");
    let answer = Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: if is_text {
            String::from_utf8(body.to_vec()).unwrap()
        } else {
            String::new()
        },
    };
    contract::check(features, &method, url.path(), sent_body.as_deref(), &answer);
    answer
}

/// A request to an address of any server with the features that are on by default.
pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
    let features = Settings::load(None).unwrap().features;
    send_to(&features, method, url, headers, body).await
}

/// A request to an address of any server with these features.
pub async fn send_to(
    features: &Features,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Answer {
    exchange(features, client().request(method, url), headers, body).await
}
