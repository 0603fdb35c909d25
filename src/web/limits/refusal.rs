//! The answer to one too many, made of parts that are ready: under load it has to cost next to nothing. Must not know why
//! there are too many.

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::class::Class;
use super::rate::{Standing, TooMany};
use crate::error::{Error, Problem};
use crate::web::client::{REQUEST_ID, RequestId};
use crate::web::error_page::error_page;
use crate::web::guard::Headers;
use crate::web::layout::Shell;
use crate::web::problem::admits_html;
use crate::web::site::Site;

pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Whoever was turned away comes back after 1 to so many seconds, so that not all come at once.
const LONGEST_PAUSE_S: u32 = 3;

/// Why somebody is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// He has asked too often; the name of what is counted.
    TooMany(&'static str, TooMany),
    Overloaded,
}

impl Why {
    fn error(self) -> Error {
        match self {
            Why::TooMany(_, TooMany { retry_after_s, .. }) => Error::TooManyRequests { retry_after_s },
            Why::Overloaded => overloaded(),
        }
    }
}

/// There is more to do than can be done.
pub fn overloaded() -> Error {
    Error::Overloaded {
        retry_after_s: fastrand::u32(1..=LONGEST_PAUSE_S),
    }
}

/// The pages are the same for everybody.
pub struct Refusals {
    headers: Headers,
    too_many: Bytes,
    overloaded: Bytes,
}

impl Refusals {
    pub fn new(site: &Site, headers: Headers) -> Refusals {
        let page = |error: &Error, detail: &str| {
            let problem = Problem {
                detail: detail.to_owned(),
                ..Problem::from(error)
            };
            let shell = Shell {
                site,
                nav: &[],
                pages: None,
                path: "",
                query: "",
                signed_in: false,
            };
            Bytes::from(error_page(&shell, &problem).into_string())
        };
        let too_many = Error::TooManyRequests { retry_after_s: 1 };
        Refusals {
            headers,
            too_many: page(&too_many, "That were very many requests in a short time."),
            overloaded: page(
                &overloaded(),
                "More people are looking than the shop can serve at once.",
            ),
        }
    }

    /// The whole answer: no other layer adds to it.
    pub fn answer(&self, request: &ServiceRequest, why: Why) -> HttpResponse {
        let error = why.error();
        let id = RequestId::of(request.headers());
        let mut response = HttpResponse::build(error.status());
        for header in self.headers.iter() {
            response.insert_header(header.clone());
        }
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if let Error::TooManyRequests { retry_after_s } | Error::Overloaded { retry_after_s } = error {
            response.insert_header((RETRY_AFTER, HeaderValue::from(retry_after_s)));
        }
        if let Why::TooMany(
            name,
            TooMany {
                allowed,
                retry_after_s,
            },
        ) = why
        {
            tell(&mut response, name, (allowed, 0, retry_after_s));
        }
        let is_api = request.path().starts_with("/api/");
        if !is_api {
            response.insert_header((VARY, HeaderValue::from_static("Accept")));
        }
        let is_html = !is_api && admits_html(request.headers());
        let (kind, body) = if is_html {
            let page = match error.status() {
                StatusCode::TOO_MANY_REQUESTS => &self.too_many,
                _ => &self.overloaded,
            };
            ("text/html; charset=utf-8", page.clone())
        } else {
            ("application/problem+json", problem(&error, request, &id))
        };
        response.insert_header((REQUEST_ID, id.into_header()));
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(kind)));
        response.body(body)
    }
}

fn problem(error: &Error, request: &ServiceRequest, id: &RequestId) -> Bytes {
    let problem = Problem {
        instance: request.path().to_owned(),
        request_id: id.to_string(),
        ..Problem::from(error)
    };
    serde_json::to_vec(&problem).unwrap_or_default().into()
}

fn tell(response: &mut HttpResponseBuilder, name: &str, numbers: (u32, u32, u32)) {
    for header in headers(name, numbers) {
        response.insert_header(header);
    }
}

/// Where one stands, as draft-ietf-httpapi-ratelimit-headers (version 10) writes it.
pub fn standing(class: Class, standing: Standing) -> [(HeaderName, HeaderValue); 2] {
    let Standing {
        allowed,
        left,
        full_after_s,
    } = standing;
    headers(class.name(), (allowed, left, full_after_s))
}

fn headers(name: &str, (allowed, left, after_s): (u32, u32, u32)) -> [(HeaderName, HeaderValue); 2] {
    let value = |text: String| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    [
        (RATE_LIMIT_POLICY, value(format!("\"{name}\";q={allowed};w=60"))),
        (RATE_LIMIT, value(format!("\"{name}\";r={left};t={after_s}"))),
    ]
}
