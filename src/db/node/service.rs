//! Whether a node is in service. One failure takes it out; two good looks in a row bring it back, or a second without a
//! failure where nobody looks. Must not know how a look is done.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::pool::{Pool, PooledConnection};
use crate::db::Moment;
use crate::error::{Error, Result};
use crate::metrics::DatabaseMetrics;

/// How long a node that failed is left out when nobody looks after it.
const COOLING: Duration = Duration::from_secs(1);

/// Good looks in a row after which a node is back.
const GOOD_LOOKS: u8 = 2;

/// What a look at a node found.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The server's own number, by which a fail-over behind the same address is noticed.
    pub server_id: i64,
    pub version: String,
    /// Whether it takes writes. A primary that does not is no primary any more.
    pub read_only: bool,
    /// The newest change it has.
    pub seq: i64,
    /// The newest heartbeat it has.
    pub beat_at: Option<Moment>,
}

/// A node's state, as the system page and `vitrine db topology` show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceReport {
    pub in_service: bool,
    pub facts: Option<Facts>,
    /// Behind the newest heartbeat seen anywhere.
    pub lag: Option<Duration>,
    /// The last fault, until the node is well again.
    pub fault: Option<String>,
}

pub(in crate::db) struct Service {
    name: String,
    metrics: DatabaseMetrics,
    state: Mutex<State>,
    /// The connection of the looks, kept between them.
    connection: Mutex<Option<PooledConnection>>,
}

#[derive(Default)]
struct State {
    is_watched: bool,
    failed_at: Option<Instant>,
    good_looks: u8,
    facts: Option<Facts>,
    lag: Option<Duration>,
    /// Since when it has lacked something that another node has, at every look.
    behind_since: Option<Instant>,
    fault: Option<String>,
}

impl Service {
    pub fn new(name: String, metrics: DatabaseMetrics) -> Service {
        metrics.set_breaker(&name, false);
        Service {
            name,
            metrics,
            state: Mutex::default(),
            connection: Mutex::default(),
        }
    }

    /// From now on somebody looks after the node, and only that brings it back.
    pub fn watch(&self) {
        self.state.lock().is_watched = true;
    }

    pub fn is_watched(&self) -> bool {
        self.state.lock().is_watched
    }

    /// Whether the node is worth asking.
    pub fn is_in(&self) -> bool {
        let state = self.state.lock();
        state
            .failed_at
            .is_none_or(|failed_at| !state.is_watched && failed_at.elapsed() >= COOLING)
    }

    /// The same, for a node that follows the primary.
    pub fn is_fresh(&self, most: Duration) -> bool {
        self.is_in() && self.state.lock().lag.is_none_or(|lag| lag <= most)
    }

    /// Learns from work that was done on the node.
    pub fn note<T>(&self, answer: &Result<T>) {
        match answer {
            Err(error) if error.is_node_failure() => self.found_ill(error),
            Ok(_) => {
                let mut state = self.state.lock();
                // Where somebody looks, work that was begun before the failure proves nothing.
                if !state.is_watched && state.failed_at.take().is_some() {
                    drop(state);
                    self.metrics.set_breaker(&self.name, false);
                }
            }
            Err(_) => {}
        }
    }

    pub fn found_ill(&self, error: &Error) {
        let fault = error.chain();
        let mut state = self.state.lock();
        if state.failed_at.is_none() {
            tracing::warn!(db_node = %self.name, fault, "a database node is out of service");
        }
        state.failed_at = Some(Instant::now());
        state.good_looks = 0;
        state.fault = Some(fault);
        drop(state);
        self.metrics.set_breaker(&self.name, true);
    }

    pub fn found_well(&self, facts: Facts) {
        let mut state = self.state.lock();
        state.facts = Some(facts);
        if state.failed_at.is_none() {
            return;
        }
        state.good_looks += 1;
        if state.good_looks >= GOOD_LOOKS {
            state.failed_at = None;
            state.fault = None;
            drop(state);
            tracing::info!(db_node = %self.name, "a database node is back in service");
            self.metrics.set_breaker(&self.name, false);
        }
    }

    /// Whether a look found another server than the ones before.
    pub fn is_another_server(&self, found: &Facts) -> bool {
        let state = self.state.lock();
        let before = state.facts.as_ref();
        before.is_some_and(|facts| facts.server_id != found.server_id)
    }

    pub fn beat_at(&self) -> Option<Moment> {
        self.state.lock().facts.as_ref().and_then(|facts| facts.beat_at)
    }

    /// Learns of the newest heartbeat seen anywhere. A replica is behind for at most as long as it has been lacking
    /// something: when a frozen primary wakes up, its first beat makes the beats before it look old on every replica.
    pub fn judge(&self, newest: Moment) {
        let mut state = self.state.lock();
        let Some(beat_at) = state.facts.as_ref().and_then(|facts| facts.beat_at) else {
            return;
        };
        let lag = if beat_at < newest {
            let lacking = state.behind_since.get_or_insert_with(Instant::now).elapsed();
            newest.since(beat_at).min(lacking)
        } else {
            state.behind_since = None;
            Duration::ZERO
        };
        state.lag = Some(lag);
        drop(state);
        self.metrics.set_heartbeat_age(&self.name, lag.as_secs_f64());
    }

    pub fn report(&self) -> ServiceReport {
        let in_service = self.is_in();
        let state = self.state.lock();
        ServiceReport {
            in_service,
            facts: state.facts.clone(),
            lag: state.lag,
            fault: state.fault.clone(),
        }
    }

    pub fn take_connection(&self, pool: &Pool) -> Option<PooledConnection> {
        let mut kept = self.connection.lock().take()?;
        let is_valid = r2d2::ManageConnection::is_valid(pool.opener(), &mut kept).is_ok();
        is_valid.then_some(kept)
    }

    pub fn keep_connection(&self, connection: PooledConnection) {
        *self.connection.lock() = Some(connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    fn service() -> Service {
        Service::new("replica-1".to_owned(), Metrics::new().database())
    }

    fn facts(server_id: i64) -> Facts {
        Facts {
            server_id,
            version: "10.11".to_owned(),
            read_only: true,
            seq: 1,
            beat_at: None,
        }
    }

    fn failure() -> Result<()> {
        Err(Error::unavailable("database", "did not answer in time"))
    }

    #[test]
    fn one_failure_takes_a_node_out_and_two_good_looks_bring_it_back() {
        let service = service();
        service.watch();
        assert!(service.is_in());
        service.note(&failure());
        assert!(!service.is_in());
        // An answer that was on its way proves nothing.
        service.note(&Ok(()));
        service.found_well(facts(1));
        assert!(!service.is_in());
        service.note(&failure());
        service.found_well(facts(1));
        assert!(!service.is_in(), "the count starts again");
        service.found_well(facts(1));
        assert!(service.is_in());
    }

    #[test]
    fn a_fault_of_the_request_does_not_take_a_node_out() {
        let service = service();
        service.note::<()>(&Err(Error::NotFound { what: "product" }));
        service.note::<()>(&Err(Error::bad_request("invalid_parameter", "no")));
        assert!(service.is_in());
    }

    #[test]
    fn a_replica_that_lags_is_in_service_but_not_fresh() {
        let service = service();
        let limit = Duration::from_millis(20);
        assert!(service.is_fresh(limit));
        let begun = Moment::now();
        service.found_well(Facts {
            beat_at: Some(begun),
            ..facts(1)
        });
        service.judge(begun.plus_seconds(60));
        assert!(service.is_fresh(limit), "what it lacks was new a moment ago");
        let deadline = Instant::now() + Duration::from_secs(5);
        while service.is_fresh(limit) {
            assert!(Instant::now() < deadline, "it may be behind for ever");
            service.judge(begun.plus_seconds(60));
        }
        assert!(service.is_in());
        service.judge(begun);
        assert_eq!(service.report().lag, Some(Duration::ZERO));
    }

    #[test]
    fn another_server_behind_the_address_is_noticed() {
        let service = service();
        assert!(!service.is_another_server(&facts(1)));
        service.found_well(facts(1));
        assert!(!service.is_another_server(&facts(1)));
        assert!(service.is_another_server(&facts(2)));
    }
}
