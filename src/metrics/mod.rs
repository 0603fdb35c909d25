//! Every metric that the server exposes, by name, with methods that say what happened.
//!
//! The value is made once in `startup` and handed around; there is no global registry. Label values are bounded:
//! routes are patterns, nodes come from the configuration, reasons are literals. A metric exists (as 0) from the start.
//! This module must not know who calls it.

mod breaker;
mod cache;
mod database;
mod limits;
mod mail;
mod process;
mod realtime;
mod search;
mod webhooks;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use breaker::Breakers;
pub use cache::{CacheLayer, CacheMetrics, CacheResult, HitCounter, LeaseResult, SingleFlightWaiter};
pub use database::DatabaseMetrics;
pub use limits::LimitMetrics;
pub use mail::{MailMetrics, MailResult};
pub use realtime::RealtimeMetrics;
pub use search::SearchMetrics;
pub use webhooks::WebhookMetrics;

/// What the pipeline and the Dockerfile say of a build. It is not found out here: that would make every build a new one.
const BUILD: [(&str, &str); 3] = [
    ("version", env!("CARGO_PKG_VERSION")),
    ("commit", built(option_env!("VITRINE_COMMIT"))),
    ("rustc", built(option_env!("VITRINE_RUSTC"))),
];

const fn built(said: Option<&'static str>) -> &'static str {
    match said {
        Some(said) => said,
        None => "unknown",
    }
}

/// The buckets of the OpenTelemetry conventions, with two finer ones below because most answers take under 5 ms.
const HTTP_SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// What Prometheus must be told about the text that [`Metrics::render`] returns.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    http_route: Arc<str>,
    http_request_method: &'static str,
    http_response_status_code: u16,
}

#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Histograms<RequestLabels>,
    active_requests: Gauge,
    panics: Counter,
    change_log_seq: Gauge,
    audit_broken: Gauge,
    last_backup: Gauge<f64, AtomicU64>,
    database: DatabaseMetrics,
    cache: CacheMetrics,
    limits: LimitMetrics,
    search: SearchMetrics,
    realtime: RealtimeMetrics,
    webhooks: WebhookMetrics,
    mail: MailMetrics,
    breakers: Breakers,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let breakers = Breakers::register(&mut registry);
        let database = DatabaseMetrics::register(&mut registry, breakers.clone());
        let cache = CacheMetrics::register(&mut registry, breakers.clone());
        let limits = LimitMetrics::register(&mut registry);
        let search = SearchMetrics::register(&mut registry, limits.clone());
        let realtime = RealtimeMetrics::register(&mut registry);
        let webhooks = WebhookMetrics::register(&mut registry);
        let mail = MailMetrics::register(&mut registry);
        let requests = Histograms::new_with_constructor(http_histogram as fn() -> Histogram);
        let active_requests = Gauge::default();
        let panics = Counter::default();
        let change_log_seq = Gauge::default();
        let audit_broken = Gauge::default();
        let last_backup = Gauge::default();
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
            "audit_chain_broken",
            "Whether a change that arrived does not fit the hashes: 1 means tampering",
            audit_broken.clone(),
        );
        registry.register(
            "backup_last_success_timestamp_seconds",
            "When the last backup of the shop was finished, as Unix time; 0 when there is none",
            last_backup.clone(),
        );
        registry.register(
            "build",
            "Version of the running program, and what it was built of and with",
            Info::new(BUILD),
        );
        registry.register_collector(Box::new(process::ProcessCollector::new()));
        Self {
            registry: Arc::new(registry),
            requests,
            active_requests,
            panics,
            change_log_seq,
            audit_broken,
            last_backup,
            database,
            cache,
            limits,
            search,
            realtime,
            webhooks,
            mail,
            breakers,
        }
    }

    pub fn database(&self) -> DatabaseMetrics {
        self.database.clone()
    }

    pub fn cache(&self) -> CacheMetrics {
        self.cache.clone()
    }

    pub fn limits(&self) -> LimitMetrics {
        self.limits.clone()
    }

    pub fn search(&self) -> SearchMetrics {
        self.search.clone()
    }

    pub fn realtime(&self) -> RealtimeMetrics {
        self.realtime.clone()
    }

    pub fn webhooks(&self) -> WebhookMetrics {
        self.webhooks.clone()
    }

    pub fn mail(&self) -> MailMetrics {
        self.mail.clone()
    }

    /// Counts a request as being answered until the guard is dropped, also when its future is cancelled.
    pub fn request_started(&self) -> ActiveRequest {
        self.active_requests.inc();
        ActiveRequest(self.active_requests.clone())
    }

    /// Makes the series of a route exist before its first request. A family without series is not exposed at all.
    pub fn announce_route(&self, route: Arc<str>, method: &'static str) {
        drop(self.request_series(route, method, 200));
    }

    /// One series, for a path on which even looking it up would cost.
    pub fn request_series(&self, route: Arc<str>, method: &'static str, status: u16) -> RequestSeries {
        let labels = RequestLabels {
            http_route: route,
            http_request_method: method,
            http_response_status_code: status,
        };
        RequestSeries(self.requests.get_or_create(&labels).clone())
    }

    pub fn observe_request(&self, route: Arc<str>, method: &'static str, status: u16, seconds: f64) {
        self.request_series(route, method, status).observe(seconds);
    }

    pub fn count_panic(&self) {
        self.panics.inc();
    }

    pub fn set_change_log_seq(&self, seq: i64) {
        self.change_log_seq.set(seq);
    }

    pub fn set_audit_broken(&self, is_broken: bool) {
        self.audit_broken.set(i64::from(is_broken));
    }

    pub fn set_last_backup(&self, unix_seconds: f64) {
        self.last_backup.set(unix_seconds);
    }

    /// Whether wake-ups through Redis are out of service.
    pub fn set_wake_ups(&self, is_out: bool) {
        self.breakers.set("redis wake-ups".to_owned(), is_out);
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

/// How long the requests of one route took that were answered with one status.
#[derive(Clone, Debug)]
pub struct RequestSeries(Histogram);

impl RequestSeries {
    pub fn observe(&self, seconds: f64) {
        self.0.observe(seconds);
    }
}

/// Lowers the gauge of active requests when dropped.
pub struct ActiveRequest(Gauge);

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn http_histogram() -> Histogram {
    Histogram::new(HTTP_SECONDS)
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
            "search_index_documents 0",
            "search_index_seq 0",
            "search_degraded_total 0",
            "search_query_duration_seconds_count 0",
            "follower_lag_seconds{follower=\"search\"} 0.0",
            "shed_total{class=\"search\"} 0",
            "rate_limited_total{class=\"key\"} 0",
            "audit_chain_broken 0",
            "ws_sessions 0",
            "mails_total{result=\"dead\"} 0",
            "ws_messages_total 0",
            "ws_dropped_total{reason=\"stalled\"} 0",
            "backup_last_success_timestamp_seconds 0.0",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in\n{text}"
            );
        }
        let build = concat!("build_info{version=\"", env!("CARGO_PKG_VERSION"), "\",commit=\"");
        assert!(text.contains(build) && text.contains("\",rustc=\""), "{text}");
        assert!(text.contains("process_resident_memory_bytes "));
        assert!(text.contains("process_cpu_seconds_total "));
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
