//! What the caches of answers report. Must not know what an answer is.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What can come of asking a layer.
const RESULTS: [&str; 11] = [
    "hit",
    "miss",
    "invalid",
    "stale",
    "stale_error",
    "negative",
    "bypass",
    "rejected",
    "error",
    "timeout",
    "corrupt",
];

/// In memory, and in Redis.
const LAYERS: [&str; 2] = ["l1", "l2"];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    layer: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LayerLabels {
    layer: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct CacheMetrics {
    requests: Family<RequestLabels, Counter>,
    bytes: Family<LayerLabels, Gauge>,
    entries: Family<LayerLabels, Gauge>,
    waiters: Gauge,
}

impl CacheMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "cache_requests",
            "Answers looked for in a cache, by what came of it",
            metrics.requests.clone(),
        );
        registry.register(
            "cache_bytes",
            "Memory that kept answers take at most",
            metrics.bytes.clone(),
        );
        registry.register("cache_entries", "Answers that are kept", metrics.entries.clone());
        registry.register(
            "cache_singleflight_waiters",
            "Requests that wait for an answer which another one is making",
            metrics.waiters.clone(),
        );
        for layer in LAYERS {
            for result in RESULTS {
                drop(metrics.requests.get_or_create(&RequestLabels { layer, result }));
            }
        }
        metrics.set_size("l1", 0, 0);
        metrics
    }

    pub fn count(&self, layer: &'static str, result: &'static str) {
        self.requests
            .get_or_create(&RequestLabels { layer, result })
            .inc();
    }

    /// How often a layer has been asked with each result.
    pub fn counts(&self, layer: &'static str) -> impl Iterator<Item = (&'static str, u64)> {
        RESULTS.into_iter().map(move |result| {
            let counter = self.requests.get_or_create(&RequestLabels { layer, result });
            (result, counter.get())
        })
    }

    /// For a path on which even looking the counter up would cost.
    pub fn hits(&self) -> Hits {
        let labels = RequestLabels {
            layer: "l1",
            result: "hit",
        };
        Hits(self.requests.get_or_create(&labels).clone())
    }

    pub fn set_size(&self, layer: &'static str, entries: u64, bytes: u64) {
        let set = |family: &Family<LayerLabels, Gauge>, value: u64| {
            family
                .get_or_create(&LayerLabels { layer })
                .set(i64::try_from(value).unwrap_or(i64::MAX))
        };
        set(&self.entries, entries);
        set(&self.bytes, bytes);
    }

    /// Counts one that waits, until the guard is dropped.
    pub fn waiting(&self) -> Waiter {
        self.waiters.inc();
        Waiter(self.waiters.clone())
    }
}

/// Counts hits in memory.
#[derive(Clone, Debug)]
pub struct Hits(Counter);

impl Hits {
    pub fn count(&self) {
        self.0.inc();
    }
}

pub struct Waiter(Gauge);

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.dec();
    }
}
