//! What a request wants, and the verdict over what is kept for it. Must not make answers.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode, Uri};

use super::entry::{Entry, Wish};
use super::memory::{Memory, Reader, now_ms};
use crate::db::Seq;
use crate::db::reader;
use crate::web::extract::MinSeq;
use crate::web::respond::is_tag_among;

/// What a request wants, once what makes no difference is taken from it.
pub struct Asked {
    pub key: String,
    pub reader: Reader,
    /// The headers that say in which form, and what is known.
    headers: HeaderMap,
}

impl Asked {
    /// `None` for a request whose answer is not kept.
    pub fn of(memory: &Memory, request: &mut ServiceRequest) -> Option<Self> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let key = memory.addresses.key(request.path(), request.query_string())?;
        let position = MinSeq::of(request.request())
            .ok()?
            .at_least()
            .max(reader::position());
        let uri: Uri = key.parse().ok()?;
        let head = request.head_mut();
        head.uri = uri;
        let mut kept = HeaderMap::new();
        for name in [IF_NONE_MATCH, ACCEPT_ENCODING] {
            for value in head.headers.get_all(&name) {
                kept.append(name.clone(), value.clone());
            }
        }
        head.headers.remove(IF_NONE_MATCH);
        Some(Self {
            key,
            reader: memory.reader(position),
            headers: kept,
        })
    }

    /// Whether an entry is as new as what the reader has seen; where no database answers that is enough.
    pub fn may_see_old(&self, memory: &Memory, entry: &Entry) -> bool {
        let is_seen = self.reader.position <= entry.stamp.as_of();
        entry.missing.is_none() && (is_seen || memory.shows(entry, self.reader).is_some())
    }

    /// The condition was taken from the request, so an answer that is not kept has to be held against it here.
    pub fn settle(&self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let etag = response.headers().get(ETAG);
        let is_known = response.status() == StatusCode::OK
            && etag.is_some_and(|etag| is_tag_among(&self.headers, etag.as_bytes()));
        if !is_known {
            return response;
        }
        let mut response = response.map_body(|head, _| {
            head.status = StatusCode::NOT_MODIFIED;
            BoxBody::new(())
        });
        // A 304 speaks of the copy that the client has, so it has no type of its own.
        response.headers_mut().remove(CONTENT_TYPE);
        response
    }

    pub fn wish(&self) -> Wish<'_> {
        Wish::of(&self.headers)
    }
}

/// What is kept under a key, for one who asks. With each that may be shown: up to where it shows everything.
pub enum Kept {
    Good(Arc<Entry>, Seq),
    /// Nobody knows of a change, but its time is up: one makes it anew, the others are shown it meanwhile.
    Late(Arc<Entry>, Seq),
    /// It is old, but nothing could be loaded a moment ago.
    OutOfReach(Arc<Entry>),
    Nothing,
}

impl Kept {
    pub fn look_up(memory: &Memory, asked: &Asked) -> Self {
        memory
            .get(&asked.key)
            .map_or(Self::Nothing, |entry| Self::judge(memory, entry, asked))
    }

    pub fn judge(memory: &Memory, entry: Arc<Entry>, asked: &Asked) -> Self {
        if entry.rests() && asked.may_see_old(memory, &entry) {
            return Self::OutOfReach(entry);
        }
        match memory.shows(&entry, asked.reader) {
            Some(shows) if now_ms() < entry.soft_end_ms => Self::Good(entry, shows),
            Some(shows) if entry.missing.is_none() => Self::Late(entry, shows),
            _ => Self::Nothing,
        }
    }
}
