//! The one place where an error becomes an answer that its reader understands: JSON (RFC 9457) for programs, a page
//! with ways on for people. Covers our own errors, those of the server library, and panics.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, VARY, WWW_AUTHENTICATE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use super::client::RequestId;
use super::error_page::error_page;
use super::layout::Shell;
use super::respond::{Reply, moved_permanently};
use super::site::Site;
use crate::error::{Error, Problem, Result};
use crate::metrics::Metrics;
use crate::telemetry::panic_message;

/// Makes error answers readable. A 4xx that a handler wrote itself, such as a form with its faults, is left alone.
pub async fn render(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return Ok(response);
    }
    let own = response.response_mut().extensions_mut().remove::<Problem>();
    let unwritten = response.response().error().is_some()
        || matches!(
            response.response().body().size(),
            BodySize::None | BodySize::Sized(0)
        );
    match own.or_else(|| unwritten.then(|| generic(status))) {
        Some(problem) => Ok(write(&site, response, problem)),
        None => Ok(response),
    }
}

/// Turns a panic into a 500. It wraps each address and not the whole server, because a request must not be shared
/// before it has met its route.
pub async fn catch_panic(
    metrics: web::Data<Metrics>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let kept = request.request().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(response) => Ok(response?.map_into_boxed_body()),
        Err(panic) => {
            metrics.count_panic();
            let error = Error::internal(format!("panicked: {}", panic_message(panic.as_ref())));
            Ok(ServiceResponse::new(kept, HttpResponse::from_error(error)))
        }
    }
}

/// What answers where no address matches: a slash too many leads on, anything else is not there.
pub async fn nowhere(request: HttpRequest) -> Result<Reply> {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    let trimmed = request.path().trim_end_matches('/');
    // Two slashes at the start would name another host.
    let is_ours = trimmed.starts_with('/') && !trimmed.contains("//") && !trimmed.contains('\\');
    if readable && is_ours && trimmed != request.path() && !trimmed.starts_with("/api/") {
        let query = request.query_string();
        let mark = if query.is_empty() { "" } else { "?" };
        return Ok(moved_permanently(&format!("{trimmed}{mark}{query}")));
    }
    Err(Error::NotFound { what: "page" })
}

/// For answers of the server library, which say little: the status is all that is known.
fn generic(status: StatusCode) -> Problem {
    let (code, detail) = match status.as_u16() {
        404 => ("not_found", "There is no such page."),
        405 => (
            "method_not_allowed",
            "This address does not answer to that method.",
        ),
        408 => ("request_timeout", "The request took too long to arrive."),
        413 => ("body_too_large", "The body is too large."),
        414 => ("uri_too_long", "The address is too long."),
        415 => (
            "unsupported_media_type",
            "A body of this type is not understood here.",
        ),
        431 => ("headers_too_large", "The headers of the request are too large."),
        400..=499 => ("bad_request", "The request cannot be understood."),
        _ => ("internal", "Something went wrong on our side."),
    };
    Problem::new(status, code, detail)
}

fn write(site: &Site, response: ServiceResponse<BoxBody>, mut problem: Problem) -> ServiceResponse<BoxBody> {
    let request = response.request();
    problem.instance = request.path().to_owned();
    problem.request_id = request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default();
    let is_api = request.path().starts_with("/api/");
    let html = !is_api && admits_html(request.headers());
    let (content_type, body) = if html {
        let shell = Shell {
            site,
            nav: &[],
            pages: None,
            path: "",
            query: "",
            signed_in: false,
        };
        (
            "text/html; charset=utf-8",
            error_page(&shell, &problem).into_string(),
        )
    } else {
        (
            "application/problem+json",
            serde_json::to_string(&problem).unwrap_or_default(),
        )
    };
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // 404 and 405 may be kept by caches unless one says no, and a product may appear at any moment.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_api && problem.status == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if !is_api {
        headers.append(VARY, HeaderValue::from_static("Accept"));
    }
    response
}

/// Whether the client would take a page. Without `Accept` it takes anything.
pub fn admits_html(headers: &HeaderMap) -> bool {
    let mut lines = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .peekable();
    if lines.peek().is_none() {
        return true;
    }
    lines.flat_map(|line| line.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
        matches!(kind.as_str(), "text/html" | "text/*" | "*/*") && !refused
    })
}

#[cfg(test)]
mod tests;
