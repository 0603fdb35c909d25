//! Requests, and answers read to their end.

use std::time::Duration;

use awc::http::Method;
use awc::http::header::HeaderMap;
use serde_json::Value;

use super::PATIENCE;

/// An answer, read to its end.
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

pub async fn exchange(
    mut request: awc::ClientRequest,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Answer {
    let url = request.get_uri().to_string();
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
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A request to an address of any server.
pub async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
    exchange(client().request(method, url), headers, body).await
}
