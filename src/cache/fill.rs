//! The innermost layer before the handlers: answers what is kept, and keeps what they answer. Must not know what an
//! answer says.
//!
//! The handler sees the key of the answer instead of the query that was sent, and no condition: whatever it makes is right
//! for everybody who has the same key.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::Cache;
use super::entry::{Entry, Wish, mark_stale};
use super::flight::{Flight, Outcome, Turn};
use super::harvest::harvest;
use super::memory::{Memory, Route, now_ms};
use super::shared::Promise;
use crate::db::Seq;
use crate::db::reader;
use crate::error::Error;
use crate::metrics::CacheResult;
use crate::web::extract::MinSeq;
use crate::web::respond::Counted;

type Answered = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// After nothing could be loaded, an old answer is shown without trying again for so long.
const REST_MS: i64 = 1_000;

/// Who has waited in vain so often loads for itself.
const PATIENCE: usize = 3;

pub async fn answer(
    cache: Data<Cache>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Answered {
    let Some(memory) = cache.memory() else {
        return call(&cache, next, request).await;
    };
    let Some(asked) = Asked::of(memory, &mut request) else {
        return call(&cache, next, request).await;
    };
    for _ in 0..PATIENCE {
        let kept = Kept::look_up(memory, &asked);
        match &kept {
            Kept::Good(entry) => {
                let result = if entry.missing.is_some() {
                    CacheResult::Negative
                } else {
                    CacheResult::Hit
                };
                memory.count(result);
                return show(memory, entry, request, &asked).await;
            }
            Kept::OutOfReach(entry) => return Ok(request.into_response(stale(memory, entry, &asked).await)),
            Kept::Late(_) | Kept::Nothing => {}
        }
        let waiting = match memory.flights.join(&asked.key) {
            Turn::Lead(flight) => return lead(&cache, memory, flight, request, next, &asked).await,
            Turn::Wait(waiting) => waiting,
        };
        if let Kept::Late(entry) = &kept {
            memory.count(CacheResult::Stale);
            return show(memory, entry, request, &asked).await;
        }
        let guard = memory.wait();
        let outcome = waiting.outcome().await;
        drop(guard);
        if outcome == Some(Outcome::NotKept) {
            break;
        }
    }
    memory.count(CacheResult::Bypass);
    let needed = memory.needed().max(asked.position);
    reader::observed(needed, call(&cache, next, request)).await.0
}

/// What a request wants, once what makes no difference is taken from it.
struct Asked {
    key: String,
    /// What the reader has seen already.
    position: Seq,
    /// The headers that say in which form, and what is known.
    headers: HeaderMap,
}

impl Asked {
    /// `None` for a request whose answer is not kept.
    fn of(memory: &Memory, request: &mut ServiceRequest) -> Option<Self> {
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
            position,
            headers: kept,
        })
    }

    fn wish(&self) -> Wish<'_> {
        Wish::of(&self.headers)
    }
}

/// What is kept under a key, for one who asks.
enum Kept {
    Good(Arc<Entry>),
    /// Nobody knows of a change, but its time is up: one makes it anew, the others are shown it meanwhile.
    Late(Arc<Entry>),
    /// Something has changed, but nothing could be loaded a moment ago.
    OutOfReach(Arc<Entry>),
    Nothing,
}

impl Kept {
    fn look_up(memory: &Memory, asked: &Asked) -> Self {
        let Some(entry) = memory.get(&asked.key) else {
            return Self::Nothing;
        };
        let now = now_ms();
        let is_good = memory.may_show(&entry, asked.position);
        if entry.rests(now) && (is_good || asked.position <= entry.stamp.as_of()) {
            return Self::OutOfReach(entry);
        }
        match (is_good, now < entry.soft_end_ms) {
            (true, true) => Self::Good(entry),
            (true, false) if entry.missing.is_none() => Self::Late(entry),
            _ => Self::Nothing,
        }
    }
}

/// Sends a kept answer.
async fn show(memory: &Memory, entry: &Entry, request: ServiceRequest, asked: &Asked) -> Answered {
    reader::saw(entry.stamp.as_of().max(memory.changes.known()));
    if let Some(what) = entry.missing {
        return Ok(request.error_response(Error::NotFound { what }));
    }
    Ok(request.into_response(entry.respond(asked.wish()).await))
}

async fn stale(memory: &Memory, entry: &Entry, asked: &Asked) -> HttpResponse {
    memory.count(CacheResult::StaleError);
    reader::saw(entry.stamp.as_of());
    let mut response = entry.respond(asked.wish()).await;
    mark_stale(&mut response);
    response
}

/// Loads for all who wait.
async fn lead(
    cache: &Cache,
    memory: &Memory,
    flight: Flight,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    asked: &Asked,
) -> Answered {
    let old = memory.get(&asked.key);
    let needed = memory.needed().max(asked.position);
    let result = if old.is_some() {
        CacheResult::Invalid
    } else {
        CacheResult::Miss
    };
    memory.count(result);
    let mut promise = None;
    if let Some(shared) = cache.shared() {
        match shared
            .fetch(&asked.key, &Route::of(request.request()), asked.position)
            .await
        {
            Ok(entry) => {
                flight.land(Outcome::Kept);
                return show(memory, &entry, request, asked).await;
            }
            Err(own) => promise = Some(own),
        }
    }
    memory.count_fill();
    let (response, footprint) = reader::observed(needed, next.call(request)).await;
    let response = response?.map_into_boxed_body();
    let is_good_enough = |old: &Arc<Entry>| old.missing.is_none() && asked.position <= old.stamp.as_of();
    if is_out_of_reach(&response)
        && let Some(old) = old.filter(is_good_enough)
    {
        old.rest_until(now_ms() + REST_MS);
        flight.land(Outcome::Kept);
        let answer = stale(memory, &old, asked).await;
        return Ok(ServiceResponse::new(response.into_parts().0, answer));
    }
    let (response, entry) = harvest(memory, response, &footprint);
    let Some(entry) = entry.map(Arc::new) else {
        flight.land(Outcome::NotKept);
        count_look(cache, &response);
        return Ok(response);
    };
    memory.keep(&asked.key, Arc::clone(&entry));
    flight.land(Outcome::Kept);
    if entry.missing.is_some() {
        return Ok(response);
    }
    share(cache, &asked.key, &entry, promise);
    let answer = entry.respond(asked.wish()).await;
    Ok(ServiceResponse::new(response.into_parts().0, answer))
}

/// Lets the other nodes have an answer; nobody waits for that.
fn share(cache: &Cache, key: &str, entry: &Arc<Entry>, promise: Option<Promise>) {
    if let Some(shared) = cache.shared().cloned() {
        let (key, entry) = (key.to_owned(), Arc::clone(entry));
        actix_web::rt::spawn(async move {
            shared.share(&key, &entry).await;
            // Only now: who waits for it finds the answer.
            drop(promise);
        });
    }
}

/// No database could be asked.
fn is_out_of_reach(response: &ServiceResponse) -> bool {
    response.status() == StatusCode::SERVICE_UNAVAILABLE
}

/// An answer that is not kept.
async fn call(cache: &Cache, next: Next<impl MessageBody + 'static>, request: ServiceRequest) -> Answered {
    let response = next.call(request).await?.map_into_boxed_body();
    count_look(cache, &response);
    Ok(response)
}

fn count_look(cache: &Cache, response: &ServiceResponse) {
    let counted = response.response().extensions().get::<Counted>().copied();
    if let Some(Counted(number)) = counted {
        cache.counter(number).fetch_add(1, Ordering::Relaxed);
    }
}
