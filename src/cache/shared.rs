//! What nodes take from each other: answers that lie in Redis. Whatever comes from there is judged by the rule like an own
//! one; whatever goes wrong there is a miss. Must not know how Redis is reached.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue};
use tokio::runtime::Handle;

use super::entry::{Answer, Entry};
use super::memory::{Memory, Reader, now_ms};
use super::redis::{Lease, Redis, Stored};
use super::surroundings::Route;
use crate::db::reader::{Dependence, Footprint};
use crate::db::{Moment, Seq, Tag};
use crate::metrics::{CacheLayer, CacheResult};
use crate::web::respond::hash_tag;

/// In Redis an answer outlives its renewal: as long as nothing changes it stays right, and who renews it writes it anew.
const LIFE: Duration = Duration::from_secs(3600);

/// Whoever lost the lease looks again so often before making the answer all the same.
const LOOKS: usize = 2;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Stands among the stored headers, but is none: what looks are counted under.
const COUNTED: &str = "x-vitrine-counted";

/// The answers that all nodes share.
#[derive(Clone)]
pub struct Shared {
    memory: Arc<Memory>,
    redis: Redis,
}

/// Given back when the answer is made, or was not to be made.
pub struct Promise {
    redis: Redis,
    key: String,
    token: Option<String>,
}

impl Shared {
    pub fn new(memory: Arc<Memory>, redis: Redis) -> Self {
        Self { memory, redis }
    }

    pub fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// An answer that some node has made and that may be shown to a reader, and up to where it shows everything; else this
    /// node makes it, and others wait for a moment whether it does.
    pub async fn fetch(
        &self,
        key: &str,
        route: &Route,
        reader: Reader,
    ) -> Result<(Arc<Entry>, Seq), Promise> {
        let name = name(&self.memory.changes.epoch(), key);
        if let Some(found) = self.look(&name, key, route, reader).await {
            return Ok(found);
        }
        let mut promise = Promise {
            redis: self.redis.clone(),
            key: name,
            token: None,
        };
        match self.redis.lease(&promise.key).await {
            Lease::Won(token) => promise.token = Some(token),
            Lease::Unavailable => {}
            Lease::Lost => {
                for _ in 0..LOOKS {
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                    if let Some(found) = self.look(&promise.key, key, route, reader).await {
                        return Ok(found);
                    }
                }
            }
        }
        Err(promise)
    }

    async fn look(&self, name: &str, key: &str, route: &Route, reader: Reader) -> Option<(Arc<Entry>, Seq)> {
        let stored = self.redis.get(name).await?;
        let entry = self.read(stored, route).map(Arc::new);
        // Whoever asks for one that is due for renewal is the one who renews it.
        let is_due = entry.as_ref().is_some_and(|entry| entry.soft_end_ms <= now_ms());
        let shows = entry.as_ref().and_then(|entry| self.memory.shows(entry, reader));
        let shows = shows.filter(|_| !is_due);
        self.memory.count_in(
            CacheLayer::L2,
            match shows {
                Some(_) => CacheResult::Hit,
                None if is_due => CacheResult::Rejected,
                None => CacheResult::Invalid,
            },
        );
        let entry = entry?;
        // Where no database answers, an old answer is better than none.
        if shows.is_some() || self.memory.get(key).is_none() {
            self.memory.keep(key, Arc::clone(&entry));
        }
        shows.map(|shows| (entry, shows))
    }

    /// Lets the others have an answer.
    pub async fn share(&self, key: &str, entry: &Entry) {
        // The name comes before the verdict: should history become another one in between, the answer is found out.
        let epoch = self.memory.changes.epoch();
        if !self.memory.changes.is_valid(&entry.stamp, now_ms()) {
            return;
        }
        if let Some(stored) = written(entry, &epoch) {
            self.redis.set(&name(&epoch, key), &stored, LIFE).await;
        }
    }

    fn read(&self, stored: Stored, route: &Route) -> Option<Entry> {
        let mut answer = Answer {
            status: StatusCode::from_u16(stored.status).ok()?,
            headers: Vec::new(),
            etag: HeaderValue::try_from(hash_tag(&stored.body)).ok()?,
            body: stored.body,
            counted: None,
        };
        for (name, value) in &stored.headers {
            if name == COUNTED {
                answer.counted = Some(value.clone());
                continue;
            }
            let header = (
                HeaderName::try_from(name).ok()?,
                HeaderValue::try_from(value).ok()?,
            );
            answer.headers.push(header);
        }
        if answer.body.is_empty() {
            answer.etag = HeaderValue::from_static("");
        }
        let footprint = Footprint {
            snapshot: Some((stored.epoch, Seq(stored.as_of))),
            dependence: Dependence {
                tags: stored.tags.into_iter().map(Tag).collect(),
                until: stored.until_ms.and_then(Moment::of_unix_milliseconds),
            },
            is_open: false,
        };
        let mut entry = self.memory.entry(route, answer, &footprint)?;
        // It is as old as it is, wherever it was made.
        let age = now_ms().saturating_sub(stored.made_at_ms).max(0);
        entry.soft_end_ms = entry.soft_end_ms.saturating_sub(age);
        Some(entry)
    }
}

/// Answers of another history do not even have the same name.
fn name(epoch: &str, key: &str) -> String {
    format!("{epoch}:{key}")
}

fn written(entry: &Entry, epoch: &str) -> Option<Stored> {
    let answer = &entry.answer;
    let text = |(name, value): &(HeaderName, HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = answer.headers.iter().filter(|(name, _)| name != ETAG).map(text);
    let counted = answer
        .counted
        .as_ref()
        .map(|name| Some((COUNTED.to_owned(), name.clone())));
    Some(Stored {
        epoch: epoch.to_owned(),
        as_of: entry.stamp.as_of().0,
        tags: entry.stamp.tags().iter().map(|tag| tag.0).collect(),
        until_ms: entry.stamp.until(),
        made_at_ms: entry.made_at_ms,
        status: answer.status.as_u16(),
        headers: headers.chain(counted).collect::<Option<_>>()?,
        body: answer.body.clone(),
    })
}

impl Drop for Promise {
    fn drop(&mut self) {
        // While the program ends there may be nothing left to send it with; then the lease ends by itself.
        if let (Some(token), Ok(runtime)) = (self.token.take(), Handle::try_current()) {
            let (redis, key) = (self.redis.clone(), std::mem::take(&mut self.key));
            runtime.spawn(async move { redis.release(&key, &token).await });
        }
    }
}
