//! Live sessions: how many, what they were sent, why they ended before their time. Must not know what is sent.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Every reason that is counted, so that each series exists from the start.
const REASONS: [&str; 16] = [
    "foreign_origin",
    "full_address",
    "full_node",
    "closing",
    "not_text",
    "too_large",
    "malformed",
    "too_many_messages",
    "mute",
    "silent",
    "signed_out",
    "unsure",
    "restart",
    "stalled",
    "resync",
    "log_failed",
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DropLabels {
    reason: &'static str,
}

/// Cloning is cheap.
#[derive(Clone, Default)]
pub struct RealtimeMetrics {
    sessions: Gauge,
    messages: Counter,
    dropped: Family<DropLabels, Counter>,
}

impl RealtimeMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "ws_sessions",
            "Connections that are sent live news, WebSockets and event streams",
            metrics.sessions.clone(),
        );
        registry.register(
            "ws_messages",
            "Events that were sent to them",
            metrics.messages.clone(),
        );
        registry.register(
            "ws_dropped",
            "Connections that were refused or ended by the server, and positions that could not be replayed",
            metrics.dropped.clone(),
        );
        for reason in REASONS {
            drop(metrics.dropped.get_or_create(&DropLabels { reason }));
        }
        metrics
    }

    pub fn session_opened(&self) {
        self.sessions.inc();
    }

    pub fn session_closed(&self) {
        self.sessions.dec();
    }

    pub fn sent(&self, events: usize) {
        self.messages.inc_by(u64::try_from(events).unwrap_or(0));
    }

    /// One of the known reasons.
    pub fn dropped(&self, reason: &'static str) {
        self.dropped.get_or_create(&DropLabels { reason }).inc();
    }
}
