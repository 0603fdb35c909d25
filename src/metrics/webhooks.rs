//! What comes of telling webhooks. Must not know whom or what.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Every result, so that each series exists from the start.
const RESULTS: [&str; 3] = ["delivered", "retried", "dead"];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

/// Cloning is cheap.
#[derive(Clone, Default)]
pub struct WebhookMetrics {
    attempts: Family<ResultLabels, Counter>,
}

impl WebhookMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "webhook_attempts",
            "Requests to webhooks by what came of them: dead is given up",
            metrics.attempts.clone(),
        );
        for result in RESULTS {
            drop(metrics.attempts.get_or_create(&ResultLabels { result }));
        }
        metrics
    }

    /// One of the known results.
    pub fn attempted(&self, result: &'static str) {
        self.attempts.get_or_create(&ResultLabels { result }).inc();
    }
}
