//! What the database router and its nodes report. Must not know queries.

use std::sync::atomic::{AtomicU32, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Histograms;
use super::breaker::Breakers;

const DATABASE_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

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

/// The part that the database router fills.
#[derive(Clone)]
pub struct DatabaseMetrics {
    operations: Histograms<OperationLabels>,
    waits: Histograms<NodeLabels>,
    connections: Family<ConnectionLabels, Gauge<u32, AtomicU32>>,
    most_connections: Family<NodeLabels, Gauge<u32, AtomicU32>>,
    pool_timeouts: Family<NodeLabels, Counter<u64, AtomicU64>>,
    heartbeat_age: Family<NodeLabels, Gauge<f64, AtomicU64>>,
    breakers: Breakers,
    decisions: Family<DecisionLabels, Counter<u64, AtomicU64>>,
}

impl DatabaseMetrics {
    pub(super) fn register(registry: &mut Registry, breakers: Breakers) -> Self {
        let metrics = Self {
            operations: Histograms::new_with_constructor(database_histogram as fn() -> Histogram),
            waits: Histograms::new_with_constructor(database_histogram as fn() -> Histogram),
            connections: Family::default(),
            most_connections: Family::default(),
            pool_timeouts: Family::default(),
            heartbeat_age: Family::default(),
            breakers,
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
            "db_client_connection_max",
            "Connections that a node may have",
            metrics.most_connections.clone(),
        );
        registry.register(
            "db_client_connection_timeouts",
            "Work that got no connection of its node in time",
            metrics.pool_timeouts.clone(),
        );
        registry.register(
            "replica_heartbeat_age_seconds",
            "How far a replica is behind the newest heartbeat seen",
            metrics.heartbeat_age.clone(),
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

    /// The most connections that the node may have, those that are idle and those in use.
    /// Also makes the node known, so that its series exist before its first query.
    pub fn set_connections(&self, node: &str, [size, idle, used]: [u32; 3]) {
        for (state, count) in [("idle", idle), ("used", used)] {
            let labels = ConnectionLabels {
                db_node: node.to_owned(),
                state,
            };
            self.connections.get_or_create(&labels).set(count);
        }
        let labels = node_labels(node);
        self.most_connections.get_or_create(&labels).set(size);
        drop(self.waits.get_or_create(&labels));
        drop(self.pool_timeouts.get_or_create(&labels));
    }

    pub fn count_pool_timeout(&self, node: &str) {
        self.pool_timeouts.get_or_create(&node_labels(node)).inc();
    }

    pub fn set_heartbeat_age(&self, node: &str, seconds: f64) {
        self.heartbeat_age.get_or_create(&node_labels(node)).set(seconds);
    }

    pub fn set_breaker(&self, node: &str, is_open: bool) {
        self.breakers.set(format!("database {node}"), is_open);
    }
}

fn node_labels(node: &str) -> NodeLabels {
    NodeLabels {
        db_node: node.to_owned(),
    }
}

fn database_histogram() -> Histogram {
    Histogram::new(DATABASE_SECONDS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_router_reports_under_the_documented_names() {
        let metrics = crate::metrics::Metrics::new();
        let database = metrics.database();
        database.set_connections("replica-1", [8, 3, 1]);
        database.set_breaker("replica-1", true);
        database.observe_operation("replica-1", "product_by_slug", 0.002);
        database.count_decision("replica-1", "read");
        let text = metrics.render().unwrap();
        for line in [
            "db_client_connection_count{db_node=\"replica-1\",state=\"idle\"} 3",
            "db_client_connection_max{db_node=\"replica-1\"} 8",
            "db_client_connection_timeouts_total{db_node=\"replica-1\"} 0",
            "breaker_state{dependency=\"database replica-1\"} 1",
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
}
