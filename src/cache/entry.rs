//! A finished answer, ready to be sent: its bytes in each form that was asked for, with all headers. Must not know where
//! it is kept or whether it still holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, VARY, WARNING,
};
use actix_web::web::Bytes;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::encoding::Encoding;
use super::memory::now_ms;
use super::rule::Stamp;
use super::setting::{Setting, SharedLease};
use crate::metrics::RequestSeries;
use crate::web::respond::{CachePolicy, hash_tag, is_tag_among};

/// RFC 9111 has dropped the code, but readers of logs know it.
const STALE: HeaderValue = HeaderValue::from_static("110 - \"Response is Stale\"");

/// Headers of four forms, key, counters of an entry, and its place in the tables.
const OVERHEAD: usize = 6144;

/// What a handler answered, before it is made ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    /// Without what depends on the form of the bytes.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Bytes,
    /// Of the bytes as they are.
    pub etag: HeaderValue,
    /// What is counted with each look at it, by the name that its maker knows it by.
    pub counted: Option<String>,
}

/// An answer that is kept. Its life is when it was made and when it is due, in milliseconds since 1970.
#[derive(Debug)]
pub struct Entry {
    pub stamp: Stamp,
    pub answer: Answer,
    /// A negative entry: there is no such thing, in the words of the error.
    pub missing: Option<&'static str>,
    pub made_at_ms: i64,
    /// From then on it is made anew although nobody knows of a change.
    pub soft_end_ms: i64,
    pub looks: Option<Arc<AtomicU32>>,
    /// Where its requests are counted: those that got it, those that had it.
    pub series: Option<[RequestSeries; 2]>,
    /// Others on this address depend on who asks.
    pub depends_on_origin: bool,
    lease: Option<SharedLease>,
    plain: Form,
    encoded: [OnceCell<Option<Form>>; 3],
    rests_until: Mutex<Option<Instant>>,
}

/// The answer in one form.
#[derive(Debug)]
struct Form {
    body: Bytes,
    etag: HeaderValue,
    headers: Box<[(HeaderName, HeaderValue)]>,
}

/// What a request says about how it wants its answer.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub encoding: Option<Encoding>,
    pub known: Option<&'a HeaderMap>,
}

impl<'a> Wish<'a> {
    pub fn of(headers: &'a HeaderMap) -> Self {
        Self {
            encoding: Encoding::accepted(headers),
            known: headers.contains_key(IF_NONE_MATCH).then_some(headers),
        }
    }
}

impl Entry {
    pub fn new(
        answer: Answer,
        stamp: Stamp,
        (made_at_ms, soft_end_ms): (i64, i64),
        setting: &Setting,
    ) -> Self {
        let headers = setting.headers.iter().filter(|(name, _)| !answer.has(name));
        let mut headers: Vec<_> = answer.headers.iter().chain(headers).cloned().collect();
        if !answer.body.is_empty() {
            headers.push((VARY, HeaderValue::from_name(ACCEPT_ENCODING)));
        }
        Self {
            plain: Form::new(headers, answer.body.clone(), answer.etag.clone()),
            stamp,
            missing: None,
            made_at_ms,
            soft_end_ms,
            looks: None,
            series: None,
            depends_on_origin: setting.depends_on_origin,
            lease: setting.lease.filter(|_| answer.is_revalidated()),
            encoded: Default::default(),
            rests_until: Mutex::default(),
            answer,
        }
    }

    /// There is nothing at the address.
    pub fn missing(what: &'static str, stamp: Stamp, life: (i64, i64)) -> Self {
        let nothing = Answer {
            status: StatusCode::NOT_FOUND,
            headers: Vec::new(),
            body: Bytes::new(),
            etag: HeaderValue::from_static(""),
            counted: None,
        };
        Self {
            missing: Some(what),
            ..Self::new(nothing, stamp, life, &Setting::default())
        }
    }

    /// Bytes of memory at most: every form that pays is smaller than the plain one, and all of them together are not
    /// kept if they are larger.
    pub fn weight(&self) -> u32 {
        let bytes = self.answer.body.len().saturating_mul(2).saturating_add(OVERHEAD);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// The answer, if the form that is wanted is there already.
    pub fn ready(&self, wish: Wish<'_>) -> Option<HttpResponse<BoxBody>> {
        let form = match wish.encoding.filter(|_| !self.answer.body.is_empty()) {
            None => &self.plain,
            Some(encoding) => self.cell(encoding).get()?.as_ref().unwrap_or(&self.plain),
        };
        Some(self.send(form, wish))
    }

    /// The answer in the form that is wanted, which is made if it is not there yet.
    pub async fn respond(&self, wish: Wish<'_>) -> HttpResponse<BoxBody> {
        let form = match wish.encoding.filter(|_| !self.answer.body.is_empty()) {
            None => None,
            Some(encoding) => {
                let make = || self.encode(encoding);
                self.cell(encoding).get_or_init(make).await.as_ref()
            }
        };
        self.send(form.unwrap_or(&self.plain), wish)
    }

    fn cell(&self, encoding: Encoding) -> &OnceCell<Option<Form>> {
        let [brotli, zstd, gzip] = &self.encoded;
        match encoding {
            Encoding::Brotli => brotli,
            Encoding::Zstd => zstd,
            Encoding::Gzip => gzip,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a millisecond of work, once per answer and form"
    )]
    async fn encode(&self, encoding: Encoding) -> Option<Form> {
        let body = self.answer.body.clone();
        let work = tokio::task::spawn_blocking(move || encoding.compress(&body));
        let compressed = Bytes::from(work.await.ok().flatten()?.into_boxed_slice());
        let forms = self.encoded.iter().filter_map(|cell| cell.get()?.as_ref());
        let taken: usize = forms.map(|form| form.body.len()).sum();
        if taken + compressed.len() > self.answer.body.len() {
            return None;
        }
        let mut headers = self.plain.headers.to_vec();
        headers.retain(|(name, _)| name != ETAG);
        headers.push((CONTENT_ENCODING, encoding.name()));
        let etag = HeaderValue::try_from(hash_tag(&compressed)).ok()?;
        Some(Form::new(headers, compressed, etag))
    }

    fn send(&self, form: &Form, wish: Wish<'_>) -> HttpResponse<BoxBody> {
        if let Some(looks) = &self.looks {
            looks.fetch_add(1, Ordering::Relaxed);
        }
        let is_known = self.answer.status == StatusCode::OK
            && wish
                .known
                .is_some_and(|headers| is_tag_among(headers, form.etag.as_bytes()));
        let (status, body) = if is_known {
            (StatusCode::NOT_MODIFIED, BoxBody::new(()))
        } else {
            (self.answer.status, BoxBody::new(form.body.clone()))
        };
        let mut response = HttpResponse::with_body(status, body);
        let headers = response.headers_mut();
        for (name, value) in &form.headers {
            // A 304 speaks of the copy that the client has, so it has no type of its own.
            if !(is_known && name == actix_web::http::header::CONTENT_TYPE) {
                headers.insert(name.clone(), value.clone());
            }
        }
        if let Some(lease) = self.lease {
            let left = self.stamp.until().map(|until| until.saturating_sub(now_ms()));
            if let Ok(policy) = HeaderValue::try_from(lease.header(left)) {
                headers.insert(CACHE_CONTROL, policy);
            }
        }
        response
    }

    /// Nothing could be loaded: for so long nobody tries again. By a clock that nobody sets.
    pub fn rest(&self, time: Duration) {
        *self.rests_until.lock() = Some(Instant::now() + time);
    }

    pub fn rests(&self) -> bool {
        self.rests_until
            .lock()
            .is_some_and(|until| Instant::now() < until)
    }
}

/// Says of an answer that it is older than what is known; then nobody shows it without asking.
pub fn mark_stale(response: &mut HttpResponse<BoxBody>) {
    let headers = response.headers_mut();
    headers.insert(WARNING, STALE);
    let policy = HeaderValue::from_static(CachePolicy::Public.header());
    headers.insert(CACHE_CONTROL, policy);
}

impl Answer {
    /// It is asked for again each time, unless the owner of the shop allows more.
    fn is_revalidated(&self) -> bool {
        self.has_policy(CachePolicy::Public)
    }

    /// Its address names its content.
    pub fn is_immutable(&self) -> bool {
        self.has_policy(CachePolicy::Immutable)
    }

    fn has_policy(&self, policy: CachePolicy) -> bool {
        let mut own = self.headers.iter().filter(|(name, _)| name == CACHE_CONTROL);
        own.any(|(_, value)| value == policy.header())
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(own, _)| own == name)
    }
}

impl Form {
    fn new(mut headers: Vec<(HeaderName, HeaderValue)>, body: Bytes, etag: HeaderValue) -> Self {
        if !etag.is_empty() {
            headers.push((ETAG, etag.clone()));
        }
        Self {
            body,
            etag,
            headers: headers.into_boxed_slice(),
        }
    }
}
