//! Answers: what is sent, who may keep it, and when the client has it already.
//!
//! Handlers return a [`Reply`]; the conditional part (`If-None-Match`, 304) is settled when it meets its request.

use actix_web::body::BoxBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LINK, LOCATION,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder};
use maud::Markup;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::extract::SEQ_COOKIE;
use crate::db::Seq;
use crate::error::{Error, Result};

/// The position of a write in the change log, as people write the name of the header.
pub const CHANGE_SEQ: &str = "X-Change-Seq";

/// Who may keep an answer, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachePolicy {
    /// Anybody may keep it and asks each time whether it still holds.
    Public,
    /// Nobody keeps it: it belongs to one signed-in person.
    PrivateNoStore,
    /// Its address names its content, so it never changes.
    Immutable,
}

impl CachePolicy {
    pub fn header(self) -> &'static str {
        match self {
            Self::Public => "public, max-age=0, must-revalidate",
            Self::PrivateNoStore => "private, no-store",
            Self::Immutable => "public, max-age=31536000, immutable",
        }
    }
}

/// What a look at an answer is counted under, as whoever counts calls it: visible ASCII, the same on every node.
#[derive(Clone, Debug)]
pub struct Counted(pub String);

/// An answer in the making.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
    etag: Option<String>,
    counted: Option<String>,
    links: Vec<String>,
    cookies: Vec<Cookie<'static>>,
}

/// A JSON answer.
pub fn json(value: &impl Serialize, policy: CachePolicy) -> Result<Reply> {
    let body = serde_json::to_vec(value).map_err(Error::internal)?;
    Ok(Reply::new(StatusCode::OK).body("application/json; charset=utf-8", body, policy))
}

/// A whole HTML page.
pub fn page(markup: Markup, policy: CachePolicy) -> Reply {
    Reply::new(StatusCode::OK).body(
        "text/html; charset=utf-8",
        markup.into_string().into_bytes(),
        policy,
    )
}

/// A page for one person, which nobody may keep.
pub fn own_page(markup: Markup) -> Reply {
    page(markup, CachePolicy::PrivateNoStore)
}

/// Bytes of a known type, such as a picture.
pub fn bytes(content_type: &'static str, body: Vec<u8>, policy: CachePolicy) -> Reply {
    Reply::new(StatusCode::OK).body(content_type, body, policy)
}

/// 204, for a change that leaves nothing to show.
pub fn no_content() -> Reply {
    Reply::new(StatusCode::NO_CONTENT).header(CACHE_CONTROL, CachePolicy::PrivateNoStore.header())
}

/// 303: the change is made, look here. A reload does not repeat it.
pub fn see_other(location: &str) -> Reply {
    Reply::new(StatusCode::SEE_OTHER)
        .header(LOCATION, location)
        .header(CACHE_CONTROL, CachePolicy::PrivateNoStore.header())
}

/// 302: for now, this leads there.
pub fn found(location: &str) -> Reply {
    Reply::new(StatusCode::FOUND)
        .header(LOCATION, location)
        .header(CACHE_CONTROL, CachePolicy::Public.header())
}

/// 301: this moved for good.
pub fn moved_permanently(location: &str) -> Reply {
    Reply::new(StatusCode::MOVED_PERMANENTLY)
        .header(LOCATION, location)
        .header(CACHE_CONTROL, CachePolicy::Public.header())
}

/// Tells a browser's next reads the position of its write, whichever node they reach.
pub fn seq_cookie(seq: Seq, https: bool) -> Cookie<'static> {
    Cookie::build(SEQ_COOKIE, seq.to_string())
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .finish()
}

impl Reply {
    fn new(status: StatusCode) -> Self {
        Self {
            status,
            body: Vec::new(),
            headers: Vec::new(),
            etag: None,
            counted: None,
            links: Vec::new(),
            cookies: Vec::new(),
        }
    }

    fn body(self, content_type: &str, body: Vec<u8>, policy: CachePolicy) -> Self {
        // An answer that nobody keeps is not asked for again by its ETag, unless it has a version.
        let etag = (policy != CachePolicy::PrivateNoStore).then(|| hash_tag(&body));
        Self { body, etag, ..self }
            .header(CONTENT_TYPE, content_type)
            .header(CACHE_CONTROL, policy.header())
    }

    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The ETag of the admin's resources is their version; only this one goes into `If-Match`.
    pub fn version(self, version: i32) -> Self {
        Self {
            etag: Some(format!("\"v{version}\"")),
            ..self
        }
    }

    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Where the change log stands after this write.
    pub fn seq(self, seq: Seq) -> Self {
        self.header(HeaderName::from_static("x-change-seq"), seq.to_string())
    }

    /// As of which change the page was made, and in which history: its script goes on from there. Not in the page itself, which
    /// would be another one after each change of anything.
    pub fn as_of(self, epoch: &str, as_of: Seq) -> Self {
        let mark = format!("live;desc=\"{epoch}.{as_of}\"");
        self.header(HeaderName::from_static("server-timing"), mark)
    }

    /// Each look at this answer is counted under this name, also when a kept copy of it is sent.
    pub fn counted(self, name: impl Into<String>) -> Self {
        Self {
            counted: Some(name.into()),
            ..self
        }
    }

    /// `next`, `prev`, `self` and the like, as RFC 8288 writes them.
    pub fn link(mut self, relation: &str, target: &str) -> Self {
        self.links.push(format!("<{target}>; rel=\"{relation}\""));
        self
    }

    pub fn cookie(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }

    fn is_known(&self, request: &HttpRequest) -> bool {
        let readable =
            matches!(*request.method(), Method::GET | Method::HEAD) && self.status == StatusCode::OK;
        let Some(etag) = self.etag.as_ref().filter(|_| readable) else {
            return false;
        };
        is_tag_among(request.headers(), etag.as_bytes())
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let known = self.is_known(request);
        self.respond(known)
    }
}

impl Reply {
    /// The answer to one who has nothing yet.
    pub fn whole(self) -> HttpResponse {
        self.respond(false)
    }

    fn respond(mut self, known: bool) -> HttpResponse {
        let mut response = HttpResponse::build(if known {
            StatusCode::NOT_MODIFIED
        } else {
            self.status
        });
        if let Some(etag) = self.etag.take() {
            response.insert_header((ETAG, etag));
        }
        if !self.links.is_empty() {
            response.insert_header((LINK, self.links.join(", ")));
        }
        for (name, value) in self.headers {
            // A 304 speaks of the copy that the client has, so it has no type of its own.
            if known && name == CONTENT_TYPE {
                continue;
            }
            match HeaderValue::from_str(&value) {
                Ok(value) => drop(response.append_header((name, value))),
                Err(error) => return HttpResponse::from_error(Error::internal(error)),
            }
        }
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        if let Some(name) = self.counted {
            response.extensions_mut().insert(Counted(name));
        }
        if known {
            response.finish()
        } else {
            response.body(self.body)
        }
    }
}

/// Whether `If-None-Match` names this ETag.
pub fn is_tag_among(headers: &HeaderMap, etag: &[u8]) -> bool {
    let lines = headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag
    })
}

/// A strong ETag: half of a SHA-256 of the bytes, which nobody will meet twice by chance.
pub fn hash_tag(body: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(body));
    format!("\"{}\"", hash.get(..32).unwrap_or(&hash))
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    fn reply() -> Reply {
        json(&serde_json::json!({"name": "Lamp"}), CachePolicy::Public)
            .unwrap()
            .link("next", "/api/v1/products?after=x")
    }

    #[actix_web::test]
    async fn a_client_that_has_the_bytes_is_told_so() {
        let request = TestRequest::get().to_http_request();
        let first = reply().respond_to(&request);
        let etag = first.headers().get(ETAG).unwrap().to_str().unwrap().to_owned();
        assert_eq!(first.status(), 200);
        for (sent, status) in [
            (etag.clone(), 304),
            (format!("W/{etag}"), 304),
            (format!("\"other\", {etag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
            (etag.trim_matches('"').to_owned(), 200),
        ] {
            let request = TestRequest::get()
                .insert_header((IF_NONE_MATCH, sent.clone()))
                .to_http_request();
            let response = reply().respond_to(&request);
            assert_eq!(response.status(), status, "{sent}");
            assert_eq!(response.headers().get(ETAG).unwrap().to_str().unwrap(), etag);
            assert_eq!(
                response.headers().get(CACHE_CONTROL).unwrap(),
                "public, max-age=0, must-revalidate"
            );
            assert_eq!(
                response.headers().get(LINK).unwrap(),
                "</api/v1/products?after=x>; rel=\"next\""
            );
            let body = to_bytes(response.into_body()).await.unwrap();
            assert_eq!(body.is_empty(), status == 304);
        }
    }

    #[test]
    fn a_version_is_the_etag_of_the_admin_and_nothing_private_is_kept() {
        let request = TestRequest::get().to_http_request();
        let private = json(&1, CachePolicy::PrivateNoStore)
            .unwrap()
            .respond_to(&request);
        assert!(private.headers().get(ETAG).is_none());
        let versioned = json(&1, CachePolicy::PrivateNoStore)
            .unwrap()
            .version(7)
            .respond_to(&request);
        assert_eq!(versioned.headers().get(ETAG).unwrap(), "\"v7\"");
        assert_eq!(
            versioned.headers().get(CACHE_CONTROL).unwrap(),
            "private, no-store"
        );
    }

    #[test]
    fn a_line_break_in_a_header_is_our_fault_and_never_sent() {
        let response = see_other("/a\r\nset-cookie: x=1").respond_to(&TestRequest::get().to_http_request());
        assert_eq!(response.status(), 500);
        assert!(response.headers().get("set-cookie").is_none());
    }
}
