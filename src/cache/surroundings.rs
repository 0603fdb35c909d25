//! What the answers of a site have in common. Must not know what any of them says.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use actix_web::HttpRequest;

use super::address::Addresses;
use super::setting::SharedLease;
use crate::metrics::Metrics;
use crate::web::guard::Headers;
use crate::web::site::Site;

/// Counters of looks, by the name that whoever counts knows them by.
pub type Counters = Arc<dyn Fn(&str) -> Arc<AtomicU32> + Send + Sync>;

/// What the answers of a site have in common.
pub struct Surroundings {
    pub site: Site,
    pub headers: Headers,
    pub addresses: Addresses,
    pub counters: Counters,
    /// Bytes of memory.
    pub capacity: u64,
    /// After so long an answer is made anew although nobody knows of a change.
    pub ttl: Duration,
    /// What shared caches may do, where the owner lets them do anything.
    pub lease: Option<SharedLease>,
    pub metrics: Metrics,
}

/// Where an answer was made.
pub struct Route {
    pub path: String,
    pub pattern: Arc<str>,
}

impl Route {
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            path: request.path().to_owned(),
            pattern: request.match_pattern().unwrap_or_default().into(),
        }
    }
}
