//! What the cache reports. Must not know what an answer holds.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::breaker::Breakers;

/// Where an answer was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheLayer {
    /// In this process.
    L1,
    /// In Redis.
    L2,
}

impl CacheLayer {
    pub const ALL: [Self; 2] = [Self::L1, Self::L2];

    fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
        }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheResult {
    Hit,
    Miss,
    /// Served although it was due for renewal.
    Stale,
    /// Served although it was out of date, since nothing newer could be made.
    StaleError,
    /// Found, but something that it shows has changed since.
    Invalid,
    /// Refused, or the connection broke.
    Error,
    Timeout,
    /// Not what was once stored there.
    Corrupt,
    /// Not asked at all.
    Bypass,
    /// Known not to exist.
    Negative,
    /// Not worth keeping: too old already, or too large.
    Rejected,
}

impl CacheResult {
    pub const ALL: [Self; 11] = [
        Self::Hit,
        Self::Miss,
        Self::Stale,
        Self::StaleError,
        Self::Invalid,
        Self::Error,
        Self::Timeout,
        Self::Corrupt,
        Self::Bypass,
        Self::Negative,
        Self::Rejected,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::StaleError => "stale_error",
            Self::Invalid => "invalid",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Corrupt => "corrupt",
            Self::Bypass => "bypass",
            Self::Negative => "negative",
            Self::Rejected => "rejected",
        }
    }
}

/// What came of asking to be the one node that makes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseResult {
    Won,
    Lost,
    Unavailable,
}

impl LeaseResult {
    pub const ALL: [Self; 3] = [Self::Won, Self::Lost, Self::Unavailable];

    pub fn name(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Unavailable => "unavailable",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    layer: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LayerLabels {
    layer: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LeaseLabels {
    result: &'static str,
}

/// The part that the cache fills. What it counted can be read back, for whoever shows it to the owner.
#[derive(Clone)]
pub struct CacheMetrics {
    requests: Family<RequestLabels, Counter<u64, AtomicU64>>,
    bytes: Family<LayerLabels, Gauge>,
    entries: Family<LayerLabels, Gauge>,
    fills: Counter,
    waiters: Gauge,
    leases: Family<LeaseLabels, Counter<u64, AtomicU64>>,
    breakers: Breakers,
}

impl CacheMetrics {
    pub(super) fn register(registry: &mut Registry, breakers: Breakers) -> Self {
        let metrics = Self {
            requests: Family::default(),
            bytes: Family::default(),
            entries: Family::default(),
            fills: Counter::default(),
            waiters: Gauge::default(),
            leases: Family::default(),
            breakers,
        };
        registry.register(
            "cache_requests",
            "Answers looked for in the cache, by layer and by what came of it",
            metrics.requests.clone(),
        );
        registry.register(
            "cache_bytes",
            "Memory that kept answers take",
            metrics.bytes.clone(),
        );
        registry.register("cache_entries", "Answers that are kept", metrics.entries.clone());
        registry.register(
            "cache_fills",
            "Answers that were made to be kept",
            metrics.fills.clone(),
        );
        registry.register(
            "cache_singleflight_waiters",
            "Requests that wait for an answer which another one is making",
            metrics.waiters.clone(),
        );
        registry.register(
            "cache_lease",
            "Attempts to be the one node that makes an answer",
            metrics.leases.clone(),
        );
        metrics.announce();
        metrics
    }

    /// Makes every series exist before anything happened.
    fn announce(&self) {
        for layer in CacheLayer::ALL {
            for result in CacheResult::ALL {
                self.requests(layer, result);
            }
        }
        for result in LeaseResult::ALL {
            self.leases(result);
        }
        self.set_size(0, 0);
    }

    pub fn count(&self, layer: CacheLayer, result: CacheResult) {
        self.requests.get_or_create(&request(layer, result)).inc();
    }

    /// Counts hits in memory, for a path on which even looking up the counter would cost.
    pub fn hits(&self) -> HitCounter {
        let hits = request(CacheLayer::L1, CacheResult::Hit);
        HitCounter(self.requests.get_or_create(&hits).clone())
    }

    pub fn requests(&self, layer: CacheLayer, result: CacheResult) -> u64 {
        self.requests.get_or_create(&request(layer, result)).get()
    }

    /// What this process keeps in its own memory.
    pub fn set_size(&self, bytes: u64, entries: u64) {
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.bytes.get_or_create(&L1).set(gauge(bytes));
        self.entries.get_or_create(&L1).set(gauge(entries));
    }

    pub fn bytes(&self) -> i64 {
        self.bytes.get_or_create(&L1).get()
    }

    pub fn entries(&self) -> i64 {
        self.entries.get_or_create(&L1).get()
    }

    pub fn count_fill(&self) {
        self.fills.inc();
    }

    pub fn fills(&self) -> u64 {
        self.fills.get()
    }

    /// Counts a request as waiting until the guard is dropped, also when its future is cancelled.
    pub fn wait(&self) -> SingleFlightWaiter {
        self.waiters.inc();
        SingleFlightWaiter(self.waiters.clone())
    }

    pub fn waiters(&self) -> i64 {
        self.waiters.get()
    }

    pub fn count_lease(&self, result: LeaseResult) {
        self.leases.get_or_create(&lease(result)).inc();
    }

    pub fn leases(&self, result: LeaseResult) -> u64 {
        self.leases.get_or_create(&lease(result)).get()
    }

    /// Whether Redis is left out.
    pub fn set_breaker(&self, is_open: bool) {
        self.breakers.set("redis".to_owned(), is_open);
    }
}

/// Hits in memory.
pub struct HitCounter(Counter<u64, AtomicU64>);

impl HitCounter {
    pub fn count(&self) {
        self.0.inc();
    }
}

/// Lowers the gauge of waiting requests when dropped.
pub struct SingleFlightWaiter(Gauge);

impl Drop for SingleFlightWaiter {
    fn drop(&mut self) {
        self.0.dec();
    }
}

const L1: LayerLabels = LayerLabels { layer: "l1" };

fn request(layer: CacheLayer, result: CacheResult) -> RequestLabels {
    RequestLabels {
        layer: layer.name(),
        result: result.name(),
    }
}

fn lease(result: LeaseResult) -> LeaseLabels {
    LeaseLabels {
        result: result.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn every_series_of_the_cache_exists_before_anything_happened() {
        let text = Metrics::new().render().unwrap();
        for layer in ["l1", "l2"] {
            for result in CacheResult::ALL {
                let line = format!(
                    "cache_requests_total{{layer=\"{layer}\",result=\"{}\"}} 0",
                    result.name()
                );
                assert!(text.lines().any(|found| found == line), "{line} is missing");
            }
        }
        for line in [
            "cache_bytes{layer=\"l1\"} 0",
            "cache_entries{layer=\"l1\"} 0",
            "cache_fills_total 0",
            "cache_singleflight_waiters 0",
            "cache_lease_total{result=\"lost\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing");
        }
    }

    #[test]
    fn what_was_counted_can_be_read_back() {
        let cache = Metrics::new().cache();
        cache.count(CacheLayer::L2, CacheResult::Corrupt);
        cache.count_lease(LeaseResult::Won);
        cache.count_fill();
        cache.set_size(10, 1);
        let waiting = cache.wait();
        assert_eq!(cache.requests(CacheLayer::L2, CacheResult::Corrupt), 1);
        assert_eq!(cache.requests(CacheLayer::L1, CacheResult::Corrupt), 0);
        assert_eq!((cache.leases(LeaseResult::Won), cache.fills()), (1, 1));
        assert_eq!((cache.bytes(), cache.entries(), cache.waiters()), (10, 1, 1));
        drop(waiting);
        assert_eq!(cache.waiters(), 0);
    }

    #[test]
    fn redis_is_a_dependency_beside_the_databases() {
        let metrics = Metrics::new();
        metrics.cache().set_breaker(true);
        metrics.database().set_breaker("replica-1", false);
        let text = metrics.render().unwrap();
        assert!(text.contains("breaker_state{dependency=\"redis\"} 1\n"));
        assert!(text.contains("breaker_state{dependency=\"database replica-1\"} 0\n"));
        assert_eq!(text.matches("# HELP breaker_state ").count(), 1);
    }
}
