//! What can be kept of what a handler answered. Must not know who asked.

use std::future::Future;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderValue, SET_COOKIE};
use actix_web::web::Bytes;

use super::Cache;
use super::entry::{Answer, Entry};
use super::memory::Memory;
use super::surroundings::Route;
use crate::db::Seq;
use crate::db::reader::{self, Footprint};
use crate::error::Error;
use crate::web::respond::{Counted, Reply};

/// What can be kept of what a handler answered.
pub fn harvest(
    memory: &Memory,
    response: ServiceResponse,
    footprint: &Footprint,
) -> (ServiceResponse, Option<Entry>) {
    if response.status() == StatusCode::NOT_FOUND {
        let error = response
            .response()
            .error()
            .and_then(|error| error.as_error::<Error>());
        let entry = match error {
            Some(Error::NotFound { what }) => memory.missing(what, footprint),
            _ => None,
        };
        return (response, entry);
    }
    let (request, response) = response.into_parts();
    let (response, answer) = answer_of(response);
    let entry = answer.and_then(|answer| memory.entry(&Route::of(&request), answer, footprint));
    (ServiceResponse::new(request, response), entry)
}

/// The parts of an answer that everybody may keep.
fn answer_of(response: HttpResponse) -> (HttpResponse, Option<Answer>) {
    let headers = response.headers();
    let is_public = headers
        .get(CACHE_CONTROL)
        .is_some_and(|policy| policy.as_bytes().starts_with(b"public"));
    let is_final = matches!(response.status(), StatusCode::OK | StatusCode::MOVED_PERMANENTLY);
    if !is_public || !is_final || headers.contains_key(SET_COOKIE) {
        return (response, None);
    }
    let mut answer = Answer {
        status: response.status(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        body: Bytes::new(),
        etag: headers.get(ETAG).cloned().unwrap_or(HeaderValue::from_static("")),
        counted: response
            .extensions()
            .get::<Counted>()
            .map(|counted| counted.0.clone()),
    };
    answer.headers.retain(|(name, _)| name != ETAG);
    let (response, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(bytes) => {
            // Of just the size: what a page was written into is up to twice as large.
            answer.body = Bytes::copy_from_slice(&bytes);
            (response.set_body(BoxBody::new(bytes)), Some(answer))
        }
        Err(body) => (response.set_body(body), None),
    }
}

impl Cache {
    /// Makes an answer that nobody has asked for yet, as new as a write, and lets the other nodes have it. What cannot be
    /// made or kept is left to who asks for it.
    pub async fn put(&self, route: &Route, seq: Seq, make: impl Future<Output = Result<Reply, Error>>) {
        let Some(shared) = self.shared() else {
            return;
        };
        let memory = shared.memory();
        let Some(key) = memory.addresses.key(&route.path, "") else {
            return;
        };
        let (Ok(reply), footprint) = reader::observed(seq, make).await else {
            return;
        };
        let (_, answer) = answer_of(reply.whole());
        if let Some(entry) = answer.and_then(|answer| memory.entry(route, answer, &footprint)) {
            let entry = Arc::new(entry);
            memory.keep(&key, Arc::clone(&entry));
            shared.share(&key, &entry).await;
        }
    }
}
