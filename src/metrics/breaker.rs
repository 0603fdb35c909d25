//! Which dependencies are left out at the moment. Must not know what they are.

use std::sync::atomic::AtomicU32;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BreakerLabels {
    dependency: String,
}

/// One series per dependency, shared by whoever has any.
#[derive(Clone, Default)]
pub(super) struct Breakers(Family<BreakerLabels, Gauge<u32, AtomicU32>>);

impl Breakers {
    pub fn register(registry: &mut Registry) -> Self {
        let breakers = Self::default();
        registry.register(
            "breaker_state",
            "Whether a dependency is left out: 0 in service, 1 out",
            breakers.0.clone(),
        );
        breakers
    }

    pub fn set(&self, dependency: String, is_open: bool) {
        let labels = BreakerLabels { dependency };
        self.0.get_or_create(&labels).set(u32::from(is_open));
    }
}
