//! The innermost layer before the handlers: answers what is kept, and keeps what they answer. Must not know what an
//! answer says.
//!
//! The handler sees the key of the answer instead of the query that was sent, and no condition: whatever it makes is right
//! for everybody who has the same key.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::Cache;
use super::asked::{Asked, Kept};
use super::entry::{Entry, mark_stale};
use super::flight::{Flight, Outcome, Turn};
use super::harvest::harvest;
use super::memory::Memory;
use super::shared::Promise;
use super::surroundings::Route;
use crate::db::Seq;
use crate::db::reader;
use crate::error::Error;
use crate::metrics::CacheResult;
use crate::web::respond::Counted;

type Answered = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// After nothing could be loaded, an old answer is shown without trying again for so long.
const REST: Duration = Duration::from_secs(1);

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
    let mut kept = Kept::look_up(memory, &asked);
    for _ in 0..PATIENCE {
        match &kept {
            Kept::Good(entry, shows) => return hit(memory, entry, *shows, request, &asked).await,
            Kept::OutOfReach(entry) => return Ok(request.into_response(stale(memory, entry, &asked).await)),
            Kept::Late(..) | Kept::Nothing => {}
        }
        let waiting = match memory.flights.join(&asked.key) {
            Turn::Lead(flight) => return lead(&cache, memory, flight, request, next, &asked).await,
            Turn::Wait(waiting) => waiting,
        };
        if let Kept::Late(entry, shows) = &kept {
            memory.count(CacheResult::Stale);
            return show(entry, *shows, request, &asked).await;
        }
        let guard = memory.wait();
        let outcome = waiting.outcome().await;
        drop(guard);
        kept = match outcome {
            Some(Outcome::Made(entry)) => Kept::judge(memory, entry, &asked),
            Some(Outcome::NotKept) => break,
            None => Kept::look_up(memory, &asked),
        };
    }
    memory.count(CacheResult::Bypass);
    let needed = memory.needed(None).max(asked.reader.position);
    let response = reader::observed(needed, call(&cache, next, request)).await.0?;
    match memory.get(&asked.key).filter(|_| is_out_of_reach(&response)) {
        Some(old) if asked.may_see_old(memory, &old) => Ok(instead(memory, response, &old, &asked).await),
        _ => Ok(asked.settle(response)),
    }
}

async fn hit(memory: &Memory, entry: &Entry, shows: Seq, request: ServiceRequest, asked: &Asked) -> Answered {
    memory.count(if entry.missing.is_some() {
        CacheResult::Negative
    } else {
        CacheResult::Hit
    });
    show(entry, shows, request, asked).await
}

/// Sends a kept answer that shows everything up to a position.
async fn show(entry: &Entry, shows: Seq, request: ServiceRequest, asked: &Asked) -> Answered {
    reader::saw(shows);
    if let Some(what) = entry.missing {
        return Ok(request.error_response(Error::NotFound { what }));
    }
    Ok(request.into_response(entry.respond(asked.wish()).await))
}

async fn stale(memory: &Memory, entry: &Entry, asked: &Asked) -> HttpResponse {
    memory.count(CacheResult::StaleError);
    // He may have seen more, of which nothing is in this answer.
    reader::saw(entry.stamp.as_of().max(asked.reader.position));
    let mut response = entry.respond(asked.wish()).await;
    mark_stale(&mut response);
    response
}

/// An old answer instead of one that could not be made.
async fn instead(memory: &Memory, failed: ServiceResponse, old: &Entry, asked: &Asked) -> ServiceResponse {
    let answer = stale(memory, old, asked).await;
    ServiceResponse::new(failed.into_parts().0, answer)
}

/// Finds or makes the answer for all who wait.
async fn lead(
    cache: &Cache,
    memory: &Memory,
    flight: Flight<Arc<Entry>>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    asked: &Asked,
) -> Answered {
    // The one before may have landed after this one looked.
    let kept = Kept::look_up(memory, asked);
    if let Kept::Good(entry, shows) = kept {
        flight.land(Outcome::Made(Arc::clone(&entry)));
        return hit(memory, &entry, shows, request, asked).await;
    }
    memory.count(match memory.get(&asked.key) {
        Some(_) => CacheResult::Invalid,
        None => CacheResult::Miss,
    });
    let mut promise = None;
    if let Some(shared) = cache.shared() {
        let route = Route::of(request.request());
        match shared.fetch(&asked.key, &route, asked.reader).await {
            Ok((entry, shows)) => {
                flight.land(Outcome::Made(Arc::clone(&entry)));
                return show(&entry, shows, request, asked).await;
            }
            Err(own) => promise = Some(own),
        }
    }
    load(cache, memory, (flight, promise), request, next, asked).await
}

/// Makes the answer for all who wait, here and on other nodes.
async fn load(
    cache: &Cache,
    memory: &Memory,
    (flight, promise): (Flight<Arc<Entry>>, Option<Promise>),
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    asked: &Asked,
) -> Answered {
    let old = memory.get(&asked.key);
    memory.count_fill();
    let needed = memory.needed(old.as_deref()).max(asked.reader.position);
    let (response, footprint) = reader::observed(needed, next.call(request)).await;
    let response = response?.map_into_boxed_body();
    if is_out_of_reach(&response)
        && let Some(old) = old.filter(|old| old.missing.is_none())
    {
        if !asked.may_see_old(memory, &old) {
            // Others may: he leaves the lead to one of them.
            return Ok(response);
        }
        old.rest(REST);
        flight.land(Outcome::Made(Arc::clone(&old)));
        return Ok(instead(memory, response, &old, asked).await);
    }
    let (response, entry) = harvest(memory, response, &footprint);
    let Some(entry) = entry.map(Arc::new) else {
        // What is refused is refused to this one: he leaves the lead to another.
        if !response.status().is_client_error() {
            flight.land(Outcome::NotKept);
        }
        count_look(cache, &response);
        return Ok(asked.settle(response));
    };
    memory.keep(&asked.key, Arc::clone(&entry));
    flight.land(Outcome::Made(Arc::clone(&entry)));
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
    let counted = response.response().extensions().get::<Counted>().cloned();
    if let Some(Counted(name)) = counted {
        cache.counter(&name).fetch_add(1, Ordering::Relaxed);
    }
}
