//! What scripts of other sites may read: the public API, where the settings allow it, never with cookies.
//!
//! The owner's side and the pages carry no header of this kind, so browsers keep them to their own origin. Must not
//! know what is read.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web;

use super::site::Site;
use crate::config::CorsOrigin;

/// What a script may do without asking twice.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// The request headers of the public API that a browser asks about first.
const ASKED: HeaderValue = HeaderValue::from_static("If-None-Match, X-Min-Change-Seq, X-Request-Id");

/// The headers of an answer that a script sees besides the harmless ones.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Change-Seq, X-Request-Id",
);

/// Seconds for which a browser remembers what it was told: the longest that any of them keeps it.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Tells browsers whose scripts may read the answer. It is the outermost layer, so that a script also learns why
/// something failed.
pub async fn share(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_shared = is_public(request.path()) && !site.cors_origins.is_empty();
    let asked = is_shared.then(|| Asked::of(&request)).flatten();
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(asked) = asked {
        asked.answer(&site.cors_origins, response.headers_mut());
    }
    Ok(response)
}

/// A read, or the question whether one is allowed.
struct Asked {
    origin: Option<HeaderValue>,
    is_preflight: bool,
}

impl Asked {
    /// `None` for whatever no script of another site may do.
    fn of(request: &ServiceRequest) -> Option<Self> {
        let headers = request.headers();
        let is_preflight =
            *request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        (is_read || is_preflight).then(|| Self {
            origin: headers.get(ORIGIN).cloned(),
            is_preflight,
        })
    }

    fn answer(self, origins: &[CorsOrigin], headers: &mut HeaderMap) {
        let Some(allowed) = self.allowed(origins, headers) else {
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("cross-origin"),
        );
        if self.is_preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ASKED);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /// Whom the answer is shared with. Where that depends on who asks, caches are told so.
    fn allowed(&self, origins: &[CorsOrigin], headers: &mut HeaderMap) -> Option<HeaderValue> {
        if origins.contains(&CorsOrigin::Any) {
            return Some(HeaderValue::from_static("*"));
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        let is_named = |origin: &&HeaderValue| {
            let named = |known: &CorsOrigin| matches!(known, CorsOrigin::Site(site) if site.as_bytes() == origin.as_bytes());
            origins.iter().any(named)
        };
        self.origin.as_ref().filter(is_named).cloned()
    }
}

/// What is said of each answer that the scripts of all sites may read, whoever asks.
pub fn shared_with_all() -> [(HeaderName, HeaderValue); 3] {
    [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("cross-origin"),
        ),
        (ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED),
    ]
}

/// The addresses that everybody may read without showing who they are.
pub fn is_public(path: &str) -> bool {
    path == "/openapi.json" || path.starts_with("/api/v1/")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn told(origins: &[CorsOrigin], method: Method, headers: &[(&str, &str)]) -> HeaderMap {
        let request = headers
            .iter()
            .fold(TestRequest::default().method(method), |request, header| {
                request.insert_header(*header)
            });
        let mut answered = HeaderMap::new();
        if let Some(asked) = Asked::of(&request.to_srv_request()) {
            asked.answer(origins, &mut answered);
        }
        answered
    }

    #[test]
    fn an_answer_is_shared_with_whom_the_settings_name() {
        let partner = [CorsOrigin::Site("https://partner.example".to_owned())];
        let any = [CorsOrigin::Any];
        for (origins, origin, allowed) in [
            (&any, Some("https://evil.example"), Some("*")),
            (&any, None, Some("*")),
            (
                &partner,
                Some("https://partner.example"),
                Some("https://partner.example"),
            ),
            (&partner, Some("https://partner.example.evil"), None),
            (&partner, Some("http://partner.example"), None),
            (&partner, Some("null"), None),
            (&partner, None, None),
        ] {
            let sent: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
            let headers = told(origins, Method::GET, &sent);
            let found = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(found.map(|value| value.to_str().unwrap()), allowed, "{origin:?}");
            assert_eq!(headers.contains_key(VARY), origins == &partner, "{origin:?}");
            assert!(!headers.contains_key("access-control-allow-credentials"));
        }
    }

    #[test]
    fn only_reads_are_shared() {
        let preflight = [("access-control-request-method", "POST")];
        assert!(told(&[CorsOrigin::Any], Method::POST, &[]).is_empty());
        assert!(told(&[CorsOrigin::Any], Method::OPTIONS, &[]).is_empty());
        let headers = told(&[CorsOrigin::Any], Method::OPTIONS, &preflight);
        assert_eq!(headers.get(ACCESS_CONTROL_ALLOW_METHODS).unwrap(), "GET, HEAD");
    }

    #[test]
    fn the_owners_side_and_the_pages_are_not_public() {
        for (path, public) in [
            ("/api/v1/products", true),
            ("/openapi.json", true),
            ("/api/v1", false),
            ("/api/admin/products", false),
            ("/api/v1x/products", false),
            ("/products", false),
            ("/docs", false),
        ] {
            assert_eq!(is_public(path), public, "{path}");
        }
    }
}
