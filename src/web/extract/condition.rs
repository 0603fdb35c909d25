//! Conditions that requests carry in headers: which version they mean, how fresh they want it, whether they are a repeat.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};

use crate::db::{Seq, Snapshot};
use crate::error::{Error, Result};

/// How fresh a program wants its answer.
pub const MIN_CHANGE_SEQ: &str = "X-Min-Change-Seq";

/// The same as headers are looked up by.
pub const MIN_CHANGE_SEQ_HEADER: HeaderName = HeaderName::from_static("x-min-change-seq");

/// What marks the repeats of a request.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Browsers keep the position of their last write here, so that they see it whichever node answers.
pub const SEQ_COOKIE: &str = "vitrine_seq";

/// The version that a change is meant for, from `If-Match: "v7"`.
///
/// Missing is 428. A tag that is none of ours matches no version and so leads to 412. `*` is refused: it would mean
/// "whatever is there now", which is how one editor overwrites another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub i32);

impl IfMatch {
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let Some(value) = single(headers, IF_MATCH.as_str())? else {
            return Err(Error::PreconditionRequired);
        };
        let tag = value.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let Some(tag) = tag.filter(|tag| !tag.contains('"')) else {
            return Err(Error::bad_request(
                "invalid_if_match",
                "Send one ETag in If-Match, such as \"v7\".",
            ));
        };
        let version = tag
            .strip_prefix('v')
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        // Versions count from 1, so 0 is never the current one.
        Ok(Self(version.and_then(|digits| digits.parse().ok()).unwrap_or(0)))
    }
}

/// The position of the change log that a read must have seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinSeq {
    /// Any position.
    Any,
    /// Asked for by the header: a position that the log has not reached is a mistake.
    Asked(Seq),
    /// Remembered by a browser's cookie: it may be of another database, and then counts for nothing.
    Remembered(Seq),
}

impl MinSeq {
    pub fn of(request: &HttpRequest) -> Result<Self> {
        if let Some(value) = single(request.headers(), MIN_CHANGE_SEQ)? {
            let fault =
                || Error::bad_request("invalid_min_change_seq", "X-Min-Change-Seq is a whole number.");
            return value.parse().map(Self::Asked).map_err(|_| fault());
        }
        // A cookie that cannot be read is no reason to refuse a page.
        let remembered = request
            .cookie(SEQ_COOKIE)
            .and_then(|cookie| cookie.value().parse().ok());
        Ok(remembered.map_or(Self::Any, Self::Remembered))
    }

    /// What to ask the database for.
    pub fn at_least(self) -> Seq {
        match self {
            Self::Any => Seq::default(),
            Self::Asked(seq) | Self::Remembered(seq) => seq,
        }
    }

    /// Passes on what was read if it is as new as was asked for.
    ///
    /// # Errors
    /// 400 when even the primary has not seen the position that was asked for.
    pub fn confirm<T>(self, read: Snapshot<T>) -> Result<Snapshot<T>> {
        match self {
            Self::Asked(seq) if read.as_of < seq => Err(Error::bad_request(
                "unknown_change_seq",
                format!("The change log has not reached {seq}: send an X-Change-Seq that a write returned."),
            )),
            _ => Ok(read),
        }
    }
}

/// Marks the repeats of one request, from `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let Some(value) = single(headers, IDEMPOTENCY_KEY)? else {
            return Ok(Self(None));
        };
        if (1..=255).contains(&value.len()) && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Ok(Self(Some(value.to_owned())));
        }
        Err(Error::bad_request(
            "invalid_idempotency_key",
            "Idempotency-Key has 1 to 255 printable ASCII characters.",
        ))
    }
}

/// A header that makes sense only once and as text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text.trim())),
        _ => Err(Error::bad_request(
            "invalid_header",
            format!("Send {name} once, as plain text."),
        )),
    }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
    }
}

impl FromRequest for MinSeq {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn if_match_is_one_strong_tag() {
        for (sent, expected) in [
            ("\"v7\"", Ok(7)),
            ("\"v2147483647\"", Ok(2_147_483_647)),
            ("\"v2147483648\"", Ok(0)),
            ("\"v-7\"", Ok(0)),
            ("\"6f1d\"", Ok(0)),
            ("*", Err(400)),
            ("v7", Err(400)),
            ("W/\"v7\"", Err(400)),
            ("\"v7\", \"v8\"", Err(400)),
            ("", Err(400)),
        ] {
            let request = TestRequest::default()
                .insert_header((IF_MATCH, sent))
                .to_http_request();
            let found = IfMatch::of(request.headers())
                .map(|v| v.0)
                .map_err(|e| e.status().as_u16());
            assert_eq!(found, expected, "{sent}");
        }
        let missing = IfMatch::of(TestRequest::default().to_http_request().headers());
        assert_eq!(missing.unwrap_err().status(), 428);
    }

    #[test]
    fn the_header_asks_for_freshness_strictly_and_the_cookie_softly() {
        for (header, cookie, expected) in [
            (None, None, Ok(MinSeq::Any)),
            (Some("12"), None, Ok(MinSeq::Asked(Seq(12)))),
            (Some("12"), Some("5"), Ok(MinSeq::Asked(Seq(12)))),
            (None, Some("5"), Ok(MinSeq::Remembered(Seq(5)))),
            (None, Some("five"), Ok(MinSeq::Any)),
            (Some("-1"), None, Err(400)),
            (Some("1.5"), None, Err(400)),
        ] {
            let mut request = TestRequest::default();
            if let Some(header) = header {
                request = request.insert_header(("x-min-change-seq", header));
            }
            if let Some(cookie) = cookie {
                request = request.cookie(Cookie::new(SEQ_COOKIE, cookie));
            }
            let found = MinSeq::of(&request.to_http_request()).map_err(|e| e.status().as_u16());
            assert_eq!(found, expected, "{header:?} {cookie:?}");
        }
    }

    #[test]
    fn an_idempotency_key_is_short_and_printable() {
        for (sent, fine) in [
            ("a", true),
            (&"k".repeat(255)[..], true),
            (&"k".repeat(256)[..], false),
            ("", false),
            ("ä", false),
        ] {
            let request = TestRequest::default()
                .insert_header(("idempotency-key", sent))
                .to_http_request();
            assert_eq!(IdempotencyKey::of(request.headers()).is_ok(), fine, "{sent}");
        }
    }
}
