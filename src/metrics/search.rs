//! What the search reports: how long it takes, what it holds, how far it is behind. Must not know what is searched for.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::limits::LimitMetrics;

/// Most searches take under a millisecond; the limit that was promised is 25 ms.
const SEARCH_SECONDS: [f64; 11] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
];

/// Who follows the log.
const FOLLOWER: &str = "search";

/// As what a search is turned away.
const CLASS: &str = "search";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FollowerLabels {
    follower: &'static str,
}

/// The part that the search fills.
#[derive(Clone)]
pub struct SearchMetrics {
    queries: Histogram,
    documents: Gauge<i64, AtomicI64>,
    seq: Gauge<i64, AtomicI64>,
    degraded: Counter<u64, AtomicU64>,
    lag: Family<FollowerLabels, Gauge<f64, AtomicU64>>,
    limits: LimitMetrics,
}

impl SearchMetrics {
    pub(super) fn register(registry: &mut Registry, limits: LimitMetrics) -> Self {
        let metrics = Self {
            queries: Histogram::new(SEARCH_SECONDS),
            documents: Gauge::default(),
            seq: Gauge::default(),
            degraded: Counter::default(),
            lag: Family::default(),
            limits,
        };
        registry.register(
            "search_query_duration_seconds",
            "Time that the index took for a search",
            metrics.queries.clone(),
        );
        registry.register(
            "search_index_documents",
            "Products in the index of this process",
            metrics.documents.clone(),
        );
        registry.register(
            "search_index_seq",
            "Position of the change log up to which the index has followed",
            metrics.seq.clone(),
        );
        registry.register(
            "search_degraded",
            "Searches that the database answered because the index could not",
            metrics.degraded.clone(),
        );
        registry.register(
            "follower_lag_seconds",
            "For how long a follower of the change log has known of changes that it has not taken in",
            metrics.lag.clone(),
        );
        metrics.set_lag(0.0);
        metrics
    }

    pub fn observe_query(&self, seconds: f64) {
        self.queries.observe(seconds);
    }

    /// What the index holds since its last commit.
    pub fn set_index(&self, documents: u64, seq: i64) {
        self.documents.set(i64::try_from(documents).unwrap_or(i64::MAX));
        self.seq.set(seq);
    }

    pub fn count_degraded(&self) {
        self.degraded.inc();
    }

    pub fn set_lag(&self, seconds: f64) {
        self.lag
            .get_or_create(&FollowerLabels { follower: FOLLOWER })
            .set(seconds);
    }

    pub fn count_shed(&self) {
        self.limits.count_shed(CLASS);
    }
}
