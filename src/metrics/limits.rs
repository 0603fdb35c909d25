//! Whom nobody had time for, and who asked too often. Must not know how that is found out.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What can be too much at once.
const SHED: [&str; 3] = ["pages", "api", "search"];

/// What is counted per address or key.
const LIMITED: [&str; 8] = [
    "pages", "api", "search", "sign_in", "upload", "live", "owner", "key",
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ClassLabels {
    class: &'static str,
}

type Counters = Family<ClassLabels, Counter<u64, AtomicU64>>;

/// The part that limits fill.
#[derive(Clone)]
pub struct LimitMetrics {
    shed: Counters,
    limited: Counters,
}

impl LimitMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            shed: Family::default(),
            limited: Family::default(),
        };
        registry.register(
            "shed",
            "Requests that were turned away because too many came at once",
            metrics.shed.clone(),
        );
        registry.register(
            "rate_limited",
            "Requests that were turned away because one address or key came too often",
            metrics.limited.clone(),
        );
        for class in SHED {
            drop(metrics.shed.get_or_create(&ClassLabels { class }));
        }
        for class in LIMITED {
            drop(metrics.limited.get_or_create(&ClassLabels { class }));
        }
        metrics
    }

    pub fn count_shed(&self, class: &'static str) {
        self.shed.get_or_create(&ClassLabels { class }).inc();
    }

    pub fn count_limited(&self, class: &'static str) {
        self.limited.get_or_create(&ClassLabels { class }).inc();
    }
}
