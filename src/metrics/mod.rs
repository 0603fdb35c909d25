//! Every metric that the server exposes, by name, with methods that say what happened.
//!
//! The value is made once in `startup` and handed around; there is no global registry. Label values are bounded:
//! routes are patterns, nodes come from the configuration, reasons are literals. A metric exists (as 0) from the start.
//! This module must not know who calls it.

mod process;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// The buckets of the OpenTelemetry conventions, with two finer ones below because most answers take under 5 ms.
const HTTP_SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
const DATABASE_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// What Prometheus must be told about the text that [`Metrics::render`] returns.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    http_route: Arc<str>,
    http_request_method: &'static str,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    db_node: String,
    db_operation_name: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct NodeLabels {
    db_node: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ConnectionLabels {
    db_node: String,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DecisionLabels {
    target: String,
    reason: &'static str,
}

#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Histograms<RequestLabels>,
    active_requests: Gauge,
    panics: Counter,
    change_log_seq: Gauge,
    database: DatabaseMetrics,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let database = DatabaseMetrics::register(&mut registry);
        let requests = Histograms::new_with_constructor(http_histogram as fn() -> Histogram);
        let active_requests = Gauge::default();
        let panics = Counter::default();
        let change_log_seq = Gauge::default();
        registry.register(
            "http_server_request_duration_seconds",
            "Time from the first byte of a request to the head of its answer",
            requests.clone(),
        );
        registry.register(
            "http_server_active_requests",
            "Requests being answered now",
            active_requests.clone(),
        );
        registry.register(
            "panics",
            "Handlers that panicked and were answered with 500",
            panics.clone(),
        );
        registry.register(
            "change_log_seq",
            "Newest position of the change log seen here",
            change_log_seq.clone(),
        );
        registry.register(
            "build",
            "Version of the running program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register_collector(Box::new(process::ProcessCollector::new()));
        Self {
            registry: Arc::new(registry),
            requests,
            active_requests,
            panics,
            change_log_seq,
            database,
        }
    }

    pub fn database(&self) -> DatabaseMetrics {
        self.database.clone()
    }

    /// Counts a request as being answered until the guard is dropped, also when its future is cancelled.
    pub fn request_started(&self) -> ActiveRequest {
        self.active_requests.inc();
        ActiveRequest(self.active_requests.clone())
    }

    /// Makes the series of a route exist before its first request. A family without series is not exposed at all.
    pub fn announce_route(&self, route: Arc<str>, method: &'static str) {
        let labels = RequestLabels {
            http_route: route,
            http_request_method: method,
            http_response_status_code: 200,
        };
        drop(self.requests.get_or_create(&labels));
    }

    pub fn observe_request(&self, route: Arc<str>, method: &'static str, status: u16, seconds: f64) {
        let labels = RequestLabels {
            http_route: route,
            http_request_method: method,
            http_response_status_code: status,
        };
        self.requests.get_or_create(&labels).observe(seconds);
    }

    pub fn count_panic(&self) {
        self.panics.inc();
    }

    pub fn set_change_log_seq(&self, seq: i64) {
        self.change_log_seq.set(seq);
    }

    /// The exposition text, as `/metrics` serves it.
    pub fn render(&self) -> Result<String, std::fmt::Error> {
        let mut body = String::new();
        text::encode(&mut body, &self.registry)?;
        Ok(body)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Lowers the gauge of active requests when dropped.
pub struct ActiveRequest(Gauge);

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The part that the database router fills.
#[derive(Clone)]
pub struct DatabaseMetrics {
    operations: Histograms<OperationLabels>,
    waits: Histograms<NodeLabels>,
    connections: Family<ConnectionLabels, Gauge<u32, std::sync::atomic::AtomicU32>>,
    decisions: Family<DecisionLabels, Counter<u64, AtomicU64>>,
}

impl DatabaseMetrics {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            operations: Histograms::new_with_constructor(database_histogram as fn() -> Histogram),
            waits: Histograms::new_with_constructor(database_histogram as fn() -> Histogram),
            connections: Family::default(),
            decisions: Family::default(),
        };
        registry.register(
            "db_client_operation_duration_seconds",
            "Time of one named piece of database work",
            metrics.operations.clone(),
        );
        registry.register(
            "db_client_connection_wait_seconds",
            "Time that work waited for a connection of its node",
            metrics.waits.clone(),
        );
        registry.register(
            "db_client_connection_count",
            "Connections of a node by state (idle, used)",
            metrics.connections.clone(),
        );
        registry.register(
            "router_decisions",
            "Which node the router chose, and why",
            metrics.decisions.clone(),
        );
        metrics
    }

    pub fn observe_operation(&self, node: &str, operation: &'static str, seconds: f64) {
        let labels = OperationLabels {
            db_node: node.to_owned(),
            db_operation_name: operation,
        };
        self.operations.get_or_create(&labels).observe(seconds);
    }

    pub fn observe_wait(&self, node: &str, seconds: f64) {
        self.waits.get_or_create(&node_labels(node)).observe(seconds);
    }

    /// Makes the series of a decision exist before it is first taken.
    pub fn announce_decision(&self, target: &str, reason: &'static str) {
        let labels = DecisionLabels {
            target: target.to_owned(),
            reason,
        };
        drop(self.decisions.get_or_create(&labels));
    }

    pub fn count_decision(&self, target: &str, reason: &'static str) {
        let labels = DecisionLabels {
            target: target.to_owned(),
            reason,
        };
        self.decisions.get_or_create(&labels).inc();
    }

    /// Also makes the node known, so that its series exist before its first query.
    pub fn set_connections(&self, node: &str, idle: u32, used: u32) {
        for (state, count) in [("idle", idle), ("used", used)] {
            let labels = ConnectionLabels {
                db_node: node.to_owned(),
                state,
            };
            self.connections.get_or_create(&labels).set(count);
        }
        drop(self.waits.get_or_create(&node_labels(node)));
    }
}

fn node_labels(node: &str) -> NodeLabels {
    NodeLabels {
        db_node: node.to_owned(),
    }
}

fn http_histogram() -> Histogram {
    Histogram::new(HTTP_SECONDS)
}

fn database_histogram() -> Histogram {
    Histogram::new(DATABASE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unlabelled_metric_exists_before_anything_happened() {
        let text = Metrics::new().render().unwrap();
        for line in [
            "panics_total 0",
            "http_server_active_requests 0",
            "change_log_seq 0",
            concat!("build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in\n{text}"
            );
        }
        assert!(text.contains("process_resident_memory_bytes "));
        assert!(text.contains("process_cpu_seconds_total "));
    }

    #[test]
    fn the_router_reports_under_the_documented_names() {
        let metrics = Metrics::new();
        let database = metrics.database();
        database.set_connections("replica-1", 3, 1);
        database.observe_operation("replica-1", "product_by_slug", 0.002);
        database.count_decision("replica-1", "read");
        let text = metrics.render().unwrap();
        for line in [
            "db_client_connection_count{db_node=\"replica-1\",state=\"idle\"} 3",
            "db_client_connection_wait_seconds_count{db_node=\"replica-1\"} 0",
            "db_client_operation_duration_seconds_count{db_node=\"replica-1\",db_operation_name=\"product_by_slug\"} 1",
            "router_decisions_total{target=\"replica-1\",reason=\"read\"} 1",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in\n{text}"
            );
        }
    }

    #[test]
    fn an_active_request_is_counted_until_its_guard_is_dropped() {
        let metrics = Metrics::new();
        let guard = metrics.request_started();
        assert!(
            metrics
                .render()
                .unwrap()
                .contains("http_server_active_requests 1")
        );
        drop(guard);
        assert!(
            metrics
                .render()
                .unwrap()
                .contains("http_server_active_requests 0")
        );
    }
}
