//! Requests and what came of them. Must not know what an answer should be.

use std::time::Duration;

use awc::http::Method;
use awc::http::header::HeaderMap;
use serde_json::Value;

/// Longer than any deadline of the shop: who gives up sooner measures nothing.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer; status 0 where none came.
pub struct Answer {
    pub status: u16,
    pub text: String,
    headers: HeaderMap,
}

impl Answer {
    fn none() -> Answer {
        Answer {
            status: 0,
            text: String::new(),
            headers: HeaderMap::new(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The header of that name, empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn seq(&self) -> i64 {
        self.header("x-change-seq").parse().unwrap()
    }
}

pub fn client() -> awc::Client {
    let connector = awc::Connector::new()
        .conn_keep_alive(Duration::from_secs(5))
        .timeout(PATIENCE);
    awc::Client::builder()
        .connector(connector)
        .disable_redirects()
        .timeout(PATIENCE)
        .finish()
}

pub async fn ask(
    http: &awc::Client,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = http.request(method, url);
    for header in headers {
        request = request.append_header(*header);
    }
    let sent = match body {
        Some(body) => request.send_json(body).await,
        None => request.send().await,
    };
    let Ok(mut response) = sent else {
        return Answer::none();
    };
    let Ok(body) = response.body().await else {
        return Answer::none();
    };
    Answer {
        status: response.status().as_u16(),
        text: String::from_utf8(body.to_vec()).unwrap(),
        headers: response.headers().clone(),
    }
}
