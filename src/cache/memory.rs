//! Answers kept in this process, bounded by bytes, and which of them may be shown. Must not know how an answer is made.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::header::{CONTENT_ENCODING, COOKIE, HOST, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};

use super::address::Addresses;
use super::entry::{Answer, Entry, Wish};
use super::flight::Flights;
use super::rule::LastChanged;
use super::setting::Setting;
use super::surroundings::{Counters, Route, Surroundings};
use crate::db::reader::{Dependence, Footprint};
use crate::db::{Seq, Tag};
use crate::metrics::{CacheLayer, CacheMetrics, CacheResult, HitCounter, Metrics, SingleFlightWaiter};
use crate::web::client::{REQUEST_ID, RequestId};
use crate::web::cors;
use crate::web::extract::MIN_CHANGE_SEQ_HEADER;
use crate::web::site::Site;

/// Tags of which the latest change is remembered: some megabytes at most.
const REMEMBERED_TAGS: usize = 65_536;

/// As long as nothing can be loaded an old answer is shown, but not for ever.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// How long it is believed that something is not there.
const NEGATIVE_MS: i64 = 30_000;

/// Somebody who asks.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// What he has seen.
    pub position: Seq,
    /// The newest change that this node knew of when he came.
    known: Seq,
}

pub struct Memory {
    entries: moka::sync::Cache<Box<str>, Arc<Entry>>,
    pub changes: LastChanged,
    pub flights: Flights<Arc<Entry>>,
    pub addresses: Addresses,
    counters: Counters,
    hits: HitCounter,
    metrics: Metrics,
    pub counted: CacheMetrics,
    pub capacity: u64,
    site: Site,
    pages: Setting,
    api: Setting,
    ttl: Duration,
}

impl Memory {
    pub fn new(surroundings: Surroundings) -> Self {
        let Surroundings {
            site,
            headers,
            addresses,
            counters,
            capacity,
            ttl,
            lease,
            metrics,
        } = surroundings;
        let entries: moka::sync::Cache<Box<str>, _> = moka::sync::Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, entry: &Arc<Entry>| entry.weight())
            .time_to_live(LONGEST_LIFE)
            .build();
        Self {
            entries,
            changes: LastChanged::new(REMEMBERED_TAGS),
            flights: Flights::default(),
            addresses,
            counters,
            hits: metrics.cache().hits(),
            counted: metrics.cache(),
            capacity,
            metrics,
            pages: Setting::of_pages(&headers, lease),
            api: Setting::of_api(&headers, &site, lease),
            site,
            ttl,
        }
    }

    /// The answer to a request, if nothing about it has to be waited for or thought about: the way of nearly all.
    pub fn hit(&self, target: &str, method: &Method, headers: &HeaderMap) -> Option<HttpResponse<BoxBody>> {
        let started = Instant::now();
        if *method != Method::GET || !self.is_plain(headers) {
            return None;
        }
        let entry = self.entries.get(target)?;
        let now = now_ms();
        let is_ready = entry.missing.is_none()
            && !entry.depends_on_origin
            && self.changes.is_valid(&entry.stamp, now)
            && now < entry.soft_end_ms;
        if !is_ready {
            return None;
        }
        let mut response = entry.ready(Wish::of(headers))?;
        let id = RequestId::of(headers).into_header();
        response.headers_mut().insert(REQUEST_ID, id);
        self.hits.count();
        if let Some([got, had]) = &entry.series {
            let series = if response.status() == StatusCode::NOT_MODIFIED {
                had
            } else {
                got
            };
            series.observe(started.elapsed().as_secs_f64());
        }
        Some(response)
    }

    /// Whether something is kept for an address as it was asked for, valid or not.
    pub fn knows(&self, target: &str) -> bool {
        self.entries.contains_key(target)
    }

    /// Whether a request says nothing that the layers below have to look at.
    fn is_plain(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST);
        let is_ours = hosts
            .next()
            .and_then(|host| host.to_str().ok())
            .is_some_and(|host| self.site.owns_host(host));
        let cookies = headers.get_all(COOKIE).map(HeaderValue::as_bytes);
        is_ours
            && hosts.next().is_none()
            && !headers.contains_key(MIN_CHANGE_SEQ_HEADER)
            && !headers.contains_key(CONTENT_ENCODING)
            && !cookies.into_iter().any(names_us)
    }

    /// What is kept under a key, valid or not.
    pub fn get(&self, key: &str) -> Option<Arc<Entry>> {
        self.entries.get(key)
    }

    /// Somebody who comes now and has seen `position`.
    pub fn reader(&self, position: Seq) -> Reader {
        Reader {
            position,
            known: self.changes.newest(),
        }
    }

    /// Up to where an entry shows everything, if a reader may be shown it: what he has seen is in it, and what this node
    /// knew when he came.
    pub fn shows(&self, entry: &Entry, reader: Reader) -> Option<Seq> {
        let (as_of, now) = (entry.stamp.as_of(), now_ms());
        // Before the verdict, or a change in between would be taken for shown.
        let known = self.changes.known();
        let shows = if self.changes.is_valid(&entry.stamp, now) {
            as_of.max(known)
        } else if self.changes.was_valid(&entry.stamp, reader.known, now) {
            as_of
        } else {
            return None;
        };
        (reader.position <= shows).then_some(shows)
    }

    /// From which position on a load shows everything that this node knows.
    pub fn needed(&self, old: Option<&Entry>) -> Seq {
        match old {
            // It has not changed, so the next one depends on the same.
            Some(old) if self.changes.is_valid(&old.stamp, now_ms()) => {
                self.changes.last_changed(old.stamp.tags())
            }
            _ => self.changes.newest(),
        }
    }

    /// An answer that is worth keeping, with what it was made of; `None` when it was made of an unknown history.
    pub fn entry(&self, route: &Route, answer: Answer, footprint: &Footprint) -> Option<Entry> {
        let stamp = self.stamp(footprint)?;
        let is_api = cors::is_public(&route.path);
        let setting = if is_api { &self.api } else { &self.pages };
        let looks = answer.counted.as_deref().map(|name| self.counter(name));
        let series = |status: StatusCode| {
            let pattern = Arc::clone(&route.pattern);
            self.metrics.request_series(pattern, "GET", status.as_u16())
        };
        let series = [answer.status, StatusCode::NOT_MODIFIED].map(series);
        let (made, due) = self.life();
        let due = if answer.is_immutable() { i64::MAX } else { due };
        let mut entry = Entry::new(answer, stamp, (made, due), setting);
        entry.looks = looks;
        entry.series = Some(series);
        Some(entry)
    }

    /// What looks are counted in.
    pub fn counter(&self, name: &str) -> Arc<AtomicU32> {
        (self.counters)(name)
    }

    /// That there is no such thing.
    pub fn missing(&self, what: &'static str, footprint: &Footprint) -> Option<Entry> {
        let now = now_ms();
        Some(Entry::missing(
            what,
            self.stamp(footprint)?,
            (now, now + NEGATIVE_MS),
        ))
    }

    fn stamp(&self, footprint: &Footprint) -> Option<super::rule::Stamp> {
        let Footprint {
            snapshot,
            dependence: Dependence { tags, until },
            is_open,
        } = footprint;
        if *is_open {
            return None;
        }
        let (epoch, as_of) = match snapshot {
            Some((epoch, as_of)) => (epoch.as_str().into(), *as_of),
            // Nothing was read: it depends on nothing.
            None => (self.changes.epoch(), self.changes.known()),
        };
        let mut tags: Vec<Tag> = tags.clone();
        tags.push(everything());
        tags.sort_unstable();
        tags.dedup();
        let until = until.map(|moment| moment.unix_milliseconds());
        self.changes.stamp(&epoch, as_of, tags.into_boxed_slice(), until)
    }

    /// Ten percent shorter or longer, so that what was kept together is not renewed together.
    fn life(&self) -> (i64, i64) {
        let (now, ttl) = (now_ms(), i64::try_from(self.ttl.as_millis()).unwrap_or(i64::MAX));
        (now, now.saturating_add(ttl / 10 * 9 + fastrand::i64(0..=ttl / 5)))
    }

    /// Keeps an answer. If it is ahead of what the log has told so far it is news itself: who has seen it is not shown
    /// anything older that depends on the same.
    pub fn keep(&self, key: &str, entry: Arc<Entry>) {
        if entry.stamp.as_of() > self.changes.known() {
            let all = everything();
            let tags: Vec<Tag> = entry
                .stamp
                .tags()
                .iter()
                .copied()
                .filter(|tag| *tag != all)
                .collect();
            self.changes.bump(&tags, entry.stamp.as_of());
        }
        // A load that took long must not replace a newer one.
        let is_older = |old: Arc<Entry>| {
            old.stamp.as_of() > entry.stamp.as_of() && self.changes.is_valid(&old.stamp, now_ms())
        };
        if !self.entries.get(key).is_some_and(is_older) {
            self.entries.insert(key.into(), entry);
        }
    }

    /// The log is another one, or nothing is known of it yet: from here on.
    pub fn begin(&self, epoch: &str, floor: Seq, told: &[(Vec<Tag>, Seq)]) {
        self.changes.begin_told(epoch, floor, told);
        self.entries.invalidate_all();
    }

    /// These changes were made.
    pub fn tell(&self, told: &[(Vec<Tag>, Seq)]) {
        for (tags, seq) in told {
            self.changes.bump(tags, *seq);
        }
    }

    /// Lets the gauges say how much is kept.
    pub fn report(&self) {
        self.entries.run_pending_tasks();
        self.counted
            .set_size(self.entries.weighted_size(), self.entries.entry_count());
    }

    pub fn count(&self, result: CacheResult) {
        self.count_in(CacheLayer::L1, result);
    }

    pub fn count_in(&self, layer: CacheLayer, result: CacheResult) {
        self.counted.count(layer, result);
    }

    /// Counts one that waits for an answer which another one makes, until the guard is dropped.
    pub fn wait(&self) -> SingleFlightWaiter {
        self.counted.wait()
    }

    pub fn count_fill(&self) {
        self.counted.count_fill();
    }
}

/// The name of what every answer depends on.
pub const EVERYTHING: &str = "all";

/// Every answer bears it.
pub fn everything() -> Tag {
    Tag::named(EVERYTHING)
}

/// Cookies of ours: the position of a reader, or the session of a person. Others' change nothing.
fn names_us(cookies: &[u8]) -> bool {
    cookies.windows(OUR_COOKIES.len()).any(|part| part == OUR_COOKIES)
}

const OUR_COOKIES: &[u8] = b"vitrine";

pub fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
