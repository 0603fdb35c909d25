//! Time that never runs backwards for one reader. A browser that signed in carries its position in the change log from
//! page to page in a cookie, a program in the header that it sends; guests carry none and are promised a bound instead.
//! Must not know what is read.

use actix_web::body::MessageBody;
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::web;

use super::extract::{MIN_CHANGE_SEQ, SEQ_COOKIE};
use super::respond;
use super::site::Site;
use crate::db::{Seq, reader};

/// An answer with somebody's position is for nobody else.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, max-age=0, must-revalidate");

/// Follows the reader through the request and tells it where it stands.
pub async fn follow(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let remembered = request
        .cookie(SEQ_COOKIE)
        .map(|cookie| cookie.value().parse().ok().unwrap_or_default());
    let asked = request.headers().contains_key(MIN_CHANGE_SEQ);
    if remembered.is_none() && !asked {
        return next.call(request).await;
    }
    let (response, seen) = reader::following(remembered.unwrap_or_default(), next.call(request)).await;
    let mut response = response?;
    if seen == Seq::default() {
        return Ok(response);
    }
    if asked {
        let name = HeaderName::from_static("x-change-seq");
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, HeaderValue::from(seen.0));
        }
    } else if remembered != Some(seen) && !sets_position(&response) {
        remember(&mut response, seen);
    }
    Ok(response)
}

fn sets_position<B>(response: &ServiceResponse<B>) -> bool {
    let mut cookies = response.headers().get_all(SET_COOKIE);
    cookies.any(|value| value.as_bytes().starts_with(SEQ_COOKIE.as_bytes()))
}

fn remember<B>(response: &mut ServiceResponse<B>, seen: Seq) {
    let is_https = response
        .request()
        .app_data::<web::Data<Site>>()
        .is_some_and(|site| site.is_https());
    let cookie: Cookie<'_> = respond::seq_cookie(seen, is_https);
    let Ok(value) = HeaderValue::from_str(&cookie.to_string()) else {
        return;
    };
    let headers = response.headers_mut();
    headers.append(SET_COOKIE, value);
    let is_public = headers
        .get(CACHE_CONTROL)
        .is_some_and(|policy| policy.as_bytes().starts_with(b"public"));
    if is_public {
        headers.insert(CACHE_CONTROL, PRIVATE);
    }
}
